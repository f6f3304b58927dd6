// SPDX-License-Identifier: GPL-2.0-only
/*
 * An ELF core as kdump's are: a note of each vCPU's registers (NT_PRSTATUS), the guest's own one (VMCOREINFO), and its
 * RAM, whose physical addresses are those that the guest sees, a segment for each piece. The same RAM appears at each virtual address
 * that the guest is known to have it at: Linux by its VMCOREINFO; who says nothing is taken to have none but its physical ones.
 */
#include <linux/elf.h>
#include <linux/string.h>
#include "core.h"

#define NOTE_ALIGN 4
#define ALIGNED(x, a) (((x) + (a)-1) / (a) * (a))
#define PRSTATUS_SIZE 392 /* struct elf_prstatus of arm64 */
#define PRSTATUS_PID 32
#define PRSTATUS_REGS 112 /* x0 to x30, sp, pc, pstate */
#define NR_REGS 34
#define NAME_CORE "CORE"
#define NAME_GUEST "VMCOREINFO"
#define NOTE_CORE (sizeof(Elf64_Nhdr) + ALIGNED(sizeof(NAME_CORE), NOTE_ALIGN) + PRSTATUS_SIZE)
#define MAPS_MAX (CORE_RAM_MAX + 1)

/* Memory as the guest has it. */
struct map {
	unsigned int piece;
	unsigned long long vaddr; /* of the piece's begin */
};

static unsigned int nr_on(const struct core *core)
{
	unsigned int i, n = 0;

	for (i = 0; i < core->info.nr_vcpus; i++)
		n += core->vcpu[i].on == 1;
	return n;
}

void core_check_note(struct core *core, unsigned int max)
{
	Elf64_Nhdr note;
	unsigned int name = ALIGNED(sizeof(NAME_GUEST), NOTE_ALIGN);

	core->note_len = 0;
	if (max < sizeof(note) + name)
		return;
	memcpy(&note, core->note, sizeof(note));
	if (note.n_namesz != sizeof(NAME_GUEST) ||
	    memcmp(core->note + sizeof(note), NAME_GUEST, sizeof(NAME_GUEST)) ||
	    note.n_descsz > max - sizeof(note) - name)
		return;
	core->note_len = ALIGNED(sizeof(note) + name + note.n_descsz, NOTE_ALIGN);
	if (core->note_len > max)
		core->note_len = 0;
}

/* The number behind a key of VMCOREINFO, in hexadecimal or not. Returns whether there is one. */
static int info_number(const struct core *core, const char *key, unsigned int base,
		       unsigned long long *value)
{
	unsigned int len = strlen(key), i = 0, digit, any = 0;

	while (i + len < core->note_len && memcmp(core->note + i, key, len))
		i++;
	if (i + len >= core->note_len)
		return 0;
	*value = 0;
	for (i += len; i < core->note_len; i++, any = 1) {
		digit = core->note[i] | 0x20;
		digit = digit >= 'a' ? digit - 'a' + 10 : digit - '0';
		if (digit >= base)
			break;
		*value = *value * base + digit;
	}
	return any;
}

/* Each piece of RAM where the guest has all of it. Returns how many are set. */
static unsigned int find_maps(const struct core *core, struct map *maps)
{
	unsigned long long bits, offset, voffset, linear = 0;
	unsigned int n, is_linux;

	is_linux = info_number(core, "NUMBER(VA_BITS)=", 10, &bits) && bits >= 36 && bits <= 52 &&
		   info_number(core, "NUMBER(PHYS_OFFSET)=0x", 16, &offset) &&
		   info_number(core, "NUMBER(kimage_voffset)=0x", 16, &voffset);
	if (is_linux)
		linear = -offset - (1ULL << bits);
	for (n = 0; n < core->nr_ram; n++)
		maps[n] = (struct map){n, core->ram[n].base + linear};
	if (is_linux) /* the kernel's image is in the first piece */
		maps[n++] = (struct map){0, core->ram[0].base + voffset};
	return n;
}

