# rules.mk - how an experiment becomes files. The only rules; an experiment NAME.mk holds variables alone:
#
#   NAME.title        one line
#   NAME.standin      folder of the stand-in below $(STANDIN), used when DATA is not given (data.mk builds it)
#   NAME.label        arguments of ir-label, the data set's name first; the folder follows
#   NAME.sets         ways to label and split; NAME.set.SET: further arguments of ir-label ($(DIR): the data's folder)
#   NAME.sets.standin the same for the stand-in, where it differs
#   NAME.decode       arguments of ir-decode; NAME.decode.FRONT where a front end wants others
#   NAME.frontend     the front end; NAME.front.FRONT: a command from sound to features (empty: sound itself); the front
#                     end "labels" is the labels alone, without sound
#   NAME.nets         what is trained; NAME.nets.FRONT where a front end wants others; each is one of
#                       NAME.net.NET       a .net file
#                       NAME.learner.NET   a learner of ir-train with its settings
#                       NAME.trivial.NET   arguments of ir-score: a system that needs no training
#                       NAME.from.NET      with NAME.net.NET: the NET whose trained parameters it begins with
#                       NAME.init.NET      with NAME.net.NET: a model file whose parameters of the same names it begins with
#                       NAME.same.NET      another NET whose model is scored in another way (NAME.infer.NET)
#   NAME.runs         the runs as SET:FRONT:NET, when they are not all of sets x frontend x nets; NAME.runs.standin
#   NAME.augment.AUG  arguments of ir-augment; a run's FRONT is then FRONT+AUG: COPIES augmented training sets beside
#   NAME.train        arguments of ir-train; NAME.train.NET, NAME.train.standin: further ones
#   NAME.infer        arguments of ir-infer; NAME.infer.NET
#   NAME.test         split that is scored (default test); NAME.test.SET
#   NAME.score        arguments of ir-score; NAME.listing: those that list clips, into SET.FRONT.NET.clips.txt
#   NAME.published    table of published numbers; NAME.system.NET or NAME.system.SET.NET: its row for a run
#   NAME.metrics      what the table of all runs shows, as metric:average; NAME.metrics.NET
#   NAME.compare      NET metric:average: the report says how far NET is above or below every other system
#   NAME.note.NET     what a reader of the table must know about the run
#   NAME.figures.NET  pictures of the model: kinds of ir-plot (filters, spectra)
#
# From these, below out/NAME (out/NAME-standin): SET.list.tsv, SET.FRONT.irt and, a run, SET.FRONT.NET.model.irt,
# .log.tsv, .pred.irt, .score.tsv, .score.txt, .run; and the target NAME that ends in the table of all runs. Every file
# appears whole or not at all, and training keeps a checkpoint: an interrupted target goes on where it was. A changed
# variable makes again what depends on it (a rebuilt tool does not).
#
# On the command line: DATA=DIR the real data set (make papers: DATA_irmas=DIR, …) · SEED=N · EPOCHS=N · TRAIN='arguments of ir-train' ·
# FRONTEND=FRONT · NET=NET or FILE.net · LEARNER='NAME settings' · AUGMENT='augmentation' (COPIES=N) · RUNS='SET:FRONT:NET …'.
# These add runs to the table, beside the ones that are there.

OUT    ?= out
SEED   ?= 1
COPIES ?= 2
BIN    := $(B)/bin
TRAIN  ?=
BOOTSTRAP ?= --bootstrap 1000

# $(call stamp,FILE,TEXT): FILE is rewritten only when TEXT is new.
stamp = mkdir -p $(dir $(1)); printf '%s\n' '$(subst ','\'',$(2))' | cmp -s - $(1) || printf '%s\n' '$(subst ','\'',$(2))' > $(1)
# $(call part,RUN,N): SET, FRONT or NET of SET:FRONT:NET;  $(call stem,RUN): SET.FRONT.NET
part = $(word $(2),$(subst :, ,$(1)))
stem = $(subst :,.,$(1))
# $(call data,NAME): the real data set's folder: DATA_NAME, else DATA; empty: the stand-in
data = $(or $(DATA_$(1)),$(DATA))
# $(call first,A,B): A unless it is empty.
first = $(if $(strip $(1)),$(1),$(2))
# $(call base,FRONT): the front end without +AUG;  $(call aug,FRONT): AUG
base = $(firstword $(subst +, ,$(1)))
aug  = $(word 2,$(subst +, ,$(1)))

