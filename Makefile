# SPDX-License-Identifier: Apache-2.0
# leat: everything is built into build/. `make help` lists the targets.

MAKEFLAGS += --no-builtin-rules
.SUFFIXES:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all

V ?= 0
SANITIZE ?= 0
DESTDIR ?=
PREFIX ?= /usr/local
CC := gcc
CLANG ?= clang-19
LLVM_STRIP ?= llvm-strip-19
BPFTOOL ?= $(or $(wildcard /usr/sbin/bpftool),bpftool)
VERSION := 0.1.0

BUILD := build
quiet = $(if $(filter 1,$(V)),,@printf '  %-8s %s\n' "$(1)" "$(2)";)

# ---- what may see what: design rule, one line a folder -------------------------------------
# A folder is compiled with the include paths listed here and no others, so a wrong arrow
# does not build. `leat` stands for include/leat.
sees_lib      := lib
sees_kube     := kube lib
sees_compile  := compile kube lib
sees_maps     := maps lib
sees_loader   := loader maps lib skel
sees_agent    := agent loader maps compile kube lib
sees_cni      := cni lib
sees_cli      := cli maps compile kube lib
sees_tests    := tests agent cni cli loader maps compile kube lib skel

folders   := lib kube compile maps loader agent cni cli
libraries := lib kube compile maps loader

# ---- flags ---------------------------------------------------------------------------------
warnings := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wpointer-arith -Wwrite-strings -Wvla -Wundef -Wformat=2 -Wimplicit-fallthrough
common_flags := -std=gnu11 -g $(warnings) -D_GNU_SOURCE -DLEAT_VERSION='"$(VERSION)"' \
	-DLEAT_PREFIX='"$(PREFIX)"' -fno-common -fstack-protector-strong -fPIE -MMD -MP
flags_rel := $(common_flags) -O2 -D_FORTIFY_SOURCE=2
flags_san := $(common_flags) -O1 -fno-omit-frame-pointer -fsanitize=address,undefined \
	-fno-sanitize-recover=undefined
# Fuzzers are clang's: the pattern-specific CC below holds for all of build/fuzz.
flags_fuzz := $(common_flags) -O1 -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined \
	-fno-sanitize-recover=undefined
$(BUILD)/fuzz/%: CC := $(CLANG)
link_rel := -pie -Wl,-z,relro,-z,now
link_san := -pie -fsanitize=address,undefined

packages_lib     :=
libs_agent := -lbpf -lelf -lz -luv -lcjson -lyaml -lnl-route-3 -lnl-3
libs_cli   := -lbpf -lelf -lz -lcjson -lyaml
libs_tests := -lcmocka $(libs_agent) -ljansson
nl_include := -isystem /usr/include/libnl3

# Which build the plain names mean: make SANITIZE=1 puts sanitized programs into build/bin.
variant := $(if $(filter 1,$(SANITIZE)),san,rel)

# ---- include trees -------------------------------------------------------------------------
include_trees := $(foreach f,$(folders) tests,$(BUILD)/inc/$(f)/$(f)) $(BUILD)/inc/leat/leat
$(BUILD)/inc/leat/leat:
	@mkdir -p $(@D) && ln -sfn ../../../include/leat $@
$(foreach f,$(folders) tests,$(BUILD)/inc/$(f)/$(f)):
	@mkdir -p $(@D) && ln -sfn ../../../$(@F) $@
includes = -I$(BUILD)/inc/leat $(foreach s,$(sees_$(1)),$(if $(filter skel,$(s)),-I$(BUILD)/skel,-I$(BUILD)/inc/$(s))) $(nl_include)

