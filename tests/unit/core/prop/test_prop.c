// SPDX-License-Identifier: Apache-2.0
/* Properties: permissions, lengths, order, who is told, nk's own ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "prop_rig.h"

#define VM2 (&rig[0])
#define VM3 (&rig[1])

static u32 number(struct rig_vm *r, const char *name)
{
	u32 value = 0;

	assert_int_equal(rig_get(r, name, RIG_VALUE, 4), 4);
	memcpy(&value, rig_ptr(r, RIG_VALUE), 4);
	return value;
}

static u64 number64(struct rig_vm *r, const char *name)
{
	u64 value = 0;

	assert_int_equal(rig_get(r, name, RIG_VALUE, 64), 8);
	memcpy(&value, rig_ptr(r, RIG_VALUE), 8);
	return value;
}

static const char *text(struct rig_vm *r, const char *name)
{
	s64 len = rig_get(r, name, RIG_VALUE, 4096);

	assert_in_range(len, 1, 4096);
	assert_int_equal(*((char *)rig_ptr(r, RIG_VALUE) + len - 1), 0);
	return rig_ptr(r, RIG_VALUE);
}

static void forget(void)
{
	for (u32 i = 0; i < 2; i++) {
		rig[i].sysconfs = rig[i].events = 0;
		fake_vms.called[2 + i] = "";
	}
}

static void expect(u32 sysconfs2, u32 events2, u32 sysconfs3, u32 events3)
{
	assert_int_equal(VM2->sysconfs, sysconfs2);
	assert_int_equal(VM2->events, events2);
	assert_int_equal(VM3->sysconfs, sysconfs3);
	assert_int_equal(VM3->events, events3);
	forget();
}

static void test_first_values(void **state)
{
	u8 *value = rig_ptr(VM2, RIG_VALUE);

	assert_int_equal(rig_get(VM2, "nk.panic-trigger", RIG_VALUE, 16), 1);
	assert_int_equal(value[0], 0);
	assert_int_equal(rig_get(VM2, "t.two-only", RIG_VALUE, 16), 0);
	assert_string_equal(text(VM2, "t.text"), "17");
	assert_int_equal(rig_get(VM2, "t.text-whole", RIG_VALUE, 16), 9);
	assert_memory_equal(value, "123456789", 9);
	assert_int_equal(rig_get(VM2, "t.hex", RIG_VALUE, 16), 2);
	assert_memory_equal(value, "\xef\xbe", 2);
	assert_int_equal(rig_get(VM2, "t.bytes", RIG_VALUE, 16), 2);
	assert_memory_equal(value, "01", 2);
	assert_int_equal(rig_get(VM2, "t.cells", RIG_VALUE, 16), 8);
	assert_memory_equal(value, "\x44\x33\x22\x11\2\0\0\0", 8);
	assert_int_equal(rig_get(VM2, "t.page", RIG_VALUE, 16), 0);
}

static void test_permissions(void **state)
{
	assert_int_equal(rig_put(VM3, "t.two-only", "abcd", 4), NK_PROP_PERMISSION);
	assert_int_equal(rig_put(VM2, "t.two-only", "abcd", 4), 4);
	assert_int_equal(rig_get(VM3, "t.two-only", RIG_VALUE, 4), NK_PROP_PERMISSION);
	assert_int_equal(rig_get(VM2, "t.two-only", RIG_VALUE, 4), 4);
	assert_int_equal(rig_put(VM2, "t.bytes", "abcd", 4), NK_PROP_PERMISSION);
	/* Permission comes before the address. */
	assert_int_equal(rig_get(VM3, "t.two-only", 0, 4), NK_PROP_PERMISSION);
	assert_int_equal(rig_set(VM3, "t.two-only", 0, 4), NK_PROP_PERMISSION);
}

