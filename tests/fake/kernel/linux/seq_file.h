/* SPDX-License-Identifier: Apache-2.0 */
/* What is shown in a file: the test has it in a buffer. */
#ifndef FAKE_KERNEL_SEQ_FILE_H
#define FAKE_KERNEL_SEQ_FILE_H

#include <assert.h>
#include <linux/types.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

struct seq_file {
	char buf[16384];
	size_t count;
};

static inline __attribute__((format(printf, 2, 3))) void seq_printf(struct seq_file *seq,
								    const char *format, ...)
{
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(seq->buf + seq->count, sizeof(seq->buf) - seq->count, format, args);
	va_end(args);
	assert(len >= 0 && seq->count + len < sizeof(seq->buf));
	seq->count += len;
}

static inline void seq_puts(struct seq_file *seq, const char *text)
{
	seq_printf(seq, "%s", text);
}

static inline void seq_putc(struct seq_file *seq, char c)
{
	seq_printf(seq, "%c", c);
}

#endif
