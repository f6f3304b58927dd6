// SPDX-License-Identifier: Apache-2.0
/*
 * The calls of properties, from one VM: what is there, and addresses that are not the VM's; other wrong
 * arguments are the unit test's (test_prop). With `pair` in the bootargs: what two VMs see of each other
 * (prop/pair.c); with `strangers`: that they do not.
 */
#include "prop/prop.h"
#include "rt/dt.h"
#include "rt/gic.h"

#define NO_ADDRESS 8

static u8 value[8192] __aligned(8);
static char name[NK_PROP_NAME_LIMIT + 8];
static u32 nr_props;

u32 my_id(void)
{
	return (u32)nk_call(NK_HC_MY_VM_ID, 0, 0, 0, 0);
}

const char *vm_prop(u32 id, const char *what)
{
	static char text[NK_PROP_NAME_LIMIT];
	u32 at = 6, i;

	memcpy(text, "nk.vm.", 6);
	if (id > 9)
		text[at++] = (char)('0' + id / 10);
	text[at++] = (char)('0' + id % 10);
	for (i = 0; what[i]; i++)
		text[at++] = what[i];
	text[at] = '\0';
	return text;
}

/* Addresses that are not the VM's to read or write, for 4 bytes and more. */
static u64 bad_address(u32 i)
{
	u64 top = ram_base() + ram_size();

	switch (i) {
	case 0:
		return 0;
	case 1:
		return uart_base; /* a device */
	case 2:
		return gicd;
	case 3:
		return top; /* a hole */
	case 4:
		return top - 3; /* into the hole */
	case 5:
		return ~0ul - 2; /* wraps */
	case 6:
		return BIT(48);
	default:
		return ram_base() - 2; /* out of a hole */
	}
}

static void test_all(void)
{
	u32 pid, bad_name = 0, bad_get = 0, bad_set = 0;
	NkPropAttr attr;
	s64 max;

	for (pid = 0; pid < 1000; pid++) {
		s64 got, set;

		memset(name, 'x', sizeof(name));
		max = prop_enum(pid, name, NK_PROP_NAME_LIMIT, &attr);
		if (max < 0)
			break;
		bad_name += NK_PROP_ATTR_NLEN(attr) != strlen(name) + 1;
		got = prop_get(name, value, sizeof(value));
		bad_get +=
			attr & NK_PROP_ATTR_GET ? got < 0 || got > max : got != NK_PROP_PERMISSION;
		if (attr & NK_PROP_ATTR_SET)
			continue;
		set = prop_set(name, value, 4);
		bad_set += set != NK_PROP_PERMISSION;
	}
	nr_props = pid;
	note("%u properties", pid);
	is(max, NK_PROP_UNKNOWN, "enum: unknown behind the last one");
	ok(pid > 30 && pid < 1000, "enum: there is an end");
	is(bad_name, 0, "enum: names and their lengths");
	is(bad_get, 0, "get: as the attributes say, and not more than the size");
	is(bad_set, 0, "set: permission where the attributes do not say so");
	is(prop_enum(~0u, name, 8, &attr), NK_PROP_UNKNOWN, "enum: a large id");
}

static void test_values(void)
{
	u32 mask = (u32)BIT(nr_cpus) - 1;
	u32 me = my_id(), done = 1;
	u64 all, on, off, us = 0;

	is(prop_get("nk.version.api", value, sizeof(value)), 7, "nk.version.api: 7 bytes");
	ok(!strcmp((char *)value, "12.1.0"), "nk.version.api: 12.1.0");
	is(prop_u32(vm_prop(me, ".vcpus")), mask, "vcpus");
	is(prop_u32(vm_prop(me, ".vcpus.online")), 1, "vcpus.online: the first one");
	is(prop_u32(vm_prop(me, ".state.running")) & 1, 1, "state.running");
	is(prop_u32(vm_prop(me, ".state.paused")) & 1, 0, "state.paused");
	is(prop_u32("nk.cpus.online") & mask, mask, "nk.cpus.online");
	is(prop_get(vm_prop(me, ".bootcomplete"), &done, 4), 0, "bootcomplete: not set");
	is(prop_set(vm_prop(me, ".bootcomplete"), &done, 4), 4, "bootcomplete: set");
	is(prop_u32(vm_prop(me, ".bootcomplete")), 1, "bootcomplete: is set");
	ok(prop_get(vm_prop(me, ".boot-us"), &us, 8) == 8 && us, "boot-us: it has started");
	prop_get("nk.features.all", &all, 8);
	prop_get("nk.features.on", &on, 8);
	is(prop_get("nk.features.off", &off, 8), 8, "nk.features: 8 bytes");
	ok(all == (on | off) && !(on & off) && on, "nk.features: all are on or off");
}

