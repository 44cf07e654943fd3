# taggers.mk - `make taggers` turns published networks that name instruments and tags in real music into models of ours
# (pipelines/taggers.tsv: addresses and sums; nets/NAME.net, .map and .classes: what they are).
#
#     ir-infer -m out/taggers/mn04-instruments.model.irt song.mp3

TAGGERS =
#: taggers | EfficientAT and musicnn as models, below out/taggers | network, or TAGGERS=DIR | 1 min
.PHONY: taggers
taggers: all
	@sh pipelines/taggers.sh $(BIN) $(OUT)/taggers $(CACHE)/taggers $(if $(TAGGERS),"$(TAGGERS)")
