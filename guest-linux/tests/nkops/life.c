// SPDX-License-Identifier: GPL-2.0-only
/* The peer's life, as far as this VM may rule over it. */
#include <linux/bits.h>
#include "test.h"

static atomic_t handshakes;

static void count_handshake(void *cookie, NkXIrq xirq)
{
	atomic_inc(&handshakes);
}

static u32 state_value(const char *what)
{
	char name[NK_PROP_NAME_LIMIT];
	u32 value = 0;

	snprintf(name, sizeof(name), NK_VM_STATE_PROP, test_peer, what);
	nkops.nk_prop_get(name, &value, sizeof(value));
	return value;
}

static bool runs(void)
{
	return nkops.nk_running_ids_get() & BIT(test_peer);
}

static volatile int *peer_state(void)
{
	return test_vlink->s_id == test_self ? &test_vlink->c_state : &test_vlink->s_state;
}

static void test_pause(void)
{
	nkops.nk_suspend(test_peer);
	ok(wait_until(state_value("paused") & 1), "nk_suspend: nk.vm.%u.state.paused is %#x",
	   test_peer, state_value("paused"));
	nkops.nk_resume(test_peer);
	ok(wait_until(!(state_value("paused") & 1)), "nk_resume: nk.vm.%u.state.paused is %#x",
	   test_peer, state_value("paused"));
}

/* As if the peer had a driver there: when it stops, its end must go off, and we are to hear of it. */
static void test_restart(void)
{
	u32 before = state_value("running");

	ok(!nk_sysconf_attach(test_link, count_handshake, NULL), "nk_sysconf_attach: for the peer");
	WRITE_ONCE(*peer_state(), NK_DEV_VLINK_ON);
	atomic_set(&handshakes, 0);
	nkops.nk_stop(test_peer);
	ok(wait_until(!runs()) && !(state_value("running") & 1),
	   "nk_stop: nk.vm.%u.state.running is %#x", test_peer, state_value("running"));
	ok(wait_until(atomic_read(&handshakes)), "a handshake comes when the peer stops");
	ok(READ_ONCE(*peer_state()) == NK_DEV_VLINK_OFF, "its end of the link is off");
	nkops.nk_start(test_peer);
	ok(wait_seconds(LOAD_SECONDS, runs()) && (state_value("running") & 1),
	   "nk_start: nk.vm.%u.state.running is %#x", test_peer, state_value("running"));
	ok(state_value("running") >> 1 == (before >> 1) + 1,
	   "nk.vm.%u.state.running has counted it", test_peer);
	nk_sysconf_detach(test_link);
}

void test_life(void)
{
	ok(runs(), "nk_running_ids_get: the peer runs");
	test_pause();
	test_restart();
}
