# irtools: build, test, install, and the experiments (pipelines/*.mk). `make help` lists the targets.

.DEFAULT_GOAL := help
SHELL    := /bin/sh
# The same text, sorting and decimal point everywhere; built into glibc, no locale need be installed.
export LC_ALL := C.UTF-8
ifeq ($(wildcard lib/base.h),)
$(error Run make in the folder of the source: make -C DIR B=$(CURDIR)/build)
endif

# On the command line, not from the environment: where things go.
prefix      = /usr/local
exec_prefix = $(prefix)
bindir      = $(exec_prefix)/bin
libdir      = $(exec_prefix)/lib
includedir  = $(prefix)/include
datarootdir = $(prefix)/share
datadir     = $(datarootdir)
mandir      = $(datarootdir)/man
docdir      = $(datarootdir)/doc/irtools
pkgdatadir  = $(datadir)/irtools
completions = $(datarootdir)/bash-completion/completions
DESTDIR     =
# B=DIR builds elsewhere. SAN=1 builds beside the normal build, with the address and undefined-behaviour sanitizers;
# SAN=thread with the sanitizer that finds data races. SIMD=plain, SIMD=avx2 (default: what the processor has, AVX-512 too)
# for tests and benchmarks of a narrower processor's kernels; OpenBLAS takes Haswell's with avx2, else chooses its own.
SAN      := 0
SIMD     := all
B        := build$(patsubst %,-%,$(patsubst 1,san,$(filter-out 0,$(SAN))))$(patsubst %,-%,$(filter-out all,$(SIMD)))
# V=1 shows the commands.
V        :=
AT       := $(if $(V),,@)
SAY      := $(if $(V),true,echo " ")
quote     = '$(subst ','\'',$(1))'
# From either: CC AR CPPFLAGS CFLAGS LDFLAGS PKG DEPS WERROR OPTIMISE HARDEN.
WERROR   ?= 0
PKG      ?= pkg-config
OPTIMISE ?= -O2 -g
CFLAGS   ?=
WARN     := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
            -Wformat=2 -Wundef -Wvla -Wdouble-promotion \
            -Wno-psabi
simd_max := $(lastword $(subst :, ,$(filter $(SIMD):%,plain:1 avx2:2 all:3)))
$(if $(simd_max),,$(error SIMD=$(SIMD): wanted plain, avx2 or all))
ifeq ($(SAN),1)
OPTIMISE := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
HARDEN   := -fstack-protector-strong
endif
ifeq ($(SAN),thread)
OPTIMISE := -O1 -g -fsanitize=thread -fno-omit-frame-pointer
HARDEN   :=
endif
# Sound files and streams are foreign bytes. Fortified where the code is optimised, and at the caller's own level if he
# has one.
optimised = $(if $(filter -O0,$(OPTIMISE) $(CFLAGS)),,yes)
FORTIFY   = $(if $(findstring _FORTIFY_SOURCE,$(CPPFLAGS) $(CFLAGS)),,$(if $(optimised),-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2))
HARDEN   ?= -fstack-protector-strong $(FORTIFY)
HARDEN_LD ?= -Wl,-z,relro -Wl,-z,now
# Numeric kernels are worth more optimisation than the rest, whatever CFLAGS the caller has.
SPEED     = $(if $(filter 1,$(SAN)),,$(if $(optimised),-O3))
# No libm errno and no floating-point traps: neither changes a value, both allow SIMD. No fused products but those that
# are written: clang would choose them by processor. No path of this machine in what is built.
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE $(if $(filter 3,$(simd_max)),,-DIR_SIMD_MAX=$(simd_max)) -Ilib -I$(B)/gen $(LIB_CFLAGS) $(CPPFLAGS) $(OPTIMISE) $(HARDEN) $(CURE) \
             -fno-math-errno -fno-trapping-math -ffp-contract=off -ffile-prefix-map=$(call quote,$(CURDIR))=. -ffile-prefix-map=$(call quote,$(B)/)=build/ \
             $(WARN) $(CFLAGS)
