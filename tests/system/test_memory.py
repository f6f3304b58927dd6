# SPDX-License-Identifier: Apache-2.0
"""What EL2's and the guests' page tables say, read from physical memory past nk (Arm ARM D8)."""

import collections
import contextlib
import tempfile

import pytest
from nklib.rsp import Rsp
from test_panic import STACKS, STRIDE, THREADS, Symbols, boot_counters

pytestmark = pytest.mark.guests

KIB, MIB = 1 << 10, 1 << 20
PAGE, BLOCK = 4 * KIB, 2 * MIB
IMAGE, FDT, DEVICES, PHYS = (n << 40 for n in (0x40, 0x48, 0x60, 0x80))  # arch/layout.h
ADDRESS = 0x0000fffffffff000
BOARD_RAM = range(0x40000000, 0x60000000)  # 512 MiB of QEMU's virt machine
GICV, GICC, RTC, SLOTS = 0x08040000, 0x08010000, 0x09010000, 0x0a000000
GUEST_RAM = 8 * MIB
# The clock, and eight devices of one page.
GIVEN = 'devices = "/pl031@9010000", %s;' % ", ".join(
    f'"/virtio_mmio@{slot:x}"' for slot in range(SLOTS, SLOTS + PAGE, 0x200))

# Bits of SCTLR_EL2 and HCR_EL2.
M, C, SA, I, WXN, ENIA, BT = (1 << n for n in (0, 2, 3, 12, 19, 31, 36))
# VM SWIO PTW FMO IMO AMO TID3 TSC TIDCP TACR RW
HCR_SET = sum(1 << n for n in (0, 1, 2, 3, 4, 5, 18, 19, 20, 21, 31))
HCR_CLEAR = 1 << 12 | 1 << 27 | 1 << 34  # DC TGE E2H

Leaf = collections.namedtuple("Leaf", "va pa size entry")


def walk(gdb, table, level, bits, tables):
    """All leaves below a table of 4 KiB granules; the first one may be longer (concatenated).

    tables: a set that the pages of all tables are put into.
    """

    def descend(base, entries, at, va):
        span = 1 << (39 - 9 * at)
        tables.update(range(base & -PAGE, base + 8 * entries, PAGE))
        data = gdb.memory(base, 8 * entries)
        for i in range(entries):
            entry = int.from_bytes(data[8 * i:8 * i + 8], "little")
            if not entry & 1:
                continue
            where = va + i * span
            if at < 3 and entry & 2:
                assert not entry >> 59, f"{where:#x}: a table that limits what is below it"
                yield from descend(entry & ADDRESS, 512, at + 1, where)
            else:
                assert at > 0 and (at < 3 or entry & 2), f"{where:#x}: {entry:#x} at level {at}"
                pa = entry & ADDRESS
                assert pa % span == 0, f"{where:#x}: {entry:#x} at level {at}"
                yield Leaf(where, pa, span, entry)

    return list(descend(table, 1 << (bits - (39 - 9 * level)), level, 0))


def inside(leaf, start_at, end):
    return start_at <= leaf.va and leaf.va + leaf.size <= end


def total(leaves):
    return sum(leaf.size for leaf in leaves)


def covered(leaves, offset=0):
    """The pages, by their addresses less offset, that leaves cover: {page}."""
    return {page for leaf in leaves
            for page in range(leaf.va - offset, leaf.va - offset + leaf.size, PAGE)}


def pages_of(leaves):
    """The physical pages."""
    return {page for leaf in leaves for page in range(leaf.pa, leaf.pa + leaf.size, PAGE)}


# EL2's stage 1: AP[2], XN, GP, and of MAIR_EL2 index 0 memory, 1 devices.

def read_only(leaf):
    return bool(leaf.entry & 1 << 7)


def executable(leaf):
    return not leaf.entry & 1 << 54


def guarded(leaf):
    return bool(leaf.entry & 1 << 50)


def is_device(leaf):
    return (leaf.entry >> 2) & 7 == 1


@pytest.fixture
def halted(machines, nk, guest_programs, system_dts):
    """halted(): two VMs at work, then stopped; returns the stub."""
    del nk, guest_programs
    with tempfile.TemporaryDirectory() as place, contextlib.ExitStack() as stack:

        def boot(**options):
            socket = f"{place}/gdb"
            boot_counters(machines, system_dts, socket, given=GIVEN, **options)
            return stack.enter_context(Rsp(socket))

        yield boot


