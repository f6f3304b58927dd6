# SPDX-License-Identifier: Apache-2.0
"""VirtIO devices whose back-end has a pool of the driver's RAM (`share` with a size) or what it grants, seen from EL1 on both sides."""

import pytest
import virtiogrants
from nklib.machine import NK
from test_virtio import (ACKNOWLEDGE, DRIVER, FEATURES_OK, ISR, NEEDS_RESET, Q_MAX, Q_READY, Q_SEL, SECOND, SPACE, STAT,
                         VERSION_1, Back, Front, wait_for)

pytestmark = pytest.mark.guests

MIB = 1 << 20
PLATFORM = 1 << 33
VM = """
&vm{vm} {{
	name = "{name}";
	kernel = "vlink";
	kernel-offset = <0x80000>;
	memory {{ size = <{size:#x}>; {base} }};
}};
&vm{vm}_vcpus {{ #count = <1>; affinity = "{cpu}"; migration = "off"; }};
"""
DEVICE = """
&vm{vm}_vplatform {{
	{name}@{reg:x} {{
		compatible = "vl,virtio-device,mmio";
		reg = <0x0 {reg:#x} 0x200>;
		interrupts = <0 {irq} 1>;
		vl,device-vmid = <{back}>;
		vl,device-name = "{name}";
		share = <{share}>;
		wait = <0>;
	}};
}};
"""
REGS, NET = 0x0A003000, 0x0A003400
BASE = "base = <0x0 0x40000000>;"
# VM 2 has its RAM elsewhere than it is, VM 3 has not. Pools are from the end of the RAM down.
SYSTEM = "".join(VM.format(vm=vm, name=name, size=size * MIB, cpu=vm - 2, base=base) for vm, name, size, base in (
    (2, "front", 16, BASE), (3, "back", 10, "pa = <0x0 0x50000000>;"), (4, "other", 8, BASE))) + "".join(
        DEVICE.format(vm=vm, name=name, reg=reg, irq=irq, back=back, share=share) for vm, name, reg, irq, back, share in (
            (2, "disk", REGS, 42, 3, "0x0 0x00200000"), (2, "second", SECOND, 43, 3, "0x00200000"),
            (2, "net", NET, 44, 4, "0x00400000"), (3, "own", REGS, 42, 2, "0x00200000"))) + virtiogrants.NODE
DISK, SECONDS, NETS, OWN = 0x40E00000, 0x40C00000, 0x40800000, 0x50800000
ELSEWHERE = 0x40700000  # in VM 2's RAM, in no pool
MARK = 0x1122334455667788


class Both(Front, Back):
    """Each VM here is one of them at a time."""


def hears(back, device, **offer):
    assert back.offer(device, **offer) == 0
    back.catches_up(device)


def where(back, device, driver, size):
    """What the back-end is told of a pool: one piece."""
    assert back.info(device)[6] == 1 and back.share(device, 1) is None
    at, here, bytes_ = back.share(device)
    assert (at, bytes_) == (driver, size) and here >= 1 << 32 and here % (1 << 30) == 0
    return here


def shown(driver, at, viewer, here, size):
    """Both read what the other one has written, at the first word and the last."""
    for offset in 0, size - 8:
        driver.poke(at + offset, MARK + offset, 8)
        assert viewer.peek(here + offset, 8) == MARK + offset
        viewer.poke(here + offset, offset + 1, 8)
        assert driver.peek(at + offset, 8) == offset + 1
        driver.poke(at + offset, 0, 8)


def nothing_else(viewer, here, size):
    """Of what the driver's VM has in the rest of its RAM there is nothing, and nothing can be run."""
    assert viewer.ask(f"zero {here:#x} {size:#x}") == "0 words are not zero"
    for beyond in here + size, here + (1 << 30) - 8:
        viewer.strays("peek", beyond)
        viewer.strays("poke", beyond, "1")
    assert viewer.ask(f"exec {here:#x}").startswith("abort 0x8600")


def pools(front, back, other):
    """Each back-end sees the pool of its device, wherever that VM has its RAM, and no other."""
    disk = where(back, 0, DISK, 2 * MIB)
    second = where(back, 1, SECONDS, 2 * MIB)
    net = where(other, 0, NETS, 4 * MIB)
    own = where(front, 0, OWN, 2 * MIB)
    front.poke(ELSEWHERE, MARK, 8)
    back.poke(disk, 1, 8)  # nobody's yet
    assert front.peek(DISK, 8) == 0
    for vm, device in (back, 0), (back, 1), (other, 0), (front, 0):
        hears(vm, device)
    for driver, at, viewer, here, size in ((front, DISK, back, disk, 2 * MIB), (front, SECONDS, back, second, 2 * MIB),
                                           (front, NETS, other, net, 4 * MIB), (back, OWN, front, own, 2 * MIB)):
        shown(driver, at, viewer, here, size)
        nothing_else(viewer, here, size)
    for viewer, theirs in (back, net), (other, disk), (other, second), (other, own), (front, disk):
        viewer.strays("peek", theirs)
    return disk, second