static void test_overrides(void **state)
{
	assert_int_equal(rig_put(VM2, "nk.vm.3.state.running", "0", 1), 1);
	assert_string_equal(fake_vms.called[3], "stop");
	assert_int_equal(rig_put(VM3, "nk.vm.3.state.running", "1", 1), 1);
	assert_string_equal(fake_vms.called[3], "restart");
	/* Nobody else may, but the VM itself always. */
	assert_int_equal(rig_put(VM3, "nk.vm.2.state.running", "0", 1), NK_PROP_PERMISSION);
	assert_int_equal(rig_put(VM2, "nk.vm.2.state.running", "1", 1), 1);
	assert_int_equal(rig_get(VM3, "nk.vm.2.state.running", RIG_VALUE, 4), NK_PROP_PERMISSION);
	assert_int_equal(rig_prop("nk.vm.2.state.running")->allow_notify, 0);
	assert_int_equal(props_states_seen_by(2), BIT(2) | BIT(3));
	assert_int_equal(props_states_seen_by(3), BIT(3));
	assert_false(prop_may_get(2, "nk.history"));
	assert_true(prop_may_get(3, "nk.history"));
	assert_false(prop_may_get(3, "nk.nothing"));
	assert_int_equal(rig_get(VM3, "nk.history", RIG_VALUE, 4), 0);
	assert_int_equal(rig_get(VM2, "nk.history", RIG_VALUE, 4), NK_PROP_PERMISSION);
}

/* Who may not, and what is no 1, resets nothing; who may, does not come back. */
static void test_reset(void **state)
{
	jmp_buf again;

	assert_int_equal(rig_put(VM3, "nk.system.reset", "1", 1), NK_PROP_PERMISSION);
	assert_int_equal(rig_put(VM2, "nk.system.reset", "0", 1), NK_PROP_ERROR);
	assert_int_equal(rig_put(VM2, "nk.system.reset", "12", 2), NK_PROP_ERROR);
	fake_reset_to = &again;
	if (!setjmp(again)) {
		rig_put(VM2, "nk.system.reset", "1", 1);
		fail();
	}
	fake_reset_to = NULL;
	assert_non_null(strstr(fake_log.last, "resets the machine"));
}

static void test_lengths(void **state)
{
	u8 *value = rig_ptr(VM2, RIG_VALUE);

	assert_int_equal(rig_put(VM2, "t.text", "0123456789abcdefXYZ", 19), 16);
	memset(value, 'x', 32);
	assert_int_equal(rig_get(VM2, "t.text", RIG_VALUE, 10), 10);
	assert_memory_equal(value, "0123456789xx", 12);
	assert_int_equal(rig_get(VM2, "t.text", RIG_VALUE, ~0u), 16);
	assert_memory_equal(value, "0123456789abcdefxx", 18);
	assert_int_equal(rig_put(VM2, "t.text", "ab", 2), 2);
	assert_int_equal(rig_get(VM2, "t.text", RIG_VALUE, 16), 2);
	assert_int_equal(rig_get(VM2, "t.text", RIG_VALUE, 0), 0);
	assert_int_equal(rig_set(VM2, "t.text", 0, 0), 0);
	assert_int_equal(rig_get(VM2, "t.text", RIG_VALUE, 16), 0);
	memset(value, 'x', 8);
	assert_int_equal(rig_get(VM2, "nk.cpus.online", RIG_VALUE, 2), 2);
	assert_memory_equal(value, "\x0b\0xx", 4);
}

static void test_addresses(void **state)
{
	static const struct {
		ipa_t ipa;
		bool read, write, write8; /* 16 bytes there; 8 bytes */
	} cases[] = {
		{0, false, false, false},	    {RIG_BASE - 1, false, false, false},
		{RIG_BASE, true, true, true},	    {RIG_VALUE + PAGE_SIZE - 8, true, true, true},
		{RIG_RO - 8, true, false, true},    {RIG_RO - 7, true, false, false},
		{RIG_RO, true, false, false},	    {RIG_RO + PAGE_SIZE - 1, true, false, false},
		{RIG_END - 16, true, true, true},   {RIG_END - 15, false, false, true},
		{RIG_END - 7, false, false, false}, {~0ul - 7, false, false, false},
		{~0ul, false, false, false},
	};

	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		s64 get = cases[i].write ? 16 : NK_PROP_ERROR;
		s64 number = cases[i].write8 ? 8 : NK_PROP_ERROR;
		s64 set = cases[i].read ? 16 : NK_PROP_ERROR;
		ipa_t ipa = cases[i].ipa;

		rig_put(VM2, "t.text", "0123456789abcdef", 16);
		assert_int_equal(rig_get(VM2, "t.text", ipa, 16), get);
		assert_int_equal(rig_get(VM2, "nk.memory.heap.free", ipa, 16), number);
		assert_int_equal(rig_set(VM2, "t.text", ipa, 16), set);
		rig_set(VM2, "t.text", 0, 0);
		/* An address is looked at even if nothing is set. */
		assert_int_equal(rig_get(VM2, "t.text", ipa, 16), get < 0 ? get : 0);
	}
	/* A bad second page leaves the value as it was. */
	rig_put(VM2, "t.text", "0123456789abcdef", 16);
	forget();
	assert_int_equal(rig_set(VM2, "t.text", RIG_END - 8, 16), NK_PROP_ERROR);
	assert_int_equal(rig_get(VM2, "t.text", RIG_VALUE, 16), 16);
	assert_memory_equal(rig_ptr(VM2, RIG_VALUE), "0123456789abcdef", 16);
}

