// SPDX-License-Identifier: Apache-2.0
/*
 * buf-test: buffers that VMs share, by /dev/vdmaheap or /dev/vion (FACE).
 *
 *   buf-test give FACE HEAP SIZE SEED [COUNT]     allocates, fills, exports, and stays: "GID CRED SIZE" a line a buffer
 *   buf-test take FACE GID CRED [ro] [fill=SEED] [hold]  imports, and prints "SIZE SUM HEAP"
 *   buf-test many FACE GID CRED GID CRED ...      all in one command: a line each
 *   buf-test churn FACE GID CRED TIMES            imports and lets go, so often
 *   buf-test sum SIZE SEED                        what take is to print of what give has filled
 *   buf-test link FACE MASK VALUE                 waits until the links are so
 *   buf-test stats FACE [be|fe VM]
 *   buf-test version FACE
 *   buf-test refused FACE                         what is no command, or has arguments that cannot be: TAP
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/dma-heap.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <vlx/vdmaheap/uapi/vdmaheap_test_uapi.h>
#include <vlx/vion/uapi/vion_test_uapi.h>

struct face {
	const char *name, *file;
	unsigned long version, export, unexport, import, info, link, stats, multiple;
};

static const struct face faces[] = {
	{"vdmaheap", "/dev/vdmaheap", VDMAHEAP_IOC_VERSION, VDMAHEAP_IOC_EXPORT,
	 VDMAHEAP_IOC_UNEXPORT, VDMAHEAP_IOC_IMPORT, VDMAHEAP_IOC_INFO, VDMAHEAP_IOC_LINK_STATE,
	 VDMAHEAP_IOC_STATS, VDMAHEAP_IOC_IMPORT_MULTIPLE},
	{"vion", "/dev/vion", VION_IOC_VERSION, VION_IOC_EXPORT, VION_IOC_UNEXPORT, VION_IOC_IMPORT,
	 VION_IOC_INFO, VION_IOC_LINK_STATE, VION_IOC_STATS, VION_IOC_IMPORT_MULTIPLE},
};

static const struct face *face;

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "buf-test: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int open_face(const char *name)
{
	int fd;

	face = strcmp(name, "vion") ? &faces[0] : &faces[1];
	fd = open(face->file, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		die(face->file);
	return fd;
}

static uint64_t word(uint64_t seed, uint64_t i)
{
	return (seed + i) * 0x9e3779b97f4a7c15u ^ seed << 32;
}

static uint64_t add(uint64_t sum, uint64_t value)
{
	return (sum ^ value) * 0x100000001b3u;
}

static uint64_t sum_of(const uint64_t *at, size_t size)
{
	uint64_t sum = 0xcbf29ce484222325u;

	for (size_t i = 0; i < size / 8; i++)
		sum = add(sum, at[i]);
	return sum;
}

static void fill(uint64_t *at, size_t size, uint64_t seed)
{
	for (size_t i = 0; i < size / 8; i++)
		at[i] = word(seed, i);
}

static void *map(int fd, size_t size, int prot)
{
	void *at = mmap(NULL, size, prot, MAP_SHARED, fd, 0);

	if (at == MAP_FAILED)
		die("mmap");
	return at;
}

static void print_cred(const uuid_t *cred)
{
	for (int i = 0; i < UUID_SIZE; i++)
		printf("%02x", cred->b[i]);
}

static uuid_t parse_cred(const char *text)
{
	uuid_t cred = {0};

	for (int i = 0; i < UUID_SIZE; i++) {
		unsigned int byte;

		if (sscanf(text + 2 * i, "%2x", &byte) != 1) {
			fprintf(stderr, "buf-test: no credentials: %s\n", text);
			exit(2);
		}
		cred.b[i] = byte;
	}
	return cred;
}

static uint32_t number(const char *text)
{
	return strtoul(text, NULL, 0);
}

static int allocate(const char *heap, size_t size)
{
	struct dma_heap_allocation_data data = {.len = size, .fd_flags = O_RDWR | O_CLOEXEC};
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/dev/dma_heap/%s", heap);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || ioctl(fd, DMA_HEAP_IOCTL_ALLOC, &data))
		die(path);
	close(fd);
	return data.fd;
}

static void check_zeroed(const uint64_t *at, size_t size)
{
	for (size_t i = 0; i < size / 8; i++) {
		if (at[i]) {
			fprintf(stderr, "buf-test: new memory is not zero at word %zu\n", i);
			exit(1);
		}
	}
}

static int give_one(int fd, const char *heap, size_t size, uint64_t seed)
{
	struct vdmaheap_export_data data = {.fd = allocate(heap, size)};
	uint64_t *at = map(data.fd, size, PROT_READ | PROT_WRITE);

	check_zeroed(at, size);
	fill(at, size, seed);
	if (ioctl(fd, face->export, &data))
		die("export");
	printf("%#x ", data.gid);
	print_cred(&data.cred);
	printf(" %u\n", data.size);
	munmap(at, size);
	return close(data.fd);
}

static _Noreturn void give(int argc, char **argv)
{
	int fd = open_face(argv[0]), n = argc > 4 ? atoi(argv[4]) : 1;

	for (int i = 0; i < n; i++)
		give_one(fd, argv[1], number(argv[2]), number(argv[3]) + i);
	fflush(stdout);
	for (;;)
		pause();
}

static bool has(int argc, char **argv, const char *word)
{
	for (int i = 0; i < argc; i++)
		if (!strncmp(argv[i], word, strlen(word)))
			return true;
	return false;
}

static void import(int fd, const char *gid, const char *cred, struct vdmaheap_import_data *data)
{
	*data = (struct vdmaheap_import_data){.gid = number(gid), .cred = parse_cred(cred)};
	if (ioctl(fd, face->import, data))
		die("import");
}

static const char *heap_of(int fd, const struct vdmaheap_import_data *of)
{
	static char text[VDMAHEAP_HEAP_NAME];
	struct vdmaheap_info_data data = {.gid = of->gid, .cred = of->cred, .heap_name = text};
	struct vion_info_data vion = {.gid = of->gid};
	bool is_vion = face == &faces[1];

	memcpy(&vion.cred, &of->cred, sizeof(vion.cred));
	if (ioctl(fd, face->info, is_vion ? (void *)&vion : &data))
		die("info");
	if ((is_vion ? vion.size : data.size) != of->size) {
		fprintf(stderr, "buf-test: another size in INFO\n");
		exit(1);
	}
	if (is_vion)
		snprintf(text, sizeof(text), "%u", vion.heap_id);
	return text;
}

static int take(int argc, char **argv)
{
	int fd = open_face(argv[0]), prot = PROT_READ | PROT_WRITE;
	struct vdmaheap_import_data data;
	uint64_t *at;

	import(fd, argv[1], argv[2], &data);
	if (has(argc, argv, "ro"))
		prot = PROT_READ;
	at = map(data.fd, data.size, prot);
	for (int i = 3; i < argc; i++)
		if (!strncmp(argv[i], "fill=", 5))
			fill(at, data.size, number(argv[i] + 5));
	printf("%u %016" PRIx64 " %s\n", data.size, sum_of(at, data.size), heap_of(fd, &data));
	fflush(stdout);
	while (has(argc, argv, "hold"))
		pause();
	return 0;
}

static int many(int argc, char **argv)
{
	int fd = open_face(argv[0]), n = (argc - 1) / 2, failed;
	struct vdmaheap_import_mult_data data = {.n = n};

	for (int i = 0; i < n && i < VDMAHEAP_IOC_IMPORT_MULTIPLE_MAX; i++) {
		data.in.gids[i] = number(argv[1 + 2 * i]);
		data.in.creds[i] = parse_cred(argv[2 + 2 * i]);
	}
	failed = ioctl(fd, face->multiple, &data);
	if (failed && errno == EINVAL)
		die("import");
	for (int i = 0; i < n; i++) {
		int buffer = data.out[i].fd;
		void *at;

		if (buffer < 0) {
			printf("error %d\n", -buffer);
			continue;
		}
		at = map(buffer, data.out[i].size, PROT_READ);
		printf("%u %016" PRIx64 "\n", data.out[i].size, sum_of(at, data.out[i].size));
	}
	return failed != 0;
}

static int churn(char **argv)
{
	int fd = open_face(argv[0]);
	struct vdmaheap_import_data data;

	for (uint32_t i = number(argv[3]); i--;) {
		volatile uint64_t *at;

		import(fd, argv[1], argv[2], &data);
		at = map(data.fd, data.size, PROT_READ | PROT_WRITE);
		at[0] = at[data.size / 8 - 1];
		munmap((void *)at, data.size);
		close(data.fd);
	}
	return 0;
}

static int print_sum(char **argv)
{
	uint64_t sum = 0xcbf29ce484222325u, seed = number(argv[1]);

	for (size_t i = 0; i < number(argv[0]) / 8; i++)
		sum = add(sum, word(seed, i));
	printf("%s %016" PRIx64 "\n", argv[0], sum);
	return 0;
}

static int wait_link(char **argv)
{
	int fd = open_face(argv[0]);
	union { /* as large as the command says */
		struct vdmaheap_link_state state;
		struct vdmaheap_info_data room;
	} data = {.state = {.wait = 1, .mask = number(argv[1]), .value = number(argv[2])}};

	if (ioctl(fd, face->link, &data))
		die("link");
	printf("%#x\n", data.state.value);
	return 0;
}

