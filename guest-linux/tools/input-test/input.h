/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of input-test share. */
#ifndef INPUT_TEST_H
#define INPUT_TEST_H

#include <linux/input.h>

/* make.c: KIND NAME. Returns the program's status. */
int make_device(char **argv);

/* main.c: "TYPE CODE VALUE" */
void print_event(const struct input_event *event);

#endif
