# demo.mk - `make demo` names the instruments in the recordings that ship with the repository, with a small model that
# ships too; `make demo-model DATA=DIR` is how that model was made: music from scores, played by three soundfonts, one of
# 21 instruments at a time, real notes of the Philharmonia samples in DIR, and seven of ten of tonejs' real notes; chosen
# on a fourth soundfont with other scores and on other Philharmonia notes; tested on tonejs' other notes
# (pipelines/data.mk has the sources).

DEMO_MODEL   := pipelines/models/instruments.model.irt
DEMO_CLASSES := acoustic guitar,bassoon,cello,clarinet,clean electric guitar,distorted electric guitar,double bass,drum set,electric bass,flute,french horn,harp,organ,piano,saxophone,trombone,trumpet,tuba,violin,voice,xylophone
#: make demo         install what is missing, build, recognise the instruments in a few recordings
.PHONY: demo demo-model
demo: all
	@PATH="$(CURDIR)/$(BIN):$$PATH"; set -x; \
	    ir-decode -q --rate 22050 --channels 1 --segment 3 tests/data/demo/*.mp3 | ir-cat --id '*#0' | \
	    $(DEMO_MEL) | ir-infer -m $(DEMO_MODEL) --format text --top 2
	@echo; echo "the first 3 s of each; on your own recording: $(BIN)/ir-infer -m $(DEMO_MODEL) FILE"

D := $(OUT)/demo
comma := ,
space := $(subst x,,x x)
DEMO_RENDER := ir-render -q --max-bad 1000 --excerpt 3 --classes "$(DEMO_CLASSES)" --lead "$(DEMO_CLASSES)" --remap 0.5 --only \
    --label lead --parts 1 --rate 22050 --channels 1 --seed 1
DEMO_MEL := ir-mel -q --preset librosa --bands 96 --hop 1024 --log db --ref max --top-db 60
# The model's classes as a stream's header has them.
DEMO_HEADER := classes=$(subst $(comma), ,$(subst $(space),%20,$(DEMO_CLASSES)))

#: make demo-model DATA=DIR   train the demo's model again (fetches 300 MB; needs npm, libfluidsynth and the Philharmonia samples)
demo-model: $(D)/test.score.txt
	@cat $<
	@echo "the model is $(D)/instruments.model.irt; copied to $(DEMO_MODEL) it is what make demo uses"

DEMO_FONTS := $(FONTS)/fluidr3.sf2 $(FONTS)/musyngkite.sf2 $(FONTS)/timgm6mb.sf2
$(D)/train.audio.irt: $(SOURCES) | $(BIN)/ir-render
	mkdir -p $(D)
	PATH="$(CURDIR)/$(BIN):$$PATH"; $(DEMO_RENDER) -n 6300 $(DEMO_FONTS:%=-f %) $(CACHE)/scores/train/*.mid -o $@
$(D)/valid.audio.irt: $(SOURCES) | $(BIN)/ir-render
	mkdir -p $(D)
	PATH="$(CURDIR)/$(BIN):$$PATH"; $(DEMO_RENDER) -n 630 -f $(FONTS)/generaluser.sf2 --split valid --prefix v \
	    $(CACHE)/scores/valid/*.mid -o $@
# The first 3 s of real notes; a note of an instrument is on one side only.
$(D)/real.audio.irt: | $(BIN)/ir-label $(BIN)/ir-decode $(BIN)/ir-cat
	@[ -n "$(DATA)" ] || { echo "make demo-model: say where the Philharmonia samples are: DATA=DIR" >&2; exit 2; }
	mkdir -p $(D)
	PATH="$(CURDIR)/$(BIN):$$PATH"; ir-label -q --no-prog philharmonia "$(DATA)" --drop 'oboe,cor anglais' \
	    --merge 'bassoon=bassoon,contrabassoon' --merge 'clarinet=clarinet,bass clarinet' --split train=0.9,valid=0.1 --seed 1 | \
	    ir-decode -q --rate 22050 --channels 1 --segment 3 | ir-cat --no-prog --id '*#0' --set path= --set-header "$(DEMO_HEADER)" -o $@

# The first 3 s of the single notes of tonejs under the model's names: seven notes of ten train, the rest and the demo's
# own ten are the test. ELSEWHERE=1 trains on none of them: what a collection costs that the model has not met.
DEMO_TESTED := 070-bassoon/C4|042-cello/C4|071-clarinet/F4|073-flute/A4|060-french-horn/C4|025-guitar-acoustic/A3|000-piano/C4|066-saxophone/A4|056-trumpet/F4|040-violin/A4
$(D)/tonejs.list.tsv: $(CACHE)/notes/tonejs/DONE | $(BIN)/ir-label
	mkdir -p $(D)
	PATH="$(CURDIR)/$(BIN):$$PATH"; ir-label -q folder $(<D) --drop 020-harmonium \
	    --merge 'acoustic guitar=024-guitar-nylon,025-guitar-acoustic' --rename '027-guitar-electric=clean electric guitar' \
	    --rename '033-bass-electric=electric bass' --rename '043-contrabass=double bass' \
	    $(foreach n,000-piano 013-xylophone 016-organ 040-violin 042-cello 046-harp 056-trumpet 057-trombone 058-tuba \
	        066-saxophone 070-bassoon 071-clarinet 073-flute,--rename $(n)=$(subst $(firstword $(subst -, ,$(n)))-,,$(n))) \
	    --rename '060-french-horn=french horn' --split $(if $(ELSEWHERE),test=1,train=0.7,test=0.3) --seed 1 | \
	    sed -E 's~^(($(DEMO_TESTED))	.*	)train	~\1test	~' > $@.part
	mv $@.part $@
$(D)/tonejs.audio.irt: $(D)/tonejs.list.tsv | $(BIN)/ir-decode $(BIN)/ir-cat
	PATH="$(CURDIR)/$(BIN):$$PATH"; ir-decode -q --rate 22050 --channels 1 --segment 3 $< | \
	    ir-cat --no-prog --id '*#0' --set path= --set-header "$(DEMO_HEADER)" -o $@
$(D)/test.mel.irt: $(D)/tonejs.audio.irt | $(BIN)/ir-cat $(BIN)/ir-mel
	PATH="$(CURDIR)/$(BIN):$$PATH"; ir-cat --split test $< | $(DEMO_MEL) -o $@

# Every epoch hears the training clips disturbed in another way.
$(D)/instruments.model.irt: pipelines/nets/instruments.net $(addprefix $(D)/,real.audio.irt valid.audio.irt train.audio.irt tonejs.audio.irt) | $(TOOLS)
	PATH="$(CURDIR)/$(BIN):$$PATH"; ir-cat --no-prog --split train --split valid $(filter %.audio.irt,$^) | \
	    ir-augment -q --seed 1 --split train --epochs $(DEMO_EPOCHS) -a 'noise snr=10..50 p=0.5' -a 'shift s=-0.5..0.5 p=0.5' \
	        -a 'eq p=0.5' | $(DEMO_MEL) | \
	    ir-train $< - --epochs $(DEMO_EPOCHS) --lr 0.002 --schedule cosine --best macro-f1 --seed 1 --log $(D)/log.tsv -o $@
DEMO_EPOCHS := 14
$(D)/test.pred.irt: $(D)/instruments.model.irt $(D)/test.mel.irt | $(BIN)/ir-infer
	$(BIN)/ir-infer -m $< --format irt $(D)/test.mel.irt -o $@
$(D)/test.score.txt: $(D)/test.pred.irt | $(BIN)/ir-score
	$(BIN)/ir-score --metrics accuracy,top3,precision,recall,f1 $< -o $@
