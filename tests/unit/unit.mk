# SPDX-License-Identifier: Apache-2.0
# Host unit tests: one cmocka program per module, under ASan and UBSan.
#
# To add one, put a block between the two lines of dashes:
#
#   UNIT_TESTS += test_foo
#   test_foo_SRCS = tests/unit/core/test_foo.c hyp/core/foo.c
#   test_foo_LIBS = $(LIBFDT_HOST)                  # optional, beside -lcmocka
#   test_foo_DEPS = $(BUILD)/unit/dtb/a.dtb # optional: what must be made before it runs
#   test_foo_ARGS = a b                    # optional: its arguments
#
# Sources are compiled once for all programs, in build/unit/obj. tests/fake/include comes before hyp/ in the
# include path, so its headers stand before those that only work at EL2; what else is not linked comes from the
# archive of tests/fake. tests/README.md says more. Programs run in the top directory. `make unit-NAME` runs one alone.

# Headers of guest-linux on the host.
GUEST_CPPFLAGS := -Itests/fake/kernel -Iguest-linux/include -Iguest-linux/info/dump \
	-Iguest-linux/info/monitor

# For the fuzzers too.
TEST_CPPFLAGS := -DUNIT_BUILD='"$(BUILD)"' -Itests -Itests/fake/include -Iscripts -Ihyp -Ihyp/include \
	-Ihyp/arch/arm64/include -isystem $(LIBFDT_INC) \
	-DHYP_VERSION='"test"' -DHYP_COMPILER='"cc 1.0"' -DHYP_BUILD_DATE='"Thu Jan  1 00:00:00 UTC 1970"'