def el2_leaves(gdb, tables=None):
    roots = {gdb.read(cpu, "TTBR0_EL2") for cpu in range(2)}
    assert len(roots) == 1, "CPUs with different roots"
    assert {gdb.read(cpu, "TCR_EL2") & 0xc03f for cpu in range(2)} == {16}  # T0SZ, TG0: 4 KiB
    tables = set() if tables is None else tables
    return walk(gdb, roots.pop() & ADDRESS, 0, 48, tables)


@pytest.mark.parametrize("cpu", ["cortex-a53", "cortex-a57", "max"])
def test_el2_controls(halted, cpu):
    gdb = halted(cpu=cpu)
    for i in range(2):
        sctlr = gdb.read(i, "SCTLR_EL2")
        want = M | C | SA | I | WXN | (ENIA | BT if cpu == "max" else 0)
        assert sctlr & want == want, f"{sctlr:#x}"
        hcr = gdb.read(i, "HCR_EL2")
        assert hcr & HCR_SET == HCR_SET and not hcr & HCR_CLEAR, f"{hcr:#x}"
        assert gdb.read(i, "MAIR_EL2") & 0xffff == 0x04ff


@pytest.mark.parametrize("gic, cpu", [(2, "cortex-a57"), (3, "cortex-a53"), (3, "max")])
def test_el2_memory(halted, gic, cpu):
    gdb = halted(gic=gic, cpu=cpu)
    leaves = el2_leaves(gdb)
    assert not [leaf for leaf in leaves if executable(leaf) and not read_only(leaf)]
    assert not [leaf for leaf in leaves if leaf.va < IMAGE], "an identity map"
    windows = (IMAGE, IMAGE + BLOCK), (FDT, FDT + 2 * BLOCK), (STACKS, THREADS + 2 * STRIDE), \
        (DEVICES, DEVICES + 64 * MIB), (PHYS + BOARD_RAM.start, PHYS + BOARD_RAM.stop)
    image, fdt, stacks, devices, phys = ([leaf for leaf in leaves if inside(leaf, *window)]
                                         for window in windows)
    assert len(leaves) == sum(map(len, (image, fdt, stacks, devices, phys)))
    check_image(Symbols(), image)
    assert fdt and all(read_only(leaf) and not executable(leaf) for leaf in fdt)
    check_stacks(stacks)
    check_devices(devices)
    check_phys(gdb, phys, image, fdt, stacks)


def check_image(symbols, image):
    text_end, rodata_end = symbols["__text_end"], symbols["__rodata_end"]
    assert covered(image) == set(range(symbols["__image_start"], symbols["__image_end"], PAGE)) - \
        {symbols["boot_guard"]}
    for leaf in image:
        assert leaf.size == PAGE
        kind = (read_only(leaf), executable(leaf))
        if leaf.va < text_end:
            assert kind == (True, True) and guarded(leaf), f"text: {leaf}"
        elif leaf.va < rodata_end:
            assert kind == (True, False), f"rodata: {leaf}"
        else:
            assert kind == (False, False), f"data: {leaf}"
    assert not any(is_device(leaf) for leaf in image)
    assert {leaf.va - leaf.pa for leaf in image} == {IMAGE - image[0].pa}


def check_stacks(stacks):
    """16 KiB, as much that is not there, 8 KiB for panics, and a gap: for each CPU. 16 KiB and a gap: for each vCPU."""
    want = set()
    for bottom in range(STACKS, STACKS + 2 * STRIDE, STRIDE):
        want |= set(range(bottom, bottom + 16 * KIB, PAGE))
        want |= set(range(bottom + 32 * KIB, bottom + 40 * KIB, PAGE))
    for bottom in range(THREADS, THREADS + 2 * STRIDE, STRIDE):
        want |= set(range(bottom, bottom + 16 * KIB, PAGE))
    assert covered(stacks) == want
    assert not any(read_only(leaf) or executable(leaf) or is_device(leaf) for leaf in stacks)
    assert len(pages_of(stacks)) == len(want), "stacks that share a page"


