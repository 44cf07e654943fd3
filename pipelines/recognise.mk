# recognise.mk - the instruments of every recording below DIR, on this machine or on many (ON=, CLUSTER.md): predictions,
# a table and what failed. MODEL=FILE: another model than the one that ships; OUT/recognise holds the results.

MODEL = pipelines/models/instruments.model.irt
R := $(OUT)/recognise

#: recognise DIR=DIR | the instruments of every recording below DIR (ON=, PARTS=: on a cluster) |  | 1 s an hour
.PHONY: recognise
recognise: all
	@[ -d "$(DIR)" ] || { echo "make recognise: DIR=FOLDER of recordings wanted" >&2; exit 2; }
	@mkdir -p $(R)
	@PARTS='$(call said,PARTS)' ON='$(call said,ON)' sh pipelines/recognise.sh "$(DIR)" $(MODEL) $(R) $(BIN)