FAKE_SRCS := $(wildcard tests/fake/*/*.c)

UNIT_CC ?= gcc
UNIT_CFLAGS = -std=gnu11 -g -O1 -Wall -Wextra -Wno-unused-parameter -Werror -fno-omit-frame-pointer \
	-fsanitize=$(UNIT_SANITIZE) -fno-sanitize-recover=all \
	$(TEST_CPPFLAGS)
UNIT_SANITIZE := address,undefined
UNIT_ENV := ASAN_OPTIONS=detect_stack_use_after_return=1 UBSAN_OPTIONS=print_stacktrace=1
UNIT_TESTS :=

# ---------------------------------------------------------------- blocks, one per program
CONSOLE_SRCS := $(addprefix hyp/core/console/,console.c filter.c frame.c keys.c log.c screen.c) hyp/lib/printf.c
CONSOLE_RIG_SRCS = tests/unit/core/console/console_rig.c tests/unit/core/console/term.c $(CONSOLE_SRCS)

UNIT_TESTS += test_console
test_console_SRCS = tests/unit/core/console/test_console.c $(CONSOLE_RIG_SRCS)

UNIT_TESTS += test_console_text
test_console_text_SRCS = tests/unit/core/console/test_console_text.c $(CONSOLE_RIG_SRCS)

UNIT_TESTS += test_console_keys
test_console_keys_SRCS = tests/unit/core/console/test_console_keys.c $(CONSOLE_RIG_SRCS)

# Not run by itself: test_forge.py does.
UNIT_PROGRAMS += forge
forge_SRCS = tests/unit/core/console/forge.c $(CONSOLE_SRCS)

UNIT_TESTS += test_console_smp
test_console_smp_SRCS = tests/unit/core/console/test_console_smp.c tests/unit/core/console/term.c $(CONSOLE_SRCS) hyp/core/dev/vuart.c
test_console_smp_LIBS = -lpthread

UNIT_TESTS += test_history
test_history_SRCS = tests/unit/core/console/test_history.c hyp/core/console/history.c hyp/core/console/history_read.c
test_history_LIBS = -lpthread

UNIT_TESTS += test_vlog
test_vlog_SRCS = tests/unit/core/vlog/test_vlog.c hyp/core/vlog/vlog.c hyp/core/calls/log.c hyp/core/vm/guest_mem.c hyp/core/vm/ram.c \
	hyp/lib/printf.c
test_vlog_LIBS = -lpthread

UNIT_TESTS += test_vuart
test_vuart_SRCS = tests/unit/core/dev/test_vuart.c hyp/core/dev/vuart.c

UNIT_TESTS += test_uart
test_uart_SRCS = $(wildcard tests/unit/drivers/uart/*.c hyp/drivers/uart/*.c)

UNIT_TESTS += test_units
test_units_SRCS = tests/unit/core/test_units.c hyp/core/units.c

UNIT_TESTS += test_sched
test_sched_SRCS = tests/unit/core/sched/test_sched.c hyp/core/sched/sched.c

UNIT_TESTS += test_handover
test_handover_SRCS = tests/unit/core/handover/test_handover.c

UNIT_TESTS += test_roam
test_roam_SRCS = tests/unit/core/sched/test_roam.c hyp/core/sched/roam.c hyp/core/sched/move.c hyp/core/sched/sched.c \
	hyp/core/handover/handover.c

UNIT_TESTS += test_prompt
test_prompt_SRCS = tests/unit/core/prompt/test_prompt.c hyp/core/prompt/prompt.c hyp/lib/printf.c

UNIT_TESTS += test_smccc
test_smccc_SRCS = tests/unit/arch/test_smccc.c hyp/arch/arm64/smccc.c

UNIT_TESTS += test_timer
test_timer_SRCS = tests/unit/arch/test_timer.c hyp/arch/arm64/timer.c

UNIT_TESTS += test_stage2_window
test_stage2_window_SRCS = tests/unit/arch/test_stage2_window.c hyp/arch/arm64/mm/stage2.c hyp/lib/pages.c

UNIT_TESTS += test_window
test_window_SRCS = tests/unit/core/test_window.c hyp/core/window.c

UNIT_TESTS += test_cpu_id
test_cpu_id_SRCS = tests/unit/arch/boot/test_cpu_id.c hyp/arch/arm64/boot/cpu_id.c

UNIT_TESTS += test_hypercall
test_hypercall_SRCS = tests/unit/core/calls/test_hypercall.c hyp/core/vm/guest_mem.c hyp/core/calls/hypercall.c hyp/core/calls/xirq.c \
	hyp/core/link/xirq.c

UNIT_TESTS += test_crash_policy
test_crash_policy_SRCS = tests/unit/core/crash/test_crash_policy.c hyp/core/crash/policy.c

UNIT_TESTS += test_crash_symbols
test_crash_symbols_SRCS = tests/unit/core/crash/test_crash_symbols.c hyp/core/crash/symbols.c

UNIT_TESTS += test_alloc
test_alloc_SRCS = tests/unit/core/vm/test_alloc.c hyp/core/vm/ram.c hyp/lib/pages.c

UNIT_TESTS += test_load
test_load_SRCS = tests/unit/core/vm/test_load.c hyp/core/vm/load.c hyp/config/system/pools.c

UNIT_TESTS += test_balloon
test_balloon_SRCS = tests/unit/core/vm/test_balloon.c hyp/core/calls/balloon.c hyp/core/vm/balloon.c hyp/core/vm/guest_mem.c hyp/core/vm/ram.c
test_balloon_LIBS = -lpthread

UNIT_TESTS += test_boot
test_boot_SRCS = tests/unit/core/vm/test_boot.c hyp/core/vm/boot.c

UNIT_TESTS += test_times
test_times_SRCS = tests/unit/core/vm/test_times.c hyp/core/vm/times.c

UNIT_TESTS += test_monitor
test_monitor_SRCS = tests/unit/core/monitor/test_monitor.c $(wildcard hyp/core/monitor/*.c) hyp/core/vm/ram.c \
	$(UNIT_CONFIG_SRCS)
test_monitor_LIBS = $(LIBFDT_HOST)

UNIT_TESTS += test_symbols
test_symbols_SRCS = tests/unit/core/debug/test_symbols.c hyp/core/debug/symbols.c hyp/core/debug/backtrace.c
$(BUILD)/unit/obj/tests/unit/core/debug/test_symbols.o: $(BUILD)/unit/unit-syms.S
$(BUILD)/unit/unit-syms.S: tests/unit/core/debug/symbols.nm scripts/nk-syms
	@mkdir -p $(@D)
	$(Q)scripts/nk-syms < $< > $@


UNIT_CONFIG_SRCS := tests/unit/config/config_util.c $(CONFIG_SRCS)
UNIT_BAD := $(wildcard tests/bad/system/*.dts tests/bad/board/*.dts tests/bad/forced/*.dts)
UNIT_VIRT := $(BUILD)/unit/dtb/virt-gicv2.dtb $(BUILD)/unit/dtb/virt-gicv3.dtb

UNIT_TESTS += test_config
test_config_SRCS = tests/unit/config/test_config.c $(UNIT_CONFIG_SRCS)
test_config_LIBS = $(LIBFDT_HOST)
test_config_DEPS = $(UNIT_VIRT) $(addprefix $(BUILD)/unit/dtb/,$(addsuffix .dtb,bad/include/odd \
	$(addprefix unit/dts/,full shared props defaults odd-good moved same-page board-gicv2 board-map board-front) \
	$(addprefix examples/,linux1 linux2 linux-raw virtio-given)))

UNIT_TESTS += test_console_node
test_console_node_SRCS = tests/unit/config/test_console_node.c $(UNIT_CONFIG_SRCS)
test_console_node_LIBS = $(LIBFDT_HOST)
test_console_node_DEPS = $(UNIT_VIRT) $(addprefix $(BUILD)/unit/dtb/unit/dts/,board-uart.dtb board-inverter.dtb)

UNIT_TESTS += test_links
test_links_SRCS = tests/unit/config/system/test_links.c $(UNIT_CONFIG_SRCS)
test_links_LIBS = $(LIBFDT_HOST)
test_links_DEPS = $(UNIT_VIRT) $(addprefix $(BUILD)/unit/dtb/unit/dts/,links.dtb props.dtb)

UNIT_TESTS += test_places
test_places_SRCS = tests/unit/config/system/test_places.c $(UNIT_CONFIG_SRCS)
test_places_LIBS = $(LIBFDT_HOST)
test_places_DEPS = $(UNIT_VIRT) $(addprefix $(BUILD)/unit/dtb/,bad/include/two-regions.dtb $(addprefix unit/dts/,places.dtb many.dtb uarts.dtb))

UNIT_TESTS += test_memory
test_memory_SRCS = tests/unit/config/system/test_memory.c $(UNIT_CONFIG_SRCS)
test_memory_LIBS = $(LIBFDT_HOST)
test_memory_DEPS = $(UNIT_VIRT) $(BUILD)/unit/dtb/unit/dts/full.dtb

UNIT_TESTS += test_monitor_node
test_monitor_node_SRCS = tests/unit/config/system/test_monitor_node.c $(UNIT_CONFIG_SRCS)
test_monitor_node_LIBS = $(LIBFDT_HOST)
test_monitor_node_DEPS = $(UNIT_VIRT) $(addprefix $(BUILD)/unit/dtb/unit/dts/,full.dtb shared.dtb monitor.dtb)

UNIT_TESTS += test_virtio_node
test_virtio_node_SRCS = tests/unit/config/system/test_virtio_node.c $(UNIT_CONFIG_SRCS)
test_virtio_node_LIBS = $(LIBFDT_HOST)
test_virtio_node_DEPS = $(UNIT_VIRT) $(addprefix $(BUILD)/unit/dtb/unit/dts/,virtio.dtb virtio-many.dtb full.dtb)

LINK_SRCS := $(wildcard hyp/core/link/*.c) hyp/core/window.c hyp/core/calls/grant.c hyp/core/calls/vlink.c hyp/core/vm/pieces.c

UNIT_TESTS += test_vlink
test_vlink_SRCS = tests/unit/core/link/test_vlink.c tests/unit/core/link/vlink_rig.c $(UNIT_CONFIG_SRCS) $(LINK_SRCS) \
	hyp/core/calls/mem.c hyp/core/calls/xirq.c hyp/core/vm/guest_mem.c hyp/core/vm/ram.c hyp/arch/arm64/mm/stage2.c hyp/lib/pages.c
test_vlink_LIBS = $(LIBFDT_HOST)
test_vlink_DEPS = $(UNIT_VIRT) $(BUILD)/unit/dtb/unit/dts/vlinks.dtb

UNIT_TESTS += test_grant
test_grant_SRCS = tests/unit/core/link/test_grant.c $(filter-out %/test_vlink.c,$(test_vlink_SRCS))
test_grant_LIBS = $(test_vlink_LIBS)
test_grant_DEPS = $(test_vlink_DEPS)

VIRTIO_RIG_SRCS := tests/unit/core/virtio/virtio_rig.c $(UNIT_CONFIG_SRCS) $(wildcard hyp/core/virtio/*.c) hyp/core/calls/virtio.c \
	hyp/core/link/xirq.c hyp/core/window.c $(addprefix hyp/core/vm/,guest_mem.c pieces.c ram.c) hyp/arch/arm64/mm/stage2.c hyp/lib/pages.c

define virtio_test
UNIT_TESTS += $(1)
$(1)_SRCS = tests/unit/core/virtio/$(1).c $(VIRTIO_RIG_SRCS)
$(1)_LIBS = $(LIBFDT_HOST)
$(1)_DEPS = $(UNIT_VIRT) $(BUILD)/unit/dtb/unit/dts/virtio.dtb
endef
$(foreach t,test_virtio_regs test_virtio_back test_virtio_life test_virtio_pool test_virtio_grants,$(eval $(call virtio_test,$(t))))

UNIT_TESTS += test_config_blob
test_config_blob_SRCS = tests/unit/config/test_config_blob.c $(UNIT_CONFIG_SRCS)
test_config_blob_LIBS = $(LIBFDT_HOST)
test_config_blob_DEPS = $(UNIT_VIRT) $(BUILD)/unit/dtb/unit/dts/full.dtb $(BUILD)/unit/dtb/bad/include/odd.dtb

UNIT_TESTS += test_config_bad
test_config_bad_SRCS = tests/unit/config/test_config_bad.c scripts/check/advice.c $(UNIT_CONFIG_SRCS)
test_config_bad_LIBS = $(LIBFDT_HOST)
test_config_bad_ARGS = $(UNIT_BAD)
test_config_bad_DEPS = $(patsubst tests/%.dts,$(BUILD)/unit/dtb/%.dtb,$(UNIT_BAD)) \
	$(addprefix $(BUILD)/unit/dtb/bad/include/,gicv2.dtb odd.dtb two-regions.dtb) $(UNIT_VIRT)

PROP_SRCS := $(wildcard hyp/core/prop/*.c) hyp/core/calls/prop.c
UNIT_PROP_SRCS := tests/unit/core/prop/prop_rig.c $(UNIT_CONFIG_SRCS) $(PROP_SRCS) hyp/core/vm/guest_mem.c hyp/core/handover/handover.c hyp/lib/pages.c

# Not run by itself: test_board_trees.py does.
UNIT_PROGRAMS += board_trees
board_trees_SRCS = tests/unit/config/board_trees.c $(CONFIG_SRCS)
board_trees_LIBS = $(LIBFDT_HOST)

UNIT_TESTS += test_prop
test_prop_SRCS = tests/unit/core/prop/test_prop.c $(UNIT_PROP_SRCS)
test_prop_LIBS = $(LIBFDT_HOST)
test_prop_DEPS = $(UNIT_VIRT) $(BUILD)/unit/dtb/unit/dts/props.dtb

UNIT_TESTS += test_wdt
test_wdt_SRCS = tests/unit/core/wdt/test_wdt.c $(UNIT_PROP_SRCS) hyp/core/wdt/wdt.c hyp/core/wdt/props.c
test_wdt_LIBS = $(LIBFDT_HOST)
test_wdt_DEPS = $(UNIT_VIRT) $(BUILD)/unit/dtb/unit/dts/wdt.dtb

UNIT_TESTS += test_prop_defaults
test_prop_defaults_SRCS = tests/unit/core/prop/test_prop_defaults.c $(UNIT_PROP_SRCS)
test_prop_defaults_LIBS = $(LIBFDT_HOST)
test_prop_defaults_DEPS = $(UNIT_VIRT) $(BUILD)/unit/dtb/unit/dts/closed.dtb

UNIT_TESTS += test_prop_smp
test_prop_smp_SRCS = tests/unit/core/prop/test_prop_smp.c $(UNIT_PROP_SRCS)
test_prop_smp_LIBS = $(LIBFDT_HOST) -lpthread
test_prop_smp_DEPS = $(UNIT_VIRT) $(BUILD)/unit/dtb/unit/dts/props.dtb

UNIT_FRAGMENTS := $(wildcard tests/fragments/*.dts)

UNIT_TESTS += test_fragments
test_fragments_SRCS = tests/unit/config/test_fragments.c $(UNIT_CONFIG_SRCS)
test_fragments_LIBS = $(LIBFDT_HOST)
test_fragments_ARGS = $(UNIT_FRAGMENTS)
test_fragments_DEPS = $(UNIT_FRAGMENTS:tests/%.dts=$(BUILD)/unit/dtb/%.dtb) $(BUILD)/unit/dtb/virt8-gicv3.dtb

UNIT_TESTS += test_lib_string
test_lib_string_SRCS = tests/unit/lib/test_lib_string.c

UNIT_TESTS += test_lib_printf
test_lib_printf_SRCS = tests/unit/lib/test_lib_printf.c hyp/lib/printf.c

UNIT_TESTS += test_sha256
test_sha256_SRCS = tests/unit/lib/test_sha256.c

BUNDLE_SRCS := hyp/config/bundle.c hyp/config/error.c hyp/config/fdt/dt.c hyp/lib/printf.c hyp/lib/sha256.c

UNIT_TESTS += test_bundle
test_bundle_SRCS = tests/unit/config/test_bundle.c tests/unit/config/fit.c $(BUNDLE_SRCS)
test_bundle_LIBS = $(LIBFDT_HOST)

GTREE_DTBS := $(patsubst tests/unit/config/guest/%.dts,$(BUILD)/unit/gtree/%.dtb,$(wildcard tests/unit/config/guest/*.dts))
$(BUILD)/unit/gtree/%.dtb: tests/unit/config/guest/%.dts
	@mkdir -p $(@D)
	$(Q)dtc -q -O dtb -o $@ $<

GTREE_SRCS := $(wildcard hyp/config/guest/*.c) $(BUNDLE_SRCS)

UNIT_TESTS += test_gtree
test_gtree_SRCS = tests/unit/config/guest/test_gtree.c $(GTREE_SRCS)
test_gtree_LIBS = $(LIBFDT_HOST)
test_gtree_DEPS = $(GTREE_DTBS)

UNIT_VGIC_SRCS := tests/unit/arch/vgic/vgic_rig.c $(wildcard hyp/arch/arm64/vgic/*.c)

UNIT_TESTS += test_vgic
test_vgic_SRCS = tests/unit/arch/vgic/test_vgic.c tests/unit/arch/vgic/test_vgic_cases.c $(UNIT_VGIC_SRCS)

UNIT_TESTS += test_vgic_posts
test_vgic_posts_SRCS = tests/unit/arch/vgic/test_vgic_posts.c tests/unit/arch/vgic/test_vgic_cases.c $(UNIT_VGIC_SRCS)

UNIT_TESTS += test_vgic_given
test_vgic_given_SRCS = tests/unit/arch/vgic/test_vgic_given.c tests/unit/arch/vgic/test_vgic_cases.c $(UNIT_VGIC_SRCS)

UNIT_TESTS += test_vgic_turns
test_vgic_turns_SRCS = tests/unit/arch/vgic/test_vgic_turns.c tests/unit/arch/vgic/test_vgic_cases.c $(UNIT_VGIC_SRCS)

UNIT_TESTS += test_vgic_random
test_vgic_random_SRCS = tests/unit/arch/vgic/test_vgic_random.c $(UNIT_VGIC_SRCS)

UNIT_TESTS += test_fake
test_fake_SRCS = tests/unit/fake/test_fake.c

UNIT_TESTS += test_ring
test_ring_SRCS = tests/unit/guest/test_ring.c

UNIT_TESTS += test_ring_smp
test_ring_smp_SRCS = tests/unit/guest/test_ring_smp.c
test_ring_smp_LIBS = -lpthread

UNIT_TESTS += test_ring_tsan
test_ring_tsan_SRCS = tests/unit/guest/test_ring_tsan.c
test_ring_tsan_LIBS = -lpthread
$(BUILD)/unit/obj/tests/unit/guest/test_ring_tsan.o $(BUILD)/unit/test_ring_tsan/test_ring_tsan: private UNIT_SANITIZE := thread

UNIT_TESTS += test_exring
test_exring_SRCS = tests/unit/guest/test_exring.c
test_exring_LIBS = -lpthread

UNIT_TESTS += test_exring_tsan
test_exring_tsan_SRCS = tests/unit/guest/test_exring_tsan.c
test_exring_tsan_LIBS = -lpthread
$(BUILD)/unit/obj/tests/unit/guest/test_exring_tsan.o $(BUILD)/unit/test_exring_tsan/test_exring_tsan: private UNIT_SANITIZE := thread

UNIT_TESTS += test_core
test_core_SRCS = tests/unit/guest/test_core.c guest-linux/info/dump/core.c

UNIT_TESTS += test_monitor_text
test_monitor_text_SRCS = tests/unit/guest/test_monitor_text.c \
	$(addprefix guest-linux/info/monitor/,event.c filter.c names.c times.c)

UNIT_TESTS += test_monitor_table
test_monitor_table_SRCS = tests/unit/guest/test_monitor_table.c $(addprefix guest-linux/info/monitor/,labels.c table.c)

VWALK_SRCS := $(wildcard guest-linux/drivers/virtio/vwalk*.c)

UNIT_TESTS += test_vwalk
test_vwalk_SRCS = tests/unit/guest/test_vwalk.c $(VWALK_SRCS)

UNIT_TESTS += test_vnet_head
test_vnet_head_SRCS = tests/unit/guest/test_vnet_head.c

UNIT_TESTS += test_vwalk_smp
test_vwalk_smp_SRCS = tests/unit/guest/test_vwalk_smp.c $(VWALK_SRCS)
test_vwalk_smp_LIBS = -lpthread

UNIT_TESTS += test_vwalk_tsan
test_vwalk_tsan_SRCS = $(addprefix tests/unit/guest/,test_vwalk_tsan.c vwalk_tsan_split.c vwalk_tsan_packed.c)
test_vwalk_tsan_LIBS = -lpthread
$(test_vwalk_tsan_SRCS:%.c=$(BUILD)/unit/obj/%.o) $(BUILD)/unit/test_vwalk_tsan/test_vwalk_tsan: private UNIT_SANITIZE := thread

SHADOW_SRCS := guest-linux/tools/nk-vhost-user/shadow.c

UNIT_TESTS += test_shadow
test_shadow_SRCS = tests/unit/guest/test_shadow.c $(SHADOW_SRCS)

UNIT_TESTS += test_shadow_smp
test_shadow_smp_SRCS = tests/unit/guest/test_shadow_smp.c $(SHADOW_SRCS)
test_shadow_smp_LIBS = -lpthread

UNIT_TESTS += test_shadow_tsan
test_shadow_tsan_SRCS = tests/unit/guest/test_shadow_tsan.c
test_shadow_tsan_LIBS = -lpthread
$(BUILD)/unit/obj/tests/unit/guest/test_shadow_tsan.o $(BUILD)/unit/test_shadow_tsan/test_shadow_tsan: private UNIT_SANITIZE := thread

VSETUP_SRCS := $(wildcard guest-linux/drivers/vevent/setup/*.c)

UNIT_TESTS += test_vexpr
test_vexpr_SRCS = tests/unit/guest/test_vexpr.c $(VSETUP_SRCS)

UNIT_TESTS += test_vsetup
test_vsetup_SRCS = tests/unit/guest/test_vsetup.c $(VSETUP_SRCS)

$(BUILD)/unit/obj/guest-linux/%.o: private TEST_CPPFLAGS := $(GUEST_CPPFLAGS)

$(BUILD)/unit/obj/tests/unit/guest/%.o: private TEST_CPPFLAGS := $(GUEST_CPPFLAGS)

# ---------------------------------------------------------------- end of blocks

# Device trees: those of tests/ and of dts/, and what QEMU itself makes for its virt machine.
# Those in a folder called forced are wrong in ways that dtc would refuse.
UNIT_CPP := cpp -nostdinc -undef -D__DTS__ -x assembler-with-cpp -I dts/include -I tests/bad/include
UNIT_DTC := dtc -q -E no-name_properties -I dts -O dtb
UNIT_DTSI := $(wildcard dts/include/nk/*.dtsi tests/bad/include/*.dtsi tests/fragments/*.dtsi)

$(BUILD)/unit/dtb/%.dtb: tests/%.dts $(UNIT_DTSI)
	@mkdir -p $(@D)
	$(Q)$(UNIT_CPP) $< | $(UNIT_DTC) $(if $(findstring /forced/,$<),-f -qqq) -o $@ -

$(BUILD)/unit/dtb/%.dtb: dts/%.dts $(UNIT_DTSI)
	@mkdir -p $(@D)
	$(Q)$(UNIT_CPP) $< | $(UNIT_DTC) -o $@ -

define unit_virt
$(BUILD)/unit/dtb/$(1)-gicv%.dtb:
	@mkdir -p $$(@D)
	$$(Q)$(QEMU) -M virt,virtualization=on,gic-version=$$*,dtb-randomness=off,dumpdtb=$$@ \
		-cpu cortex-a57 -smp $(2) -m 2048 -nic none -display none 2>&1 | grep -v dumped || test -s $$@
endef
$(eval $(call unit_virt,virt,4))
$(eval $(call unit_virt,virt8,8))

UNIT_ALL := $(UNIT_TESTS) $(UNIT_PROGRAMS)

$(BUILD)/unit/obj/%.o: %.c | $(LIBFDT_HOST)
	@mkdir -p $(@D)
	$(Q)$(UNIT_CC) $(UNIT_CFLAGS) -MMD -MP -c -o $@ $<

# What a program has itself, or takes from hyp/, is not taken from here.
UNIT_FAKE_OBJS := $(FAKE_SRCS:%.c=$(BUILD)/unit/obj/%.o)
UNIT_FAKE := $(BUILD)/unit/fake.a
$(UNIT_FAKE): $(UNIT_FAKE_OBJS)
	$(Q)rm -f $@
	$(Q)ar rcs $@ $^

define unit_rules
$(1)_OBJS := $$(patsubst %.c,$$(BUILD)/unit/obj/%.o,$$($(1)_SRCS))
$$(BUILD)/unit/$(1)/$(1): $$($(1)_OBJS) $$(UNIT_FAKE)
	@mkdir -p $$(@D)
	$$(Q)$$(UNIT_CC) $$(UNIT_CFLAGS) -o $$@ $$^ $$($(1)_LIBS) -lcmocka
.PHONY: unit-$(1)
unit-$(1): $$(BUILD)/unit/$(1)/$(1) $$($(1)_DEPS)
	@$$(UNIT_ENV) $$< $$($(1)_ARGS)
endef
$(foreach t,$(UNIT_ALL),$(eval $(call unit_rules,$(t))))
-include $(patsubst %.o,%.d,$(sort $(UNIT_FAKE_OBJS) $(foreach t,$(UNIT_ALL),$($(t)_OBJS))))

.PHONY: unit unit-build
unit-build: $(foreach t,$(UNIT_TESTS),$(BUILD)/unit/$(t)/$(t) $($(t)_DEPS))

unit: unit-build
	@failed=; \
	$(foreach t,$(UNIT_TESTS),echo "== $(t)"; \
		$(UNIT_ENV) $(BUILD)/unit/$(t)/$(t) $($(t)_ARGS) || failed="$$failed $(t)";) \
	if [ -n "$$failed" ]; then echo "unit: failed:$$failed"; exit 1; fi; \
	echo "unit: $(words $(UNIT_TESTS)) programs passed"
## unit: build and run the host unit tests (cmocka, ASan, UBSan)
