# SPDX-License-Identifier: Apache-2.0
# libFuzzer targets under ASan and UBSan.
#
# To add one, put a block between the two lines of dashes:
#
#   FUZZ_TARGETS += fuzz_foo
#   fuzz_foo_SRCS = tests/fuzz/fuzz_foo.c hyp/core/foo.c
#   fuzz_foo_LIBS = $(LIBFDT_HOST)            # optional
#   fuzz_foo_CORPUS = tests/fuzz/corpus/foo
#   fuzz_foo_DEPS = $(BUILD)/x.dtb   # optional: what must be made before it runs
#   fuzz_foo_ARGS = -max_len=4096    # optional: libFuzzer's options
#
# New inputs go to build/fuzz/corpus/NAME, crashes to build/fuzz/NAME-crash-*.
# `make fuzz-keep` adds the new inputs that reach new code to tests/fuzz/corpus.

FUZZ_CC ?= clang
FUZZ_SECONDS ?= 5
FUZZ_CFLAGS = -std=gnu11 -g -O1 -Wall -Wextra -Wno-unused-parameter -Werror -fno-omit-frame-pointer \
	-fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
	$(TEST_CPPFLAGS)
FUZZ_TARGETS :=

# ---------------------------------------------------------------- blocks, one per target

FUZZ_TARGETS += fuzz_config
fuzz_config_SRCS = tests/fuzz/fuzz_config.c scripts/check/advice.c $(UNIT_CONFIG_SRCS)
fuzz_config_LIBS = $(LIBFDT_HOST) -lcmocka
fuzz_config_CORPUS = tests/fuzz/corpus/config $(BUILD)/fuzz/seeds/config
fuzz_config_DEPS = $(UNIT_VIRT) $(BUILD)/fuzz/seeds/config
fuzz_config_ARGS = -max_len=16384

FUZZ_TARGETS += fuzz_bundle
fuzz_bundle_SRCS = tests/fuzz/fuzz_bundle.c $(GTREE_SRCS)
fuzz_bundle_LIBS = $(LIBFDT_HOST)
fuzz_bundle_CORPUS = tests/fuzz/corpus/bundle
fuzz_bundle_ARGS = -max_len=4096

