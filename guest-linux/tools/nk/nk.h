/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* nk: what its commands share. */
#ifndef NK_TOOL_H
#define NK_TOOL_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How nk ends. */
enum { NK_OK, NK_FAILED, NK_USAGE };

#define NAME_LIMIT 64 /* bytes of a property's name, with its NUL */
#define ID_FIRST 2 /* guests' ids */
#define ID_LIMIT 32
#define SECONDS_LIMIT 1e6
#define DIGITS(x) (sizeof(x) * 8 / 3 + 2) /* bytes of its decimal text, at most */

#define __printf(at, args) __attribute__((format(printf, at, args)))

extern bool as_json; /* --json */

/* A file's or property's bytes; data has a NUL behind them. */
struct blob {
	unsigned char *data;
	size_t size;
};

/*
 * files.c: what is below /proc/nk and /sys/nk, or where NK_PROC, NK_SYS and NK_DEV say that is.
 */
enum root { PROC, SYS, DEV };

/* The whole path, in a buffer that the next call uses again; NULL if it is too long. */
const char *path_of(enum root root, const char *format, ...) __printf(2, 3);

/*
 * Reads the file at path, all of it; read_value() what a property has, which is one value and no mix
 * of two, however long. What is being written is tried again for a second. Returns 0 and *blob,
 * which the caller frees, or -errno.
 */
int read_path(const char *path, struct blob *blob);
int read_value(const char *path, struct blob *blob);

/* The same from fd, tried once; a value from the beginning of the file. */
int read_fd(int fd, struct blob *blob, bool value);

/* Whether both have the same bytes; a has none yet: false. */
bool same_blob(const struct blob *a, const struct blob *b);

/* Writes all in one call, as properties want. Returns 0 or -errno. */
int write_path(const char *path, const void *data, size_t size);

/* Writes all of it. Returns 0 or -errno. */
int write_all(int fd, const void *data, size_t size);

/* Why a file could not be used and what to do, on stderr. Returns NK_FAILED. */
int file_failed(const char *what, const char *path, int error);

/* The number in a file of /proc/nk. Returns 0 or -errno. */
int proc_number(const char *name, long *value);

/*
 * The names in a directory but . and .., sorted; *count of them; the caller frees them by
 * names_free(). Returns NULL and errno.
 */
char **names_in(const char *path, size_t *count);
void names_free(char **names, size_t count);

/* value.c: properties by name, below /sys/nk/prop. */
int prop_read(const char *name, struct blob *blob); /* 0 or -errno */
const char *prop_path(const char *name);
/* Whether it can be a property's name; says so if not. */
bool prop_name_good(const char *command, const char *name);
/* Why it could not be read or written; permission: the one that takes. Returns NK_FAILED. */
int prop_failed(const char *name, int error, const char *permission);
/* The value of 1 to 8 bytes as a number. Returns 0, or -errno. */
int prop_number(uint64_t *value, const char *format, ...) __printf(2, 3);
bool blob_number(const struct blob *blob, uint64_t *value);
/* Whether it is text in UTF-8, perhaps with one NUL at its end; *len without that. */
bool blob_text(const struct blob *blob, size_t *len);

/* allow.c: what the system tree does not allow this VM. */
bool is_denied(int error);
/* Says which line of it is missing: prop has no such permission for this VM. Returns NK_FAILED. */
int not_allowed(const char *what, const char *prop, const char *permission);
/* A property that would have been shown; say_left_out() names those at the end, on stderr. */
void note_left_out(const char *prop);
void say_left_out(void);
/* The same as a member "left_out" of the object that is open, where there are any; then none is left. */
void json_left_out(void);

/* out.c: text for people. What could move a terminal's cursor is shown as \xNN. */
/* What is wrong, on stderr, and for misused() how the command is used. */
int failed(const char *format, ...) __printf(1, 2); /* NK_FAILED */
int misused(const char *command, const char *format, ...) __printf(2, 3); /* NK_USAGE */
void put_text(const void *data, size_t size);
/* Whether a terminal takes a character, in UTF-8, for more than that. */
bool is_control(const unsigned char *text, size_t len);
/* A set bit's numbers as 0-3,5. */
void put_mask(uint64_t mask);

/*
 * json.c: one value on stdout. key: NULL in arrays and at the top. Text is UTF-8; bytes that are
 * not become U+FFFD.
 */
