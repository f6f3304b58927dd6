/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Virtual DMAHEAP: for drivers (the manual's kernel API). A client is trusted: in its own VM it needs no credentials.
 *
 * Each returns 0 or an error. Context: may sleep.
 */
#ifndef VLX_VDMAHEAP_KAPI_H
#define VLX_VDMAHEAP_KAPI_H

#include <linux/dma-buf.h>
#include <linux/types.h>
#include <vlx/vdmaheap/uapi/vdmaheap_uapi.h>

struct vdmaheap_client;

/* How long an import is kept for the next one, in jiffies. It is stored, and not used yet. */
struct vdmaheap_grace {
	unsigned long requested;
	unsigned long accepted;
};

struct vdmaheap_client_props {
	bool strict_import; /* the exporter is asked each time */
	struct vdmaheap_grace grace;
};

int vdmaheap_kapi_client_create(struct vdmaheap_client **clientp);

/* What it has exported cannot be imported any more; what was imported stays. */
int vdmaheap_kapi_client_release(struct vdmaheap_client *client);

int vdmaheap_kapi_export(struct vdmaheap_client *client, struct dma_buf *dmabuf,
			 vdmaheap_buffer_gid_t *gidp, uuid_t *cred);
int vdmaheap_kapi_unexport(struct vdmaheap_client *client, vdmaheap_buffer_gid_t gid,
			   const uuid_t *cred);

/* The dma-buf is the caller's, who lets it go by dma_buf_put(). */
int vdmaheap_kapi_import(struct vdmaheap_client *client, vdmaheap_buffer_gid_t gid,
			 const uuid_t *cred, struct dma_buf **dmabufp);

/* creds may be NULL. With an error, each of dmabufs is one, or ERR_PTR(). */
int vdmaheap_kapi_import_multiple(struct vdmaheap_client *client, unsigned int n,
				  vdmaheap_buffer_gid_t gids[], const uuid_t *creds[],
				  struct dma_buf *dmabufs[]);

void vdmaheap_kapi_set_client_props(struct vdmaheap_client *client,
				    struct vdmaheap_client_props *props);
void vdmaheap_kapi_get_client_props(struct vdmaheap_client *client,
				    struct vdmaheap_client_props *props);

/* A bit a VM whose exports can be imported. With wait, until those in mask are as *value; or a signal. */
int vdmaheap_kapi_link_state(struct vdmaheap_client *client, bool wait, __u32 mask, __u32 *value);

#endif