FUZZ_TARGETS += fuzz_hcall
fuzz_hcall_SRCS = tests/fuzz/fuzz_hcall.c tests/fuzz/hcall_virtio.c $(UNIT_CONFIG_SRCS) \
	$(sort $(wildcard hyp/core/calls/*.c hyp/core/monitor/*.c hyp/core/virtio/*.c) $(LINK_SRCS) $(PROP_SRCS)) $(addprefix hyp/core/vm/,balloon.c guest_mem.c ram.c) \
	hyp/core/handover/handover.c hyp/core/crash/dump.c hyp/core/vlog/vlog.c hyp/arch/arm64/mm/stage2.c hyp/lib/pages.c
fuzz_hcall_LIBS = $(LIBFDT_HOST) -lcmocka
fuzz_hcall_CORPUS = tests/fuzz/corpus/hcall
fuzz_hcall_DEPS = $(UNIT_VIRT) $(BUILD)/unit/dtb/fuzz/system.dtb
fuzz_hcall_ARGS = -max_len=1024 -len_control=0

FUZZ_TARGETS += fuzz_virtio
fuzz_virtio_SRCS = tests/fuzz/fuzz_virtio.c $(VIRTIO_RIG_SRCS)
fuzz_virtio_LIBS = $(LIBFDT_HOST) -lcmocka
fuzz_virtio_CORPUS = tests/fuzz/corpus/virtio
fuzz_virtio_DEPS = $(UNIT_VIRT) $(BUILD)/unit/dtb/unit/dts/virtio.dtb
fuzz_virtio_ARGS = -max_len=1024 -len_control=0

FUZZ_TARGETS += fuzz_ring
fuzz_ring_SRCS = tests/fuzz/fuzz_ring.c
fuzz_ring_CORPUS = tests/fuzz/corpus/ring
fuzz_ring_ARGS = -max_len=512 -len_control=0
$(BUILD)/fuzz/obj/tests/fuzz/fuzz_ring.o: private TEST_CPPFLAGS := $(GUEST_CPPFLAGS)

FUZZ_TARGETS += fuzz_vwalk
fuzz_vwalk_SRCS = tests/fuzz/fuzz_vwalk.c $(VWALK_SRCS)
fuzz_vwalk_CORPUS = tests/fuzz/corpus/vwalk
fuzz_vwalk_ARGS = -max_len=512 -len_control=0
$(BUILD)/fuzz/obj/tests/fuzz/fuzz_vwalk.o $(VWALK_SRCS:%.c=$(BUILD)/fuzz/obj/%.o): private TEST_CPPFLAGS := $(GUEST_CPPFLAGS)

FUZZ_TARGETS += fuzz_shadow
fuzz_shadow_SRCS = tests/fuzz/fuzz_shadow.c $(SHADOW_SRCS)
fuzz_shadow_CORPUS = tests/fuzz/corpus/shadow
fuzz_shadow_ARGS = -max_len=512 -len_control=0
$(BUILD)/fuzz/obj/tests/fuzz/fuzz_shadow.o: private TEST_CPPFLAGS := $(GUEST_CPPFLAGS)

FUZZ_TARGETS += fuzz_vsetup
fuzz_vsetup_SRCS = tests/fuzz/fuzz_vsetup.c $(VSETUP_SRCS)
fuzz_vsetup_CORPUS = tests/fuzz/corpus/vsetup
fuzz_vsetup_ARGS = -max_len=1024 -dict=tests/fuzz/vsetup.dict
$(BUILD)/fuzz/obj/tests/fuzz/fuzz_vsetup.o $(VSETUP_SRCS:%.c=$(BUILD)/fuzz/obj/%.o): private TEST_CPPFLAGS := $(GUEST_CPPFLAGS)

# ---------------------------------------------------------------- end of blocks

# Every case of tests/bad is a seed too, behind the byte that says which tree it is.
$(BUILD)/fuzz/seeds/config: $(patsubst tests/%.dts,$(BUILD)/unit/dtb/%.dtb,$(UNIT_BAD))
	@mkdir -p $@
	$(Q)for f in $^; do \
		case $$f in */board/*) mode='\001' ;; *) mode='\000' ;; esac; \
		{ printf "$$mode"; cat $$f; } > $@/$$(basename $$f .dtb) || exit 1; \
	done
	@touch $@

# As in unit.mk, by another compiler.
$(BUILD)/fuzz/obj/%.o: %.c | $(LIBFDT_HOST)
	@mkdir -p $(@D)
	$(Q)$(FUZZ_CC) $(FUZZ_CFLAGS) -MMD -MP -c -o $@ $<

FUZZ_FAKE_OBJS := $(FAKE_SRCS:%.c=$(BUILD)/fuzz/obj/%.o)
FUZZ_FAKE := $(BUILD)/fuzz/fake.a
$(FUZZ_FAKE): $(FUZZ_FAKE_OBJS)
	$(Q)rm -f $@
	$(Q)ar rcs $@ $^

define fuzz_rules
$(1)_OBJS := $$(patsubst %.c,$$(BUILD)/fuzz/obj/%.o,$$($(1)_SRCS))
$$(BUILD)/fuzz/$(1)/$(1): $$($(1)_OBJS) $$(FUZZ_FAKE)
	@mkdir -p $$(@D)
	$$(Q)$$(FUZZ_CC) $$(FUZZ_CFLAGS) -o $$@ $$^ $$($(1)_LIBS)
.PHONY: run-$(1) keep-$(1)
run-$(1): $$(BUILD)/fuzz/$(1)/$(1) $$($(1)_DEPS)
	@mkdir -p $$(BUILD)/fuzz/corpus/$(1)
	@echo "== $(1): $$(FUZZ_SECONDS) s"
	$$(Q)$$< -max_total_time=$$(FUZZ_SECONDS) -timeout=10 -verbosity=0 -print_final_stats=1 \
		-artifact_prefix=$$(BUILD)/fuzz/$(1)- $$($(1)_ARGS) \
		$$(BUILD)/fuzz/corpus/$(1) $$($(1)_CORPUS)
keep-$(1): $$(BUILD)/fuzz/$(1)/$(1) $$($(1)_DEPS)
	$$(Q)$$< -merge=1 $$($(1)_ARGS) $$($(1)_CORPUS) $$(BUILD)/fuzz/corpus/$(1)
endef
$(foreach t,$(FUZZ_TARGETS),$(eval $(call fuzz_rules,$(t))))
-include $(patsubst %.o,%.d,$(sort $(FUZZ_FAKE_OBJS) $(foreach t,$(FUZZ_TARGETS),$($(t)_OBJS))))

.PHONY: fuzz fuzz-keep fuzz-build
fuzz-build: $(foreach t,$(FUZZ_TARGETS),$(BUILD)/fuzz/$(t)/$(t))
fuzz: $(addprefix run-,$(FUZZ_TARGETS))
	@echo "fuzz: $(words $(FUZZ_TARGETS)) targets, nothing found"
fuzz-keep: $(addprefix keep-,$(FUZZ_TARGETS))
## fuzz: run each libFuzzer target for FUZZ_SECONDS (5)
