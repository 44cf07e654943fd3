# rules.mk - `make NAME` for each experiment pipelines/NAME.pipe (experiment.awk says what may stand in one), the report
# and the tuner. The commands of its runs become OUT/NAME/rules.mk (OUT/NAME-standin): make -n NAME prints them. There, too:
# SET.list.tsv, SET.FRONT.irt and, a run, SET.FRONT.NET.model.irt, .log.tsv, .pred.irt, .score.tsv, .score.txt, .run. Every
# file appears whole or not at all, training keeps a checkpoint: an interrupted target goes on where it was, a changed
# command makes again what depends on it (a rebuilt tool does not).
#
# On the command line: DATA=DIR the real data set (make papers: DATA_irmas=DIR, …) · SEED=N · EPOCHS=N · TRAIN='arguments of ir-train' ·
# FRONTEND=FRONT · NET=NET or FILE.net · LEARNER='NAME settings' · AUGMENT='augmentation' (COPIES=N) · RUNS='SET:FRONT:NET …'.
# These add runs to the table, beside the ones that are there.
# ON=parallel (SSH='2/host1,8/host2') or ON=slurm (SLURM_OPTS=…) with PARTS=N: on other machines; CLUSTER.md.

SEED      = 1
COPIES    = 2
BOOTSTRAP = --bootstrap 1000
EXPERIMENTS := $(patsubst pipelines/%.pipe,%,$(sort $(wildcard pipelines/*.pipe)))
PAPERS := audioset4 medley-solos irmas medleydb philharmonia

# The value of a word, unless it is the environment's.
said    = $(if $(filter environment%,$(origin $(1))),,$($(1)))
# Of experiment $(1): the real data set's folder (empty: the stand-in), the stand-in, the folder of results.
data    = $(or $(call said,DATA_$(1)),$(call said,DATA))
standin = $(STANDIN)/$(shell sed -n 's/^folder  *//p' pipelines/$(1).pipe)
results = $(OUT)/$(1)$(if $(call data,$(1)),,-standin)
# The file of its rules, made when make reads this, for the experiments that it was asked for; with -n it goes elsewhere.
rules    = $(if $(dry),$(B)/gen/$(1).mk,$(call results,$(1))/rules.mk)
words    := SEED EPOCHS TRAIN FRONTEND NET LEARNER AUGMENT COPIES RUNS PANNS PANNS_MODEL BOOTSTRAP RUN RANDOM_N ON PARTS LR BATCH DECAY OPTIM SCHEDULE
expand   = mkdir -p $(dir $(call rules,$(1))) && OUT='$(call results,$(1))' BIN='$(BIN)' TOOLS='$(notdir $(TOOLS))' PIPE_DRY='$(dry)' TOOLS_GOAL='$(if $(call built,$(TOOLS)),all)' \
    DATA='$(or $(call data,$(1)),$(call standin,$(1)))' DATA_KIND=$(if $(call data,$(1)),real,standin) \
    $(foreach w,$(words),$(w)='$(subst ','\'',$(call said,$(w)))') \
    MARK='$(if $(call data,$(1)),,$(call standin,$(1))/STANDIN)' SWEEP='$(if $(filter %-sweep %-sweep-table,$(MAKECMDGOALS)),$(varied))' \
    LC_ALL=C awk -f pipelines/experiment.awk pipelines/$(1).pipe > $(call rules,$(1))
expanded = $(shell $(call expand,$(1)))$(if $(filter-out 0,$(.SHELLSTATUS)),$(error $(1): see above))$(call rules,$(1))
wanted  := $(MAKECMDGOALS:%-runs=%)
wanted  := $(wanted:%-sweep-table=%)
wanted  := $(filter $(EXPERIMENTS),$(wanted:%-sweep=%))

varied = $(strip $(foreach o,lr batch decay optim schedule,$(if $(call said,$(shell echo $(o) | tr a-z A-Z)),$(o))))
.PHONY: $(EXPERIMENTS) $(EXPERIMENTS:%=%-runs) papers report sweep
$(EXPERIMENTS): %: %-runs
	@$(BIN)/ir-report $(call results,$*)
ifneq ($(wanted),)
include $(foreach e,$(sort $(wanted)),$(call expanded,$(e)))
endif

#: papers | all five, on the stand-ins or DATA_irmas=DIR …, then the report | as NAME | 2 h
#: report | one page with every run so far: out/report/report.html, report.md | runs | 1 min
papers: all
	@for p in $(PAPERS); do $(MAKE) --no-print-directory $$p || exit 1; done
	@$(MAKE) --no-print-directory report
report: all
	@mkdir -p $(OUT)/report
	$(BIN)/ir-report -f html $(sort $(dir $(wildcard $(OUT)/*/*.run))) -o $(OUT)/report/report.html
	$(BIN)/ir-report -f markdown $(sort $(dir $(wildcard $(OUT)/*/*.run))) -o $(OUT)/report/report.md

#: sweep | PAPER=NAME LR="1e-3 3e-3" BATCH="16 32": each combination, best first | as NAME | runs × time
# Also DECAY=, EPOCHS=, and OPTIM=, SCHEDULE= with ; between; RUN=SET:FRONT:NET; RANDOM_N=N of them drawn; JOBS=N at once.
sweep: all
	@[ -f 'pipelines/$(PAPER).pipe' ] || { echo "make sweep: PAPER=NAME wanted, one of $(EXPERIMENTS)" >&2; exit 2; }
	@[ -n '$(varied)' ] || { echo "make sweep: nothing to vary: give LR=, BATCH=, DECAY=, OPTIM= or SCHEDULE= lists" >&2; exit 2; }
	-@$(MAKE) --no-print-directory -k -j$(or $(JOBS),1) $(PAPER)-sweep
	@$(MAKE) --no-print-directory $(PAPER)-sweep-table