/* Bytes of the UTF-8 sequence at text, of at most size bytes, or 0: it is none. */
size_t utf8_len(const unsigned char *text, size_t size);
void json_open(const char *key, char bracket); /* { or [ */
void json_close(void);
void json_text(const char *key, const void *data, size_t size);
void json_string(const char *key, const char *string);
void json_hex(const char *key, const void *data, size_t size);
void json_number(const char *key, uint64_t value);
void json_real(const char *key, double value); /* with three decimals */
void json_bool(const char *key, bool value);
void json_null(const char *key);
void json_mask(const char *key, uint64_t mask); /* array of the set bits' numbers */
/* From now on each value at the top is one line, and sent at once. */
void json_lines(void);

/*
 * args.c: what stands on the command line. A list of options ends with one without a name; other: a
 * second name, or NULL; flag: becomes true, or value: gets the argument behind it, or behind its =.
 */
struct option {
	const char *name;
	const char *other;
	bool *flag;
	const char **value;
};

/*
 * Takes options out of the arguments, wherever they stand before an argument --, which goes too; leading:
 * before the first other argument alone, and a -- at the end stays. Returns NK_OK, or NK_USAGE after
 * saying what is wrong.
 */
int take_options(const char *command, const struct option *options, int *argc, char **argv,
		 bool leading);
int no_options(const char *command, int *argc, char **argv); /* there are none to be taken */

/* A number up to max, decimal or with 0x; seconds: decimal, 0 or more. Return whether it is one. */
bool parse_number(const char *text, uint64_t max, uint64_t *value);
bool parse_seconds(const char *text, double *seconds);
double now(void); /* seconds since some time before */

/* The commands; argv[0] is the command's name. They return how nk ends. */
int cmd_list(int argc, char **argv); /* vms.c */
int cmd_info(int argc, char **argv); /* info.c */
int cmd_life(int argc, char **argv); /* life.c */
int cmd_shutdown(int argc, char **argv); /* shutdown.c */
int cmd_focus(int argc, char **argv); /* focus.c */
int cmd_cpu(int argc, char **argv); /* cpus.c */
int cmd_prop(int argc, char **argv); /* props.c */
int cmd_dump(int argc, char **argv); /* dump.c */
int cmd_links(int argc, char **argv); /* links.c */
int cmd_console(int argc, char **argv); /* console.c */
int cmd_top(int argc, char **argv); /* top.c */
int cmd_stat(int argc, char **argv); /* stat.c */
int cmd_trace(int argc, char **argv); /* trace.c */
int cmd_help(int argc, char **argv); /* help.c */

/* table.c: a line of /proc/nk/props. */
struct prop_row {
	bool known; /* there is one, and only one: names are cut there */
	unsigned long pid;
	char attr[4]; /* r, w, n or -, and a NUL */
};

/* Finds the property's line in that file's text. Returns whether it is known. */
bool prop_row(const char *table, const char *name, struct prop_row *row);

/* props.c's own commands in other files. */
int prop_set(int argc, char **argv); /* set.c */
int prop_watch(int argc, char **argv); /* watch.c */

/* show.c: a value for people, by its looks, and as members of an object. */
void value_line(const struct blob *blob);
void value_json(const char *name, const struct blob *blob);

/* vms.c: what a VM is doing. */
struct vm_state {
	bool running;
	bool paused;
	bool crashed; /* it has stopped because of that, as far as this VM may know */
	bool known; /* whether it runs */
	bool counted; /* the numbers below are known, and whether it is paused */
	const char *missing; /* if not: which of its nk.vm.N.state.* was not to be had */
	uint64_t starts;
	uint64_t resumes;
};

/* Bit N: VM N is configured, as far as this VM can see. Returns NK_OK or NK_FAILED. */
int vm_mask(uint32_t *mask, long *self);
int vm_state(int id, struct vm_state *state); /* 0 or -errno */
const char *vm_state_name(const struct vm_state *state);
void vm_json(int id, const struct vm_state *state, bool self); /* members of an object */
void vm_object(int id, const struct vm_state *state, bool self); /* a whole one, as in a list */

/* names.c: its name in the system tree, if this VM may read that, else "vmN"; a static buffer. */
const char *vm_name(int id);
/*
 * The VM that text means, by its id or name; vm_existing() (vms.c): which is there, and *self, this one.
 * Returns NK_OK, or says what is wrong and returns how nk ends.
 */
int vm_given(const char *command, const char *text, int *id);
int vm_existing(const char *command, const char *text, int *id, long *self);
/* Of a command that takes one or none: *id is 0 then (vms.c). */
int vm_or_none(int argc, char **argv, int *id, long *self);

/* help.c: the usage line of a command, or NULL. */
const char *help_usage(const char *command);

#endif