static s64 get_at(ipa_t name)
{
	return (s64)hc_prop_get(&VM2->vm, NULL, name, RIG_VALUE, 4);
}

static void test_names(void **state)
{
	char name[80];

	assert_int_equal(get_at(0), NK_PROP_ERROR);
	assert_int_equal(get_at(~0ul), NK_PROP_ERROR);
	memset(rig_ptr(VM2, RIG_END - 64), 'x', 64);
	assert_int_equal(get_at(RIG_END - 63), NK_PROP_ERROR);
	assert_int_equal(get_at(RIG_END - 64), NK_PROP_UNKNOWN);
	strcpy(rig_ptr(VM2, RIG_END - 9), "nk.focus");
	assert_int_equal(get_at(RIG_END - 9), 4);
	strcpy(rig_ptr(VM2, RIG_VALUE + PAGE_SIZE - 3), "nk.focus");
	assert_int_equal(get_at(RIG_VALUE + PAGE_SIZE - 3), 4);
	assert_int_equal(rig_get(VM2, "", RIG_VALUE, 4), NK_PROP_UNKNOWN);
	assert_int_equal(rig_get(VM2, "nk.focu", RIG_VALUE, 4), NK_PROP_UNKNOWN);
	assert_int_equal(rig_get(VM2, "nk.focus2", RIG_VALUE, 4), NK_PROP_UNKNOWN);
	assert_int_equal(rig_get(VM2, "nk.vm.4.cpus", RIG_VALUE, 4), NK_PROP_UNKNOWN);
	assert_int_equal(rig_get(VM2, "nk.vm.2.kernel.region", RIG_VALUE, 4), NK_PROP_UNKNOWN);
	assert_int_equal(rig_set(VM2, "nk.nothing", RIG_VALUE, 4), NK_PROP_UNKNOWN);
	memset(name, 'n', 63);
	name[63] = '\0';
	assert_int_equal(rig_get(VM2, name, RIG_VALUE, 4), NK_PROP_UNKNOWN);
}

static void test_enum(void **state)
{
	u8 *name = rig_ptr(VM2, RIG_VALUE);
	u32 pid, users = 0;
	NkPropAttr attr;

	for (pid = 0;; pid++) {
		const struct prop *p = prop_by_id(pid);
		s64 max = rig_enum(VM2, pid, RIG_VALUE, NK_PROP_NAME_LIMIT, RIG_BASE);

		if (!p)
			break;
		memcpy(&attr, rig_ptr(VM2, RIG_BASE), 4);
		assert_int_equal(max, p->max);
		assert_int_equal(NK_PROP_ATTR_NLEN(attr), strlen((char *)name) + 1);
		assert_ptr_equal(rig_prop((char *)name), p);
		assert_int_equal(!!(attr & NK_PROP_ATTR_GET), p->allow_get >> 2 & 1);
		assert_int_equal(!!(attr & NK_PROP_ATTR_SET), p->allow_set >> 2 & 1);
		assert_int_equal(!!(attr & NK_PROP_ATTR_NOTIFY), p->allow_notify >> 2 & 1);
		/* nk's own, those of VM 2, those of VM 3, the user's. */
		if (pid < PROP_VM_FIRST)
			assert_int_equal(p->vm, 0);
		else if (p->vm)
			assert_int_equal(p->vm, pid < 2 + PROP_VM_KERNEL - 2 ? 2 : 3);
		users += pid >= PROP_VM_FIRST && !p->vm;
	}
	assert_int_equal(users, 8);
	assert_int_equal(pid, PROP_VM_KERNEL + PROP_NR - PROP_VM_FIRST + users);
	assert_string_equal((char *)prop_by_id(pid - users)->name, "nk.panic-trigger");
	assert_string_equal((char *)prop_by_id(pid - 1)->name, "t.page");
	assert_int_equal(rig_enum(VM2, pid, RIG_VALUE, 64, RIG_BASE), NK_PROP_UNKNOWN);
	assert_int_equal(rig_enum(VM2, ~0u, RIG_VALUE, 64, RIG_BASE), NK_PROP_UNKNOWN);
}

