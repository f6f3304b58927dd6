// SPDX-License-Identifier: GPL-2.0-only
/*
 * vlx-virtio-console: a terminal of this VM, by a thread that reads and one that writes. Keys are the driver's as they come;
 * those that it has no room for are lost.
 */
#include <linux/fs.h>
#include <linux/kthread.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/tty.h>
#include "console.h"

#define PART 256

struct tty_side {
	struct vcon *console;
	struct file *file;
	struct task_struct *reader, *writer;
};

/* Nothing is left to do; a signal that pends does not count. */
static void wait_for_stop(void)
{
	set_current_state(TASK_IDLE);
	while (!kthread_should_stop()) {
		schedule();
		set_current_state(TASK_IDLE);
	}
	__set_current_state(TASK_RUNNING);
}

/* Until it is told to stop, by a signal, or the terminal has hung up: this file has nobody at its other end any more. */
static int read_keys(void *data)
{
	struct tty_side *t = data;
	u8 part[PART];
	ssize_t n;

	allow_signal(SIGTERM);
	while ((n = kernel_read(t->file, part, sizeof(part), NULL)) > 0)
		console_put(t->console, part, n);
	wait_for_stop();
	return 0;
}

static void write_all(struct tty_side *t, const u8 *from, unsigned int size)
{
	ssize_t did;

	while (size && !kthread_should_stop()) {
		did = kernel_write(t->file, from, size, NULL);
		if (did <= 0)
			return;
		from += did;
		size -= did;
	}
}

static int write_output(void *data)
{
	struct tty_side *t = data;
	u8 part[PART];

	allow_signal(SIGTERM);
	while (!wait_event_interruptible(t->console->wait,
					 kthread_should_stop() || console_has_output(t->console)) &&
	       !kthread_should_stop())
		write_all(t, part, console_take(t->console, part, sizeof(part)));
	wait_for_stop();
	return 0;
}

/* As cfmakeraw(3). */
static void set_raw(struct file *file)
{
	struct tty_struct *tty = ((struct tty_file_private *)file->private_data)->tty;
	struct ktermios raw;

	down_read(&tty->termios_rwsem);
	raw = tty->termios;
	up_read(&tty->termios_rwsem);
	raw.c_iflag &= ~(IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL | IXON);
	raw.c_oflag &= ~OPOST;
	raw.c_lflag &= ~(ECHO | ECHONL | ICANON | ISIG | IEXTEN);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	tty_set_termios(tty, &raw);
}

static void stop(struct task_struct *thread)
{
	if (IS_ERR_OR_NULL(thread))
		return;
	send_sig(SIGTERM, thread, 1);
	kthread_stop(thread);
}

static void end_tty(void *data)
{
	struct tty_side *t = data;

	stop(t->reader);
	stop(t->writer);
	filp_close(t->file, NULL);
}

static bool is_tty(const struct file *file, const char *path)
{
	dev_t dev;

	return !tty_dev_name_to_number(kbasename(path), &dev) && file_inode(file)->i_rdev == dev;
}

/* Without a wait for its carrier; but then as others do. */
static int open_tty(struct tty_side *t, const char *path)
{
	struct file *file = filp_open(path, O_RDWR | O_NOCTTY | O_NONBLOCK, 0);

	if (IS_ERR(file))
		return PTR_ERR(file);
	if (!is_tty(file, path)) {
		filp_close(file, NULL);
		return -ENOTTY;
	}
	spin_lock(&file->f_lock);
	file->f_flags &= ~O_NONBLOCK;
	spin_unlock(&file->f_lock);
	t->file = file;
	return 0;
}

int console_tty(struct vcon *c, const char *path)
{
	struct tty_side *t = devm_kzalloc(c->dev, sizeof(*t), GFP_KERNEL);
	int err;

	if (!t)
		return -ENOMEM;
	t->console = c;
	err = open_tty(t, path);
	if (err == -ENOENT || err == -ENODEV)
		err = -EPROBE_DEFER;
	if (err)
		return dev_err_probe(c->dev, err, "vl,uart %s\n", path);
	set_raw(t->file);
	err = devm_add_action_or_reset(c->dev, end_tty, t);
	if (err)
		return err;
	t->reader = kthread_run(read_keys, t, "%s-in", dev_name(c->dev));
	t->writer = kthread_run(write_output, t, "%s-out", dev_name(c->dev));
	return IS_ERR(t->reader) || IS_ERR(t->writer) ? -ENOMEM : 0;
}
