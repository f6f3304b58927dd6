/* SPDX-License-Identifier: Apache-2.0 */
#include "core/options.h"
#include "lib/log.h"
#include "lib/string.h"

struct options options = {.color = true};

static bool word_is(const char *word, size_t len, const char *text)
{
	return strlen(text) == len && !strncmp(word, text, len);
}

static void parse_focus(const char *digits, size_t len)
{
	u32 id = 0;

	for (size_t i = 0; i < len; i++) {
		if (digits[i] < '0' || digits[i] > '9' || id > 99) {
			printk("option nk.focus=%.*s: a VM number is expected", (int)len, digits);
			return;
		}
		id = id * 10 + (u32)(digits[i] - '0');
	}
	options.focus = id;
}

static void parse_word(const char *word, size_t len)
{
	static const char focus[] = "nk.focus=";
	size_t skip = sizeof(focus) - 1;

	if (word_is(word, len, "nk.panic=reset"))
		options.panic = PANIC_RESET;
	else if (word_is(word, len, "nk.panic=off"))
		options.panic = PANIC_OFF;
	else if (word_is(word, len, "nk.panic=stop"))
		options.panic = PANIC_STOP;
	else if (word_is(word, len, "nk.bench"))
		options.bench = true;
	else if (word_is(word, len, "nk.color=off"))
		options.color = false;
	else if (word_is(word, len, "nk.color=on"))
		options.color = true;
	else if (len > skip && !strncmp(word, focus, skip))
		parse_focus(word + skip, len - skip);
	else
		printk("option %.*s: not nk.panic, nk.focus, nk.color or nk.bench", (int)len, word);
}

void options_parse(const char *bootargs)
{
	while (*bootargs) {
		const char *end = bootargs;

		while (*end && *end != ' ')
			end++;
		if (end - bootargs > 3 && !strncmp(bootargs, "nk.", 3))
			parse_word(bootargs, (size_t)(end - bootargs));
		bootargs = *end ? end + 1 : end;
	}
}