static void test_enum_name(void **state)
{
	u32 pid = prop_id(rig_prop("nk.focus"));
	u8 *name = rig_ptr(VM2, RIG_VALUE);
	NkPropAttr attr;

	memset(name, 'x', 16);
	assert_int_equal(rig_enum(VM2, pid, RIG_VALUE, 4, RIG_BASE), 4);
	assert_memory_equal(name, "nk.\0x", 5);
	memcpy(&attr, rig_ptr(VM2, RIG_BASE), 4);
	assert_int_equal(attr, 9 | NK_PROP_ATTR_GET | NK_PROP_ATTR_NOTIFY);
	assert_int_equal(rig_enum(VM2, pid, RIG_VALUE, ~0u, RIG_BASE), 4);
	assert_memory_equal(name, "nk.focus\0x", 10);
	memset(name, 'x', 16);
	assert_int_equal(rig_enum(VM2, pid, RIG_VALUE, 1, RIG_BASE), 4);
	assert_memory_equal(name, "\0x", 2);
	assert_int_equal(rig_enum(VM2, pid, 0, 0, RIG_BASE), 4);
	assert_int_equal(rig_enum(VM2, pid, 0, 1, RIG_BASE), NK_PROP_ERROR);
	assert_int_equal(rig_enum(VM2, pid, RIG_RO, 1, RIG_BASE), NK_PROP_ERROR);
	assert_int_equal(rig_enum(VM2, pid, RIG_VALUE, 4, RIG_RO), NK_PROP_ERROR);
	assert_int_equal(rig_enum(VM2, pid, RIG_VALUE, 4, 0), NK_PROP_ERROR);
	/* Neither is written unless both can be. */
	memset(name, 'x', 16);
	assert_int_equal(rig_enum(VM2, pid, RIG_VALUE, 4, RIG_END - 2), NK_PROP_ERROR);
	assert_int_equal(name[0], 'x');
}

static void test_notification(void **state)
{
	forget();
	rig_put(VM2, "t.two-only", "abcd", 4);
	expect(0, 0, 1, 1);
	rig_put(VM2, "t.page", "abcd", 4);
	assert_int_equal(VM3->last_event, prop_id(rig_prop("t.page")));
	expect(1, 1, 1, 1); /* the one that set it as well */
	rig_put(VM2, "t.text", "abcd", 4);
	expect(0, 0, 0, 0);
	fake_vms.running = BIT(2);
	rig_put(VM2, "t.page", "abcd", 4);
	expect(1, 1, 0, 0);
	fake_vms.running = BIT(2) | BIT(3);
	rig_set(VM2, "t.page", 0, 4);
	expect(0, 0, 0, 0);
}

static void test_busy(void **state)
{
	struct prop *p = rig_prop("t.text");

	forget();
	assert_true(prop_write_begin(p, 2));
	assert_int_equal(rig_get(VM3, "t.text", RIG_VALUE, 4), NK_PROP_BUSY);
	assert_int_equal(rig_put(VM3, "t.text", "abcd", 4), NK_PROP_BUSY);
	expect(0, 0, 0, 0);
	prop_write_end(p, false, NULL);
	expect(0, 0, 1, 0);
	assert_true(prop_write_begin(p, 2));
	prop_write_end(p, true, NULL);
	expect(0, 0, 0, 0);

	/* Readers do not exclude each other. */
	assert_true(prop_read_begin(p, 2));
	assert_true(prop_read_begin(p, 3));
	prop_read_end(p);
	prop_read_end(p);
	assert_int_equal(p->lock, 0);

	/* Both were turned away, and one of them may be notified as well. */
	p = rig_prop("t.two-only");
	assert_true(prop_write_begin(p, 0));
	assert_int_equal(rig_get(VM2, "t.two-only", RIG_VALUE, 4), NK_PROP_BUSY);
	assert_int_equal(rig_get(VM3, "t.two-only", RIG_VALUE, 4), NK_PROP_PERMISSION);
	prop_write_end(p, true, NULL);
	expect(1, 0, 1, 1);
}

