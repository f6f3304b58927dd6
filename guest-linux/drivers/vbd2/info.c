// SPDX-License-Identifier: GPL-2.0-only
/*
 * vbd2: info strings, "[MSGS][,[SEGS][,db|odb[:N]|pg[:OPTIONS]][,be]] [bootargs: ...]". The first two fields have
 * their places, the others are known by what they say.
 */
#include <linux/ctype.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/module.h>
#include "vbd2.h"

#define BOOTARGS "bootargs:"
#define MSGS 64
#define MSGS_MAX 1024
#define SEGS 128
#define CHANGES 4
#define RECORDS 16 /* of a probe at least */
#define FIELD 64

const char *vbd2_bootargs(const char *info)
{
	const char *at = info ? strstr(info, BOOTARGS) : NULL;

	return at ? at + strlen(BOOTARGS) : "";
}
EXPORT_SYMBOL_GPL(vbd2_bootargs);

const char *vbd2_mode_name(const struct vbd2_comm *comm)
{
	static const char *const names[] = {"grant", "db", "odb"};

	return names[comm->mode];
}
EXPORT_SYMBOL_GPL(vbd2_mode_name);

static bool parse_number(const char *field, u32 max, u32 *number)
{
	return !*field || (!kstrtou32(field, 10, number) && *number && *number <= max);
}

static bool parse_attribute(const char *word, size_t len, u32 *pg)
{
	static const char *const words[] = {"off", "cpu", "dma", "read", "write", "nopanic"};
	u32 n;

	for (n = 0; n < ARRAY_SIZE(words); n++) {
		if (strlen(words[n]) == len && !strncmp(words[n], word, len)) {
			*pg |= 1u << n;
			return true;
		}
	}
	return false;
}

static bool parse_pg(const char *text, u32 *pg)
{
	size_t len;

	while (*text) {
		len = strcspn(text, "+");
		if (!parse_attribute(text, len, pg))
			return false;
		text += len + (text[len] == '+');
	}
	return true;
}

static bool parse_word(const char *field, struct vbd2_comm *comm)
{
	if (!*field)
		return true;
	if (!strcmp(field, "be"))
		return comm->be = true;
	if (!strcmp(field, "db") || !strcmp(field, "odb"))
		comm->mode = *field == 'o' ? VBD2_ODB : VBD2_DB;
	else if (str_has_prefix(field, "odb:"))
		comm->mode = VBD2_ODB;
	else
		return !strcmp(field, "pg") ||
		       (str_has_prefix(field, "pg:") && parse_pg(field + 3, &comm->pg));
	return field[0] != 'o' || !field[3] || parse_number(field + 4, VBD2_SEGMENTS, &comm->bufs);
}

static bool parse_field(const char *field, unsigned int place, struct vbd2_comm *comm)
{
	if (isdigit(*field) && place > 1)
		return false;
	if (isdigit(*field))
		return place ? parse_number(field, VBD2_SEGMENTS, &comm->segs)
			     : parse_number(field, MSGS_MAX, &comm->msg_count);
	return parse_word(field, comm);
}

/* The next field without the blanks around it. Returns how much of the text it is, 0 for too much. */
static size_t next_field(const char *text, const char *end, char *field)
{
	size_t size = strcspn(text, ",");
	const char *first = text, *last;

	size = min_t(size_t, size, end - text);
	last = text + size;
	while (first < last && isspace(*first))
		first++;
	while (last > first && isspace(last[-1]))
		last--;
	if (last - first >= FIELD)
		return 0;
	memcpy(field, first, last - first);
	field[last - first] = '\0';
	return size + 1;
}

int vbd2_parse_comm(const char *info, struct vbd2_comm *comm, const char **wrong)
{
	const char *text = info ?: "", *end = strstr(text, BOOTARGS);
	unsigned int place;
	char field[FIELD];
	size_t size;

	*comm = (struct vbd2_comm){.msg_count = MSGS, .segs = SEGS};
	end = end ?: text + strlen(text);
	for (place = 0; text < end; place++) {
		*wrong = text;
		size = next_field(text, end, field);
		if (!size || !parse_field(field, place, comm))
			return -EINVAL;
		text += size;
	}
	comm->msg_count = roundup_pow_of_two(comm->msg_count);
	return 0;
}
EXPORT_SYMBOL_GPL(vbd2_parse_comm);