# $(call list_rules,NAME,SET)
define list_rules
$($(1)_out)/$(2).list.cmd: FORCE
	@$$(call stamp,$$@,ir-label $$($(1).label) $($(1)_dir) $$($(1).set.$(2)) --seed $$(SEED))
$($(1)_out)/$(2).list.tsv: DIR = $($(1)_dir)
$($(1)_out)/$(2).list.cmd: DIR = $($(1)_dir)
$($(1)_out)/$(2).list.tsv: $($(1)_out)/$(2).list.cmd $($(1)_standin) | $(BIN)/ir-label
	$(BIN)/ir-label $$($(1).label) "$($(1)_dir)" $$($(1).set.$(2)) --seed $$(SEED) -o $$@
endef

# $(call feature_rules,NAME,SET,FRONT)
define feature_rules
$($(1)_out)/$(2).$(3).cmd: FORCE
	@$$(call stamp,$$@,ir-decode $$(call first,$$($(1).decode.$(3)),$$($(1).decode)) | $$($(1).front.$(3)))
$($(1)_out)/$(2).$(3).irt: $($(1)_out)/$(2).list.tsv $($(1)_out)/$(2).$(3).cmd | $(BIN)/ir-decode $(BIN)/ir-mel
	PATH="$(CURDIR)/$(BIN):$$$$PATH"; $(if $(filter labels,$(3)),ir-label list $$< --stream,ir-decode \
	    $$(call first,$$($(1).decode.$(3)),$$($(1).decode)) $$< $$(if $$($(1).front.$(3)),| $$($(1).front.$(3)))) -o $$@
endef

# $(call augment_rules,NAME,SET,FRONT,AUG): the training clips alone, COPIES times, each time drawn anew
define augment_rules
$($(1)_out)/$(2).$(3)+$(4).cmd: FORCE
	@$$(call stamp,$$@,$$(COPIES) x ir-augment $$($(1).augment.$(4)) | $$($(1).front.$(3)))
$($(1)_out)/$(2).$(3)+$(4).irt: $($(1)_out)/$(2).list.tsv $($(1)_out)/$(2).$(3)+$(4).cmd $($(1)_out)/$(2).$(3).irt | $(BIN)/ir-augment
	rm -f $$@.copy-*; PATH="$(CURDIR)/$(BIN):$$$$PATH"; for e in $$$$(seq $$(COPIES)); do \
	    ir-label list $$< --select train | ir-decode $$(call first,$$($(1).decode.$(3)),$$($(1).decode)) | \
	    ir-augment $$($(1).augment.$(4)) --epoch $$$$e --seed $$(SEED) $$(if $$($(1).front.$(3)),| $$($(1).front.$(3))) \
	    -o $$@.copy-$$$$e || exit 1; done; ir-cat $$@.copy-* -o $$@ && rm $$@.copy-*
endef

# $(call train_rules,NAME,SET,FRONT,NET,STEM): a model
define train_rules
$(5).cmd: FORCE
	@$$(call stamp,$$@,ir-train $$(call $(1)_train,$(4)) --seed $$(SEED) $($(1).init.$(4):%=--init-from %))
$(5).model.irt: $($(1)_out)/$(2).$(call base,$(3)).irt $(if $(call aug,$(3)),$($(1)_out)/$(2).$(3).irt) \
    $(5).cmd $($(1).net.$(4)) $($(1).init.$(4)) $(if $($(1).from.$(4)),$($(1)_out)/$(2).$(3).$($(1).from.$(4)).model.irt) | $(BIN)/ir-train
	@[ ! -e $(5).ck ] || [ $(5).ck -nt $$< -a $(5).ck -nt $(5).cmd ] || rm -f $(5).ck $(5).ck.old
	start=$$$$(date +%s); $(BIN)/ir-train $$(call $(1)_train,$(4)) --seed $$(SEED) \
	    $(if $($(1).net.$(4)),--log $(5).log.tsv --checkpoint $(5).ck $$$$([ ! -e $(5).ck ] || echo --resume)) \
	    $(if $($(1).init.$(4)),--init-from $($(1).init.$(4))) \
	    $(if $($(1).from.$(4)),--init-from $($(1)_out)/$(2).$(3).$($(1).from.$(4)).model.irt) \
	    $$(filter-out %.model.irt,$$(filter %.irt,$$^)) -o $$@ && echo $$$$(($$$$(date +%s) - start)) > $(5).seconds && rm -f $(5).ck $(5).ck.old
