// SPDX-License-Identifier: Apache-2.0
/* nk's options, from the words of /chosen/bootargs. */
#include "core/boot/options.h"
#include "lib/log.h"
#include "lib/string.h"

struct options options = {.color = true};

static bool word_is(const char *word, size_t len, const char *text)
{
	return strlen(text) == len && !strncmp(word, text, len);
}

/* Takes the number behind a name that the word begins with; false if it begins with another one. */
static bool take_number(const char *word, size_t len, const char *name, u32 *number)
{
	size_t skip = strlen(name);
	u32 n = 0;

	if (len <= skip || strncmp(word, name, skip))
		return false;
	for (size_t i = skip; i < len; i++) {
		if (word[i] < '0' || word[i] > '9' || n > 999) {
			printk("option %.*s: a number is expected", (int)len, word);
			return true;
		}
		n = n * 10 + (u32)(word[i] - '0');
	}
	*number = n;
	return true;
}

static void parse_word(const char *word, size_t len)
{
	if (word_is(word, len, "nk.panic=reset"))
		options.panic = PANIC_RESET;
	else if (word_is(word, len, "nk.panic=off"))
		options.panic = PANIC_OFF;
	else if (word_is(word, len, "nk.panic=stop"))
		options.panic = PANIC_STOP;
	else if (word_is(word, len, "nk.bench"))
		options.bench = true;
	else if (word_is(word, len, "nk.times"))
		options.times = true;
	else if (word_is(word, len, "nk.color=off"))
		options.color = false;
	else if (word_is(word, len, "nk.color=on"))
		options.color = true;
	else if (!take_number(word, len, "nk.focus=", &options.focus) &&
		 !take_number(word, len, "nk.columns=", &options.columns))
		printk("option %.*s: not nk.panic, nk.focus, nk.columns, nk.color, nk.bench or "
		       "nk.times",
		       (int)len, word);
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
