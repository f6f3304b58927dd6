// SPDX-License-Identifier: Apache-2.0
/*
 * Preloaded into compilers and sparse: what they map piece by piece lies in pages of 2 MiB, where the system gives
 * such to those that ask. They read megabytes of the kernel's headers for each file, into memory of their own, and each
 * of its small pages is a fault. Their malloc() asks by itself (GLIBC_TUNABLES in Makefile), and does not come here.
 */
#include <errno.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define BIG (2UL << 20)
#define ROOM (128UL << 20)

/* Of this thread; addresses are given out once, and unmapped by whoever has them. */
static __thread uintptr_t next, end;

static void *map(void *at, size_t size, int prot, int flags, int fd, off_t offset)
{
	return (void *)syscall(SYS_mmap, at, size, prot, flags, fd, offset);
}

static int more(void)
{
	void *room =
		map(NULL, ROOM + BIG, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (room == MAP_FAILED)
		return -1;
	next = ((uintptr_t)room + BIG - 1) & -BIG;
	end = next + ROOM;
	if (madvise((void *)next, ROOM, MADV_HUGEPAGE))
		errno = 0;
	return 0;
}

void *mmap(void *at, size_t size, int prot, int flags, int fd, off_t offset)
{
	size_t pages = (size_t)sysconf(_SC_PAGESIZE);
	size_t rounded = (size + pages - 1) & -pages;
	uintptr_t here;

	if (at || !size || size > BIG || prot != (PROT_READ | PROT_WRITE) ||
	    flags != (MAP_PRIVATE | MAP_ANONYMOUS))
		return map(at, size, prot, flags, fd, offset);
	if (end - next < rounded && more())
		return MAP_FAILED;
	here = next;
	next += rounded;
	return (void *)here;
}

/* Its name where file offsets were asked to have 64 bits, which they have. */
void *mmap64(void *at, size_t size, int prot, int flags, int fd, off_t offset)
{
	return mmap(at, size, prot, flags, fd, offset);
}
