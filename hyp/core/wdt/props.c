// SPDX-License-Identifier: Apache-2.0
/* The properties of a watchdog. Manual: VWATCHDOG(4D). */
#include "config/system/props.h"
#include "core/prop/priv.h"
#include "core/vm/vm.h"
#include "core/wdt/priv.h"
#include "lib/string.h"

static u64 get_state(const struct prop *p)
{
	const struct wdt *w = p->owner;

	return READ_ONCE(w->value);
}

static u64 get_counter(const struct prop *p)
{
	return wdt_left(p->owner);
}

/* Whatever it is: a digit of a shell's is as good as a word. */
static int set_counter(struct prop *p, u32 id, const u8 *data, u32 len)
{
	struct wdt *w = p->owner;

	if (!len)
		return NK_PROP_ERROR;
	if (unlikely(wdt_reload(w, NULL)))
		prop_notify(w->part[CFG_WDT_STATE], vm_by_id(id));
	return 0;
}

int wdt_configure(struct wdt *w, const NkVwdtConfig *config, u32 id)
{
	struct prop *p = w->part[CFG_WDT_CONFIG];
	struct vm *by = id ? vm_by_id(id) : NULL;
	bool differs, told;

	if (!prop_write_begin(p, id))
		return NK_PROP_BUSY;
	differs = memcmp(p->data, config, sizeof(*config));
	memcpy(p->data, config, sizeof(*config));
	told = wdt_reload(w, config);
	prop_write_end(p, differs, by);
	if (told)
		prop_notify(w->part[CFG_WDT_STATE], by);
	return 0;
}

static int set_config(struct prop *p, u32 id, const u8 *data, u32 len)
{
	NkVwdtConfig config;

	if (len != sizeof(config))
		return NK_PROP_ERROR;
	memcpy(&config, data, sizeof(config));
	return cfg_wdt_wrong(&config) ? NK_PROP_ERROR : wdt_configure(p->owner, &config, id);
}

int wdt_props_init(struct wdt *w)
{
	for (u32 i = 0; i < CFG_WDT_PARTS; i++) {
		struct prop *p = prop_named(w->cfg->part[i]->name);

		if (!p)
			return -1;
		p->owner = w;
		w->part[i] = p;
	}
	w->part[CFG_WDT_CONFIG]->set = set_config;
	w->part[CFG_WDT_COUNTER]->get = get_counter;
	w->part[CFG_WDT_COUNTER]->set = set_counter;
	w->part[CFG_WDT_STATE]->get = get_state;
	memcpy(&w->first, w->part[CFG_WDT_CONFIG]->data, sizeof(w->first));
	return 0;
}