static int stats(int argc, char **argv)
{
	int fd = open_face(argv[0]);
	union vdmaheap_stats_data data = {.arg = {.type = VDMAHEAP_STATS_DEV}};
	const struct vdmaheap_stats_dev *dev = &data.res.dev;

	if (argc == 3)
		data.arg = (struct vdmaheap_stats_arg){
			.type = *argv[1] == 'b' ? VDMAHEAP_STATS_VRPC_BE : VDMAHEAP_STATS_VRPC_FE,
			.peer = number(argv[2]),
		};
	if (ioctl(fd, face->stats, &data))
		die("stats");
	if (argc == 3) {
		const struct vdmaheap_stats_vrpc *v = &data.res.vrpc;

		printf("open %llu close %llu import %llu release %llu\n", v->open, v->close,
		       v->import, v->release);
		return 0;
	}
	printf("client %llu %llu export %llu %llu import %llu %llu dmabuf %llu %llu\n",
	       dev->client_create, dev->client_destroy, dev->export_create, dev->export_destroy,
	       dev->import_create, dev->import_destroy, dev->dmabuf_create, dev->dmabuf_destroy);
	return 0;
}

static int version(char **argv)
{
	struct vdmaheap_version_data data = {.version = VDMAHEAP_VERSION};

	if (ioctl(open_face(argv[0]), face->version, &data))
		die("version");
	printf("%u %#x\n", data.version, data.caps);
	return 0;
}

