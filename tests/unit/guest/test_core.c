// SPDX-License-Identifier: Apache-2.0
/* The head of a core, by vlx-dump: what gdb and crash find in it, and notes of a guest that lies. */
#include <elf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core.h"

#define RAM 0x40000000ULL
#define RAM_SIZE 0x800000ULL

static struct core core;
static unsigned char *head;

static void make(void)
{
	unsigned int size = core_head_size(&core);

	assert_int_equal(size % NK_DUMP_PAGE, 0);
	free(head);
	head = calloc(1, size);
	core_head(&core, head);
}

static int begin(void **state)
{
	memset(&core, 0, sizeof(core));
	core.nr_ram = 1;
	core.ram[0] = (struct nk_dump_ram){RAM, RAM_SIZE};
	core.info.nr_vcpus = 3;
	for (unsigned int i = 0; i < 3; i++) {
		for (unsigned int x = 0; x < 31; x++)
			core.vcpu[i].x[x] = 100 * i + x;
		core.vcpu[i].sp = 100 * i + 31;
		core.vcpu[i].pc = 100 * i + 32;
		core.vcpu[i].pstate = 100 * i + 33;
		core.vcpu[i].on = i != 1;
	}
	return 0;
}

static const Elf64_Phdr *segment(unsigned int i)
{
	return (const Elf64_Phdr *)(head + ((const Elf64_Ehdr *)head)->e_phoff) + i;
}

/* A note of that many bytes, of which so many were read. */
static void set_note(const char *text, unsigned int len, unsigned int max)
{
	Elf64_Nhdr note = {.n_namesz = sizeof("VMCOREINFO"), .n_descsz = len};

	memcpy(core.note, &note, sizeof(note));
	memcpy(core.note + sizeof(note), "VMCOREINFO\0", 12);
	memcpy(core.note + sizeof(note) + 12, text, strlen(text));
	core_check_note(&core, max);
}

static void test_program(void **state)
{
	const Elf64_Ehdr *elf;
	const Elf64_Phdr *p;
	unsigned long long regs[34];
	const unsigned char *desc;

	make();
	elf = (const Elf64_Ehdr *)head;
	assert_memory_equal(elf->e_ident, ELFMAG, SELFMAG);
	assert_int_equal(elf->e_type, ET_CORE);
	assert_int_equal(elf->e_machine, EM_AARCH64);
	assert_int_equal(elf->e_phnum, 2);
	p = segment(0);
	assert_int_equal(p->p_type, PT_NOTE);
	assert_int_equal(p->p_filesz, 2 * (12 + 8 + 392));
	/* Of the two vCPUs that were on. */
	for (unsigned int i = 0; i < 2; i++) {
		desc = head + p->p_offset + i * (12 + 8 + 392) + 20;
		memcpy(regs, desc + 112, sizeof(regs));
		for (unsigned int x = 0; x < 34; x++)
			assert_int_equal(regs[x], 200 * i + x);
		assert_int_equal(desc[32], 2 * i + 1);
	}
	p = segment(1);
	assert_int_equal(p->p_type, PT_LOAD);
	assert_int_equal(p->p_offset, core_head_size(&core));
	assert_int_equal(p->p_vaddr, RAM);
	assert_int_equal(p->p_paddr, RAM);
	assert_int_equal(p->p_filesz, RAM_SIZE);
	assert_int_equal(p->p_align, 0); /* crash has no other sign that it is one of kdump's */
}

static void test_linux(void **state)
{
	static const char info[] =
		"OSRELEASE=6\nNUMBER(VA_BITS)=48\n"
		"NUMBER(kimage_voffset)=0xffff7fffc8000000\nNUMBER(PHYS_OFFSET)=0x40000000\n";

	set_note(info, sizeof(info), 4096);
	assert_int_equal(core.note_len, 12 + 12 + (sizeof(info) + 3) / 4 * 4);
	make();
	assert_int_equal(((const Elf64_Ehdr *)head)->e_phnum, 3);
	assert_true(segment(1)->p_vaddr == 0xffff000000000000);
	assert_true(segment(2)->p_vaddr == 0xffff7fffc8000000 + RAM);
	assert_true(segment(2)->p_paddr == RAM);
	assert_int_equal(segment(2)->p_offset, segment(1)->p_offset);
	assert_memory_equal(head + segment(0)->p_offset + 2 * (12 + 8 + 392), core.note,
			    core.note_len);
}

