/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * VAUDIO_BE(4D), VAUDIO_FE(4D): sound devices of one VM in others. What both sides share, and what a back-end of its own
 * (a native driver, in the words of the page) calls; vaudio-be is one for all of ALSA's cards.
 *
 * Where it goes further than the pages, it says "ours". Context: may sleep, unless something else is said.
 */
#ifndef VAUDIO_H
#define VAUDIO_H

#include <nk/nkern.h>

#define NK_VAUDIO_DEV_MAX 16
#define NK_VAUDIO_STREAM_MAX 2 /* 0 is for playback, 1 for capture */
#define RING_DESC_NB 64

/* What a stream may have. */
typedef struct {
	nku64_f formats; /* HW_PCM_FMTBIT_* */
	nku32_f rates; /* HW_PCM_RATE_* */
	nku32_f rate_min; /* Hz */
	nku32_f rate_max;
	nku32_f channels_min;
	nku32_f channels_max;
	nku32_f buffer_bytes_max;
	nku32_f period_bytes_min;
	nku32_f period_bytes_max;
	nku32_f periods_min;
	nku32_f periods_max;
	nku32_f fifo_size;
	nku32_f pad64;
} NkVaudioHwPcm;

#define HW_CAP_PCM 0x00000001
#define HW_CAP_DMA 0x80000000

typedef struct {
	nku32_f stream_cap; /* HW_CAP_*; 0: there is no such stream */
	nku32_f pad64;
	NkVaudioHwPcm pcm;
} NkVaudioHw;

/* NkVaudioCtrl.command. */
#define NK_VAUDIO_COMMAND_NONE 0x00000000
#define NK_VAUDIO_COMMAND_OPEN 0x00000001
#define NK_VAUDIO_COMMAND_CLOSE 0x00000002
#define NK_VAUDIO_COMMAND_START 0x00000004
#define NK_VAUDIO_COMMAND_STOP 0x00000008
#define NK_VAUDIO_COMMAND_SET_RATE 0x00000010
#define NK_VAUDIO_COMMAND_MIXER 0x00000020

typedef enum { NK_VAUDIO_STATUS_OK = 0, NK_VAUDIO_STATUS_ERROR = -1 } vaudio_status_t;

/* session_type, and stream_type. */
#define NK_VAUDIO_SS_TYPE_INVALID 0
#define NK_VAUDIO_SS_TYPE_PLAYBACK 1
#define NK_VAUDIO_SS_TYPE_CAPTURE 2
#define NK_VAUDIO_ST_TYPE_INVALID 0
#define NK_VAUDIO_ST_TYPE_PCM 1

typedef enum {
	HW_PCM_FORMAT_S8 = 0,
	HW_PCM_FORMAT_U8,
	HW_PCM_FORMAT_S16_LE,
	HW_PCM_FORMAT_S16_BE,
	HW_PCM_FORMAT_U16_LE,
	HW_PCM_FORMAT_U16_BE,
	HW_PCM_FORMAT_S24_LE,
	HW_PCM_FORMAT_S24_BE,
	HW_PCM_FORMAT_U24_LE,
	HW_PCM_FORMAT_U24_BE,
	HW_PCM_FORMAT_S32_LE,
	HW_PCM_FORMAT_S32_BE,
	HW_PCM_FORMAT_U32_LE,
	HW_PCM_FORMAT_U32_BE,
	HW_PCM_FORMAT_MAX
} vaudio_format_t;

#define HW_PCM_FMTBIT_S8 (1ULL << HW_PCM_FORMAT_S8)
#define HW_PCM_FMTBIT_U8 (1ULL << HW_PCM_FORMAT_U8)
#define HW_PCM_FMTBIT_S16_LE (1ULL << HW_PCM_FORMAT_S16_LE)
#define HW_PCM_FMTBIT_S16_BE (1ULL << HW_PCM_FORMAT_S16_BE)
#define HW_PCM_FMTBIT_U16_LE (1ULL << HW_PCM_FORMAT_U16_LE)
#define HW_PCM_FMTBIT_U16_BE (1ULL << HW_PCM_FORMAT_U16_BE)
#define HW_PCM_FMTBIT_S24_LE (1ULL << HW_PCM_FORMAT_S24_LE)
#define HW_PCM_FMTBIT_S24_BE (1ULL << HW_PCM_FORMAT_S24_BE)
#define HW_PCM_FMTBIT_U24_LE (1ULL << HW_PCM_FORMAT_U24_LE)
#define HW_PCM_FMTBIT_U24_BE (1ULL << HW_PCM_FORMAT_U24_BE)
#define HW_PCM_FMTBIT_S32_LE (1ULL << HW_PCM_FORMAT_S32_LE)
#define HW_PCM_FMTBIT_S32_BE (1ULL << HW_PCM_FORMAT_S32_BE)
#define HW_PCM_FMTBIT_U32_LE (1ULL << HW_PCM_FORMAT_U32_LE)
#define HW_PCM_FMTBIT_U32_BE (1ULL << HW_PCM_FORMAT_U32_BE)
#define HW_PCM_FMTBIT_ALL ((1ULL << HW_PCM_FORMAT_MAX) - 1)

