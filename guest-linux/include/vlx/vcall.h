/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vlx-vcall: what families of devices shared by calls have in common. A family's back-end serves an endpoint of vrpc
 * for each front-end; a front-end calls it, and may hear of events. The library finds the endpoints, bounds the calls,
 * tells the front-end to set its state up again when the back-end has come back, and the back-end to give back what
 * a front-end had that went away.
 *
 * Context: may sleep, unless something else is said.
 */
#ifndef VLX_VCALL_H
#define VLX_VCALL_H

#include <linux/device/driver.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <vrpc.h>

/* What a call may take, waiting for a back-end that is not there included. */
#define VCALL_MS 5000

struct vcall_end;

struct vcall_family {
	/* By the family. */
	const char *name; /* of its endpoints: what their info begins with */
	bool own_links; /* the name is that of their links instead of vrpc's */
	bool server;
	bool events; /* the server raises events: pmem and a cross interrupt more */
	bool direct; /* the server's call() runs in its interrupt */
	vrpc_size_t
		room; /* bytes of the longest request or answer: an endpoint with less is not used */
	/* Once, before the endpoint is opened; end->private may be set. 0, or an error: it is not used. May be NULL. */
	int (*probe)(struct vcall_end *end);
	/* Once, when it is closed for good: undoes probe(), and up(). May be NULL. */
	void (*remove)(struct vcall_end *end);
	/*
	 * A client's: the back-end is there, for the first time or again, and knows nothing of this front-end. Its
	 * calls go out at once; those of others wait until it has returned 0. After an error they fail. May be NULL.
	 */
	int (*up)(struct vcall_end *end);
	/* A server's: the front-end has gone; nothing is being called. May be NULL. */
	void (*down)(struct vcall_end *end);
	/* A server's: as vrpc_call_t. The request is in vrpc_data(end->vrpc). One at a time. */
	vrpc_size_t (*call)(void *end, vrpc_size_t size);
	/* A client's: those bits were raised. Context: interrupt. */
	void (*event)(struct vcall_end *end, u32 events);
	/* The library's own. */
	struct list_head ends;
	struct vrpc_links *links;
};

/* An endpoint. */
struct vcall_end {
	const struct vcall_family *family;
	struct vrpc_t *vrpc;
	unsigned int unit; /* among the family's, in the order of the tree */
	void *private; /* the family's */
	struct list_head entry; /* of family->ends, for vcall_for_each() */
	/* Of events. */
	NkPhAddr events_pa;
	atomic_t *events; /* bits; the peer may write there at any time */
	NkXIrq xirq; /* the client's */
	NkXIrqId handler;
	unsigned long nr_events; /* interrupts that had any */
	/* The library's own. */
	struct mutex lock; /* a call; the client's */
	bool is_up;
	bool closing;
	unsigned long life; /* of the peer: how often it came up */
	unsigned long set_up; /* the life for which up() has returned 0 */
	struct task_struct *upper; /* who is in up() */
	struct work_struct up_work;
	wait_queue_head_t wait; /* for a change of the above */
};

/*
 * Finds the family's endpoints that nobody else has, and opens them. Those that fail are said and left. Returns 0, if there
 * is none either; or -ENOMEM, and with own_links -EBUSY (another family has them) or -ENAMETOOLONG, after which there are none.
 */
int vcall_open(struct vcall_family *family);

/* Closes and frees them. Afterwards nothing is called back. */
void vcall_close(struct vcall_family *family);

/* A module that is a family and nothing else, as module_platform_driver() is a driver. */
#define module_vcall(family) module_driver(family, vcall_open, vcall_close)

/* The same with a platform driver, whose devices use the endpoints: these are there first, and go last. */
#define module_vcall_driver(family, driver)                                                        \
	static int __init family##_init(void)                                                      \
	{                                                                                          \
		int err = vcall_open(&(family)) ?: platform_driver_register(&(driver));            \
		if (err)                                                                           \
			vcall_close(&(family));                                                    \
		return err;                                                                        \
	}                                                                                          \
	module_init(family##_init);                                                                \
	static void __exit family##_exit(void)                                                     \
	{                                                                                          \
		platform_driver_unregister(&(driver));                                             \
		vcall_close(&(family));                                                            \
	}                                                                                          \
	module_exit(family##_exit)

/* Not while the above run. */
#define vcall_for_each(end, family) list_for_each_entry(end, &(family)->ends, entry)

/*
 * Calls the back-end: size bytes of request, and exactly answer_size bytes of answer are copied. Returns 0; -EIO: it is
 * not there; -ETIMEDOUT: it does not answer; -EPROTO: its answer has another size; -EINTR: the caller was killed; -E2BIG.
 */
int vcall(struct vcall_end *end, const void *request, size_t size, void *answer,
	  size_t answer_size);

/*
 * The same without sleeping, for ms milliseconds at the most, whatever the peer does; of a server that is direct. It does not wait for
 * a back-end, nor for up(): the family does, by vcall_is_ready(), where that matters. The caller has a lock for the
 * endpoint's calls, and makes none by vcall(). Returns as that does, and -EIO at once. Context: any.
 */
int vcall_busy(struct vcall_end *end, const void *request, size_t size, void *answer,
	       size_t answer_size, unsigned int ms);

/* The server's: the client hears of these bits, once for all that are raised until it looks. Context: any. */
void vcall_raise(struct vcall_end *end, u32 events);

/* The client's: whether events wake this VM from system sleep; counts. Returns 0 or an error. */
int vcall_wake(struct vcall_end *end, bool wakes);

/* Whether the peer is there. Context: any. */
static inline bool vcall_is_up(const struct vcall_end *end)
{
	return READ_ONCE(end->is_up);
}

/* The client's: whether the back-end is there and up() has returned 0 for its life. Context: any. */
static inline bool vcall_is_ready(const struct vcall_end *end)
{
	if (!smp_load_acquire(&end->is_up)) /* before the number of its life */
		return false;
	return READ_ONCE(end->set_up) == READ_ONCE(end->life);
}

#endif
