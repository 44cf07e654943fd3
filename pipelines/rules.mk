# rules.mk - how an experiment becomes files. The only rules; an experiment NAME.mk holds variables alone:
#
#   NAME.title        one line
#   NAME.label        arguments of ir-label, the data set's name first; the folder DATA follows
#   NAME.sets         ways to split; NAME.set.SET: further arguments of ir-label
#   NAME.decode       arguments of ir-decode
#   NAME.frontend     the front end; NAME.front.FRONT: a command from sound to features (empty: sound itself)
#   NAME.nets         networks; NAME.net.NET: the .net file; NAME.train.NET: further arguments of ir-train
#   NAME.train        arguments of ir-train
#   NAME.test         split that is scored (default test)
#   NAME.score        arguments of ir-score; NAME.against.SET.NET: row of the published table
#
# From these: out/NAME/SET.list.tsv, SET.FRONT.irt, SET.FRONT.NET.model.irt (.log.tsv), .pred.irt, .score.txt,
# and the target NAME that prints every score. Every file appears whole or not at all, so an interrupted target
# goes on where it was; a changed variable makes again what depends on it (a rebuilt tool does not).
#
# FRONTEND=…, NET=FILE, SEED=…, DATA=DIR on the command line replace a stage.

OUT  ?= out
SEED ?= 1
BIN  := $(B)/bin

# $(call stamp,FILE,TEXT): FILE is rewritten only when TEXT is new.
stamp = mkdir -p $(dir $(1)); printf '%s\n' '$(subst ','\'',$(2))' | cmp -s - $(1) || printf '%s\n' '$(subst ','\'',$(2))' > $(1)

# $(call list_rules,NAME,SET)
define list_rules
$(OUT)/$(1)/$(2).list.cmd: FORCE
	@$$(call stamp,$$@,ir-label $$($(1).label) $$(DATA) $$($(1).set.$(2)) --seed $$(SEED))
$(OUT)/$(1)/$(2).list.tsv: $(OUT)/$(1)/$(2).list.cmd | $(BIN)/ir-label
	$(BIN)/ir-label $$($(1).label) "$$(DATA)" $$($(1).set.$(2)) --seed $$(SEED) -o $$@
endef

# $(call feature_rules,NAME,SET,FRONT)
define feature_rules
$(OUT)/$(1)/$(2).$(3).cmd: FORCE
	@$$(call stamp,$$@,ir-decode $$($(1).decode) | $$($(1).front.$(3)))
$(OUT)/$(1)/$(2).$(3).irt: $(OUT)/$(1)/$(2).list.tsv $(OUT)/$(1)/$(2).$(3).cmd | $(BIN)/ir-decode $(BIN)/ir-mel
	PATH="$(BIN):$$$$PATH"; ir-decode $$($(1).decode) $$< $$(if $$($(1).front.$(3)),| $$($(1).front.$(3))) -o $$@
endef

# $(call run_rules,NAME,SET,FRONT,NET)
define run_rules
$(OUT)/$(1)/$(2).$(3).$(4).cmd: FORCE
	@$$(call stamp,$$@,ir-train $$($(1).net.$(4)) $$($(1).train) $$($(1).train.$(4)) --seed $$(SEED))
$(OUT)/$(1)/$(2).$(3).$(4).model.irt: $(OUT)/$(1)/$(2).$(3).irt $(OUT)/$(1)/$(2).$(3).$(4).cmd $$($(1).net.$(4))
	$(BIN)/ir-train $$($(1).net.$(4)) $$($(1).train) $$($(1).train.$(4)) --seed $$(SEED) \
	    --log $$(@:.model.irt=.log.tsv) $$< -o $$@
$(OUT)/$(1)/$(2).$(3).$(4).pred.irt: $(OUT)/$(1)/$(2).$(3).$(4).model.irt $(OUT)/$(1)/$(2).$(3).irt
	$(BIN)/ir-cat --split $$(or $$($(1).test),test) $(OUT)/$(1)/$(2).$(3).irt | \
	    $(BIN)/ir-infer -m $$< --format irt -o $$@
$(OUT)/$(1)/$(2).$(3).$(4).score.txt: $(OUT)/$(1)/$(2).$(3).$(4).pred.irt | $(BIN)/ir-score
	$(BIN)/ir-score $$($(1).score) $$< -o $$@
endef

# $(call experiment,NAME)
define experiment
$(1)_front := $(or $(FRONTEND),$($(1).frontend))
$(1)_nets := $(if $(NET),custom,$($(1).nets))
$(1).net.custom := $(NET)
$(foreach s,$($(1).sets),$(eval $(call list_rules,$(1),$(s)))\
  $(eval $(call feature_rules,$(1),$(s),$(or $(FRONTEND),$($(1).frontend))))\
  $(foreach n,$(if $(NET),custom,$($(1).nets)),\
    $(eval $(call run_rules,$(1),$(s),$(or $(FRONTEND),$($(1).frontend)),$(n)))))
$(1)_scores := $(foreach s,$($(1).sets),$(foreach n,$(if $(NET),custom,$($(1).nets)),\
    $(OUT)/$(1)/$(s).$(or $(FRONTEND),$($(1).frontend)).$(n).score.txt))
.PHONY: $(1)
$(1): $(1)_data
	@$$(MAKE) --no-print-directory $$($(1)_scores)
	@for f in $$($(1)_scores); do echo; echo "== $$($(1).title): $$$$f"; cat $$$$f; done
.PHONY: $(1)_data
$(1)_data: all
	@[ -n "$$(DATA)" ] || { echo "make $(1): say where the data set is: DATA=DIR" >&2; exit 2; }
endef
