# irtools: build, test, install, and the experiments (pipelines/*.mk). `make help` lists the targets.

.DEFAULT_GOAL := help
SHELL    := /bin/sh
prefix   ?= /usr/local
bindir   ?= $(prefix)/bin
mandir   ?= $(prefix)/share/man
datadir  ?= $(prefix)/share/irtools
completions ?= $(prefix)/share/bash-completion/completions
SAN      ?= 0
WERROR   ?= 0
# SAN=1 builds beside the normal build, with the address and undefined-behaviour sanitizers.
B        ?= $(if $(filter 1,$(SAN)),build-san,build)
CC       ?= cc
PKG      ?= pkg-config
# V=1 shows the commands.
AT       := $(if $(V),,@)
SAY      := $(if $(V),true,echo " ")
OPTIMISE ?= -O2 -g
CFLAGS   ?=
WARN     := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
            -Wformat=2 -Wundef -Wvla -Wdouble-promotion \
            -Wno-psabi
ifeq ($(WERROR),1)
WARN     += -Werror
endif
ifeq ($(SAN),1)
OPTIMISE := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
endif
# No libm errno and no floating-point traps: neither changes a value, both allow SIMD.
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE -Ilib -I$(B)/gen $(LIB_CFLAGS) $(CPPFLAGS) $(OPTIMISE) $(SPEED) \
             -fno-math-errno -fno-trapping-math $(WARN) $(CFLAGS)

# Kinds of plug-in: one file lib/DIR/KIND_NAME.c that defines `const struct ir_KIND ir_KIND_NAME`.
# make writes build/gen/KIND.inc with one line X(NAME) each.
KINDS    := net/layer net/loss train/optim learn/learner augment/augment feature/feature \
            label/dataset score/metric convert/export
REGISTRY := $(foreach k,$(KINDS),$(B)/gen/$(notdir $(k)).inc)

