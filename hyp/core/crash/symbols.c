// SPDX-License-Identifier: Apache-2.0
/*
 * Names of a guest's functions, out of the .symtab of an ELF file in the bundle (`symbols`): its kernel before objcopy
 * made an image of it. Only looked at when the VM has died, one pass for all places; it is not hashed, as all that a damaged one could do is wrong names.
 */
#include "arch/cpu.h"
#include "core/crash/priv.h"
#include "core/system.h"
#include "core/vm/vm.h"
#include "lib/string.h"

#define ELF_MAGIC 0x464c457f
#define ELF_64_LITTLE 0x0102 /* EI_CLASS, EI_DATA */
#define PT_LOAD 1
#define SHT_SYMTAB 2
#define STT_FUNC 2
#define PIECE 256 /* symbols between two looks at other work */

struct elf_header {
	u32 magic;
	u16 class;
	u8 rest[14 + 12];
	u64 phoff;
	u64 shoff;
	u32 flags;
	u16 size, phentsize, phnum, shentsize, shnum, shstrndx;
} __packed __aligned(4);

struct elf_segment {
	u32 type, flags;
	u64 offset, vaddr, paddr, filesz, memsz, align;
} __packed __aligned(4);

struct elf_section {
	u32 name, type;
	u64 flags, addr, offset, size;
	u32 link, info;
	u64 addralign, entsize;
} __packed __aligned(4);

struct elf_symbol {
	u32 name;
	u8 info, other;
	u16 section;
	u64 value, size;
} __packed __aligned(4);

/* n things of that size at an offset of the file; NULL: they are not all in it. */
static const void *in_file(const struct bundle_image *file, u64 offset, u64 n, u64 size)
{
	if (offset > file->size || n > (file->size - offset) / size || offset % 4)
		return NULL;
	return file->data + offset;
}

static const struct elf_header *elf_of(const struct bundle_image *file)
{
	const struct elf_header *h = in_file(file, 0, 1, sizeof(*h));

	return h && h->magic == ELF_MAGIC && h->class == ELF_64_LITTLE &&
			       h->phentsize == sizeof(struct elf_segment) &&
			       h->shentsize == sizeof(struct elf_section)
		       ? h
		       : NULL;
}

/* The address that the image's first byte was linked for. */
static u64 linked_at(const struct bundle_image *file, const struct elf_header *h)
{
	const struct elf_segment *s = in_file(file, h->phoff, h->phnum, sizeof(*s));
	u64 lowest = ~(u64)0;

	for (u32 i = 0; s && i < h->phnum; i++)
		if (s[i].type == PT_LOAD)
			lowest = MIN(lowest, s[i].vaddr);
	return lowest;
}

/* What is known of a place while symbols are gone through. */
struct search {
	u64 address; /* as linked */
	u64 value; /* of the best symbol */
	const char *name;
	u32 name_max;
};

static void look_at(struct search *s, u32 n, const struct elf_symbol *sym, const char *names,
		    u64 names_size)
{
	if ((sym->info & 15) != STT_FUNC || !sym->section || sym->name >= names_size)
		return;
	for (; n--; s++) {
		u64 offset = s->address - sym->value;

		if (s->address < sym->value || offset >= (sym->size ? sym->size : PAGE_SIZE) ||
		    (s->name && sym->value < s->value))
			continue;
		s->value = sym->value;
		s->name = names + sym->name;
		s->name_max = (u32)MIN(names_size - sym->name, (u64)64);
	}
}

static void look_through(const struct bundle_image *file, const struct elf_header *h,
			 const struct elf_section *table, struct search *s, u32 n)
{
	const struct elf_section *sections = in_file(file, h->shoff, h->shnum, sizeof(*sections));
	u64 count = table->size / sizeof(struct elf_symbol);
	const struct elf_symbol *symbols =
		in_file(file, table->offset, count, sizeof(struct elf_symbol));
	const struct elf_section *strings = &sections[table->link];
	const char *names;

	if (table->link >= h->shnum || !symbols)
		return;
	names = (const char *)file->data + strings->offset;
	if (strings->offset > file->size || strings->size > file->size - strings->offset)
		return;
	for (u64 i = 0; i < count; i++) {
		look_at(s, n, &symbols[i], names, strings->size);
		if (i % PIECE == 0)
			arch_cpu_poll();
	}
}

static void take_names(const struct search *s, struct crash_place *places, u32 n)
{
	for (u32 i = 0; i < n; i++) {
		places[i].name = s[i].name;
		places[i].name_max = s[i].name_max;
		places[i].offset = s[i].address - s[i].value + (i != 0);
	}
}

void crash_symbols(const struct vm *vm, struct crash_place *places, u32 n)
{
	const struct bundle_image *file =
		vm->cfg->symbols ? bundle_find(&bundle, vm->cfg->symbols) : NULL;
	const struct elf_header *h = file ? elf_of(file) : NULL;
	const struct elf_section *sections =
		h ? in_file(file, h->shoff, h->shnum, sizeof(*sections)) : NULL;
	struct search s[BACKTRACE_MAX] = {0};
	u64 bias;

	if (!sections)
		return;
	bias = vm->entry - linked_at(file, h);
	for (u32 i = 0; i < n; i++) {
		/* The kernel's own half is where it was linked for; a return address may be behind its function. */
		s[i].address = places[i].address - (i != 0);
		if (!(s[i].address & BIT(55)))
			s[i].address -= bias;
	}
	for (u32 i = 0; i < h->shnum; i++)
		if (sections[i].type == SHT_SYMTAB)
			look_through(file, h, &sections[i], s, n);
	take_names(s, places, n);
}
