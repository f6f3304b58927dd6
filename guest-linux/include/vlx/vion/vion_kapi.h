/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Virtual ION: for drivers (the manual's kernel API). A client is trusted: in its own VM it needs no credentials.
 *
 * Each returns 0 or an error. Context: may sleep.
 */
#ifndef VLX_VION_KAPI_H
#define VLX_VION_KAPI_H

#include <linux/dma-buf.h>
#include <linux/types.h>
#include <vlx/vion/uapi/vion_uapi.h>

struct vion_client;

/* How long an import is kept for the next one, in jiffies. It is stored, and not used yet. */
struct vion_grace {
	unsigned long requested;
	unsigned long accepted;
};

struct vion_client_props {
	bool strict_import; /* the exporter is asked each time */
	struct vion_grace grace;
};

int vion_kapi_client_create(struct vion_client **clientp);

/* What it has exported cannot be imported any more; what was imported stays. */
int vion_kapi_client_release(struct vion_client *client);

int vion_kapi_export(struct vion_client *client, struct dma_buf *dmabuf, vion_buffer_gid_t *gidp,
		     uuid_t *cred);
int vion_kapi_unexport(struct vion_client *client, vion_buffer_gid_t gid, const uuid_t *cred);

/* The dma-buf is the caller's, who lets it go by dma_buf_put(). */
int vion_kapi_import(struct vion_client *client, vion_buffer_gid_t gid, const uuid_t *cred,
		     struct dma_buf **dmabufp);

/* creds may be NULL. With an error, each of dmabufs is one, or ERR_PTR(). */
int vion_kapi_import_multiple(struct vion_client *client, unsigned int n, vion_buffer_gid_t gids[],
			      const uuid_t *creds[], struct dma_buf *dmabufs[]);

void vion_kapi_set_client_props(struct vion_client *client, struct vion_client_props *props);
void vion_kapi_get_client_props(struct vion_client *client, struct vion_client_props *props);

/* A bit a VM whose exports can be imported. With wait, until those in mask are as *value; or a signal. */
int vion_kapi_link_state(struct vion_client *client, bool wait, __u32 mask, __u32 *value);

#endif
