// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/* nk info: the machine, or a VM. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "nk.h"

/* How a property's value is shown. */
enum form { TEXT, NUMBER, HEX_NUMBER, MASK, WORDS };

struct item {
	const char *key; /* in JSON */
	const char *label;
	const char *prop; /* behind the prefix */
	enum form form;
};

static const struct item machine_items[] = {
	{"api", "interface", "version.api", TEXT},
	{"build_id", "build", "build-id", TEXT},
	{"hypervisor", "hypervisor", "version.hypervisor", TEXT},
	{"build_date", "built", "version.build-date", TEXT},
	{"compiler", "compiler", "version.compiler", TEXT},
	{"bsp", "board support", "version.bsp", TEXT},
	{"cpus_online", "CPUs online", "cpus.online", MASK},
	{"features_on", "features", "features.on-str", WORDS},
	{"features_off", "features off", "features.off-str", WORDS},
	{"heap_used", "heap used", "memory.heap.used", NUMBER},
	{"heap_free", "heap free", "memory.heap.free", NUMBER},
	{"pmem_used", "pmem used", "memory.pmem.used", NUMBER},
	{"pmem_free", "pmem free", "memory.pmem.free", NUMBER},
	{"monitoring", "monitoring", "monitoring.enable", HEX_NUMBER},
	{"focus", "focus", "focus", NUMBER},
};

static const struct item vm_items[] = {
	{"cpus", "may run on CPUs", ".cpus", MASK},
	{"vcpus", "vCPUs", ".vcpus", MASK},
	{"vcpus_online", "vCPUs online", ".vcpus.online", MASK},
	{"bootcomplete", "boot complete", ".bootcomplete", HEX_NUMBER},
};

#define SHOW(items, prefix) show_items(items, sizeof(items) / sizeof(*(items)), prefix)

static void label(const char *text)
{
	printf("%-16s ", text);
}

static void words_json(const char *key, char *text)
{
	char *word;

	json_open(key, '[');
	for (word = strtok(text, " "); word; word = strtok(NULL, " "))
		json_string(NULL, word);
	json_close();
}

static void item_json(const struct item *item, const struct blob *blob)
{
	uint64_t value;
	size_t len;

	if (item->form == TEXT || item->form == WORDS) {
		if (!blob_text(blob, &len))
			json_null(item->key);
		else if (item->form == TEXT)
			json_text(item->key, blob->data, len);
		else
			words_json(item->key, (char *)blob->data);
		return;
	}
	if (!blob_number(blob, &value))
		json_null(item->key); /* not set yet */
	else if (item->form == MASK)
		json_mask(item->key, value);
	else
		json_number(item->key, value);
}

static void item_line(const struct item *item, const struct blob *blob)
{
	uint64_t value;
	size_t len;

	label(item->label);
	if (item->form == TEXT || item->form == WORDS) {
		blob_text(blob, &len);
		put_text(blob->data, len);
	} else if (!blob_number(blob, &value)) {
		fputs("not set", stdout);
	} else if (item->form == MASK) {
		put_mask(value);
	} else {
		printf(item->form == NUMBER ? "%llu" : "%#llx", (unsigned long long)value);
	}
	putchar('\n');
}

/* Those properties that this VM may read. */
static void show_items(const struct item *items, size_t count, const char *prefix)
{
	char name[NAME_LIMIT];
	struct blob blob;
	int error;

	while (count--) {
		snprintf(name, sizeof(name), "%s%s", prefix, items->prop);
		error = prop_read(name, &blob);
		if (is_denied(error))
			note_left_out(name);
		if (!error) {
			if (as_json)
				item_json(items, &blob);
			else
				item_line(items, &blob);
			free(blob.data);
		}
		items++;
	}
}

static int machine_info(void)
{
	uint32_t mask;
	long self;

	if (vm_mask(&mask, &self))
		return NK_FAILED;
	if (as_json) {
		json_open(NULL, '{');
		json_number("id", self);
		json_mask("vms", mask);
		SHOW(machine_items, "nk.");
		json_left_out();
		json_close();
		return NK_OK;
	}
	label("this VM");
	printf("%ld\n", self);
	label("VMs");
	put_mask(mask);
	putchar('\n');
	SHOW(machine_items, "nk.");
	say_left_out();
	return NK_OK;
}

/* Where an image of the VM lies, from a region property: address and size. */
static void show_region(int id, const char *image)
{
	char name[NAME_LIMIT];
	struct blob blob;
	uint64_t region[2];
	int error;

	snprintf(name, sizeof(name), "nk.vm.%d.%s.region", id, image);
	error = prop_read(name, &blob);
	if (is_denied(error))
		note_left_out(name);
	if (error)
		return;
	if (blob.size == sizeof(region)) {
		memcpy(region, blob.data, sizeof(region));
		if (as_json) {
			json_open(image, '{');
			json_number("address", region[0]);
			json_number("size", region[1]);
			json_close();
		} else {
			label(image);
			printf("%llu bytes at %#llx\n", (unsigned long long)region[1],
			       (unsigned long long)region[0]);
		}
	}
	free(blob.data);
}

static void vm_head(int id, const struct vm_state *state, bool self)
{
	if (as_json) {
		json_open(NULL, '{');
		vm_json(id, state, self);
		return;
	}
	label("VM");
	printf("%d%s\n", id, self ? ", this one" : "");
	label("name");
	printf("%s\n", vm_name(id));
	label("state");
	printf("%s", vm_state_name(state));
	if (state->counted)
		printf(", started %llu times, resumed %llu times",
		       (unsigned long long)state->starts, (unsigned long long)state->resumes);
	putchar('\n');
}

static int vm_info(int id, bool self)
{
	struct vm_state state;
	char prefix[NAME_LIMIT];
	int error = vm_state(id, &state);

	if (error)
		return file_failed("VM state", path_of(PROC, "state"), error);
	vm_head(id, &state, self);
	snprintf(prefix, sizeof(prefix), "nk.vm.%d", id);
	SHOW(vm_items, prefix);
	show_region(id, "kernel");
	show_region(id, "initrd");
	if (as_json) {
		json_left_out();
		json_close();
	}
	say_left_out();
	return NK_OK;
}

int cmd_info(int argc, char **argv)
{
	int id;
	long self;
	int status = vm_or_none(argc, argv, &id, &self);

	if (status)
		return status;
	return id ? vm_info(id, id == self) : machine_info();
}