/* Each piece has a segment, a piece behind the other in the file, and Linux the first one once more. */
static void test_pieces(void **state)
{
	static const char info[] = "NUMBER(VA_BITS)=48\nNUMBER(kimage_voffset)=0xffff7fffc8000000\n"
				   "NUMBER(PHYS_OFFSET)=0x20000000\n";
	static const struct nk_dump_ram more[] = {
		{0x1000000000, 0x200000}, {0x20000000, 0x400000}, {0x80000000, 0x1000}};

	core.nr_ram = 4;
	memcpy(core.ram + 1, more, sizeof(more));
	make();
	assert_int_equal(((const Elf64_Ehdr *)head)->e_phnum, 5);
	assert_int_equal(core_ram_size(&core), RAM_SIZE + 0x601000);
	for (unsigned int i = 0, at = core_head_size(&core); i < 4; i++) {
		const Elf64_Phdr *p = segment(1 + i);

		assert_int_equal(p->p_offset, at);
		assert_true(p->p_vaddr == core.ram[i].base && p->p_paddr == core.ram[i].base);
		assert_int_equal(p->p_filesz, core.ram[i].size);
		assert_int_equal(p->p_memsz, core.ram[i].size);
		at += core.ram[i].size;
	}
	assert_true(core_address(&core, 0) == RAM);
	assert_true(core_address(&core, RAM_SIZE - 1) == RAM + RAM_SIZE - 1);
	assert_true(core_address(&core, RAM_SIZE) == more[0].base);
	assert_true(core_address(&core, RAM_SIZE + 0x200000) == more[1].base);
	assert_true(core_address(&core, RAM_SIZE + 0x600fff) == more[2].base + 0xfff);

	set_note(info, sizeof(info), 4096);
	make();
	assert_int_equal(((const Elf64_Ehdr *)head)->e_phnum, 6);
	assert_true(segment(0)->p_offset >= sizeof(Elf64_Ehdr) + 6 * sizeof(Elf64_Phdr));
	assert_true(segment(1)->p_vaddr == 0xffff000020000000);
	assert_true(segment(2)->p_vaddr == 0xffff000fe0000000);
	assert_true(segment(3)->p_vaddr == 0xffff000000000000);
	assert_true(segment(5)->p_vaddr == 0xffff7fffc8000000 + RAM);
	assert_int_equal(segment(5)->p_offset, segment(1)->p_offset);
	assert_int_equal(segment(5)->p_filesz, RAM_SIZE);
}

static void test_lies(void **state)
{
	static const char *const odd[] = {
		"NUMBER(VA_BITS)=",
		"NUMBER(VA_BITS)=99\nNUMBER(PHYS_OFFSET)=0x1\nNUMBER(kimage_voffset)=0x1",
		"NUMBER(VA_BITS)=48\nNUMBER(PHYS_OFFSET)=0x",
		"NUMBER(VA_BITS)=4800000000000000000000000000000000000",
	};

	set_note("", 0xffffffff, sizeof(core.note));
	assert_int_equal(core.note_len, 0);
	set_note("", 4096, 4096 + 23);
	assert_int_equal(core.note_len, 0);
	set_note("", 0, 23);
	assert_int_equal(core.note_len, 0);
	set_note("x", 4095, 4096 + 23);
	assert_int_equal(core.note_len, 0); /* its end is not there */
	set_note("x", sizeof(core.note) - 24, sizeof(core.note));
	assert_int_equal(core.note_len, sizeof(core.note));
	core.info.nr_vcpus = CORE_VCPUS_MAX;
	make();
	core.note[12] = 'X';
	core_check_note(&core, sizeof(core.note));
	assert_int_equal(core.note_len, 0);
	for (unsigned int i = 0; i < sizeof(odd) / sizeof(*odd); i++) {
		begin(NULL);
		set_note(odd[i], strlen(odd[i]), 4096);
		make();
		assert_int_equal(((const Elf64_Ehdr *)head)->e_phnum, 2);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_program, begin),
		cmocka_unit_test_setup(test_linux, begin),
		cmocka_unit_test_setup(test_pieces, begin),
		cmocka_unit_test_setup(test_lies, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