static void test_trees(void)
{
	s64 size = prop_get(vm_prop(my_id(), ".vplatform-dtb"), value, sizeof(value));

	is(prop_get("nk.vlm-dtb", value, 8), NK_PROP_PERMISSION, "nk.vlm-dtb: not allowed");
	ok(size > 256 && !memcmp(value, dt, (size_t)size),
	   "vplatform-dtb: the tree that was handed over");
}

static void test_names(void)
{
	u64 top = ram_base() + ram_size();
	char *edge = (char *)top - 15;
	u32 i, bad = 0;

	for (i = 0; i < NO_ADDRESS; i++) {
		const char *at = (const char *)bad_address(i);

		if (i == 4)
			memset((void *)(top - 3), 'x', 3); /* no NUL before the hole */
		bad += prop_get(at, value, 4) != NK_PROP_ERROR;
		bad += prop_set(at, value, 4) != NK_PROP_ERROR;
	}
	is(bad, 0, "get, set: no address of a name");
	memcpy(edge, "nk.version.api", 15);
	is(prop_get(edge, value, 8), 7, "get: a name at the end of memory");
}

static void test_addresses(void)
{
	const char *own = vm_prop(my_id(), ".bootcomplete");
	u32 i, bad_get = 0, bad_number = 0, bad_set = 0, bad_enum = 0, two = 2;
	NkPropAttr attr;

	prop_set(own, &two, 4);
	for (i = 0; i < NO_ADDRESS; i++) {
		void *at = (void *)bad_address(i);

		bad_get += prop_get("nk.version.api", at, 7) != NK_PROP_ERROR;
		bad_number += prop_get("nk.cpus.online", at, 4) != NK_PROP_ERROR;
		bad_set += prop_set(own, at, 4) != NK_PROP_ERROR;
		bad_set += prop_set(vm_prop(my_id(), ".state.paused"), at, 4) != NK_PROP_ERROR;
		bad_enum += prop_enum(0, at, 8, &attr) != NK_PROP_ERROR;
		bad_enum += prop_enum(0, name, 8, at) != NK_PROP_ERROR;
		own = vm_prop(my_id(), ".bootcomplete");
	}
	is(bad_get, 0, "get: no address of a text");
	is(bad_number, 0, "get: no address of a number");
	is(bad_set, 0, "set: no address");
	is(bad_enum, 0, "enum: no address");
	is(prop_u32(own), 2, "set: half an address changes nothing");
}

static void test_states(void)
{
	u32 zero = 0;

	is(prop_set(vm_prop(my_id(), ".state.paused"), "0\n", 3), 3, "paused: \"0\"");
	is(prop_set(vm_prop(my_id(), ".state.paused"), &zero, 64), 4, "paused: 0 in 64 bytes");
}

void guest_main(void)
{
	if (!under_nk()) {
		skip("no hypervisor", "properties");
		tap_done();
		return;
	}
	mmu_on();
	gic_init();
	if (arg_flag("pair")) {
		pair();
		tap_done();
		return;
	}
	if (arg_flag("strangers")) {
		strangers();
		return;
	}
	test_values();
	test_all();
	test_trees();
	test_names();
	test_addresses();
	test_states();
	tap_done();
}
