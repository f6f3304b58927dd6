/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of nettest share. */
#ifndef NETTEST_H
#define NETTEST_H

#include <stddef.h>
#include <stdint.h>

/* Ends the program, with a line; with what errno says if err is not 0. */
void fail(int err, const char *what) __attribute__((noreturn));

/* Fills bytes of a stream that begins with seed, from its word number on. */
void fill(uint64_t *buf, size_t words, uint64_t seed, uint64_t number);

double seconds(void);

int cmd_ethtool(char **argv);
int cmd_offload(char **argv);
int cmd_serve(char **argv);
int cmd_send(char **argv);
int cmd_echo(char **argv);
int cmd_flood(char **argv);

#endif