static void test_states(void **state)
{
	u32 one = 1, two = 2, three = 3;

	assert_int_equal(number(VM2, "nk.vm.3.state.running"), 11);
	assert_int_equal(number(VM2, "nk.vm.3.state.paused"), 14);
	assert_int_equal(rig_put(VM2, "nk.vm.3.state.running", &one, 4), 4);
	assert_string_equal(fake_vms.called[3], "start");
	assert_int_equal(rig_put(VM2, "nk.vm.3.state.running", "1\n", 2), 2);
	assert_int_equal(rig_put(VM2, "nk.vm.3.state.running", "\0", 1), 1);
	assert_string_equal(fake_vms.called[3], "stop");
	assert_int_equal(rig_put(VM2, "nk.vm.3.state.running", &two, 4), 4);
	assert_string_equal(fake_vms.called[3], "stop and start");
	assert_int_equal(rig_put(VM3, "nk.vm.3.state.running", "2", 1), 1);
	assert_string_equal(fake_vms.called[3], "restart");
	forget();
	assert_int_equal(rig_put(VM2, "nk.vm.3.state.running", &three, 4), NK_PROP_ERROR);
	assert_int_equal(rig_put(VM2, "nk.vm.3.state.running", "11", 2), NK_PROP_ERROR);
	assert_int_equal(rig_put(VM2, "nk.vm.3.state.running", "", 0), NK_PROP_ERROR);
	assert_int_equal(rig_put(VM2, "nk.vm.3.state.paused", "1", 1), NK_PROP_PERMISSION);
	assert_int_equal(rig_put(VM3, "nk.vm.3.state.paused", &two, 4), NK_PROP_ERROR);
	assert_string_equal(fake_vms.called[3], "");
	assert_int_equal(rig_put(VM3, "nk.vm.3.state.paused", &one, 4), 4);
	assert_string_equal(fake_vms.called[3], "suspend");
	assert_int_equal(rig_put(VM3, "nk.vm.3.state.paused", "0", 2), 2);
	assert_string_equal(fake_vms.called[3], "resume");
}

static void test_vm_events(void **state)
{
	u32 one = 1;

	forget();
	props_vm_event(&VM3->vm, VM_EVENT_PAUSED);
	assert_int_equal(VM2->last_event, prop_id(rig_prop("nk.vm.3.state.paused")));
	expect(1, 1, 1, 1);
	assert_int_equal(rig_get(VM2, "nk.vm.3.bootcomplete", RIG_VALUE, 4), 0);
	assert_int_equal(rig_put(VM2, "nk.vm.3.bootcomplete", &one, 4), NK_PROP_PERMISSION);
	assert_int_equal(rig_put(VM3, "nk.vm.3.bootcomplete", &one, 4), 4);
	expect(1, 1, 1, 1);
	props_vm_event(&VM3->vm, VM_EVENT_RUNNING);
	expect(1, 1, 1, 1);
	assert_int_equal(number(VM2, "nk.vm.3.bootcomplete"), 1);
	fake_vms.running = BIT(2);
	props_vm_event(&VM3->vm, VM_EVENT_RUNNING);
	expect(2, 2, 0, 0); /* it stopped, and its bootcomplete was cleared */
	assert_int_equal(rig_get(VM2, "nk.vm.3.bootcomplete", RIG_VALUE, 4), 0);
	props_vm_event(&VM3->vm, VM_EVENT_RUNNING);
	expect(1, 1, 0, 0);
	fake_vms.running = BIT(2) | BIT(3);
}

