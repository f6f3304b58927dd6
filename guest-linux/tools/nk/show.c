// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/* A property's value, for people and in JSON. */
#include <stdio.h>
#include "nk.h"

void value_line(const struct blob *blob)
{
	uint64_t value;
	size_t len, i;

	if (!blob->size) {
		fputs("not set", stdout);
	} else if (blob_text(blob, &len)) {
		put_text(blob->data, len);
	} else if (blob_number(blob, &value)) {
		printf("%llu", (unsigned long long)value);
		if (value > 9)
			printf(" (%#llx)", (unsigned long long)value);
	} else {
		for (i = 0; i < blob->size; i++)
			printf("%02x", blob->data[i]);
	}
	putchar('\n');
}

void value_json(const char *name, const struct blob *blob)
{
	uint64_t value;
	size_t len;

	json_string("name", name);
	json_number("size", blob->size);
	json_bool("set", blob->size);
	json_hex("hex", blob->data, blob->size);
	if (blob_number(blob, &value))
		json_number("number", value);
	if (blob_text(blob, &len))
		json_text("text", blob->data, len);
}
