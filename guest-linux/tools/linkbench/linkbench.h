/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of linkbench share. */
#ifndef LINKBENCH_H
#define LINKBENCH_H

#include <stddef.h>
#include <stdint.h>

/* Ends the program with a line about errno. */
void fail(const char *what);
void write_all(int fd, const void *data, size_t len);
void read_all(int fd, void *data, size_t len);

/* What is between the two is measured: tests/bench/spans.c sees them too. */
void begin_span(void);
/* Prints how long it took: "linkbench NAME COUNT NS". */
void end_span(const char *name, uint64_t count);

/* stream.c: by fd_in come the answers to what goes out by fd_out. Both sides know the size of a piece. */
int send_stream(const char *name, int fd_out, int fd_in, uint64_t bytes, size_t piece);
/* Takes streams until the end, and measures each where it has a name. Returns 0. */
int take_streams(const char *name, int fd_in, int fd_out, size_t piece);

int cmd_tcp(char **argv);
int cmd_tcp_sink(char **argv);
int cmd_device(char **argv);
int cmd_device_sink(char **argv);
int cmd_pipe(char **argv);
int cmd_echo(char **argv);
int cmd_messages(char **argv);
int cmd_read(char **argv);
int cmd_random(char **argv);

#endif
