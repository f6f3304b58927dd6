// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <libfdt.h>

#include "config/bundle.h"
#include "fit.h"

static const char system_data[] = "the system tree stands here";
static const char linux_data[] = "a kernel of an odd number of bytes";

#define SYSTEM .name = "system", .data = system_data, .size = sizeof(system_data)
#define LINUX .name = "linux", .data = linux_data, .size = sizeof(linux_data)

static struct bundle b;
static struct cfg_error err;

static int parse(const void *fit, size_t size)
{
	memset(&err, 0, sizeof(err));
	return bundle_parse(&b, fit, size, &err);
}

/* The bundle of the images parses, and has their data. */
static void assert_good(const struct fit_image *images, u32 n)
{
	size_t size;
	void *fit = fit_make(images, n, &size);

	if (parse(fit, size))
		fail_msg("%s", err.text);
	assert_string_equal(err.text, "");
	assert_int_equal(b.nr_images, n);
	for (u32 i = 0; i < n; i++) {
		const struct bundle_image *image = bundle_find(&b, images[i].name);

		assert_non_null(image);
		assert_int_equal(image->size, images[i].size);
		assert_memory_equal(image->data, images[i].data, images[i].size);
		assert_int_equal(bundle_verify(image, NULL, &err), 0);
	}
	assert_ptr_equal(b.system, bundle_find(&b, "system"));
	assert_null(bundle_find(&b, "systems"));
	assert_null(bundle_find(&b, ""));
	free(fit);
}

/* A bundle whose second image is bad stops with that text. */
static void assert_bad(const struct fit_image *image, const char *text)
{
	const struct fit_image images[] = {{SYSTEM}, *image};
	size_t size;
	void *fit = fit_make(images, 2, &size);

	assert_int_equal(parse(fit, size), -1);
	assert_string_equal(err.text, text);
	free(fit);
}

static void test_places(void **state)
{
	for (int place = FIT_INTERNAL; place <= FIT_POSITION; place++) {
		const struct fit_image images[] = {
			{SYSTEM},
			{LINUX, .place = place},
			{.name = "rootfs", .data = "1", .size = 1, .place = place},
		};

		assert_good(images, 3);
	}
}

static void test_most_images(void **state)
{
	struct fit_image images[BUNDLE_IMAGES_MAX + 1] = {{SYSTEM}};
	char names[BUNDLE_IMAGES_MAX + 1][32];
	size_t size;
	void *fit;

	for (int i = 1; i <= BUNDLE_IMAGES_MAX; i++) {
		snprintf(names[i], sizeof(names[i]), "image-%d", i);
		images[i] = (struct fit_image){
			.name = names[i], .data = names[i], .size = 8, .place = FIT_OFFSET};
	}
	assert_good(images, BUNDLE_IMAGES_MAX);

	fit = fit_make(images, BUNDLE_IMAGES_MAX + 1, &size);
	assert_int_equal(parse(fit, size), -1);
	assert_string_equal(err.text, "bundle /images: 65 and more: must be 64 at most");
	free(fit);
}

static void test_bad_data(void **state)
{
	assert_bad(&(struct fit_image){LINUX, .no_data = true},
		   "bundle /images/linux: data: missing: must be data, data-offset or "
		   "data-position");
	assert_bad(&(struct fit_image){LINUX, .place = FIT_OFFSET, .no_size = true},
		   "bundle /images/linux: data-size: missing: must be one cell");
	assert_bad(&(struct fit_image){LINUX, .place = FIT_OFFSET, .odd_cells = true},
		   "bundle /images/linux: data-offset: wrong length: must be one cell");
	assert_bad(&(struct fit_image){.name = "empty", .data = "", .size = 0},
		   "bundle /images/empty: data: empty: must be some bytes");
	assert_bad(&(struct fit_image){LINUX, .compression = "gzip"},
		   "bundle /images/linux: compression: gzip: must be none");
}

static void test_bad_place(void **state)
{
	static const u32 far[] = {0x10000, 0x7fffffff, 0x80000000, 0xffffffff};

	for (size_t i = 0; i < ARRAY_SIZE(far); i++) {
		for (int place = FIT_OFFSET; place <= FIT_POSITION; place++) {
			const struct fit_image images[] = {
				{SYSTEM}, {LINUX, .place = place, .where = far[i]}};
			const struct fit_image sizes[] = {
				{SYSTEM}, {LINUX, .place = place, .said_size = far[i]}};
			size_t size;
			void *fit = fit_make(images, 2, &size);

			assert_int_equal(parse(fit, size), -1);
			assert_non_null(strstr(err.text, "it was cut short"));
			free(fit);
			fit = fit_make(sizes, 2, &size);
			assert_int_equal(parse(fit, size), -1);
			assert_non_null(strstr(err.text, "it was cut short"));
			free(fit);
		}
	}
}

