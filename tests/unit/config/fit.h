/* SPDX-License-Identifier: Apache-2.0 */
/* Makes FIT images for tests, good ones and bad ones. */
#ifndef TESTS_FIT_H
#define TESTS_FIT_H

#include "lib/types.h"

enum fit_place { FIT_INTERNAL, FIT_OFFSET, FIT_POSITION };

/* One image; what is left zero is as mkimage would make it. */
struct fit_image {
	const char *name;
	const void *data;
	u32 size;
	enum fit_place place;
	u32 where; /* of external data, if not in order behind the tree */
	u32 said_size; /* data-size, if not size */
	const char *compression; /* "none" if NULL */
	const char *algo; /* "sha256" if NULL, no property if "" */
	u32 digest_size; /* 32 if 0 */
	bool no_hash;
	bool no_data;
	bool no_size; /* of external data */
	bool bad_digest;
	bool odd_cells; /* external place and size in 8 bytes each */
};

/* Returns the FIT of the n images in memory of exactly *size bytes, for free(). */
void *fit_make(const struct fit_image *images, u32 n, size_t *size);

#endif
