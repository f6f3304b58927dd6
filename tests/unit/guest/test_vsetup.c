// SPDX-License-Identifier: Apache-2.0
/* vevent's setups: the examples of VEVENT_BE(4D), to whom events go, and what is said of wrong ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../../guest-linux/drivers/vevent/setup/setup.h"

#define VMS(a, b) (1u << (a) | 1u << (b))
#define EV_KEY 0x01
#define EV_REL 0x02
#define EV_ABS 0x03
#define EV_SW 0x05
#define EV_LED 0x11

/* In the page's text all of it is one string. */
static const char hammerhead[] =
	"idev_name==\"msm8974-taiko-mtp-snd-card Button Jack\":native ;;"
	"idev_name==\"msm8974-taiko-mtp-snd-card Headset Jack\":native ;;"
	"idev_bustype!=(u16)6&&(idev_evbit[0]&(u32)0x2) !=(u32)0&&"
	"(idev_keybit[3]&(u32)0x100000) !=(u32)0&&(idev_keybit[0]&(u32)0x100) == (u32)0:"
	"2,3:DEFAULT-focus;"
	"(idev_evbit[0]&(u32)0x20) !=(u32)0&&(idev_swbit[0]&(u32)0x14) !=(u32)0:"
	"2,3:SW-broadcast|DEFAULT-focus;"
	"idev_name==\"vpower-button-vm2\":2:DEFAULT-2;"
	"idev_name==\"vpower-button-vm3\":3:DEFAULT-3;"
	"(idev_evbit[0]&(u32)0x2) !=(u32)0&&idev_keybit[0..7] !=(u32){0,0,0,0,0,0,0,0}:"
	"2,3:DEFAULT-focus;"
	"(idev_evbit[0]&(u32)0x4) !=(u32)0&&(idev_relbit[0]&(u32)0x3) == (u32)0x3:"
	"2,3:DEFAULT-focus;"
	"(idev_evbit[0]&(u32)0x8) !=(u32)0&&(idev_absbit[1]&(u32)0x6618000) == (u32)0x6618000:"
	"2,3:DEFAULT-focus;"
	"true:2,3:DEFAULT-focus;";

static const char power_button[] =
	"bootargs:idev_bustype!=(u16) 6&&(idev_evbit[0]&(u32) 0x2) !=(u32) 0&&"
	"(idev_keybit[3]&(u32) 0x100000) !=(u32) 0&&"
	"(idev_keybit[0]&(u32) 0x100) == (u32) 0:2,3:DEFAULT-focus;";

static void set_up(struct vevent_setup *s, const char *text)
{
	*s = (struct vevent_setup){.text = text};
	s->max_ops = strlen(text);
	s->max_rules = vevent_setup_rules(text);
	s->ops = test_calloc(s->max_ops, sizeof(*s->ops));
	s->rules = test_calloc(s->max_rules, sizeof(*s->rules));
}

static void tear_down(struct vevent_setup *s)
{
	test_free(s->ops);
	test_free(s->rules);
}

static void read_setup(struct vevent_setup *s, const char *text, unsigned int at)
{
	struct vevent_error error;

	set_up(s, text);
	if (vevent_setup_parse(s, at, &error))
		fail_msg("%s: column %u: %s", text, error.column, error.why);
}

static void assert_wrong(const char *text, unsigned int column, const char *why)
{
	struct vevent_error error = {};
	struct vevent_setup s;

	set_up(&s, text);
	if (!vevent_setup_parse(&s, 0, &error))
		fail_msg("%s: not found wrong", text);
	if (error.column != column || strcmp(error.why, why))
		fail_msg("%s: column %u: %s, not column %u: %s", text, error.column, error.why,
			 column, why);
	tear_down(&s);
}

/* Returns the number of the rule for a device of that name and with these bits, or -1. */
static int find(const struct vevent_setup *s, const char *name, unsigned int word, u32 bits,
		unsigned int word2, u32 bits2)
{
	struct vexpr_machine *m = test_calloc(1, sizeof(*m));
	const struct vevent_rule *rule;

	m->device.texts[0] = name;
	m->device.words[word] |= bits;
	m->device.words[word2] |= bits2;
	rule = vevent_setup_find(s, m);
	test_free(m);
	return rule ? (int)(rule - s->rules) : -1;
}