#define HW_PCM_RATE_5512 (1 << 0)
#define HW_PCM_RATE_8000 (1 << 1)
#define HW_PCM_RATE_11025 (1 << 2)
#define HW_PCM_RATE_16000 (1 << 3)
#define HW_PCM_RATE_22050 (1 << 4)
#define HW_PCM_RATE_32000 (1 << 5)
#define HW_PCM_RATE_44100 (1 << 6)
#define HW_PCM_RATE_48000 (1 << 7)
#define HW_PCM_RATE_64000 (1 << 8)
#define HW_PCM_RATE_88200 (1 << 9)
#define HW_PCM_RATE_96000 (1 << 10)
#define HW_PCM_RATE_176400 (1 << 11)
#define HW_PCM_RATE_192000 (1 << 12)
#define HW_PCM_RATE_ALL ((1 << 13) - 1)

/*
 * A command: the front-end writes all else and then command, which is NONE again when the back-end has written
 * status. Ours: with STOP, periods says whether what the back-end took already is to be heard (1) or not (0).
 */
typedef struct {
	nku32_f cxirq; /* the back-end's cross interrupt */
	nku32_f pxirq; /* the front-end's */
	nku32_f command;
	nku32_f status;
	nku8_f session_type;
	nku8_f stream_type;
	nku8_f channels;
	nku8_f format; /* vaudio_format_t */
	nku32_f rate; /* Hz */
	nku32_f period; /* bytes */
	nku32_f periods;
} NkVaudioCtrl;

/* NkEventMixer.mix_cmd. */
#define NK_VAUDIO_MIXER_INFO 1
#define NK_VAUDIO_MIXER_GET 2
#define NK_VAUDIO_MIXER_PUT 3
#define NK_VAUDIO_MIXER_MAX 128

/* NkCtlElemInfo.type. */
#define NK_CTL_ELEM_TYPE_NONE 0
#define NK_CTL_ELEM_TYPE_BOOLEAN 1
#define NK_CTL_ELEM_TYPE_INTEGER 2
#define NK_CTL_ELEM_TYPE_ENUMERATED 3
#define NK_CTL_ELEM_TYPE_LAST NK_CTL_ELEM_TYPE_ENUMERATED

#define VAUDIO_CTL_READ_ONLY 1 /* ours: bit of reserved[0] */
#define VAUDIO_CTL_VALUES 8 /* of an element, at the most */

typedef struct {
	nku8_f name[64];
	nku32_f type;
	nku32_f count; /* values */
	union {
		struct {
			nku32_f min; /* these three are signed */
			nku32_f max;
			nku32_f step;
		} integer;
		struct {
			nku32_f items;
			nku32_f item; /* which one's name this is, and is asked for */
			nku8_f name[64];
		} enumerated;
	} value;
	nku8_f reserved[64];
} NkCtlElemInfo;

typedef struct {
	union {
		struct {
			nku32_f value[VAUDIO_CTL_VALUES];
		} integer;
		struct {
			nku32_f item[VAUDIO_CTL_VALUES];
		} enumerated;
	} value;
} NkCtlElemValue;

typedef struct {
	nku32_f mix_cmd;
	nku32_f mix_idx; /* 0, 1, ...: INFO of one that is not there is an error */
	nku32_f mix_type;
	NkCtlElemInfo mix_info;
	NkCtlElemValue mix_val;
} NkEventMixer;

_Static_assert(sizeof(NkVaudioHwPcm) == 56, "NkVaudioHwPcm has no padding");
_Static_assert(sizeof(NkVaudioHw) == 64, "NkVaudioHw has no padding");
_Static_assert(sizeof(NkVaudioCtrl) == 32, "NkVaudioCtrl has no padding");
_Static_assert(sizeof(NkEventMixer) == 252, "NkEventMixer has no padding");

/* A stream in shared memory. Ours: the order, and that descriptors follow. */
typedef struct {
	NkDevRing ring;
	NkVaudioHw hw[2]; /* of playback, of capture; stream 0 has the one, stream 1 the other */
	NkVaudioCtrl ctrl;
	NkRingDesc desc[RING_DESC_NB];
} vaudio_stream_shmem_t;

/* Ours: the layout. Written by the back-end when the link begins. */
typedef struct {
	NkVaudioCtrl mixer_ctrl; /* for COMMAND_MIXER alone, and of a stream's for all else */
	NkEventMixer mixer;
	nku32_f pad64;
	vaudio_stream_shmem_t stream[NK_VAUDIO_DEV_MAX][NK_VAUDIO_STREAM_MAX];
} vaudio_shmem_t;