def check_devices(devices):
    assert devices and all(is_device(leaf) and not executable(leaf) for leaf in devices)
    assert not any(leaf.pa in BOARD_RAM for leaf in devices)


def check_phys(gdb, phys, image, fdt, stacks):
    assert not any(executable(leaf) or is_device(leaf) for leaf in phys)
    assert {leaf.va - leaf.pa for leaf in phys} == {PHYS}
    own = set(range(image[0].pa, image[0].pa + BLOCK, PAGE))
    assert not pages_of(phys) & own, "nk's image has a second address"
    assert not pages_of(phys) & pages_of(fdt)
    assert pages_of(stacks) <= pages_of(phys)  # from the pool
    bundle = sorted(leaf for leaf in phys if read_only(leaf))
    head = gdb.memory(bundle[0].pa, 8)
    size = int.from_bytes(head[4:], "big")
    assert head[:4] == bytes.fromhex("d00dfeed"), "what is read-only is not the bundle"
    assert len(pages_of(bundle)) * PAGE == total(bundle) == bundle[-1].pa + PAGE - bundle[0].pa
    assert size <= total(bundle) < size + 2 * MIB


def stage2(gdb, cpu, tables):
    """The leaves of the VM that runs on a CPU, and its VMID, after a look at VTCR_EL2."""
    vtcr, vttbr = gdb.read(cpu, "VTCR_EL2"), gdb.read(cpu, "VTTBR_EL2")
    bits, start_level = 64 - (vtcr & 0x3f), 2 - ((vtcr >> 6) & 3)
    assert not (vtcr >> 14) & 3, "a granule that is not 4 KiB"
    assert (vtcr >> 8) & 0x3f == 0x35, "walks are not write-back, inner shareable"
    first = bits - (39 - 9 * start_level)  # bits of the index
    assert 1 <= first <= 13
    root = vttbr & 0x0000fffffffffffe
    assert root % max(8 << first, PAGE if first >= 9 else 64) == 0, "a root that is not aligned"
    return walk(gdb, root, start_level, bits, tables), vttbr >> 48, bits


def normal(leaf):
    """Write-back memory, read and write, inner shareable, executable, accessed."""
    return leaf.entry & 0x7fc == 15 << 2 | 3 << 6 | 3 << 8 | 1 << 10 and not leaf.entry >> 53 & 3


def device(leaf):
    """nGnRE, read and write, accessed, never executable."""
    return leaf.entry & 0x4fc == 1 << 2 | 3 << 6 | 1 << 10 and leaf.entry >> 53 & 3 == 2


@pytest.mark.parametrize("gic, cpu, bits", [
    (3, "cortex-a53", 40), (2, "cortex-a57", 44), (3, "cortex-a57", 44), (2, "max", 48),
    (3, "max", 48)])
def test_guest_memory(halted, gic, cpu, bits):
    gdb = halted(gic=gic, cpu=cpu)
    tables = set()
    own = pages_of(leaf for leaf in el2_leaves(gdb, tables)
                   if leaf.va < PHYS or read_only(leaf) or is_device(leaf))
    ids, seen = set(), set()
    stage2(gdb, 0, tables)
    stage2(gdb, 1, tables)
    for i in range(2):
        leaves, vmid, ipa_bits = stage2(gdb, i, tables)
        assert ipa_bits == bits
        ids.add(vmid)
        ram = [leaf for leaf in leaves if normal(leaf)]
        devices = {leaf.va: leaf.pa for leaf in leaves if device(leaf) and leaf.size == PAGE}
        assert len(leaves) == len(ram) + len(devices)
        assert all(leaf.size >= BLOCK for leaf in ram)
        assert covered(ram) == set(range(0x40000000, 0x40000000 + GUEST_RAM, PAGE))
        assert len({leaf.va - leaf.pa for leaf in ram}) == 1, "RAM that is not one piece"
        assert all(page in BOARD_RAM for page in pages_of(ram))
        # A VM's GICV is the CPU's own, whoever looks at it; what is given is vm2's.
        given = {RTC: RTC, SLOTS: SLOTS} if i == 0 else {}
        assert devices == ({GICC: GICV} if gic == 2 else {}) | given
        mine = pages_of(ram) | set(given)
        assert not mine & (seen | own | tables), "a page with two owners"
        seen |= mine
    assert ids == {2, 3}