static void test_loaded(void **state)
{
	static u8 tree[70000];
	struct vm_images images = {{0x40080000, 0x1000}, {0x48000000, 0}, tree, 6000};
	u64 region[2];

	memset(tree, 't', sizeof(tree));
	assert_int_equal(rig_get(VM2, "nk.vm.3.vplatform-dtb", RIG_VALUE, 4), 0);
	VM3->vm.images = images;
	props_vm_load(&VM3->vm);
	assert_int_equal(rig_get(VM2, "nk.vm.3.vplatform-dtb", RIG_VALUE, 9000), 6000);
	assert_memory_equal(rig_ptr(VM2, RIG_VALUE), tree, 6000);
	assert_int_equal(rig_get(VM2, "nk.vm.3.kernel.region", RIG_VALUE, 64), 16);
	memcpy(region, rig_ptr(VM2, RIG_VALUE), 16);
	assert_int_equal(region[0], 0x40080000);
	assert_int_equal(region[1], 0x1000);
	assert_int_equal(rig_get(VM2, "nk.vm.3.initrd.region", RIG_VALUE, 64), 0);
	VM3->vm.images.tree_size = sizeof(tree);
	props_vm_load(&VM3->vm); /* too large: not set */
	assert_int_equal(rig_get(VM2, "nk.vm.3.vplatform-dtb", RIG_VALUE, 9000), 0);
	assert_int_equal(rig_get(VM2, "nk.vlm-dtb", RIG_VALUE, 4), 4);
	assert_memory_equal(rig_ptr(VM2, RIG_VALUE), "\xd0\x0d\xfe\xed", 4);
}

static void test_monitoring(void **state)
{
	static const struct {
		const char *written;
		u32 len;
		s64 ret;
		u32 value;
	} cases[] = {
		{"1", 1, 1, 1},
		{"\0\0\0", 4, 4, 0},
		{"3\n", 2, 2, 3},
		{"\2", 2, 2, 2},
		{"P", 1, 1, 'P'},
		{"4", 1, NK_PROP_ERROR, 'P'},
		{"Q", 1, NK_PROP_ERROR, 'P'},
		{"\0\1", 2, NK_PROP_ERROR, 'P'},
		{"", 0, NK_PROP_ERROR, 'P'},
	};

	assert_int_equal(number(VM2, "nk.monitoring.enable"), 'P');
	forget();
	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(rig_put(VM2, "nk.monitoring.enable", cases[i].written,
					 cases[i].len),
				 cases[i].ret);
		assert_int_equal(number(VM2, "nk.monitoring.enable"), cases[i].value);
	}
	expect(5, 5, 5, 5);
	assert_int_equal(rig_put(VM3, "nk.monitoring.enable", "1", 1), NK_PROP_PERMISSION);
}

/* Whether each word of one text is in the other, between blanks. */
static bool has_words(const char *all, const char *words)
{
	char *copy = strdup(words), *save, *word;
	bool good = true;

	for (word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		const char *at = strstr(all, word);

		while (at && at[strlen(word)] != ' ' && at[strlen(word)])
			at = strstr(at + 1, word);
		good &= at && (at == all || at[-1] == ' ');
	}
	free(copy);
	return good;
}

static void test_features(void **state)
{
	u64 all = number64(VM2, "nk.features.all");
	u64 on = number64(VM2, "nk.features.on");
	u64 off = number64(VM2, "nk.features.off");
	char *all_text = strdup(text(VM2, "nk.features.all-str"));
	char *on_text = strdup(text(VM2, "nk.features.on-str"));

	assert_int_equal(on | off, all);
	assert_int_equal(on & off, 0);
	assert_true(has_words(all_text, on_text));
	assert_true(has_words(on_text, "UART VDEV_VGIC_V3 VDEV_PSCI"));
	assert_false(has_words(on_text, "VDEV_VGIC_V2"));
	assert_true(has_words(all_text, text(VM2, "nk.features.off-str")));
	assert_true(has_words(text(VM2, "nk.features.off-str"), "VDEV_VGIC_V2 EVENT_LOG"));
	assert_int_equal(strlen(all_text),
			 strlen(on_text) + 1 + strlen(text(VM2, "nk.features.off-str")));
	free(all_text);
	free(on_text);
}

