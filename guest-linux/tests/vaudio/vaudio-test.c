// SPDX-License-Identifier: GPL-2.0-only
/*
 * vaudio-test: a peer of vaudio's that does as it likes: as a client it gives commands and buffers, as a server it
 * answers them, by chance well, badly, or at random, and writes over what is shared. Then its link goes down, and it
 * begins anew.
 */
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/prandom.h>
#include <vaudio.h>
#include <vlx/vlink-lib.h>

#define ACTS 400 /* of a time that the link is up */
#define PERIOD 1024
#define PERIODS 4

static bool server;
module_param(server, bool, 0444);
MODULE_PARM_DESC(server, "be the back-end");

static unsigned long seed = 1;
module_param(seed, ulong, 0444);

static unsigned long bytes = 65536;
module_param(bytes, ulong, 0444);
MODULE_PARM_DESC(bytes, "of samples of the first stream");

static unsigned long times;
module_param(times, ulong, 0444);
MODULE_PARM_DESC(times, "how often it has begun");

static struct rnd_state state;
static vaudio_shmem_t *shmem;
static NkPhAddr samples;
static NkXIrq to_ctrl, to_ring;

static u32 below(u32 n)
{
	return prandom_u32_state(&state) % n;
}

/* What makes sense, most of the time. */
static u32 maybe(u32 sense)
{
	return below(16) ? sense : prandom_u32_state(&state);
}

static vaudio_stream_shmem_t *any_stream(void)
{
	return &shmem->stream[below(2)][below(2)];
}

static void scribble(void)
{
	u32 *word = (u32 *)shmem + below(sizeof(*shmem) / sizeof(*word));

	WRITE_ONCE(*word, prandom_u32_state(&state));
}

static void put_buffers(vaudio_stream_shmem_t *s)
{
	for (u32 n = below(RING_DESC_NB); n; n--) {
		NkRingDesc *desc = &s->desc[s->ring.ireq % RING_DESC_NB];

		desc->bufsize = maybe(PERIOD);
		desc->bufaddr = samples + maybe(below(PERIODS) * PERIOD);
		smp_store_release(&s->ring.ireq, maybe(s->ring.ireq + 1)); /* behind the rest */
	}
}

static void command(NkVaudioCtrl *c, u32 idx)
{
	c->session_type = maybe(idx + 1);
	c->stream_type = maybe(NK_VAUDIO_ST_TYPE_PCM);
	c->channels = maybe(2);
	c->format = maybe(HW_PCM_FORMAT_S16_LE);
	c->rate = maybe(48000);
	c->period = maybe(PERIOD);
	c->periods = maybe(PERIODS);
	smp_store_release(&c->command, maybe(1 << below(5))); /* behind the rest */
}

static void ask_mixer(void)
{
	shmem->mixer.mix_cmd = maybe(1 + below(3));
	shmem->mixer.mix_idx = maybe(below(16));
	shmem->mixer.mix_info.value.enumerated.item = maybe(0);
	shmem->mixer.mix_val.value.integer.value[0] = maybe(100000);
	/* behind the rest */
	smp_store_release(&shmem->mixer_ctrl.command, maybe(NK_VAUDIO_COMMAND_MIXER));
}

static void act_as_client(void)
{
	u32 idx = below(2);
	vaudio_stream_shmem_t *s = &shmem->stream[below(2)][idx];

	if (below(4))
		command(&s->ctrl, idx);
	else
		ask_mixer();
	put_buffers(s);
}

static void answer(NkVaudioCtrl *c)
{
	WRITE_ONCE(c->status, below(8) ? NK_VAUDIO_STATUS_OK : prandom_u32_state(&state));
	smp_store_release(&c->command, NK_VAUDIO_COMMAND_NONE); /* behind the rest */
}

static void act_as_server(void)
{
	vaudio_stream_shmem_t *s = any_stream();

	answer(&shmem->stream[0][0].ctrl);
	answer(&shmem->stream[0][1].ctrl);
	if (shmem->mixer_ctrl.command) {
		shmem->mixer.mix_info.type = maybe(1 + below(3));
		shmem->mixer.mix_info.count = maybe(1);
		shmem->mixer.mix_info.name[0] = 'A' + below(26);
		shmem->mixer.mix_info.value.enumerated.items = maybe(2);
		answer(&shmem->mixer_ctrl);
	}
	smp_store_release(&s->ring.iresp, maybe(s->ring.iresp + below(2))); /* behind the rest */
}

/* The peer looks at it while it is there; it goes down with this. */
static int on_up(Vlink *vlink, void *cookie)
{
	for (u32 n = 0; n < ACTS; n++) {
		if (server)
			act_as_server();
		else
			act_as_client();
		if (!below(32))
			scribble();
		vlink_trigger(vlink, to_ctrl);
		vlink_trigger(vlink, to_ring);
		usleep_range(500, 3000);
	}
	WRITE_ONCE(times, times + 1);
	vlink_bounce(vlink);
	return 0;
}

static int on_reset(Vlink *vlink, void *cookie)
{
	if (!server)
		return 0;
	memset(shmem, 0, sizeof(*shmem));
	for (u32 idx = 0; idx < 2; idx++) {
		shmem->stream[0][idx].hw[idx] = (NkVaudioHw){
			.stream_cap = maybe(HW_CAP_PCM),
			.pcm.formats = maybe(HW_PCM_FMTBIT_S16_LE),
			.pcm.rates = maybe(HW_PCM_RATE_48000),
			.pcm.channels_min = maybe(1),
			.pcm.channels_max = maybe(2),
			.pcm.buffer_bytes_max = maybe(65536),
			.pcm.period_bytes_min = maybe(64),
			.pcm.period_bytes_max = maybe(16384),
			.pcm.periods_min = maybe(2),
			.pcm.periods_max = maybe(64),
		};
	}
	return 0;
}

static VlinkOpDesc ops[] = {{VLINK_OP_RESET, on_reset}, {VLINK_OP_UP, on_up}, {}};

static int vlink_init(Vlink *vlink)
{
	u32 base = server ? VAUDIO_FE_CTRL_XIRQ_ID : VAUDIO_BE_CTRL_XIRQ_ID;
	int err = vlink_ops_register(vlink, ops, NULL);

	if (err)
		return err;
	shmem = vlink_pmem(vlink, VAUDIO_PMEM_ID, sizeof(*shmem));
	to_ctrl = vlink_peer_xirq(vlink, base);
	to_ring = vlink_peer_xirq(vlink, base + 1);
	samples = nkops.nk_pmem_alloc(vlink->plink, VAUDIO_PMEM_SAMPLES_ID(0, 0), bytes);
	return shmem && to_ctrl && to_ring && samples ? 0 : -ENOMEM;
}

/* One link. */
static bool wants(const Vlink *vlink)
{
	return !vlink->drv->nr_servers && !vlink->drv->nr_clients;
}

static VlinkDrv drv = {.name = "vaudio", .wants = wants, .vlink_init = vlink_init};

static int __init vaudio_test_init(void)
{
	prandom_seed_state(&state, seed);
	drv.flags = server ? VLINK_DRV_TYPE_SERVER : VLINK_DRV_TYPE_CLIENT;
	return vlink_drv_open(&drv);
}

static void __exit vaudio_test_exit(void)
{
	vlink_drv_close(&drv);
}
module_init(vaudio_test_init);
module_exit(vaudio_test_exit);

MODULE_DESCRIPTION("A peer of vaudio's that does as it likes");
MODULE_LICENSE("GPL");