static unsigned int count, failures;

static void expect(int fd, unsigned long command, void *data, int error, const char *what)
{
	int got = ioctl(fd, command, data) ? errno : 0;

	printf("%sok %u - %s\n", got == error ? "" : "not ", ++count, what);
	failures += got != error;
}

static int refused(char **argv)
{
	int fd = open_face(argv[0]), heap = open("/dev/dma_heap/system", O_RDONLY);
	struct vdmaheap_export_data bad_fd = {.fd = 99}, file = {.fd = fd};
	struct vdmaheap_import_data none = {.gid = 0}, far = {.gid = 31u << 24 | 1};
	struct vdmaheap_unexport_data nothing = {.gid = 1};
	struct vdmaheap_import_mult_data eleven = {.n = 11}, zero = {.n = 0};
	static union vdmaheap_stats_data type;
	struct dma_heap_allocation_data empty = {.fd_flags = O_RDWR},
					huge = {.len = 1ull << 60, .fd_flags = O_RDWR},
					flags = {.len = 4096, .heap_flags = 1},
					with_fd = {.len = 4096, .fd = 5};

	type.arg.type = 9;
	expect(fd, face->export, &bad_fd, EBADF, "export: no file");
	expect(fd, face->export, &file, EINVAL, "export: no dma-buf");
	expect(fd, face->export, (void *)8, EFAULT, "export: no memory");
	expect(fd, face->import, &none, ENOENT, "import: nobody's gid");
	expect(fd, face->import, &far, ENOENT, "import: of a VM without a channel");
	expect(fd, face->unexport, &nothing, ENOENT, "unexport: nobody's gid");
	expect(fd, face->multiple, &eleven, EINVAL, "import: 11 buffers");
	expect(fd, face->multiple, &zero, EINVAL, "import: none");
	expect(fd, face->stats, &type, EINVAL, "stats: no such kind");
	expect(fd, face->version ^ 1, &type, ENOTTY, "another number");
	expect(fd, face->version ^ 1 << 8, &type, ENOTTY, "another magic number");
	expect(fd, face->version ^ 1 << 16, &type, ENOTTY, "another size");
	expect(heap, DMA_HEAP_IOCTL_ALLOC, &empty, EINVAL, "heap: no bytes");
	expect(heap, DMA_HEAP_IOCTL_ALLOC, &huge, ENOMEM, "heap: too many bytes");
	expect(heap, DMA_HEAP_IOCTL_ALLOC, &flags, EINVAL, "heap: unknown flags");
	expect(heap, DMA_HEAP_IOCTL_ALLOC, &with_fd, EINVAL, "heap: a file already");
	printf("1..%u\n", count);
	return failures != 0;
}

static int run(const char *command, int argc, char **argv)
{
	if (!strcmp(command, "give") && argc >= 4)
		give(argc, argv);
	if (!strcmp(command, "take") && argc >= 3)
		return take(argc, argv);
	if (!strcmp(command, "many") && argc >= 3)
		return many(argc, argv);
	if (!strcmp(command, "churn") && argc == 4)
		return churn(argv);
	if (!strcmp(command, "sum") && argc == 2)
		return print_sum(argv);
	if (!strcmp(command, "link") && argc == 3)
		return wait_link(argv);
	if (!strcmp(command, "stats") && argc >= 1)
		return stats(argc, argv);
	if (!strcmp(command, "version") && argc == 1)
		return version(argv);
	if (!strcmp(command, "refused") && argc == 1)
		return refused(argv);
	fprintf(stderr, "buf-test: see its source\n");
	return 2;
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return run("", 0, argv);
	return run(argv[1], argc - 2, argv + 2);
}
