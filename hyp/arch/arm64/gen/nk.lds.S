/* SPDX-License-Identifier: Apache-2.0 */
/* The linker script: nk's sections at VA_IMAGE, each permission on pages of its own. */
#include "arch/layout.h"

OUTPUT_ARCH(aarch64)
ENTRY(_head)

SECTIONS
{
	. = VA_IMAGE;
	__image_start = .;
	.text : ALIGN(4096) {
		__idmap_start = .;
		*(.head.text)
		*(.idmap.text)
		__idmap_end = .;
		__text_start = .;
		/* Up to the vectors' alignment: assembly, whose size is known to fit. */
		*/hyp/arch/arm64/boot/head.o(.text) */hyp/arch/arm64/mm/cache.o(.text)
		*/hyp/arch/arm64/fpsimd.o(.text) */hyp/lib/string_copy.o(.text)
		*(.vectors.text)
		*(.text .text.* .iplt)
	}
	ASSERT(__idmap_end - __idmap_start <= 4096, "the identity-mapped code is one page")
	. = ALIGN(4096);
	__text_end = .;
	.rodata : ALIGN(4096) {
		*(.rodata .rodata.* .srodata .srodata.*)
		. = ALIGN(8);
		__got_start = .;
		*(.got .got.plt .igot.plt)
		__got_end = .;
	}
	/* Last of the read-only part: between the two links only its size differs, and no code moves. */
	.symtab_nk : ALIGN(8) {
		KEEP(*(.nk_syms .rodata_syms))
	}

	. = ALIGN(4096);
	__rodata_end = .;
	.data : ALIGN(4096) {
		*(.data .data.*)
	}
	__file_end = .;
	.bss (NOLOAD) : ALIGN(4096) {
		__bss_start = .;
		*(.bss.pgtables)
		*(.bss .bss.* COMMON)
		. = ALIGN(4096);
		__bss_end = .;
	}
	__image_end = .;
	__image_size = ABSOLUTE(__image_end - __image_start);
	ASSERT(__image_end - __image_start <= IMAGE_SIZE_MAX, "nk's image outgrew its level-3 table")

	.debug_info 0 : { *(.debug_info) }
	.debug_abbrev 0 : { *(.debug_abbrev) }
	.debug_line 0 : { *(.debug_line) }
	.debug_line_str 0 : { *(.debug_line_str) }
	.debug_str 0 : { *(.debug_str) }
	.debug_aranges 0 : { *(.debug_aranges) }
	.debug_rnglists 0 : { *(.debug_rnglists) }
	.debug_ranges 0 : { *(.debug_ranges) }
	.debug_loclists 0 : { *(.debug_loclists) }
	.debug_loc 0 : { *(.debug_loc) }
	.debug_frame 0 : { *(.debug_frame) }
	.comment 0 : { *(.comment) }
	.symtab 0 : { *(.symtab) }
	.strtab 0 : { *(.strtab) }
	.shstrtab 0 : { *(.shstrtab) }
	/DISCARD/ : { *(.note.* .ARM.* .eh_frame .eh_frame_hdr .gnu.* .interp .dynamic .dynsym .dynstr .hash .rela.*) }
}
