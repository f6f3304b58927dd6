/* SPDX-License-Identifier: Apache-2.0 */
/* devc-vi2c-be: what -a says. */
#ifndef POLICY_H
#define POLICY_H

#include <vlx/vi2c-be.h>

/*
 * Reads vm3=0x39,0x3c;vm4=0x6f, or * instead of addresses, into the rules. Returns NULL, or what is wrong, at *where in
 * the text.
 */
const char *policy_read(const char *text, struct vi2c_be_config *config, const char **where);

#endif