static void test_numbers(void **state)
{
	u64 used = number64(VM3, "nk.memory.heap.used");

	VM3->vm.times.boot_us = 0x123456789;
	assert_int_equal(number64(VM3, "nk.vm.3.boot-us"), 0x123456789);
	assert_int_equal(used + number64(VM3, "nk.memory.heap.free"), 256 * PAGE_SIZE);
	assert_in_range(used, PAGE_SIZE, 64 * PAGE_SIZE);
	assert_int_equal(number64(VM3, "nk.memory.pmem.used"), 0x3000);
	assert_int_equal(number64(VM3, "nk.memory.pmem.free"), 0xd000);
	assert_int_equal(number(VM3, "nk.cpus.online"), 0xb);
	assert_int_equal(number(VM3, "nk.vm.2.cpus"), 3);
	assert_int_equal(number(VM3, "nk.vm.3.cpus"), 0xc);
	assert_int_equal(number(VM3, "nk.vm.2.vcpus"), 3);
	assert_int_equal(number(VM3, "nk.vm.2.vcpus.online"), 2);
	assert_int_equal(number(VM3, "nk.focus"), 2);
	assert_int_equal(number(VM3, "nk.error.ignore-alloc-after-boot"), '1');
	assert_int_equal(number(VM3, "nk.error.ignore-non-allowed-io-sharing"), '0');
}

/* The keyboard goes to a VM that there is, however its id is written; all are told, of the operator's keys too. */
static void test_focus(void **state)
{
	u32 told = rig[0].sysconfs;

	assert_int_equal(rig_put(VM2, "nk.focus", "3", 1), NK_PROP_PERMISSION);
	assert_int_equal(rig_put(VM3, "nk.focus", "\3\0\0", 4), 4);
	assert_int_equal(number(VM2, "nk.focus"), 3);
	assert_int_equal(rig_put(VM3, "nk.focus", "2", 1), 1);
	assert_int_equal(number(VM2, "nk.focus"), 2);
	assert_int_equal(rig[0].sysconfs, told + 2);
	assert_int_equal(rig_put(VM3, "nk.focus", "4", 1), NK_PROP_ERROR);
	assert_int_equal(rig_put(VM3, "nk.focus", "\1", 1), NK_PROP_ERROR);
	assert_int_equal(rig_put(VM3, "nk.focus", "\3\1\0", 4), NK_PROP_ERROR);
	assert_int_equal(rig_put(VM3, "nk.focus", "", 0), NK_PROP_ERROR);
	assert_int_equal(number(VM2, "nk.focus"), 2);
	assert_int_equal(rig[0].sysconfs, told + 2);
	fake_focus_moved();
	assert_int_equal(rig[0].sysconfs, told + 3);
}

static void test_versions(void **state)
{
	assert_string_equal(text(VM2, "nk.version.api"), "12.1.0");
	assert_string_equal(text(VM2, "nk.version.bsp"), "linux,dummy-virt");
	assert_string_equal(text(VM2, "nk.version.hypervisor"), "nk-test");
	assert_string_equal(text(VM2, "nk.build-id"), "test");
	assert_string_equal(text(VM2, "nk.version.build-date"), "Thu Jan  1 00:00:00 UTC 1970");
	assert_string_equal(text(VM2, "nk.version.compiler"), "cc 1.0");
}

static int setup(void **state)
{
	rig_init("props");
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_values), cmocka_unit_test(test_permissions),
		cmocka_unit_test(test_overrides),    cmocka_unit_test(test_reset),
		cmocka_unit_test(test_lengths),	     cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_names),	     cmocka_unit_test(test_enum),
		cmocka_unit_test(test_enum_name),    cmocka_unit_test(test_notification),
		cmocka_unit_test(test_busy),	     cmocka_unit_test(test_states),
		cmocka_unit_test(test_vm_events),    cmocka_unit_test(test_loaded),
		cmocka_unit_test(test_monitoring),   cmocka_unit_test(test_features),
		cmocka_unit_test(test_numbers),	     cmocka_unit_test(test_versions),
		cmocka_unit_test(test_focus),
	};

	return cmocka_run_group_tests_name("properties", tests, setup, NULL);
}
