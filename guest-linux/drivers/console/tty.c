// SPDX-License-Identifier: GPL-2.0-only
/*
 * The terminal. What it is to print waits in a ring until nk takes it: the hypercall never waits, and nk says nothing
 * when there is room again, so what it does not take is offered once more a little later. Keys wait in nk: NK_XIRQ_SYSCONF
 * says that there are some to who has found none, while nobody has the interrupt of the VM's emulated UART on.
 */
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/spinlock.h>
#include <linux/tty.h>
#include <linux/tty_flip.h>
#include <linux/workqueue.h>
#include <nk/nkern.h>
#include "vlx-console.h"

#define RING 4096 /* a power of two */
#define CHUNK 128 /* characters with interrupts off */
#define AGAIN_MS 4
#define KEYS 256 /* in one go; a screen's worth of typing ahead is more */

static struct tty_driver *driver;
static struct tty_port port;
static NkXIrqId sysconf;
static bool throttled;

static DEFINE_SPINLOCK(lock);
static u8 ring[RING];
static unsigned int head, tail; /* free-running, guarded by the lock */

static unsigned int used(void)
{
	return READ_ONCE(head) - READ_ONCE(tail);
}

static unsigned int put(const u8 *text, unsigned int size)
{
	unsigned int n = min(size, RING - used());

	for (unsigned int i = 0; i < n; i++)
		ring[head++ % RING] = text[i];
	return n;
}

/* Gives nk the next few. Returns whether it took them all, and there were any. */
static bool drain(void)
{
	unsigned int at = tail % RING;
	int n = min3(used(), RING - at, (unsigned int)CHUNK), taken;

	if (!n)
		return false;
	taken = nk_con_offer(&ring[at], n);
	if (taken > 0)
		tail += taken;
	return taken == n;
}

static void drain_again(struct work_struct *work);
static DECLARE_DELAYED_WORK(drain_work, drain_again);

static void drain_or_later(void)
{
	unsigned long flags;
	bool more;

	do {
		spin_lock_irqsave(&lock, flags);
		more = drain();
		spin_unlock_irqrestore(&lock, flags);
	} while (more);
	if (used())
		schedule_delayed_work(&drain_work, msecs_to_jiffies(AGAIN_MS));
}

static void drain_again(struct work_struct *work)
{
	drain_or_later();
	tty_port_tty_wakeup(&port);
}

static ssize_t terminal_write(struct tty_struct *tty, const u8 *text, size_t size)
{
	unsigned int n = min_t(size_t, size, RING);
	unsigned long flags;

	spin_lock_irqsave(&lock, flags);
	n = put(text, n);
	spin_unlock_irqrestore(&lock, flags);
	drain_or_later();
	return n;
}

/* As kernels before 6.6 have it. */
static int terminal_write_int(struct tty_struct *tty, const u8 *text, int size)
{
	return terminal_write(tty, text, size);
}

static unsigned int terminal_write_room(struct tty_struct *tty)
{
	return RING - used();
}

static unsigned int terminal_chars_in_buffer(struct tty_struct *tty)
{
	return used();
}

static void terminal_flush_buffer(struct tty_struct *tty)
{
	unsigned long flags;

	spin_lock_irqsave(&lock, flags);
	tail = head;
	spin_unlock_irqrestore(&lock, flags);
	tty_wakeup(tty);
}

static void take_keys(struct work_struct *work);
static DECLARE_WORK(keys_work, take_keys);

/* In pieces, so that who pastes a book is not all that this CPU does. */
static void take_keys(struct work_struct *work)
{
	int c, n = 0;

	while (tty_port_initialized(&port) && !READ_ONCE(throttled) && n < KEYS) {
		c = nkops.nk_cons_poll();
		if (c < 0)
			break;
		tty_insert_flip_char(&port, c, TTY_NORMAL);
		n++;
	}
	if (n)
		tty_flip_buffer_push(&port);
	if (n == KEYS)
		schedule_work(&keys_work);
}

static void on_sysconf(void *cookie, NkXIrq xirq)
{
	if (tty_port_initialized(&port))
		schedule_work(&keys_work);
}

static void terminal_throttle(struct tty_struct *tty)
{
	WRITE_ONCE(throttled, true);
}

static void terminal_unthrottle(struct tty_struct *tty)
{
	WRITE_ONCE(throttled, false);
	schedule_work(&keys_work);
}

static int terminal_install(struct tty_driver *self, struct tty_struct *tty)
{
	return tty_port_install(&port, self, tty);
}

/* Keys of before are for who opens it. */
static int terminal_open(struct tty_struct *tty, struct file *file)
{
	int err = tty_port_open(&port, tty, file);

	if (!err)
		terminal_unthrottle(tty);
	return err;
}

static void terminal_close(struct tty_struct *tty, struct file *file)
{
	tty_port_close(&port, tty, file);
}

static void terminal_hangup(struct tty_struct *tty)
{
	tty_port_hangup(&port);
}

static const struct tty_operations terminal_ops = {
	.install = terminal_install,
	.open = terminal_open,
	.close = terminal_close,
	.hangup = terminal_hangup,
	.write = _Generic(((const struct tty_operations *)NULL)->write,
			  int (*)(struct tty_struct *, const u8 *, int)
			  : terminal_write_int, default
			  : terminal_write),
	.write_room = terminal_write_room,
	.chars_in_buffer = terminal_chars_in_buffer,
	.flush_buffer = terminal_flush_buffer,
	.throttle = terminal_throttle,
	.unthrottle = terminal_unthrottle,
};

static const struct tty_port_operations port_ops = {};

static int make_terminal(void)
{
	int err;

	driver = tty_alloc_driver(1, TTY_DRIVER_REAL_RAW | TTY_DRIVER_RESET_TERMIOS);
	if (IS_ERR(driver))
		return PTR_ERR(driver);
	driver->driver_name = "vlx-console";
	driver->name = VLX_CONSOLE_NAME;
	driver->type = TTY_DRIVER_TYPE_CONSOLE;
	driver->init_termios = tty_std_termios;
	tty_set_operations(driver, &terminal_ops);
	tty_port_init(&port);
	port.ops = &port_ops;
	tty_port_link_device(&port, driver, 0);
	err = tty_register_driver(driver);
	if (err) {
		tty_driver_kref_put(driver);
		tty_port_destroy(&port);
	}
	return err;
}

static void remove_terminal(void)
{
	tty_unregister_driver(driver);
	cancel_work_sync(&keys_work);
	cancel_delayed_work_sync(&drain_work);
	tty_driver_kref_put(driver);
	tty_port_destroy(&port);
}

static int __init vlx_console_init(void)
{
	int err = make_terminal();

	if (err)
		return err;
	sysconf = nkops.nk_xirq_attach_named(NK_XIRQ_SYSCONF, on_sysconf, NULL, "vlx-console");
	if (!sysconf) {
		remove_terminal();
		return -EIO;
	}
	vlx_console_register(driver);
	return 0;
}

static void __exit vlx_console_exit(void)
{
	vlx_console_unregister();
	nkops.nk_xirq_detach(sysconf);
	remove_terminal();
}
module_init(vlx_console_init);
module_exit(vlx_console_exit);

MODULE_DESCRIPTION("nk's console as a terminal, by hypercalls");
MODULE_LICENSE("GPL");