static void test_hammerhead(void **state)
{
	const unsigned int ev = VEXPR_WORD_EVBIT;
	struct vevent_setup s;

	(void)state;
	read_setup(&s, hammerhead, 0);
	assert_int_equal(s.nr_rules, 10);
	assert_int_equal(find(&s, "msm8974-taiko-mtp-snd-card Headset Jack", ev, 0x20, ev, 0), 1);
	assert_true(s.rules[0].native && s.rules[1].native && !s.rules[2].native);
	assert_int_equal(find(&s, "power", ev, 0x2, VEXPR_WORD_KEYBIT + 3, 0x100000), 2);
	assert_int_equal(find(&s, "headset", ev, 0x20, VEXPR_WORD_SWBIT, 0x10), 3);
	assert_int_equal(find(&s, "vpower-button-vm3", ev, 0x2, VEXPR_WORD_ID, 6), 5);
	assert_int_equal(find(&s, "keypad", ev, 0x2, VEXPR_WORD_KEYBIT + 7, 1), 6);
	assert_int_equal(find(&s, "mouse", ev, 0x4, VEXPR_WORD_RELBIT, 3), 7);
	assert_int_equal(find(&s, "touchscreen", ev, 0x8, VEXPR_WORD_ABSBIT + 1, 0x6618000), 8);
	assert_int_equal(find(&s, NULL, ev, 0, ev, 0), 9);
	assert_int_equal(s.rules[3].vms, VMS(2, 3));
	assert_int_equal(vevent_recipients(&s.rules[3], EV_SW, 3), VMS(2, 3));
	assert_int_equal(vevent_recipients(&s.rules[3], EV_KEY, 3), 1 << 3);
	assert_int_equal(vevent_recipients(&s.rules[5], EV_KEY, 2), 1 << 3);
	tear_down(&s);
}

static void test_power_button(void **state)
{
	const unsigned int ev = VEXPR_WORD_EVBIT;
	struct vevent_setup s;

	(void)state;
	read_setup(&s, power_button, strlen("bootargs:"));
	assert_int_equal(s.nr_rules, 1);
	assert_int_equal(find(&s, "power", ev, 0x2, VEXPR_WORD_KEYBIT + 3, 0x100000), 0);
	assert_int_equal(find(&s, "mouse", ev, 0x4, ev, 0), -1);
	tear_down(&s);
}

static void test_policies(void **state)
{
	struct vevent_setup s;

	(void)state;
	read_setup(&s,
		   "true:2,3,31:KEY-focus|ABS-2,31|LED-drop|DEFAULT-broadcast;false:4;true:5:", 0);
	assert_int_equal(s.nr_rules, 3);
	assert_int_equal(vevent_recipients(&s.rules[0], EV_KEY, 31), 1u << 31);
	assert_int_equal(vevent_recipients(&s.rules[0], EV_KEY, 4), 0);
	assert_int_equal(vevent_recipients(&s.rules[0], EV_KEY, 0), 0);
	assert_int_equal(vevent_recipients(&s.rules[0], EV_KEY, 1000), 0);
	assert_int_equal(vevent_recipients(&s.rules[0], EV_ABS, 3), VMS(2, 31));
	assert_int_equal(vevent_recipients(&s.rules[0], EV_LED, 3), 0);
	assert_int_equal(vevent_recipients(&s.rules[0], EV_REL, 3), VMS(2, 3) | 1u << 31);
	/* Without a policy all is dropped. */
	assert_int_equal(s.rules[1].vms, 1 << 4);
	assert_int_equal(vevent_recipients(&s.rules[1], EV_KEY, 4), 0);
	assert_int_equal(vevent_recipients(&s.rules[2], EV_KEY, 5), 0);
	tear_down(&s);
}