static bool says_be(const char *info)
{
	struct vbd2_comm comm;
	const char *wrong;

	vbd2_parse_comm(info, &comm, &wrong);
	return comm.be || strstr(vbd2_bootargs(info), "vbd2=(");
}

bool vbd2_is_be(const char *own, const char *peer)
{
	return says_be(own);
}
EXPORT_SYMBOL_GPL(vbd2_is_be);

bool vbd2_is_fe(const char *own, const char *peer)
{
	return !says_be(own) && says_be(peer);
}
EXPORT_SYMBOL_GPL(vbd2_is_fe);

void vbd2_find_window(NkPhAddr plink, unsigned int whose, struct vbd2_window *window)
{
	NkPhAddr pages = 0;

	window->base = nk_grant_window(plink, whose, &pages);
	window->pages = window->base ? pages : 0;
}
EXPORT_SYMBOL_GPL(vbd2_find_window);

bool vbd2_data_ok(const struct vbd2_comm *comm, const struct vbd2_window *window, NkOsId peer)
{
	if (comm->mode != VBD2_GRANT)
		return true;
	if (!(comm->pg & VBD2_PG_OFF) && window->pages >= comm->segs)
		return true;
	pr_err("vbd2: the link with vm%u stays down: no buffers (db, odb), and %u pages to grant "
	       "of %u\n",
	       peer, comm->pg & VBD2_PG_OFF ? 0 : window->pages, comm->segs);
	return false;
}
EXPORT_SYMBOL_GPL(vbd2_data_ok);

static const char *parse_byte(const char *text, u8 *byte)
{
	char digits[4];
	size_t len = strspn(text, "0123456789");

	if (len >= sizeof(digits))
		return NULL;
	memcpy(digits, text, len);
	digits[len] = '\0';
	return kstrtou8(digits, 10, byte) ? NULL : text + len;
}

const char *vbd2_parse_devid(const char *text, u16 *devid)
{
	u8 major, minor;

	text = parse_byte(text, &major);
	if (!text || *text != ',')
		return NULL;
	text = parse_byte(text + 1, &minor);
	*devid = text ? VBD2_DEVID(major, minor) : 0;
	return text;
}
EXPORT_SYMBOL_GPL(vbd2_parse_devid);

u32 vbd2_room(const struct vbd2_comm *comm)
{
	return max_t(u32, comm->segs, RECORDS);
}
EXPORT_SYMBOL_GPL(vbd2_room);

/* As the manual counts: a quarter of what db takes, and never less than two requests of the largest size. */
static u32 odb_pages(const struct vbd2_comm *comm)
{
	u32 each = comm->bufs ?: max_t(u32, comm->segs / 4, 1);

	return max_t(u32, comm->msg_count * each, 2 * comm->segs);
}

void vbd2_configs(const struct vbd2_comm *comm, vmq_xx_config_t *requests, vmq_xx_config_t *changes)
{
	*requests = (vmq_xx_config_t){
		.msg_count = comm->msg_count,
		.msg_max =
			sizeof(vbd2_req_header_t) + vbd2_room(comm) * sizeof(struct vbd2_segment),
	};
	*changes = (vmq_xx_config_t){
		.msg_count = CHANGES,
		.msg_max = sizeof(vbd2_req_header_t),
	};
	if (comm->mode == VBD2_GRANT)
		return;
	requests->data_count = comm->mode == VBD2_DB ? comm->msg_count : odb_pages(comm);
	requests->data_max = comm->mode == VBD2_DB ? comm->segs * VBD2_SEGMENT : VBD2_SEGMENT;
}
EXPORT_SYMBOL_GPL(vbd2_configs);

MODULE_DESCRIPTION("What both sides of virtual disks have in common");
MODULE_LICENSE("GPL");
