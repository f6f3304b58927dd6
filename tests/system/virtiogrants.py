# SPDX-License-Identifier: Apache-2.0
"""A VirtIO device whose driver grants pages (`share = "grants"`), seen from EL1 on both sides; test_virtio_pool.py boots it."""

from nklib.machine import NK
from test_virtio import (ACKNOWLEDGE, DRIVER, FEATURES_OK, ISR, NEEDS_RESET, Q_MAX, Q_READY, STAT, VERSION_1, wait_for)
from test_vlink import GONE

REGS = 0x0A003600
NUMBER = 2  # of VM 3's devices
SLOTS = 70
NODE = f"""
&vm2_vplatform {{
	granted@{REGS:x} {{
		compatible = "vl,virtio-device,mmio";
		reg = <0x0 {REGS:#x} 0x200>;
		interrupts = <0 46 1>;
		vl,device-vmid = <3>;
		vl,device-name = "granted";
		share = "grants";
		grants = <{SLOTS}>;
		wait = <0>;
	}};
}};
"""
WINDOW, GRANT, REVOKE = 69, 70, 71
AT = 1 << 48  # what the device knows slot 0 as
PAGE = 4096
RAM, RAM_END = 0x40000000, 0x41000000  # of VM 2's
PAGES = 0x40500000  # some of them
MARK = 0x5A5A000000000001


class Pair:
    """Both sides, and where the back-end has the window."""

    def __init__(self, front, back):
        self.front, self.back = front, back
        at, self.here, size = back.share(NUMBER)
        assert (at, size) == (AT, SLOTS * PAGE) and self.here >= 1 << 32 and self.here % (1 << 30) == 0
        assert back.info(NUMBER)[6] == 1 and back.share(NUMBER, 1) is None

    def grant(self, slot, page, count=1):
        return self.front.call(GRANT, REGS, slot, page, count)

    def revoke(self, slot, count=1):
        return self.front.call(REVOKE, REGS, slot, count)

    def slot(self, slot, offset=0):
        return self.here + slot * PAGE + offset

    def shows(self, slot, page):
        """Both read what the other one has written, at the first word and the last."""
        for offset in 0, PAGE - 8:
            self.front.poke(page + offset, MARK + offset, 8)
            assert self.back.peek(self.slot(slot, offset), 8) == MARK + offset
            self.back.poke(self.slot(slot, offset), offset + 1, 8)
            assert self.front.peek(page + offset, 8) == offset + 1

    def hides(self, slot, page):
        """What is there is nobody's: neither reaches the other, and nothing faults."""
        self.front.poke(page, MARK, 8)
        self.back.poke(self.slot(slot), 0x66, 8)
        assert self.back.peek(self.slot(slot), 8) == 0x66 and self.front.peek(page, 8) == MARK


def strangers(pair, other):
    """Nobody but the VM with that device can grant there, and no other device has a window."""
    assert pair.front.call(WINDOW, REGS) == SLOTS
    for regs in REGS + 0x200, 0x0A003000, 0, 1 << 63:
        assert pair.front.call(WINDOW, regs) == 0 and pair.front.call(REVOKE, regs, 0, 1) == 0
        assert pair.front.call(GRANT, regs, 0, PAGES, 1) == GONE
    for vm in pair.back, other:
        assert vm.call(WINDOW, REGS) == vm.call(REVOKE, REGS, 0, 1) == 0
        assert vm.call(GRANT, REGS, 0, PAGES, 1) == GONE
    other.strays("peek", pair.here)


def grants(pair):
    """The back-end has what is granted, where the driver says, and not a page beside it; and cannot run it."""
    assert pair.grant(3, PAGES) == 0
    pair.hides(3, PAGES)  # the back-end has not heard of this life
    pair.back.offer(NUMBER)
    pair.back.catches_up(NUMBER)
    pair.shows(3, PAGES)
    assert pair.back.ask(f"exec {pair.slot(3):#x}").startswith("abort 0x8600")
    for slot, page in (2, PAGES - PAGE), (4, PAGES + PAGE):
        pair.hides(slot, page)
    for what, value in ("peek", ""), ("poke", "1"):
        pair.back.strays(what, pair.slot(SLOTS), value)
    assert pair.grant(4, PAGES, 64) == 0  # the first is there twice now
    for slot, page in (4, PAGES), (3, PAGES), (5, PAGES + PAGE), (67, PAGES + 63 * PAGE):
        pair.shows(slot, page)
    assert pair.grant(SLOTS - 1, RAM_END - PAGE) == 0
    pair.shows(SLOTS - 1, RAM_END - PAGE)