/* Each type has its own name. */
static void test_types(void **state)
{
	static const struct {
		const char *name;
		u8 type;
	} types[] = {
		{"KEY", 1},  {"REL", 2},  {"ABS", 3}, {"MSC", 4},  {"SW", 5},	      {"LED", 17},
		{"SND", 18}, {"REP", 20}, {"FF", 21}, {"PWR", 22}, {"FF_STATUS", 23},
	};

	(void)state;
	for (unsigned int n = 0; n < sizeof(types) / sizeof(*types); n++) {
		struct vevent_setup s;
		char text[64];

		snprintf(text, sizeof(text), "true:2:%s-2", types[n].name);
		read_setup(&s, text, 0);
		for (unsigned int type = 0; type < VEVENT_TYPES; type++)
			assert_int_equal(vevent_recipients(s.rules, type, 2),
					 type == types[n].type ? 4 : 0);
		tear_down(&s);
	}
}

/* Spaces, no last ;, nothing at all, a ? whose : is not the rule's. */
static void test_forms(void **state)
{
	struct vevent_setup s;

	(void)state;
	read_setup(&s, "", 0);
	assert_int_equal(s.nr_rules, 0);
	tear_down(&s);
	read_setup(&s, " ; ;", 0);
	assert_int_equal(s.nr_rules, 0);
	tear_down(&s);
	read_setup(&s,
		   "true ? false : true : 2, 3 : KEY-2, 3 | DEFAULT-drop ; true:native:DEFAULT-9",
		   0);
	assert_int_equal(s.nr_rules, 2);
	assert_int_equal(vevent_recipients(s.rules, EV_KEY, 0), VMS(2, 3));
	assert_int_equal(find(&s, "", 0, 0, 0, 0), 1);
	tear_down(&s);
}

static void test_wrong(void **state)
{
	(void)state;
	assert_wrong("true", 5, "a : and a topology are missing");
	assert_wrong("true;", 5, "an operator is missing before this");
	assert_wrong("true:", 6, "native or numbers of VMs are missing");
	assert_wrong("true::DEFAULT-drop", 6, "native or numbers of VMs are missing");
	assert_wrong("true:nativ", 6, "native or numbers of VMs are missing");
	assert_wrong("true:1", 6, "the number of a VM is from 2 to 31");
	assert_wrong("true:2,32", 8, "the number of a VM is from 2 to 31");
	assert_wrong("true:2,4294967296", 8, "the number is more than 4294967295");
	assert_wrong("true:2,", 8, "a number is missing");
	assert_wrong("true:2,3,2", 10, "VM 2 is there already");
	assert_wrong("true:2 3", 8, "a ; is missing before this");
	assert_wrong("true:2:KEYS-drop", 8, "no type of events has this name");
	assert_wrong("true:2:KEY", 11, "a - is missing");
	assert_wrong("true:2:KEY-", 12, "broadcast, drop, focus or numbers of VMs are missing");
	assert_wrong("true:2:KEY-dropp", 12,
		     "broadcast, drop, focus or numbers of VMs are missing");
	assert_wrong("true:2:KEY-drop|", 17, "no type of events has this name");
	assert_wrong("true:2:KEY-drop|KEY-focus", 17, "this type is there already");
	assert_wrong("true:2:DEFAULT-drop|DEFAULT-focus", 21, "this type is there already");
	assert_wrong("true:2,3:KEY-2,4", 14, "a VM of this list is not in the topology");
	assert_wrong("true:2:KEY-drop:", 16, "a ; is missing before this");
	assert_wrong("false:2:;idev_id != true:2", 18,
		     "!= wants two of one type, and has u16[4] and bool");
}

static void test_too_long(void **state)
{
	char *text = malloc(VEVENT_SETUP_LENGTH + 2);

	(void)state;
	memset(text, ';', VEVENT_SETUP_LENGTH + 1);
	text[VEVENT_SETUP_LENGTH + 1] = 0;
	assert_wrong(text, VEVENT_SETUP_LENGTH + 1, "the setup is too long");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hammerhead), cmocka_unit_test(test_power_button),
		cmocka_unit_test(test_policies),   cmocka_unit_test(test_types),
		cmocka_unit_test(test_forms),	   cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