_Static_assert(sizeof(vaudio_stream_shmem_t) == 1224, "vaudio_stream_shmem_t has no padding");
_Static_assert(__builtin_offsetof(vaudio_shmem_t, stream) == 288, "vaudio_shmem_t.stream");

#define VAUDIO_RING_TYPE 0x4f445541 /* "AUDO" */

/* Ours: labels of a link. Of pmem: the above, and each stream's samples. */
#define VAUDIO_PMEM_ID 0
#define VAUDIO_PMEM_SAMPLES_ID(dev, idx) (1 + (dev)*NK_VAUDIO_STREAM_MAX + (idx))
/* Of cross interrupts: commands and descriptors for the back-end; answers and descriptors for the front-end. */
#define VAUDIO_BE_CTRL_XIRQ_ID 0
#define VAUDIO_BE_RING_XIRQ_ID 1
#define VAUDIO_FE_CTRL_XIRQ_ID 2
#define VAUDIO_FE_RING_XIRQ_ID 3

typedef enum {
	NK_VAUDIO_STREAM_OPEN = 0x0,
	NK_VAUDIO_STREAM_CLOSE = 0x1,
	NK_VAUDIO_STREAM_START = 0x2,
	NK_VAUDIO_STREAM_STOP = 0x3,
	NK_VAUDIO_STREAM_SET_RATE = 0x4,
	NK_VAUDIO_STREAM_DATA =
		0x5, /* there are descriptors; the only one without an acknowledgement */
	NK_VAUDIO_STREAM_MIXER = 0x6,
	NK_VAUDIO_EVENT_MAX = 0x7
} NkVaudioEvent;

typedef struct {
	nku8_f session_type;
	nku8_f stream_type;
} NkEventOpen;

typedef NkEventOpen NkEventClose;

/* Ours. */
typedef struct {
	nku32_f drain; /* what was taken of the ring is to be heard first */
} NkEventStop;

typedef struct {
	nku8_f channels;
	nku8_f format;
	nku32_f rate; /* Hz */
	nku32_f period; /* bytes */
	nku32_f periods;
	NkPhAddr dma_paddr; /* of the stream's samples */
	void *dma_vaddr;
} NkEventSetRate;

struct NkStream;
struct NkVaudio;
typedef struct NkStream *NkStream;
typedef struct NkVaudio *NkVaudio;

/*
 * stream is a NkStream; of MIXER that of device 0's playback, whether there is such a stream or not. params is one of
 * the NkEvent*, NULL for START and DATA, and stays until the event is acknowledged. Its values are those of hw_conf, and
 * events come in an order that makes sense: OPEN, SET_RATE, START, STOP, CLOSE; the last two also when the front-end
 * has gone. Context: an interrupt; or a thread, of what is there when the link begins, and of a front-end that has gone.
 */
typedef void (*NkVaudioEventHandler)(void *stream, NkVaudioEvent event, void *params, void *cookie);

/*
 * Creates the device of that link, whose server this VM is, for all devices and streams of hw_conf
 * ([NK_VAUDIO_DEV_MAX][NK_VAUDIO_STREAM_MAX], copied), with as much memory as the link's info has for each. Returns
 * it, or NULL: no memory, not such a link, an info that is wrong, or there is a back-end of it.
 */
NkVaudio vaudio_create(NkDevVlink *vlink, NkVaudioEventHandler hdl, void *cookie,
		       NkVaudioHw *hw_conf);

/* Ours: returns when the link is down, and all streams were closed, and acknowledged it. */
void vaudio_destroy(NkVaudio vaudio);

/* Ends an event; params is MIXER's own, with what was asked for. Context: any. */
void vaudio_event_ack(NkVaudio vaudio, NkStream stream, NkVaudioEvent event, void *params,
		      nku32_f status);

/*
 * The next buffer of a stream that was started, in its samples. Returns 1, or 0 where there is none. Several may be had
 * at a time; vaudio_ring_put() gives back the oldest. One caller at a time for each stream. Context: any.
 */
int vaudio_ring_get(NkStream stream, NkPhAddr *addr, nku32_f *size);
void vaudio_ring_put(NkStream stream, nku32_f status);

/* Ours: which stream of which device this is. Context: any. */
NkVaudio vaudio_of_stream(NkStream stream);
nku32_f vaudio_stream_dev(NkStream stream);
nku32_f vaudio_stream_idx(NkStream stream);

/* Ours: bytes of each stream's samples, as the server's info (NULL for none) says. */
struct vaudio_sizes {
	nku32_f bytes[NK_VAUDIO_DEV_MAX][NK_VAUDIO_STREAM_MAX];
};

/* Ours. Returns 0, or -EINVAL with *wrong at what it does not know. */
int vaudio_parse_info(const char *info, struct vaudio_sizes *sizes, const char **wrong);

#endif
