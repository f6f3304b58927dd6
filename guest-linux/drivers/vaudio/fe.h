/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of vaudio-fe share: a card of another VM's sound. */
#ifndef VAUDIO_FE_H
#define VAUDIO_FE_H

#include <linux/jiffies.h>
#include <linux/mutex.h>
#include <linux/platform_device.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <sound/core.h>
#include <sound/pcm.h>
#include <vaudio.h>
#include <vlx/vlink-lib.h>

#define ANSWER_TIME (5 * HZ) /* more than a back-end takes to play what it has taken */
#define CONTROLS_TIME (30 * HZ) /* for all of a card's controls, of which each has an answer */

struct fe_card;

/* Memory of a stream's samples, once there was such a stream: labels stay. */
struct fe_samples {
	void *va;
	NkPhAddr pa;
};

struct fe_link {
	Vlink *vlink;
	int index; /* the card's number, -1 for any */
	struct platform_device *pdev; /* a card's parent: there is to be one */
	vaudio_shmem_t *shmem;
	NkXIrq to_ctrl; /* the back-end's */
	NkXIrq to_ring;
	struct vaudio_sizes sizes;
	struct fe_samples samples[NK_VAUDIO_DEV_MAX][NK_VAUDIO_STREAM_MAX];
	wait_queue_head_t answered;
	/* NULL while the link is down; by interrupts, and who goes up or down. */
	struct fe_card *card;
};

/* One command at a time goes through it. */
struct fe_command {
	struct fe_card *card;
	NkVaudioCtrl *ctrl;
	struct mutex lock;
};

struct fe_stream {
	struct fe_card *card;
	vaudio_stream_shmem_t *shmem;
	NkVaudioHwPcm hw; /* of the back-end's, checked; no formats where there is no stream */
	struct fe_samples samples;
	u32 size; /* bytes of samples */
	u32 idx;
	struct fe_command command;
	bool stale; /* an OPEN had no answer: the back-end may have it open; with pcm's open_mutex held */
	struct snd_pcm_substream *substream;
	struct work_struct work; /* for buffers that have come back */
	/* With lock held. */
	spinlock_t lock;
	bool running;
	u32 period; /* bytes */
	u32 periods;
	u32 ireq; /* the next descriptor that this side writes */
	u32 iresp; /* the next that the back-end gives back */
	u32 next; /* period of the former */
	u32 done; /* periods that came back */
};

/* Of one life of the link: a back-end that comes back is another card. */
struct fe_card {
	struct fe_link *link;
	struct snd_card *card;
	bool dead; /* the link is down */
	struct fe_stream stream[NK_VAUDIO_DEV_MAX][NK_VAUDIO_STREAM_MAX];
	struct fe_command mixer;
	u32 nr_controls;
	NkCtlElemInfo controls[NK_VAUDIO_MIXER_MAX];
};

/*
 * command.c: sends ctrl's command, whose lock is held. Returns 0; -EIO when the back-end says that it cannot;
 * -ETIMEDOUT; -ENODEV when the link has gone. May sleep.
 */
int fe_command(struct fe_command *c, u32 command);
void fe_command_init(struct fe_command *c, struct fe_card *card, NkVaudioCtrl *ctrl);

/* command.c: the link has gone: nobody sends any more when it returns. May sleep. */
void fe_commands_end(struct fe_card *c);

/* card.c: the card of a link that is up. Returns it, or an error. May sleep. */
struct fe_card *fe_card_new(struct fe_link *link);

/* card.c: its link is down; frees it when the last program has closed it. May sleep. */
void fe_card_end(struct fe_card *c);

/* pcm.c. */
extern const struct snd_pcm_ops vaudio_snd_ops;
void fe_stream_work(struct work_struct *work);

/* mixer.c: the controls that the back-end has. Returns 0 or an error. */
int fe_mixer_new(struct fe_card *c);

#endif