def hostile(pair):
    """Pages that are not the driver's, slots that are not free or are none, and numbers that make no sense: nothing of it is done."""
    for page in (RAM - PAGE, RAM_END, 0x50000000, REGS & -PAGE, 0, PAGES + 8, PAGES + 1, pair.here, AT, 1 << 63, 2**64 - PAGE):
        assert pair.grant(0, page) == GONE, hex(page)
    assert pair.grant(0, RAM_END - PAGE, 2) == pair.grant(0, RAM_END - 0x3F * PAGE, 64) == GONE
    for slot, count in ((3, 1), (0, 4), (2, 2), (67, 2), (0, 0), (0, 65), (SLOTS, 1), (68, 3), (2**32 - 1, 2), (2**32, 1), (0, 2**32 + 1)):
        assert pair.grant(slot, PAGES, count) == GONE, (slot, count)
    for slot, count in ((0, 3), (68, 1), (0, 0), (0, 65), (SLOTS, 1), (SLOTS - 1, 2), (2**32 - 1, 2), (2**32, 1), (3, 2**32 + 1)):
        assert pair.revoke(slot, count) == 0, (slot, count)
    pair.shows(3, PAGES)
    for slot in 0, 2, 68:
        pair.hides(slot, PAGES)


def takes_back(pair):
    """What is taken back is nobody's at once; slots that are free count for nothing."""
    assert pair.revoke(5) == 1
    pair.hides(5, PAGES + PAGE)
    pair.shows(6, PAGES + 2 * PAGE)
    assert pair.revoke(5) == 0 and pair.revoke(2, 5) == 3  # 3, 4 and 6
    for slot, page in (3, PAGES), (4, PAGES), (6, PAGES + 2 * PAGE):
        pair.hides(slot, page)
    pair.shows(7, PAGES + 3 * PAGE)
    assert pair.grant(5, PAGES + 9 * PAGE) == 0
    pair.shows(5, PAGES + 9 * PAGE)


def begins(pair):
    pair.front.set(STAT, ACKNOWLEDGE | DRIVER, REGS)
    pair.front.features(VERSION_1 | 1 << 33, REGS)
    pair.front.set(STAT, ACKNOWLEDGE | DRIVER | FEATURES_OK, REGS)
    return pair.front.reg(STAT, REGS)


def sets_up(pair, *areas):
    """Whether queue 0 gets ready there."""
    front = pair.front
    for reg, value in (0x30, 0), (0x38, 16), *((0x80 + 0x10 * n + 4 * half, areas[n] >> 32 * half & 0xFFFFFFFF)
                                              for n in range(3) for half in (0, 1)), (Q_READY, 1):
        front.set(reg, value, REGS)
    return front.reg(Q_READY, REGS)


def resets(pair):
    pair.front.begins(f"poke {REGS + STAT:#x} 0 4")
    wait_for(lambda: pair.back.catches_up(NUMBER)[3] == 0)
    pair.front.ended()


def told(machine):
    return [line for line in machine.lines(NK) if "VirtIO device granted" in line]


def queues(machine, pair):
    """A driver that knows nothing of grants gets no queue, and one line; one whose queues are in the window gets it."""
    assert begins(pair) == ACKNOWLEDGE | DRIVER | FEATURES_OK
    assert sets_up(pair, PAGES, AT + PAGE, AT + 2 * PAGE) == 0
    assert pair.front.reg(STAT, REGS) & NEEDS_RESET and pair.front.reg(ISR, REGS) == 2 and pair.front.reg(Q_MAX, REGS) == 0
    wait_for(lambda: told(machine))
    assert told(machine) == [
        f"nk: vm2 front: VirtIO device granted: a queue has {PAGES:#x}, outside its window, {AT:#x} to {AT + SLOTS * PAGE - 1:#x}: the"
        ' kernel needs nk\'s module vlx-virtio-grants, or the device share = "all"']
    resets(pair)
    assert begins(pair) == ACKNOWLEDGE | DRIVER | FEATURES_OK
    assert sets_up(pair, AT, AT + PAGE, AT + 2 * PAGE) == 1


def device_reset(pair):
    """What was granted before a reset is gone when the driver goes on, and not before: what is under way ends where it began."""
    assert pair.grant(0, PAGES) == 0
    resets(pair)
    pair.shows(0, PAGES)
    pair.front.set(STAT, ACKNOWLEDGE, REGS)
    pair.hides(0, PAGES)
    assert pair.revoke(0, 64) == 0 and pair.grant(0, PAGES) == 0
    resets(pair)
    assert pair.grant(1, PAGES + PAGE) == 0  # as well by that
    pair.hides(0, PAGES)
    pair.shows(1, PAGES + PAGE)


def lives(pair):
    """Of a life of the driver's VM nothing is left in the next one; a next life of the back-end's has what it is granted."""
    pair.front.reset()
    pair.hides(1, PAGES + PAGE)
    pair.back.catches_up(NUMBER)
    pair.hides(1, PAGES + PAGE)
    assert pair.revoke(0, 64) == 0 and pair.grant(1, PAGES) == 0
    pair.shows(1, PAGES)
    pair.back.reset()
    pair.hides(1, PAGES)
    assert pair.back.share(NUMBER) == (AT, pair.here, SLOTS * PAGE)
    pair.back.offer(NUMBER)
    pair.back.catches_up(NUMBER)
    pair.shows(1, PAGES)
    assert pair.revoke(0, 64) == 1
    pair.hides(1, PAGES)


def check(machine, front, back, other):
    pair = Pair(front, back)
    strangers(pair, other)
    grants(pair)
    hostile(pair)
    takes_back(pair)
    queues(machine, pair)
    device_reset(pair)
    lives(pair)
