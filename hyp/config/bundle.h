/* SPDX-License-Identifier: Apache-2.0 */
/* The system bundle: a FIT image with the system device tree and every guest's images. */
#ifndef CONFIG_BUNDLE_H
#define CONFIG_BUNDLE_H

#include "config/model.h"

#define BUNDLE_IMAGES_MAX 64

struct bundle_image {
	const char *name; /* points into the bundle */
	const u8 *data; /* 4-byte aligned in mkimage's bundles */
	u64 size;
	u8 sha256[32];
};

struct bundle {
	const void *fdt;
	u32 nr_images;
	struct bundle_image images[BUNDLE_IMAGES_MAX];
	const struct bundle_image *system; /* the system device tree */
};

/*
 * Finds the images of the FIT at base (4-byte aligned, size bytes may be read). Internal data
 * and external data (data-offset, data-position with data-size) are both understood.
 * Nothing is hashed yet. Returns 0, or -1 with *err filled. Context: boot.
 */
int bundle_parse(struct bundle *b, const void *base, u64 size, struct cfg_error *err);

/* The image of that name, or NULL. */
const struct bundle_image *bundle_find(const struct bundle *b, const char *name);

/*
 * Compares the image's data with its sha256; between: as in lib/sha256.h. Returns 0, or -1 with *err filled.
 * Context: any; uses SIMD registers where the CPU has SHA-2 instructions: never on a CPU
 * that holds a vCPU's FP/SIMD state.
 */
int bundle_verify(const struct bundle_image *image, void (*between)(void), struct cfg_error *err);

#endif