# ---- BPF objects and skeletons -------------------------------------------------------------
bpf_sources := $(wildcard bpf/*.bpf.c)
bpf_objects := $(bpf_sources:bpf/%.c=$(BUILD)/bpf/%.o)
skeletons   := $(bpf_sources:bpf/%.bpf.c=$(BUILD)/skel/%.skel.h)
multiarch   := $(shell gcc -print-multiarch)
bpf_flags   := -target bpf -mcpu=v3 -O2 -g -std=gnu11 -Wall -Wextra -Werror -Wpadded \
	-Wno-error=padded -Wno-padded -Wno-unused-parameter -D__TARGET_ARCH_x86 \
	-Iinclude -Ibpf -isystem /usr/include/$(multiarch) -MMD -MP

$(BUILD)/bpf/%.bpf.o: bpf/%.bpf.c
	@mkdir -p $(@D)
	$(call quiet,BPF,$@)$(CLANG) $(bpf_flags) -c $< -o $@ && $(LLVM_STRIP) -g $@
$(BUILD)/skel/%.skel.h: $(BUILD)/bpf/%.bpf.o
	@mkdir -p $(@D)
	$(call quiet,SKEL,$@)$(BPFTOOL) gen skeleton $< name $*_bpf > $@

# The shared headers must have no padding of the compiler's choosing, under both compilers.
header_checks := $(patsubst include/leat/%.h,$(BUILD)/check/%.ok,$(wildcard include/leat/*.h))
$(BUILD)/check/%.ok: include/leat/%.h
	@mkdir -p $(@D)
	$(call quiet,PADDED,$<)printf '#include <leat/%s.h>\n' $* > $(@:.ok=.c) && \
	$(CC) -Wall -Wpadded -Werror -Iinclude -fsyntax-only $(@:.ok=.c) && \
	$(CLANG) -target bpf -Wall -Wpadded -Werror -Iinclude -isystem /usr/include/$(multiarch) \
		-fsyntax-only $(@:.ok=.c) && touch $@

# ---- user space ----------------------------------------------------------------------------
# $(1) folder, $(2) variant
define folder_rules
sources_$(1) := $$(wildcard $(1)/*.c)
objects_$(1)_$(2) := $$(sources_$(1):%.c=$(BUILD)/$(2)/obj/%.o)
$$(objects_$(1)_$(2)): $(BUILD)/$(2)/obj/%.o: %.c | $$(include_trees) $$(if $$(filter skel,$$(sees_$(1))),$$(skeletons))
	@mkdir -p $$(@D)
	$$(call quiet,CC $(2),$$@)$$(CC) $$(flags_$(2)) $$(call includes,$(1)) -c $$< -o $$@
$(BUILD)/$(2)/lib$(1).a: $$(filter-out %/main.o,$$(objects_$(1)_$(2)))
	$$(call quiet,AR,$$@)rm -f $$@ && ar rcs $$@ $$^
endef
$(foreach v,rel san fuzz,$(foreach f,$(folders),$(eval $(call folder_rules,$(f),$(v)))))

archives = $(foreach f,$(1),$(BUILD)/$(2)/lib$(f).a)

define program_rules
$(BUILD)/$(1)/leat-agent: $(BUILD)/$(1)/obj/agent/main.o $$(call archives,agent loader maps compile kube lib,$(1))
	$$(call quiet,LINK,$$@)$$(CC) $$(link_$(1)) -o $$@ $$^ $$(libs_agent)
$(BUILD)/$(1)/leat: $(BUILD)/$(1)/obj/cli/main.o $$(call archives,cli maps compile kube lib,$(1))
	$$(call quiet,LINK,$$@)$$(CC) $$(link_$(1)) -o $$@ $$^ $$(libs_cli)
endef
$(foreach v,rel san,$(eval $(call program_rules,$(v))))

# leat-cni is static: the runtime executes it on any host, whatever is installed there.
# (lib/ is linked with it; only what it calls comes in, so neither libbpf nor libuv does.)
libs_cni := -ljansson -lnl-3
# libnl can look up names, we never do: keeps glibc's resolver, which is no good in a static
# program, out of it.
no_resolver := $(foreach f,getaddrinfo freeaddrinfo gai_strerror getprotobyname getprotobynumber,-Wl,--defsym=$(f)=abort)
$(BUILD)/rel/leat-cni: $(BUILD)/rel/obj/cni/main.o $(call archives,cni lib,rel)
	$(call quiet,LINK,$@)$(CC) -static $(no_resolver) -o $@ $^ $(libs_cni) -lpthread
$(BUILD)/san/leat-cni: $(BUILD)/san/obj/cni/main.o $(call archives,cni lib,san)
	$(call quiet,LINK,$@)$(CC) $(link_san) -o $@ $^ $(libs_cni) -lpthread

programs := leat-agent leat-cni leat
bins := $(programs:%=$(BUILD)/bin/%)
$(bins): $(BUILD)/bin/%: $(BUILD)/$(variant)/% $(BUILD)/variant.$(variant)
	@mkdir -p $(@D) && ln -sfn ../$(variant)/$* $@
$(BUILD)/variant.$(variant):
	@mkdir -p $(@D) && rm -f $(BUILD)/variant.* && touch $@

##@ Build
all: $(bpf_objects) $(skeletons) $(header_checks) $(bins) ## the programs and BPF objects, into build/
clang-check: | $(include_trees) $(skeletons) ## compile all of user space with clang too, warnings as errors
	$(call quiet,CLANG,user space)$(foreach f,$(folders),$(foreach s,$(wildcard $(f)/*.c),$(CLANG) $(filter-out -MMD -MP,$(flags_rel)) $(call includes,$(f)) -fsyntax-only $(s) &&)) true

##@ Use
demo: ## two nodes with pods on them, step by step (root)
	@scripts/install-deps.sh
	@$(MAKE) --no-print-directory all
	@python3 scripts/demo.py
install: all ## into $(DESTDIR)$(PREFIX)
	install -d $(DESTDIR)$(PREFIX)/sbin $(DESTDIR)$(PREFIX)/bin $(DESTDIR)/opt/cni/bin \
		$(DESTDIR)$(PREFIX)/share/man/man8 $(DESTDIR)$(PREFIX)/share/doc/leat
	install -m 0755 $(BUILD)/rel/leat-agent $(DESTDIR)$(PREFIX)/sbin/
	install -m 0755 $(BUILD)/rel/leat $(DESTDIR)$(PREFIX)/bin/
	install -m 0755 $(BUILD)/rel/leat-cni $(DESTDIR)/opt/cni/bin/
	install -m 0644 docs/man/*.8 $(DESTDIR)$(PREFIX)/share/man/man8/
	install -m 0644 README.md docs/*.md $(DESTDIR)$(PREFIX)/share/doc/leat/
	install -D -m 0644 docs/leat.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/leat

##@ Test
unit_sources := $(wildcard tests/unit/test_*.c) $(wildcard tests/golden/test_*.c) $(wildcard tests/bpf/test_*.c)
unit_tests := $(unit_sources:tests/%.c=$(BUILD)/tests/%)
test_support := $(wildcard tests/support/*.c)
# BPF objects that only tests load.
test_objects := $(patsubst tests/bpf/objects/%.c,$(BUILD)/tests/bpf/%.o,$(wildcard tests/bpf/objects/*.bpf.c))
$(test_objects): $(BUILD)/tests/bpf/%.bpf.o: tests/bpf/objects/%.bpf.c
	@mkdir -p $(@D)
	$(call quiet,BPF,$@)$(CLANG) $(bpf_flags) -c $< -o $@ && $(LLVM_STRIP) -g $@
# Helpers that several test programs of one folder share: tests/FOLDER/common*.c
define unit_rule
$(BUILD)/tests/$(1): tests/$(1).c $(wildcard $(dir tests/$(1))common*.c) $(test_support) $$(call archives,agent cli cni loader maps compile kube lib,san) | $$(include_trees) $$(skeletons)
	@mkdir -p $$(@D)
	$$(call quiet,TEST,$$@)$$(CC) $$(flags_san) $$(call includes,tests) -MF $$@.d $$(link_san) -o $$@ $$(filter %.c,$$^) -Wl,--start-group $$(filter %.a,$$^) -Wl,--end-group $$(libs_tests)
endef
$(foreach t,$(unit_sources:tests/%.c=%),$(eval $(call unit_rule,$(t))))

# What fuzzers call is compiled for them once more; tests/fuzz/corpus/NAME are their first inputs.
FUZZ_SECONDS ?= 30
fuzzers := $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
$(fuzzers): $(BUILD)/fuzz/%: tests/fuzz/%.c $(call archives,cni compile kube lib,fuzz) | $(include_trees)
	$(call quiet,FUZZER,$@)$(CC) $(filter-out -MMD -MP,$(flags_fuzz)) -fsanitize=fuzzer \
		$(call includes,tests) -o $@ $< -Wl,--start-group $(filter %.a,$^) -Wl,--end-group \
		-lcjson -lyaml -ljansson -lnl-route-3 -lnl-3

test-programs: $(unit_tests) $(programs:%=$(BUILD)/san/%) $(test_objects)
check: ## all tests (root); last line "N passed, N failed, N skipped"
	@scripts/install-deps.sh --test
	@$(MAKE) --no-print-directory all test-programs clang-check
	@python3 tests/run.py
check-unit: ## only what needs no root
	@$(MAKE) --no-print-directory all test-programs
	@python3 tests/run.py --only unit,golden
fuzz: ## every fuzzer under ASan and UBSan, FUZZ_SECONDS (30) each
	@scripts/install-deps.sh --test
	@$(MAKE) --no-print-directory $(fuzzers)
	@scripts/fuzz.sh $(FUZZ_SECONDS) $(fuzzers)
lint: | $(include_trees) $(skeletons) ## clang-format, clang-tidy, cppcheck, shellcheck, mandoc
	@scripts/install-deps.sh --test
	@scripts/lint.sh
format: ## rewrite the sources by .clang-format
	clang-format-19 -i $(wildcard $(folders:%=%/*.[ch]) bpf/*.c bpf/lib/*.h include/leat/*.h tests/*/*.[ch])

