// SPDX-License-Identifier: Apache-2.0
/*
 * The manual's fragments of device tree, tests/fragments: each gives the model that its lines
 * "// model: " show. Arguments: the .dts files; their blobs are below build/unit/dtb.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/fdt/dt.h"
#include "config/system/props.h"
#include "nk/prop.h"
#include "config_util.h"

#define TEXT_MAX 4096
#define MODEL "// model: "

static struct cfg_system sys;
static char text[TEXT_MAX];

static void __attribute__((format(printf, 1, 2))) add(const char *fmt, ...)
{
	size_t len = strlen(text);
	va_list args;

	va_start(args, fmt);
	vsnprintf(text + len, sizeof(text) - len, fmt, args);
	va_end(args);
}

static void show_vcpus(const struct cfg_vm *vm)
{
	if (vm->nr_vcpus < 2)
		return;
	add("vm%u on CPUs", vm->id);
	for (u32 i = 0; i < vm->nr_vcpus; i++)
		add(" %u", vm->vcpu_cpu[i]);
	add(", handover %#x, migration %s\n", vm->handover_affinity, vm->migration ? "on" : "off");
}

static void show_vdev(const struct cfg_vdev *d)
{
	static const char *const dirs[] = {
		[CFG_VDEV_BOTH] = "both",
		[CFG_VDEV_SERVER] = "server",
		[CFG_VDEV_CLIENT] = "client",
	};

	add("vm%u %s: %s, %s", d->vm, dt_name(sys.fdt, d->node.at), d->compatible, dirs[d->dir]);
	if (d->peer >= 0)
		add(" -> vm%u %s", sys.vdevs[d->peer].vm,
		    dt_name(sys.fdt, sys.vdevs[d->peer].node.at));
	if (d->clone_auto)
		add(", any clients");
	else if (d->clone != 1)
		add(", %u clients", d->clone);
	if (d->link >= 0)
		add(", link %d", d->link);
	add("%s\n", d->critical ? ", critical" : "");
}

static void show_link(const struct cfg_link *l)
{
	const struct cfg_vdev *server = &sys.vdevs[l->end[CFG_SERVER]];
	const struct cfg_vdev *client = &sys.vdevs[l->end[CFG_CLIENT]];

	add("%s %d: server vm%u, client vm%u\n", server->compatible, l->number, server->vm,
	    client->vm);
}

static void show_prop(const struct cfg_prop *p)
{
	u8 value[NK_PROP_SIZE_LIMIT];
	u32 len = cfg_prop_value(p, value);

	add("%s: %u bytes, set %x, get %x, notify %x", p->name, p->size, p->allow_set, p->allow_get,
	    p->allow_notify);
	for (u32 i = 0; i < len; i++)
		add("%s%02x", i ? i % 4 ? "" : " " : ", value ", value[i]);
	add("\n");
}

/* What the file says. Free it. */
static char *wanted(const char *path)
{
	char line[256], *want = calloc(1, TEXT_MAX);
	FILE *file = fopen(path, "r");

	assert_non_null(file);
	while (fgets(line, sizeof(line), file))
		if (!strncmp(line, MODEL, strlen(MODEL)))
			strcat(want, line + strlen(MODEL));
	fclose(file);
	return want;
}

static void test_fragment(void **state)
{
	const char *path = *state;
	struct cfg_board board;
	struct cfg_error err;
	void *blob, *board_blob;
	char name[256], *want = wanted(path);
	size_t size;

	/* tests/fragments/x.dts -> fragments/x */
	snprintf(name, sizeof(name), "%s", path + strlen("tests/"));
	name[strlen(name) - strlen(".dts")] = 0;
	board_blob = load_blob("virt8-gicv3", &size);
	if (cfg_board_parse(&board, board_blob, size, &err))
		fail_msg("QEMU's own tree: %s", err.text);
	blob = load_blob(name, &size);
	if (cfg_system_parse(&sys, blob, size, &board, &err))
		fail_msg("%s", err.text);
	text[0] = '\0';
	for (u32 i = 0; i < sys.nr_vms; i++)
		show_vcpus(&sys.vm[i]);
	for (u32 i = 0; i < sys.nr_vdevs; i++)
		show_vdev(&sys.vdevs[i]);
	for (u32 i = 0; i < sys.nr_links; i++)
		show_link(&sys.links[i]);
	for (u32 i = 0; i < sys.nr_props; i++)
		show_prop(&sys.props[i]);
	assert_true(*text);
	assert_string_equal(text, want);
	free(want);
	free(blob);
	free(board_blob);
}

int main(int argc, char **argv)
{
	struct CMUnitTest *tests = calloc((size_t)argc, sizeof(*tests));

	if (argc < 2) {
		fprintf(stderr, "usage: %s tests/fragments/*.dts\n", argv[0]);
		return 2;
	}
	for (int i = 1; i < argc; i++) {
		tests[i - 1].name = argv[i];
		tests[i - 1].test_func = test_fragment;
		tests[i - 1].initial_state = argv[i];
	}
	return _cmocka_run_group_tests("fragments", tests, (size_t)argc - 1, NULL, NULL);
}