# GCC 12.2 for arm64 (Debian 12) breaks on reductions with fmax that it makes vectors of: there it is a call.
CURE     := $(if $(findstring aarch64,$(shell $(CC) -dumpmachine 2>/dev/null)),-fno-builtin-fmax -fno-builtin-fmin -fno-builtin-fmaxf -fno-builtin-fminf)
STRICT    = $(if $(filter 1,$(WERROR)),-Werror)
LINK      = $(CC) $(OPTIMISE) $(CFLAGS) $(HARDEN_LD) $(LDFLAGS)

# Kinds of plug-in: one file lib/DIR/KIND_NAME.c that defines `const struct ir_KIND ir_KIND_NAME`.
# make writes build/gen/KIND.inc with one line X(NAME) each.
KINDS    := net/layer net/loss train/optim learn/learner augment/augment feature/feature \
            label/dataset score/metric convert/export
REGISTRY := $(foreach k,$(KINDS),$(B)/gen/$(notdir $(k)).inc) $(B)/gen/page.inc

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

# Unicode forms of names are compared where utf8proc is.
ifeq ($(shell $(PKG) --exists libutf8proc 2>/dev/null && echo yes),yes)
LIB_SRC  := $(filter-out lib/base/unicode_none.c,$(LIB_SRC))
UNICODE_LIBS := $(shell $(PKG) --libs libutf8proc)
else
LIB_SRC  := $(filter-out lib/base/unicode.c,$(LIB_SRC))
endif

# --from h5 where libhdf5 is found.
ifeq ($(shell $(PKG) --exists hdf5 2>/dev/null && echo yes),yes)
LIB_SRC  := $(filter-out lib/convert/h5_none.c,$(LIB_SRC))
HDF5_CFLAGS := $(shell $(PKG) --cflags hdf5)
HDF5_LIBS := $(shell $(PKG) --libs hdf5)
else
LIB_SRC  := $(filter-out lib/convert/h5.c,$(LIB_SRC))
endif

# ir-train-mpi, ir-train over the ranks of an MPI job, where mpicc is found and of use.
LIB_SRC  := $(filter-out lib/train/ranks_mpi.c,$(LIB_SRC))
MPICC    ?= mpicc
USE_MPI  := $(if $(filter 0,$(SAN)),$(shell MPICC=$(call quote,$(MPICC)) sh tests/deps.sh mpi))
mpicc     = OMPI_CC=$(call quote,$(CC)) MPICH_CC=$(call quote,$(CC)) $(MPICC)

LIB_OBJ  := $(LIB_SRC:%.c=$(B)/obj/%.o)
LIB      := $(B)/libirtools.a
TOOLS    := $(TOOL_SRC:tools/%.c=$(B)/bin/%) $(if $(USE_MPI),$(B)/bin/ir-train-mpi)
UNITS    := $(UNIT_SRC:tests/unit/%.c=$(B)/unit/%)
BENCHES  := $(BENCH_SRC:tests/bench/%.c=$(B)/bench/%)
# How the libraries are reached, and whether they are there: tests/deps.sh asks pkg-config and the compiler.
# DEPS=no goes on without asking.
DEPS     ?= yes
ask_deps  = CC=$(call quote,$(CC)) CPPFLAGS=$(call quote,$(CPPFLAGS)) CFLAGS=$(call quote,$(CFLAGS)) \
            LDFLAGS=$(call quote,$(LDFLAGS)) PKG=$(call quote,$(PKG)) DEPS=$(call quote,$(DEPS)) sh tests/deps.sh
LIB_CFLAGS := $(shell PKG=$(call quote,$(PKG)) sh tests/deps.sh cflags)
# --as-needed: a tool is linked to the libraries that its own code reaches (no BLAS in ir-decode).
LIBS     := -Wl,--as-needed $(RENDER_LIBS) $(CODEC_LIBS) $(UNICODE_LIBS) $(HDF5_LIBS) $(shell PKG=$(call quote,$(PKG)) sh tests/deps.sh libs)
# All processors, unless make was told how many.
PARALLEL  = $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$(shell nproc 2>/dev/null || echo 2))

.PHONY: help all deps demo test bench install uninstall clean format
.PRECIOUS: $(B)/obj/%.o
.DELETE_ON_ERROR:

help:
	@sed -n 's/^#: //p' $(MAKEFILE_LIST) | awk -F ' *[|] *' -f tests/help.awk