endef

# $(call predict_rules,NAME,SET,FRONT,NET)
define predict_rules
$($(1)_out)/$(2).$(3).$(4).pred.irt: $($(1)_out)/$(2).$(3).$(or $($(1).same.$(4)),$(4)).model.irt $($(1)_out)/$(2).$(call base,$(3)).irt | $(BIN)/ir-infer
	$(BIN)/ir-cat --split $$(or $$($(1).test.$(2)),$$($(1).test),test) $($(1)_out)/$(2).$(call base,$(3)).irt | \
	    $(BIN)/ir-infer -m $$< $$($(1).infer) $$($(1).infer.$(4)) --format irt -o $$@
$($(1)_out)/$(2).$(3).$(4).score.tsv: $($(1)_out)/$(2).$(3).$(4).pred.irt | $(BIN)/ir-score
	$(BIN)/ir-score $$($(1).score) $$(BOOTSTRAP) --format tsv $$< -o $$@
$($(1)_out)/$(2).$(3).$(4).score.txt: $($(1)_out)/$(2).$(3).$(4).score.tsv $$($(1).published) | $(BIN)/ir-score
	$(BIN)/ir-score $$($(1).score) $$(call $(1)_against,$(2),$(4)) $$(@:.score.txt=.pred.irt) -o $$@
	$$(if $$($(1).listing),$(BIN)/ir-score $$($(1).score) $$($(1).listing) $$(@:.score.txt=.pred.irt) -o $$(@:.score.txt=.clips.txt))
endef

# $(call trivial_rules,NAME,SET,FRONT,NET): scored without a model
define trivial_rules
$($(1)_out)/$(2).$(3).$(4).score.tsv: $($(1)_out)/$(2).$(3).irt | $(BIN)/ir-score
	$(BIN)/ir-cat --split $$(or $$($(1).test.$(2)),$$($(1).test),test) $$< | \
	    $(BIN)/ir-score $$($(1).score) $$($(1).trivial.$(4)) $$(BOOTSTRAP) --format tsv -o $$@
$($(1)_out)/$(2).$(3).$(4).score.txt: $($(1)_out)/$(2).$(3).$(4).score.tsv $$($(1).published)
	$(BIN)/ir-cat --split $$(or $$($(1).test.$(2)),$$($(1).test),test) $($(1)_out)/$(2).$(3).irt | \
	    $(BIN)/ir-score $$($(1).score) $$($(1).trivial.$(4)) $$(call $(1)_against,$(2),$(4)) -o $$@
endef

# $(call run_rules,NAME,SET,FRONT,NET): what the report reads about a run
define run_rules
$($(1)_out)/$(2).$(3).$(4).run: $($(1)_out)/$(2).$(3).$(4).score.txt
	@{ echo "experiment=$(1)"; echo "title=$$($(1).title)"; echo "set=$(2)"; echo "front=$(3)"; echo "net=$(4)"; echo "file=$($(1).net.$(4))"; echo "note=$($(1).note.$(4))"; \
	    echo "data=$(if $(call data,$(1)),real,stand-in)"; echo "dir=$($(1)_dir)"; echo "published=$$($(1).published)"; \
	    echo "system=$$(call $(1)_system,$(2),$(4))"; echo "metrics=$$(or $$($(1).metrics.$(4)),$$($(1).metrics))"; echo "figures=$$($(1).figures.$(4))"; echo "compare=$$($(1).compare)"; \
    echo "parameters=$(if $($(1).net.$(4)),$$$$($(BIN)/ir-train --plan $$($(1).net.$(4)) $($(1)_out)/$(2).$(call base,$(3)).irt 2>/dev/null | sed -n 's/^total *\([0-9,]*\) .*/\1/p'))"; \
	    echo "seconds=$$$$(cat $($(1)_out)/$(2).$(3).$(or $($(1).same.$(4)),$(4)).seconds 2>/dev/null)"; \
	    echo "machine=$$$$(nproc) x $$$$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1)"; \
	    echo "date=$$$$(date -u +%Y-%m-%d)"; } > $$@.part && mv $$@.part $$@
