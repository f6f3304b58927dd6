/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Circular logs, `logs` of the system tree's /hyp: text by ordinals, which count a log's characters since the machine
 * started. NK_HC_LOG_WRITE adds lines: a line ends at '\n' or where the text does. In front of each nk puts
 * "[SECONDS.MICROSECONDS] vmN: " (its own have "nk: "), by its own counter, and of control characters only tabs stay. It
 * takes lines until the caller's share of the log is used up (NK_LOG_LATER: it was before the first one), or the
 * caller has something else to do.
 *
 * NK_HC_LOG_READ goes on at the oldest line where what the ordinal says was overwritten; the ordinal becomes that of
 * the next character.
 */
#ifndef NK_LOG_H
#define NK_LOG_H

#define NK_LOGS 8 /* at most, numbered from 0 on */
#define NK_LOG_TEXT 1024 /* characters a write, at most */
#define NK_LOG_LATER (-2)

/* What NK_HC_LOG_INFO says beside the size, which is a multiple of 4 KiB. */
#define NK_LOG_MAY_READ 1
#define NK_LOG_MAY_WRITE 2

#endif