#: all | build the tools into build/bin | compiler, libraries | 1 min
all: deps-build
	@$(MAKE) --no-print-directory $(PARALLEL) tools
.PHONY: tools deps-build
# Out of the tree the tools find the models below $(B), as those that are installed do below their prefix.
tools: $(TOOLS) $(if $(filter /% ../%,$(B)),$(B)/share/irtools/models)
$(B)/share/irtools/models:
	@mkdir -p $(@D) && ln -sfn $(call quote,$(CURDIR))/pipelines/models $@
# One recipe, so that goals side by side (make -j4 demo test) neither ask twice nor build the same file twice.
deps-build:
	@$(ask_deps) $(if $(filter test deps,$(MAKECMDGOALS)),all,build)

#: deps | name the missing packages, install them where allowed (DEPS=no: never) | apt-get | 1 min
deps: deps-build

#: test | build, run every test (SAN=1, SAN=thread: sanitizers; SIMD=plain, avx2) | cmocka, bats | 5 min; SAN 20
test: all
	@$(MAKE) --no-print-directory $(PARALLEL) units
	@EMULATOR='$(EMULATOR)' sh tests/run.sh $(B) $(TESTS)
# The unit tests of a build for another processor, CC=aarch64-linux-gnu-gcc, are run by EMULATOR=qemu-aarch64.
EMULATOR =
.PHONY: units fuzzers libfuzzers fuzz
units: $(UNITS)

#: test-long | what takes too long for every change (LIVE_MIN, UPDATES, KILLS, STREAM_MB, RECORDS, ONLY) | bats, perl | 1 h
test-long: all
	@bash tests/long.sh $(B)
.PHONY: test-long

#: test-cluster | the pipelines on a Slurm of three nodes and by ssh, a training over MPI ranks, on this host | root, apt-get | 6 min
test-cluster: all
	@bash tests/cluster.sh $(B)
.PHONY: test-cluster

# Fuzz targets: plain programs that every test run feeds with seeds, and libFuzzer's form.
FUZZ_SRC := $(sort $(wildcard tests/fuzz/fuzz_*.c))
ifeq ($(RENDER_LIBS),)
FUZZ_SRC := $(filter-out tests/fuzz/fuzz_score.c,$(FUZZ_SRC))
endif
ifeq ($(HDF5_LIBS),)
FUZZ_SRC := $(filter-out tests/fuzz/fuzz_h5.c,$(FUZZ_SRC))
endif
FUZZERS  := $(FUZZ_SRC:tests/fuzz/%.c=$(B)/fuzz/%)
units: $(FUZZERS)
$(B)/fuzz/%: $(B)/obj/tests/fuzz/%.o $(B)/obj/tests/fuzz/replay.o $(LIB)
	@mkdir -p $(@D)
	@$(SAY) LD $@
	$(AT)$(CC) $(OPTIMISE) $(LDFLAGS) -o $@ $^ $(LIBS)
$(B)/libfuzzer/%: $(B)/obj/tests/fuzz/%.o $(LIB)
	@mkdir -p $(@D)
	$(AT)$(CC) $(OPTIMISE) -fsanitize=fuzzer $(LDFLAGS) -o $@ $^ $(LIBS)
libfuzzers: $(FUZZERS:$(B)/fuzz/%=$(B)/libfuzzer/%)

#: fuzz | clang's libFuzzer on every reader of foreign bytes, MINUTES=10 each (FUZZ=NAME…: these) | clang | 2 h
MINUTES = 10
FUZZ    = $(patsubst tests/fuzz/fuzz_%.c,%,$(FUZZ_SRC))
fuzz:
	@$(MAKE) --no-print-directory $(PARALLEL) B=build-fuzz CC=clang SPEED= \
	    OPTIMISE='-O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined' libfuzzers
	@sh tests/fuzz/fuzz.sh build-fuzz $$(($(MINUTES) * 60)) $(FUZZ)

#: lint | gcc's analyzer over all of it: leaks, double frees, lost descriptors, NULL | gcc 12 | 3 min
# Without two of its checks, which in gcc 12 take arrays that loops fill for empty, and shifts by a loop's index for too
# long; and without the kernels, loops over floats on which it spends minutes.
LINT := -fanalyzer -Wno-analyzer-use-of-uninitialized-value -Wno-analyzer-shift-count-overflow -Wno-maybe-uninitialized
.PHONY: lint
lint:
	@$(MAKE) --no-print-directory $(PARALLEL) B=build-lint CC=gcc WERROR=1 SPEED= DEPS=no OPTIMISE='-O1 $(LINT)' tools

