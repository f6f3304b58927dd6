// SPDX-License-Identifier: GPL-2.0-only
/* vaudio-fe: commands to the back-end, each with a bound. */
#include "fe.h"

static bool is_answered(const NkVaudioCtrl *ctrl)
{
	/* before what comes with it is read */
	return smp_load_acquire(&ctrl->command) == NK_VAUDIO_COMMAND_NONE;
}

/* One without an answer until now keeps others away: what would its answer be of? */
int fe_command(struct fe_command *c, u32 command)
{
	struct fe_link *link = c->card->link;

	lockdep_assert_held(&c->lock);
	if (READ_ONCE(c->card->dead))
		return -ENODEV;
	if (!is_answered(c->ctrl))
		return -ETIMEDOUT;
	/* behind what it goes with */
	smp_store_release(&c->ctrl->command, command);
	vlink_trigger(link->vlink, link->to_ctrl);
	wait_event_timeout(link->answered, is_answered(c->ctrl) || READ_ONCE(c->card->dead),
			   ANSWER_TIME);
	if (READ_ONCE(c->card->dead))
		return -ENODEV;
	if (!is_answered(c->ctrl))
		return -ETIMEDOUT;
	return READ_ONCE(c->ctrl->status) == NK_VAUDIO_STATUS_OK ? 0 : -EIO;
}

void fe_command_init(struct fe_command *c, struct fe_card *card, NkVaudioCtrl *ctrl)
{
	c->card = card;
	c->ctrl = ctrl;
	mutex_init(&c->lock);
}

static void wait_out(struct fe_command *c)
{
	mutex_lock(&c->lock);
	mutex_unlock(&c->lock);
}

void fe_commands_end(struct fe_card *c)
{
	WRITE_ONCE(c->dead, true);
	wake_up_all(&c->link->answered);
	for (u32 dev = 0; dev < NK_VAUDIO_DEV_MAX; dev++) {
		for (u32 idx = 0; idx < NK_VAUDIO_STREAM_MAX; idx++)
			wait_out(&c->stream[dev][idx].command);
	}
	wait_out(&c->mixer);
}
