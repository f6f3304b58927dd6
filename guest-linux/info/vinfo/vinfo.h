/* SPDX-License-Identifier: GPL-2.0-only */
/* The parts of vlx-vinfo: what is below /proc/nk, and the links' ends below /sys/nk/vlinks. */
#ifndef VINFO_H
#define VINFO_H

#include <linux/seq_file.h>

/* Contents of files: each prints all of it, returns 0 or a negative errno. May sleep. */
int vinfo_show_id(struct seq_file *seq, void *v);
int vinfo_show_last(struct seq_file *seq, void *v);
int vinfo_show_state(struct seq_file *seq, void *v);
int vinfo_show_focus(struct seq_file *seq, void *v);
int vinfo_show_memstat(struct seq_file *seq, void *v);
int vinfo_show_regions(struct seq_file *seq, void *v);
int vinfo_show_props(struct seq_file *seq, void *v);
int vinfo_show_xirqmap(struct seq_file *seq, void *v);
int vinfo_show_counter_offset(struct seq_file *seq, void *v);

/* What writing a VM's id to a file does to that VM. Return 0 or a negative errno. May sleep. */
int vinfo_restart(unsigned int vm);
int vinfo_start(unsigned int vm);
int vinfo_stop(unsigned int vm);
int vinfo_suspend(unsigned int vm);
int vinfo_resume(unsigned int vm);
int vinfo_set_focus(unsigned int vm);

/* /sys/nk/vlinks. Returns 0 or a negative errno, and then nothing is left to be undone. */
int vinfo_links_init(void);
void vinfo_links_exit(void);

#endif