#: bench | our tools beside their peers, in one run | peers where installed | 15 min
bench: all
	@$(MAKE) --no-print-directory benches
	@BENCH_SIMD=$(SIMD) sh tests/bench/bench.sh $(B)
.PHONY: benches
benches: $(BENCHES)

$(B)/bin/%: $(B)/obj/tools/%.o $(LIB)
	@mkdir -p $(@D)
	@$(SAY) LD $@
	$(AT)$(LINK) -o $@ $< $(LIB) $(LIBS)

# ranks_mpi.o stands before the library, whose ranks_one.o then stays out.
$(B)/bin/ir-train-mpi: $(B)/obj/tools/ir-train.o $(B)/obj/lib/train/ranks_mpi.o $(LIB)
	@mkdir -p $(@D)
	@$(SAY) LD $@
	$(AT)$(mpicc) $(OPTIMISE) $(CFLAGS) $(HARDEN_LD) $(LDFLAGS) -o $@ $^ $(LIBS)

$(B)/unit/%: $(B)/obj/tests/unit/%.o $(LIB)
	@mkdir -p $(@D)
	@$(SAY) LD $@
	$(AT)$(LINK) -o $@ $< $(LIB) -lcmocka $(LIBS)

$(B)/bench/%: $(B)/obj/tests/bench/%.o $(LIB)
	@mkdir -p $(@D)
	@$(SAY) LD $@
	$(AT)$(LINK) -o $@ $< $(LIB) $(LIBS)

$(LIB): $(LIB_OBJ) $(B)/gen/lib.list
	@rm -f $@
	$(AT)$(AR) rcsD $@ $(LIB_OBJ)

# Rebuilt when a source file of the library comes or goes.
$(B)/gen/lib.list: FORCE
	@mkdir -p $(@D)
	@echo $(LIB_OBJ) | cmp -s - $@ || echo $(LIB_OBJ) > $@
.PHONY: FORCE
FORCE:

# Everything is compiled again when the compiler or its flags change; with WERROR=1, when some of it was compiled without.
$(B)/gen/flags: FORCE
	@mkdir -p $(@D)
	@{ $(CC) --version 2>/dev/null | head -n 1; printf '%s\n' $(call quote,$(CC) $(subst $(CURDIR),.,$(ALL_CFLAGS)) | $(SPEED) | $(LINK) $(LIBS) | $(AR)); } > $@.$$$$; \
	    if cmp -s $@.$$$$ $@ && [ $(or $(STRICT),no) = no -o -e $(B)/gen/strict ]; then rm $@.$$$$; else mv $@.$$$$ $@; fi; \
	    $(if $(STRICT),: > $(B)/gen/strict)

$(B)/gen/blas_soname.h: $(B)/gen/flags
	@$(ask_deps) soname > $@

$(B)/obj/lib/convert/h5.o: private LIB_CFLAGS += $(patsubst -I%,-isystem%,$(HDF5_CFLAGS))
$(B)/obj/lib/train/ranks_mpi.o: private override CC := $(mpicc)
$(B)/obj/%.o: %.c $(B)/gen/flags | $(REGISTRY) $(B)/gen/blas_soname.h $(B)/gen/commit.h
	@mkdir -p $(@D)
	@$(SAY) CC $<
	@$(if $(STRICT),,rm -f $(B)/gen/strict)
	$(AT)$(CC) $(ALL_CFLAGS) $(FAST) $(STRICT) -MMD -MP -c -o $@ $<

$(foreach d,augment dsp kern net feature learn train,$(B)/obj/lib/$(d)/%.o): FAST = $(SPEED)
ifneq ($(findstring -fanalyzer,$(OPTIMISE)),)
$(B)/obj/lib/kern/%.o: FAST = -fno-analyzer
endif

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