static void test_bad_hash(void **state)
{
	assert_bad(&(struct fit_image){LINUX, .no_hash = true},
		   "bundle /images/linux: hash algo: missing: must be sha256");
	assert_bad(&(struct fit_image){LINUX, .algo = "sha1", .digest_size = 20},
		   "bundle /images/linux: hash algo: sha1: must be sha256");
	assert_bad(&(struct fit_image){LINUX, .algo = ""},
		   "bundle /images/linux: hash algo: no string: must be sha256");
	assert_bad(&(struct fit_image){LINUX, .digest_size = 31},
		   "bundle /images/linux: hash value: wrong length: must be 32 bytes");
	assert_bad(&(struct fit_image){LINUX, .digest_size = 33},
		   "bundle /images/linux: hash value: wrong length: must be 32 bytes");
}

static void test_bad_names(void **state)
{
	assert_bad(&(struct fit_image){SYSTEM},
		   "bundle /images/system: name: there already: must be another one");
	assert_bad(&(struct fit_image){.name = "a-name-that-is-one-byte-too-long",
				       .data = "1",
				       .size = 1},
		   "bundle /images/a-name-that-is-one-byte-too-long: name: wrong length: must be "
		   "1 to 31 characters");
	assert_bad(&(struct fit_image){.name = "", .data = "1", .size = 1},
		   "bundle /images/: name: wrong length: must be 1 to 31 characters");
}

static void test_no_system(void **state)
{
	const struct fit_image images[] = {{LINUX}};
	size_t size;
	void *fit = fit_make(images, 1, &size);

	assert_int_equal(parse(fit, size), -1);
	assert_string_equal(err.text, "bundle: /images/system: missing: must be the system tree");
	free(fit);
}

static void test_no_fit(void **state)
{
	u64 tree[64];
	static const u64 noise[8] = {~0ull, 1, 2, 3};

	assert_int_equal(fdt_create_empty_tree(tree, sizeof(tree)), 0);
	assert_int_equal(parse(tree, sizeof(tree)), -1);
	assert_string_equal(err.text,
			    "bundle: /images: missing: must be a FIT, as nk-bundle makes");
	assert_int_equal(parse(noise, sizeof(noise)), -1);
	assert_non_null(strstr(err.text, "bundle: FDT_ERR_BADMAGIC: "));
	assert_int_equal(parse(noise, 0), -1);
}

static void test_changed_data(void **state)
{
	const struct fit_image images[] = {{SYSTEM}, {LINUX, .bad_digest = true}};
	size_t size;
	void *fit = fit_make(images, 2, &size);

	assert_int_equal(parse(fit, size), 0);
	assert_int_equal(bundle_verify(b.system, NULL, &err), 0);
	assert_int_equal(bundle_verify(bundle_find(&b, "linux"), NULL, &err), -1);
	assert_string_equal(err.text,
			    "image linux: sha256 does not match: must be as it was bundled");
	free(fit);
}

/* However short, it is refused, and nothing behind it is read. */
static void test_truncated(void **state)
{
	const struct fit_image images[] = {{SYSTEM}, {LINUX, .place = FIT_OFFSET}};
	size_t size;
	u8 *fit = fit_make(images, 2, &size);
	size_t data_end = size - (ALIGN_UP(sizeof(linux_data), 16) - sizeof(linux_data));

	for (size_t n = 0; n < data_end; n++) {
		u8 *part = malloc(n ? n : 1);

		memcpy(part, fit, n);
		assert_int_equal(parse(part, n), -1);
		assert_string_not_equal(err.text, "");
		free(part);
	}
	assert_int_equal(parse(fit, data_end), 0);
	free(fit);
}

/* Any one byte changed: refused or not, only what is in the bundle is read. */
static void test_garbled(void **state)
{
	static const u8 changes[] = {0x01, 0x80, 0xff};
	const struct fit_image images[] = {{SYSTEM}, {LINUX, .place = FIT_POSITION}};
	size_t size;
	u8 *fit = fit_make(images, 2, &size);

	for (size_t at = 0; at < size; at++) {
		for (size_t c = 0; c < ARRAY_SIZE(changes); c++) {
			fit[at] ^= changes[c];
			if (!parse(fit, size))
				for (u32 i = 0; i < b.nr_images; i++)
					bundle_verify(&b.images[i], NULL, &err);
			fit[at] ^= changes[c];
		}
	}
	assert_int_equal(parse(fit, size), 0);
	free(fit);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places),	     cmocka_unit_test(test_most_images),
		cmocka_unit_test(test_bad_data),     cmocka_unit_test(test_bad_place),
		cmocka_unit_test(test_bad_hash),     cmocka_unit_test(test_bad_names),
		cmocka_unit_test(test_no_system),    cmocka_unit_test(test_no_fit),
		cmocka_unit_test(test_changed_data), cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_garbled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