static unsigned int notes_size(const struct core *core)
{
	return nr_on(core) * NOTE_CORE + core->note_len;
}

static unsigned int notes_at(void)
{
	return sizeof(Elf64_Ehdr) + (1 + MAPS_MAX) * sizeof(Elf64_Phdr);
}

unsigned int core_head_size(const struct core *core)
{
	return ALIGNED(notes_at() + notes_size(core), NK_DUMP_PAGE);
}

/* Bytes of the pieces before that one. */
static unsigned long long ram_before(const struct core *core, unsigned int piece)
{
	unsigned long long sum = 0;

	while (piece--)
		sum += core->ram[piece].size;
	return sum;
}

unsigned long long core_ram_size(const struct core *core)
{
	return ram_before(core, core->nr_ram);
}

unsigned long long core_address(const struct core *core, unsigned long long offset)
{
	const struct nk_dump_ram *ram = core->ram;

	for (; offset >= ram->size; ram++)
		offset -= ram->size;
	return ram->base + offset;
}

static unsigned char *put_vcpu(unsigned char *to, const struct nk_dump_vcpu *vcpu,
			       unsigned int number)
{
	Elf64_Nhdr note = {
		.n_namesz = sizeof(NAME_CORE),
		.n_descsz = PRSTATUS_SIZE,
		.n_type = NT_PRSTATUS,
	};
	unsigned char *desc = to + NOTE_CORE - PRSTATUS_SIZE;
	unsigned int pid = number + 1;
	unsigned long long regs[NR_REGS];

	memcpy(regs, vcpu->x, sizeof(vcpu->x));
	regs[31] = vcpu->sp;
	regs[32] = vcpu->pc;
	regs[33] = vcpu->pstate;
	memcpy(to, &note, sizeof(note));
	memcpy(to + sizeof(note), NAME_CORE, sizeof(NAME_CORE));
	memcpy(desc + PRSTATUS_PID, &pid, sizeof(pid));
	memcpy(desc + PRSTATUS_REGS, regs, sizeof(regs));
	return to + NOTE_CORE;
}

static void put_notes(const struct core *core, unsigned char *to)
{
	unsigned int i;

	for (i = 0; i < core->info.nr_vcpus; i++)
		if (core->vcpu[i].on == 1)
			to = put_vcpu(to, &core->vcpu[i], i);
	memcpy(to, core->note, core->note_len);
}

static void put_segments(const struct core *core, unsigned char *to, unsigned int nr,
			 const struct map *maps)
{
	Elf64_Phdr segment = {
		.p_type = PT_NOTE,
		.p_offset = notes_at(),
		.p_filesz = notes_size(core),
		.p_memsz = notes_size(core),
		.p_align = NOTE_ALIGN,
	};
	unsigned int i;

	memcpy(to, &segment, sizeof(segment));
	for (i = 0; i < nr; i++) {
		segment = (Elf64_Phdr){
			.p_type = PT_LOAD,
			.p_flags = PF_R | PF_W | PF_X,
			.p_offset = core_head_size(core) + ram_before(core, maps[i].piece),
			.p_vaddr = maps[i].vaddr,
			.p_paddr = core->ram[maps[i].piece].base,
			.p_filesz = core->ram[maps[i].piece].size,
			.p_memsz = core->ram[maps[i].piece].size,
			/* p_align is 0, as in kdump's: with another one crash takes a core for netdump's. */
		};
		to += sizeof(segment);
		memcpy(to, &segment, sizeof(segment));
	}
}

void core_head(const struct core *core, unsigned char *head)
{
	struct map maps[MAPS_MAX];
	unsigned int nr = find_maps(core, maps);
	Elf64_Ehdr elf = {
		.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
		.e_type = ET_CORE,
		.e_machine = EM_AARCH64,
		.e_version = EV_CURRENT,
		.e_phoff = sizeof(elf),
		.e_ehsize = sizeof(elf),
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = 1 + nr,
	};

	memcpy(head, &elf, sizeof(elf));
	put_segments(core, head + sizeof(elf), nr, maps);
	put_notes(core, head + notes_at());
}