endef

# $(call define_run,NAME,SET,FRONT,NET)
define define_run
$(if $($(1).trivial.$(4)),$(eval $(call trivial_rules,$(1),$(2),$(3),$(4))),\
  $(if $($(1).same.$(4)),,$(eval $(call train_rules,$(1),$(2),$(3),$(4),$($(1)_out)/$(2).$(3).$(4))))\
  $(eval $(call predict_rules,$(1),$(2),$(3),$(4))))\
$(eval $(call run_rules,$(1),$(2),$(3),$(4)))
endef
# $(call models,NAME): the runs, and those whose model another run scores or begins with
models = $(sort $($(1)_runs) $(foreach r,$($(1)_runs),$(foreach k,same from,$(if $($(1).$(k).$(call part,$(r),3)),\
    $(call part,$(r),1):$(call part,$(r),2):$($(1).$(k).$(call part,$(r),3))))))
# $(call all_rules,NAME): each list and each feature file once, then each run
define all_rules
$(foreach s,$(sort $(foreach r,$($(1)_runs),$(call part,$(r),1))),$(eval $(call list_rules,$(1),$(s))))\
$(foreach f,$(sort $(foreach r,$($(1)_runs),$(call part,$(r),1):$(call base,$(call part,$(r),2)))),\
    $(eval $(call feature_rules,$(1),$(call part,$(f),1),$(call part,$(f),2))))\
$(foreach f,$(sort $(foreach r,$($(1)_runs),$(if $(call aug,$(call part,$(r),2)),$(call part,$(r),1):$(call part,$(r),2)))),\
    $(eval $(call augment_rules,$(1),$(call part,$(f),1),$(call base,$(call part,$(f),2)),$(call aug,$(call part,$(f),2)))))\
$(foreach r,$(call models,$(1)),$(call define_run,$(1),$(call part,$(r),1),$(call part,$(r),2),$(call part,$(r),3)))
endef

define experiment_variables
$(1)_dir := $(or $(call data,$(1)),$(STANDIN)/$($(1).standin))
$(1)_standin := $(if $(call data,$(1)),,$(STANDIN)/$($(1).standin)/STANDIN)
$(1)_out := $(OUT)/$(1)$(if $(call data,$(1)),,-standin)
$(1)_sets := $(if $(call data,$(1)),$($(1).sets),$(or $($(1).sets.standin),$($(1).sets)))
$(1)_fronts := $(or $(FRONTEND),$(if $(LEARNER),$($(1).frontend.learner)),$($(1).frontend))
$(if $(filter %.net,$(NET)),$(1).net.$(basename $(notdir $(NET))) := $(NET))
$(if $(LEARNER),$(1).learner.$(firstword $(LEARNER)) := $(LEARNER))
$(if $(AUGMENT),$(1).augment.custom := -a '$(AUGMENT)')
$(1)_nets = $$(or $(basename $(notdir $(NET))),$(firstword $(LEARNER)),$$($(1).nets.$$(1)),$$($(1).nets))
$(1)_train = $$(if $$($(1).learner.$$(1)),--learner '$$($(1).learner.$$(1))',$$($(1).net.$$(1)) $$($(1).train) \
    $(if $(call data,$(1)),,$$($(1).train.standin)) $$($(1).train.$$(1)) $(if $(call data,$(1)),,$$($(1).train.standin.$$(1))) \
    $(if $(EPOCHS),--epochs $(EPOCHS)) $$(TRAIN))
$(1)_train_base = $$($(1).train) $(if $(call data,$(1)),,$$($(1).train.standin)) $$($(1).train.$$(1)) \
    $(if $(call data,$(1)),,$$($(1).train.standin.$$(1))) $(if $(EPOCHS),--epochs $(EPOCHS))