LIB_SRC  := $(sort $(wildcard lib/*/*.c))
TOOL_SRC := $(sort $(wildcard tools/ir-*.c))
UNIT_SRC := $(sort $(wildcard tests/unit/test_*.c))
BENCH_SRC := $(sort $(wildcard tests/bench/*.c))
ifneq ($(shell $(PKG) --exists fluidsynth 2>/dev/null && echo yes),yes)
LIB_SRC  := $(filter-out lib/render/%,$(LIB_SRC))
TOOL_SRC := $(filter-out tools/ir-render.c,$(TOOL_SRC))
UNIT_SRC := $(filter-out tests/unit/test_render%,$(UNIT_SRC))
else
RENDER_LIBS := -lfluidsynth
endif
# The augmentation `codec` (MP3 and back) is there where LAME is.
ifneq ($(shell $(PKG) --exists lame 2>/dev/null && echo yes),yes)
LIB_SRC  := $(filter-out lib/augment/augment_codec.c,$(LIB_SRC))
else
CODEC_LIBS := -lmp3lame
endif

LIB_OBJ  := $(LIB_SRC:%.c=$(B)/obj/%.o)
LIB      := $(B)/libirtools.a
TOOLS    := $(TOOL_SRC:tools/%.c=$(B)/bin/%)
UNITS    := $(UNIT_SRC:tests/unit/%.c=$(B)/unit/%)
BENCHES  := $(BENCH_SRC:tests/bench/%.c=$(B)/bench/%)
# How the libraries are reached, and whether they are there: tests/deps.sh asks pkg-config and the compiler.
# DEPS=no goes on without asking.
DEPS     ?= yes
quote     = '$(subst ','\'',$(1))'
ask_deps  = CC=$(call quote,$(CC)) CPPFLAGS=$(call quote,$(CPPFLAGS)) CFLAGS=$(call quote,$(CFLAGS)) \
            LDFLAGS=$(call quote,$(LDFLAGS)) PKG=$(call quote,$(PKG)) DEPS=$(call quote,$(DEPS)) sh tests/deps.sh
LIB_CFLAGS := $(shell PKG=$(call quote,$(PKG)) sh tests/deps.sh cflags)
# --as-needed: a tool is linked to the libraries that its own code reaches (no BLAS in ir-decode).
LIBS     := -Wl,--as-needed $(RENDER_LIBS) $(CODEC_LIBS) $(shell PKG=$(call quote,$(PKG)) sh tests/deps.sh libs)
# All processors, unless make was told how many.
PARALLEL  = $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$(shell nproc 2>/dev/null || echo 2))

.PHONY: help all deps demo test bench install uninstall clean format
.PRECIOUS: $(B)/obj/%.o
.DELETE_ON_ERROR:

help:
	@sed -n 's/^#: //p' $(MAKEFILE_LIST)

#: make all          build the tools into build/bin
all: deps-build
	@$(MAKE) --no-print-directory $(PARALLEL) tools
.PHONY: tools deps-build
tools: $(TOOLS)
# One recipe, so that goals side by side (make -j4 demo test) neither ask twice nor build the same file twice.
deps-build:
	@$(ask_deps) $(if $(filter test deps,$(MAKECMDGOALS)),all,build)

#: make deps         name the missing packages, install them where that is allowed (DEPS=no: never ask)
deps: deps-build

#: make test         build and run every test (SAN=1: under the sanitizers)
test: all
	@$(MAKE) --no-print-directory $(PARALLEL) units
	@sh tests/run.sh $(B) $(TESTS)
.PHONY: units
units: $(UNITS)

#: make bench        our tools beside their peers, in one run
bench: all
	@$(MAKE) --no-print-directory benches
	@sh tests/bench/bench.sh $(B)
.PHONY: benches
benches: $(BENCHES)

$(B)/bin/%: $(B)/obj/tools/%.o $(LIB)
	@mkdir -p $(@D)
	@$(SAY) LD $@
	$(AT)$(CC) $(OPTIMISE) $(LDFLAGS) -o $@ $< $(LIB) $(LIBS)

$(B)/unit/%: $(B)/obj/tests/unit/%.o $(LIB)
	@mkdir -p $(@D)
	@$(SAY) LD $@
	$(AT)$(CC) $(OPTIMISE) $(LDFLAGS) -o $@ $< $(LIB) -lcmocka $(LIBS)

$(B)/bench/%: $(B)/obj/tests/bench/%.o $(LIB)
	@mkdir -p $(@D)
	@$(SAY) LD $@
	$(AT)$(CC) $(OPTIMISE) $(LDFLAGS) -o $@ $< $(LIB) $(LIBS)

$(LIB): $(LIB_OBJ) $(B)/gen/lib.list
	@rm -f $@
	$(AT)ar rcs $@ $(LIB_OBJ)

# Rebuilt when a source file of the library comes or goes.
$(B)/gen/lib.list: FORCE
	@mkdir -p $(@D)
	@echo $(LIB_OBJ) | cmp -s - $@ || echo $(LIB_OBJ) > $@
.PHONY: FORCE
FORCE:
.PHONY: FORCE

$(B)/obj/%.o: %.c | $(REGISTRY) $(B)/gen/commit.h
	@mkdir -p $(@D)
	@$(SAY) CC $<
	$(AT)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# Numeric kernels are worth more optimisation than the rest.
$(foreach d,augment dsp kern net feature learn train,$(B)/obj/lib/$(d)/%.o): SPEED = $(if $(filter 1,$(SAN)),,-O3)

# The commit, for --version; nothing where there is no git.
$(B)/gen/commit.h: FORCE
	@mkdir -p $(@D)
	@echo "#define IR_COMMIT \"$$([ ! -e .git ] || git rev-parse --short HEAD 2>/dev/null)\"" > $@.new; \
	    if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi

define registry_rule
$(B)/gen/$(notdir $(1)).inc: FORCE
	@mkdir -p $$(@D)
	@for f in $$(filter lib/$(1)_%.c,$$(LIB_SRC)); do \
	    n=$$$${f##*/$(notdir $(1))_}; echo "X($$$${n%.c})"; done > $$@.$$$$$$$$; \
	    cmp -s $$@.$$$$$$$$ $$@ && rm $$@.$$$$$$$$ || mv $$@.$$$$$$$$ $$@
endef
$(foreach k,$(KINDS),$(eval $(call registry_rule,$(k))))

#: make install      into $(prefix), default /usr/local (DESTDIR is respected); uninstall undoes it
install: tools
	install -d $(DESTDIR)$(bindir) $(DESTDIR)$(mandir)/man1 $(DESTDIR)$(datadir)/nets
	install -m 755 $(TOOLS) $(DESTDIR)$(bindir)
	install -m 644 $(wildcard $(TOOL_SRC:.c=.1)) $(DESTDIR)$(mandir)/man1
	install -m 644 $(wildcard pipelines/nets/*.net pipelines/nets/*.map) $(DESTDIR)$(datadir)/nets
	install -m 644 formats/irt.py $(DESTDIR)$(datadir)
	install -d $(DESTDIR)$(completions)
	install -m 644 tools/complete.bash $(DESTDIR)$(completions)/ir-cat
	for t in $(filter-out ir-cat,$(notdir $(TOOLS))); do ln -sf ir-cat $(DESTDIR)$(completions)/$$t; done

uninstall:
	rm -f $(TOOLS:$(B)/bin/%=$(DESTDIR)$(bindir)/%)
	rm -f $(TOOL_SRC:tools/%.c=$(DESTDIR)$(mandir)/man1/%.1)
	rm -rf $(DESTDIR)$(datadir)
	rm -f $(TOOLS:$(B)/bin/%=$(DESTDIR)$(completions)/%)

#: make man          put the options of each tool's table into its man page
man: tools
	@for t in $(TOOLS); do m=tools/$${t##*/}.1; [ -f $$m ] || continue; \
	    $$t --help | awk -f tools/options.awk - $$m > $(B)/man.new && \
	    { cmp -s $(B)/man.new $$m || cp $(B)/man.new $$m; }; done
.PHONY: man

#: make clean        remove build, build-san and out
clean:
	rm -rf build build-san out

#: make format       clang-format over all C files
format:
	clang-format -i $(wildcard lib/*.h lib/*/*.h lib/*/*.c tools/*.c tests/*/*.c)

#: make philharmonia DATA=DIR   experiment 004: decode, train, score, beside the published numbers
EXPERIMENTS := $(patsubst pipelines/%.mk,%,$(filter-out pipelines/rules.mk pipelines/data.mk pipelines/demo.mk pipelines/ears.mk,\
    $(sort $(wildcard pipelines/*.mk))))
include pipelines/rules.mk
-include $(wildcard pipelines/data.mk pipelines/demo.mk pipelines/ears.mk)
include $(EXPERIMENTS:%=pipelines/%.mk)
$(foreach e,$(EXPERIMENTS),$(eval $(call experiment,$(e))))
-include $(shell find $(B)/obj -name '*.d' 2>/dev/null)
