// SPDX-License-Identifier: GPL-2.0-only
/*
 * vlx-event-log: /proc/nk/monitoring/vl,evt-log-0/cpu-N, a CPU's events as text. A reader sees what there is when it begins,
 * and then the end; reading on, it sees what there is since. Who is too slow for nk is told how much it has missed.
 */
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <nk/nkern.h>
#include "event.h"
#include "files.h"

#define AHEAD 8 /* who was overtaken goes on that part of the ring before the oldest record */

struct reader {
	const struct monitor_ring *ring;
	u64 next; /* record to be read */
	u64 end; /* of what there was */
	u64 lost; /* records before next that nobody was told of */
	bool ended; /* the reader was told that this is all */
	struct nk_event event; /* next, once it was taken */
};

static struct proc_dir_entry *dir;

/* Records before that one are there. */
static u64 head_of(const struct monitor_ring *ring)
{
	return smp_load_acquire(&ring->head->head); /* after what nk writes before it */
}

static bool has_more(const struct reader *reader)
{
	return reader->next < reader->end;
}

/*
 * Copies the next record, while nk writes on. Returns the reader, or NULL where nothing is left of what there was; all that is
 * left may be to tell that it was lost.
 */
static void *take(struct reader *reader)
{
	const struct monitor_ring *ring = reader->ring;
	u64 oldest;

	while (has_more(reader)) {
		reader->event = ring->records[reader->next & (ring->nr - 1)];
		smp_rmb(); /* the head that says that it was whole is behind it */
		oldest = monitor_oldest(READ_ONCE(ring->head->head), ring->nr);
		if (reader->next >= oldest)
			return reader;
		oldest += ring->nr / AHEAD;
		reader->lost += oldest - reader->next;
		reader->next = oldest;
	}
	return reader->lost ? reader : NULL;
}

static void *log_start(struct seq_file *seq, loff_t *pos)
{
	struct reader *reader = seq->private;
	void *taken;

	if (reader->ended)
		reader->end = head_of(reader->ring);
	taken = take(reader);
	reader->ended = !taken;
	return taken;
}

static void *log_next(struct seq_file *seq, void *v, loff_t *pos)
{
	struct reader *reader = seq->private;

	++*pos;
	reader->next += has_more(reader);
	reader->lost = 0;
	return take(reader);
}

static void log_stop(struct seq_file *seq, void *v)
{
}

static int log_show(struct seq_file *seq, void *v)
{
	struct reader *reader = seq->private;

	if (reader->lost)
		seq_printf(seq, "lost %llu records\n", reader->lost);
	if (has_more(reader))
		event_show(seq, reader->next, &reader->event);
	return 0;
}

static const struct seq_operations log_seq = {
	.start = log_start,
	.next = log_next,
	.stop = log_stop,
	.show = log_show,
};

static int log_open(struct inode *inode, struct file *filp)
{
	struct reader *reader = __seq_open_private(filp, &log_seq, sizeof(*reader));

	if (!reader)
		return -ENOMEM;
	reader->ring = pde_data(inode);
	reader->next = monitor_oldest(head_of(reader->ring), reader->ring->nr);
	reader->ended = true;
	return nonseekable_open(inode, filp);
}

static const struct proc_ops log_ops = {
	.proc_open = log_open,
	.proc_read = seq_read,
	.proc_release = seq_release_private,
};

static int __init event_log_init(void)
{
	return monitor_ring_files("vl,evt-log-0", "", &log_ops, false, &dir);
}

static void __exit event_log_exit(void)
{
	proc_remove(dir);
}
module_init(event_log_init);
module_exit(event_log_exit);

MODULE_DESCRIPTION("nk's events as text, in /proc/nk/monitoring/vl,evt-log-0");
MODULE_LICENSE("GPL");