##@ Measure
# Optimised, and linked with the optimised libraries: what it measures is the kernel's part.
bench_prog := $(BUILD)/tests/bpf/bench_prog
$(bench_prog): tests/bpf/bench_prog.c $(wildcard tests/bpf/common*.c) $(call archives,maps lib,rel) | $(include_trees) $(skeletons)
	@mkdir -p $(@D)
	$(call quiet,BENCH,$@)$(CC) $(flags_rel) $(call includes,tests) -MF $@.d $(link_rel) -o $@ $(filter %.c,$^) $(filter %.a,$^) $(libs_tests)
bench-prog: $(bench_prog) ## ns a packet of each program beside an empty one's; UPDATE=1 writes docs/performance.md
	@$(bench_prog) $(if $(filter 1,$(UPDATE)),--update)

##@ Other
docs: all ## docs/maps.md from the headers
	@python3 scripts/gen-maps-doc.py > docs/maps.md
clean: ## remove build/
	rm -rf $(BUILD)
help: ## this list
	@awk 'BEGIN { FS = ":.*## " } /^##@/ { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile
	@printf '\nV=1 shows the commands, SANITIZE=1 builds with ASan and UBSan, DESTDIR= and PREFIX= steer install.\n'

# For scripts/lint.sh: the include paths of one folder.
show-includes:
	@echo $(call includes,$(FOLDER))

.PHONY: show-includes all clang-check demo install check check-unit test-programs fuzz lint format bench-prog docs clean help
-include $(wildcard $(BUILD)/*/obj/*/*.d $(BUILD)/bpf/*.d $(BUILD)/tests/*/*.d)