def begins(front, at, features=VERSION_1 | PLATFORM):
    front.set(STAT, ACKNOWLEDGE | DRIVER, at)
    front.features(features, at)
    front.set(STAT, ACKNOWLEDGE | DRIVER | FEATURES_OK, at)
    return front.reg(STAT, at)


def complaints(machine):
    return [line for line in machine.lines(NK) if "VirtIO device" in line and "granted" not in line]


def features(machine, front, other):
    """A driver has to know that not all addresses are good; the back-end need not, as nk has them in a place of their own."""
    assert front.offered(NET) == VERSION_1 | PLATFORM | 0x10
    for _ in range(3):
        assert begins(front, NET, VERSION_1 | 0x10) == ACKNOWLEDGE | DRIVER
    wait_for(lambda: complaints(machine))
    assert complaints(machine) == ["nk: vm2 front: VirtIO device net: has a pool, 0x40800000 to 0x40bfffff, and its driver does not accept"
                                   ' VIRTIO_F_ACCESS_PLATFORM: it needs a newer one, or share = "all"']
    assert begins(front, NET) == ACKNOWLEDGE | DRIVER | FEATURES_OK
    assert other.catches_up()[4] == VERSION_1


GOOD = DISK, DISK + 0x1000, DISK + 2 * MIB - 6 - 8 * 64
OUTSIDE = (  # of a split queue of 64
    (DISK - 16, *GOOD[1:]), (DISK + 2 * MIB - 16 * 63, *GOOD[1:]), (1 << 63 | DISK, *GOOD[1:]),
    (DISK, DISK + 2 * MIB - 5 - 2 * 64, GOOD[2]), (DISK, ELSEWHERE, GOOD[2]), (DISK, SECONDS, GOOD[2]),
    (*GOOD[:2], GOOD[2] + 1), (*GOOD[:2], DISK + 2 * MIB), (*GOOD[:2], 2**64 - 8))


def resets(front, back):
    front.begins(f"poke {REGS + STAT:#x} 0 4")
    wait_for(lambda: back.catches_up()[3] == 0)
    front.ended()
    assert front.reg(STAT) == 0


def queues(machine, front, back):
    """One that is not in the pool does not get ready; the device needs a reset, shows nothing, and one line says why."""
    back.put(b"\1" * 8)
    assert back.call(67, 0, 0, back.buf, 8) == 0
    told = len(complaints(machine))
    for areas in OUTSIDE:
        assert begins(front, REGS) == 11
        assert front.reg(Q_MAX) == 256 and front.peek(REGS + SPACE, 8) == 0x0101010101010101
        front.queue(0, 64, *areas)
        assert front.reg(Q_READY) == 0 and front.reg(STAT) == 11 | NEEDS_RESET and front.reg(ISR) == 2, areas
        assert front.reg(Q_MAX) == 0 and front.peek(REGS + SPACE, 8) == 0
        front.set(Q_SEL, 1)
        front.queue(1, 16, *GOOD)  # too late
        assert front.reg(Q_READY) == 0 and back.state()[5] == 0
        resets(front, back)
    assert begins(front, REGS) == 11
    front.queue(0, 64, *GOOD)
    assert front.reg(Q_READY) == 1
    front.set(STAT, 15)
    assert back.catches_up()[3:6] == (15, VERSION_1, 1)
    wait_for(lambda: len(complaints(machine)) > told)
    assert complaints(machine)[told:] == [
        f"nk: vm2 front: VirtIO device disk: a queue has {DISK - 16:#x}, outside its pool, 0x40e00000 to 0x40ffffff: the kernel"
        ' needs CONFIG_DMA_RESTRICTED_POOL, or the device share = "all"']


def lives(machine, front, back, disk, second):
    """Shown to a back-end that has heard of this life, of which the other one need not know; and told once more."""
    front.poke(DISK, 5, 8)
    front.poke(SECONDS, 6, 8)
    front.reset()
    for here in disk, second:
        back.poke(here, 0x66, 8)  # as an old request would
        assert back.peek(here, 8) == 0x66
    back.catches_up(1)
    assert back.peek(second, 8) == 0 and front.peek(SECONDS, 8) == 0
    shown(front, SECONDS, back, second, 2 * MIB)
    assert back.peek(disk, 8) == 0x66 and front.peek(DISK, 8) == 0
    back.catches_up(0)
    shown(front, DISK, back, disk, 2 * MIB)
    told = len(complaints(machine))
    assert begins(front, REGS) == 11
    front.queue(0, 64, *OUTSIDE[0])
    wait_for(lambda: len(complaints(machine)) == told + 1)


@pytest.mark.parametrize("gic", [2, 3])
def test_pools(boot, system_dts, guest_programs, gic):
    del guest_programs
    machine = boot(system_dts(SYSTEM, "vlink"), gic=gic, cpus=3, mem=512)
    machine.wait_up()
    front, back, other = (Both(machine, vm) for vm in (2, 3, 4))
    back.buf = 0x50600000
    disk, second = pools(front, back, other)
    features(machine, front, other)
    queues(machine, front, back)
    lives(machine, front, back, disk, second)
    virtiogrants.check(machine, front, back, other)
    assert machine.quit() == 0