$(1)_system = $$(or $$($(1).system.$$(1).$$(2)),$$($(1).system.$$(2)))
$(1)_against = $$(if $$(call $(1)_system,$$(1),$$(2)),--against $$($(1).published) --system $$(call $(1)_system,$$(1),$$(2)))
endef
# The runs: RUNS, or what FRONTEND, NET, LEARNER and AUGMENT ask for, or the experiment's own.
own_runs = $(if $(FRONTEND)$(NET)$(LEARNER)$(AUGMENT),,$(or $(if $(call data,$(1)),,$($(1).runs.standin)),$($(1).runs)))
product_runs = $(foreach s,$($(1)_sets),$(foreach f,$($(1)_fronts),$(foreach n,$(call $(1)_nets,$(f)),\
    $(s):$(f)$(if $(AUGMENT),+custom):$(n))))
define experiment_targets
.PHONY: $(1) $(1)-runs
$(1): all $($(1)_standin)
	@$$(MAKE) --no-print-directory $(1)-runs
	@$(if $(RUNS)$(FRONTEND)$(NET)$(LEARNER)$(AUGMENT),:,printf '%s\n' $(foreach r,$($(1)_runs),'$(call stem,$(r))') > $($(1)_out)/order)
	@sh pipelines/table.sh $($(1)_out)
$(1)-runs: $(foreach r,$($(1)_runs),$($(1)_out)/$(call stem,$(r)).run)
endef
# $(call experiment,NAME): everything of one experiment; expands to nothing
experiment = $(eval $(call experiment_variables,$(1)))$(eval $(1)_runs := $(strip $(or $(RUNS),$(call own_runs,$(1)),\
    $(call product_runs,$(1)))))$(call all_rules,$(1))$(eval $(call experiment_targets,$(1)))

# ---- all of them, the page, and the tuner --------------------------------------------------------------------------

PAPERS := audioset4 medley-solos irmas medleydb philharmonia
#: make papers       all five, on the stand-ins or DATA_irmas=DIR …, then the report
#: make report       one page with every run so far: out/report/report.html and report.md
.PHONY: papers report sweep
papers: all
	@for p in $(PAPERS); do $(MAKE) --no-print-directory $$p || exit 1; done
	@$(MAKE) --no-print-directory report
report: all
	@PATH="$(CURDIR)/$(BIN):$$PATH" sh pipelines/report.sh $(OUT) $(foreach p,$(PAPERS),$(wildcard $(OUT)/$(p) $(OUT)/$(p)-standin))

#: make sweep PAPER=NAME LR="1e-3 3e-3" BATCH="16 32"   train each combination, best on validation first
# Also DECAY=, EPOCHS=, and OPTIM=, SCHEDULE= with ; between; RUN=SET:FRONT:NET; RANDOM_N=N of them drawn; JOBS=N at once.
RUN ?= $(firstword $(foreach r,$($(PAPER)_runs),$(if $($(PAPER).net.$(call part,$(r),3)),$(r))))
sweep_options = $(foreach o,LR BATCH DECAY OPTIM SCHEDULE,$(if $($(o)),"$(shell echo $(o) | tr A-Z a-z)=$($(o))"))
sweep: all
	@[ -n "$(filter $(PAPERS),$(PAPER))" ] || { echo "make sweep: PAPER=NAME wanted, one of $(PAPERS)" >&2; exit 2; }
	@[ -n "$(RUN)" ] || { echo "make sweep: RUN=SET:FRONT:NET wanted" >&2; exit 2; }
	@$(MAKE) --no-print-directory $($(PAPER)_out)/$(call part,$(RUN),1).$(call part,$(RUN),2).irt
	@PATH="$(CURDIR)/$(BIN):$$PATH" SEED="$(SEED)" RANDOM_N="$(RANDOM_N)" JOBS="$(or $(JOBS),1)" sh pipelines/sweep.sh \
	    $($(PAPER)_out)/sweep.$(call stem,$(RUN)) $($(PAPER).net.$(call part,$(RUN),3)) \
	    $($(PAPER)_out)/$(call part,$(RUN),1).$(call part,$(RUN),2).irt "$(call $(PAPER)_train_base,$(call part,$(RUN),3))" $(sweep_options)