# The texts of the pages (lib/page/*.html, .css, .js) as bytes in the program: an installed build has no source tree.
PAGE_TEXT := $(sort $(wildcard lib/page/*.html lib/page/*.css lib/page/*.js))
$(B)/gen/page.inc: $(PAGE_TEXT)
	@mkdir -p $(@D)
	@for f in $(PAGE_TEXT); do echo "{ \"$${f##*/}\", (const unsigned char[]){"; \
	    od -An -v -tu1 "$$f" | sed 's/ *\([0-9][0-9]*\)/\1,/g'; echo "}, $$(wc -c < "$$f") },"; done > $@

#: install | into $(prefix), DESTDIR respected; uninstall removes it all again |  | 1 min
VERSION   := $(shell sed -n 's/^\#define IR_VERSION "\(.*\)"/\1/p' lib/base.h)
installer  = $(foreach v,DESTDIR bindir mandir completions pkgdatadir docdir libdir includedir,$(v)=$(call quote,$($(v)))) \
             sh tools/install.sh
install: tools $(B)/irtools.pc
	@$(installer) install $(B)
	@echo "installed in $(DESTDIR)$(prefix)"
uninstall:
	@$(installer) uninstall $(B)
.PHONY: $(B)/irtools.pc
$(B)/irtools.pc: $(LIB)
	@printf '%s\n' $(call quote,prefix=$(prefix)) $(call quote,libdir=$(libdir)) $(call quote,includedir=$(includedir)) '' \
	    'Name: irtools' 'Description: tensor streams, features, networks and scores for instrument recognition' \
	    'Version: $(VERSION)' 'Cflags: -I$${includedir}/irtools' 'Libs: -L$${libdir} -lirtools $(strip $(LIBS))' > $@

#: dist, deb | the source as a tar.gz; a Debian package of this release | dpkg-deb for deb | 1 min
DIST := $(B)/irtools-$(VERSION).tar.gz
DEB  := $(B)/irtools_$(VERSION)_$(shell dpkg --print-architecture 2>/dev/null).deb
.PHONY: dist deb
dist:
	@mkdir -p $(B)
	@{ git ls-files -z 2>/dev/null | grep -z . || \
	    find tools lib formats pipelines tests Makefile README.md LICENSE .ci .clang-format .gitignore -type f -print0; } | LC_ALL=C sort -z | \
	    tar -czf $(DIST) --null -T - --transform 's,^,irtools-$(VERSION)/,' --owner=0 --group=0 --numeric-owner
	@echo $(DIST)
deb: all
	@rm -rf $(B)/deb
	@$(MAKE) --no-print-directory install prefix=/usr DESTDIR=$(call quote,$(abspath $(B))/deb) > /dev/null
	@sh tools/deb.sh $(B)/deb $(VERSION) $(DEB)

#: man | put the options of each table into its man page
man: tools
	@for t in $(TOOLS); do m=tools/$${t##*/}.1; [ -f $$m ] || continue; \
	    $$t --help | awk -f tools/options.awk - $$m > $(B)/man.new && \
	    { cmp -s $(B)/man.new $$m || cp $(B)/man.new $$m; }; done
.PHONY: man

#: clean | remove what was built, and out
clean:
	rm -rf $(if $(filter command%,$(origin B)),$(addprefix $(B)/,obj bin unit bench gen deb libirtools.a irtools.pc man.new),build $(wildcard build-*) out)
	@$(if $(filter command%,$(origin B)),rm -f $(B)/irtools[-_]* $(B)/share/irtools/models; rmdir $(B)/share/irtools $(B)/share $(B) 2>/dev/null || true)

#: format | clang-format over all C files | clang-format 14 | 
format:
	clang-format -i $(wildcard lib/*.h lib/*/*.h lib/*/*.c tools/*.c tests/*/*.c)

#: NAME DATA=DIR | an experiment (philharmonia, medleydb, irmas, audioset4, medley-solos) | its data, or a stand-in | 2 to 40 min
OUT = out
BIN := $(B)/bin
# With -n, programs that are there are not built again: what is printed is the work alone.
dry   = $(findstring n,$(firstword -$(MAKEFLAGS)))
built = $(if $(dry),$(filter-out $(wildcard $(1)),$(1)),$(1))
include $(sort $(wildcard pipelines/*.mk))
-include $(shell find $(B)/obj -name '*.d' 2>/dev/null)
