# SPDX-License-Identifier: Apache-2.0
"""VirtIO devices seen from EL1: one VM has the registers, another one serves them by hypercalls (nk/virtio.h)."""

import struct
import time

import pytest
from nklib.machine import TIME_SCALE
from test_vlink import GONE, RAW, Guest

pytestmark = pytest.mark.guests

REGS, SECOND = 0x0A003000, 0x0A003200
SYSTEM = "".join(RAW.format(vm=vm, name=name, cpu=vm - 2, base=base) for vm, name, base in (
    (2, "front", "base = <0x0 0x40000000>;"), (3, "back", "base = <0x0 0x40000000>;"), (4, "other", ""))) + """
&vm2_vplatform {
	disk@a003000 {
		compatible = "vl,virtio-device,mmio";
		reg = <0x0 0x0a003000 0x0 0x200>;
		interrupts = <0 42 0>;
		vl,device-vmid = <3>;
		vl,device-name = "disk,a";
		share = "all";
		wait = <0>;
	};
	console@a003200 {
		compatible = "vl,virtio-device,mmio";
		reg = <0x0 0x0a003200 0x160>;
		interrupts = <0 43 4>;
		vl,device-vmid = <3>;
		vl,device-name = "console";
		wait = <15000>;
	};
};
"""
INFO, SHARE, OFFER, STATE, QUEUE, DONE, STATUS, CONFIG, INTERRUPT = range(60, 69)
BUF = 0x40600000  # in the back-end's RAM, for what it passes
ACKNOWLEDGE, DRIVER, DRIVER_OK, FEATURES_OK, NEEDS_RESET = 1, 2, 4, 8, 64
VERSION_1 = 1 << 32
MAGIC, VERSION, DEVICE_ID, VENDOR = 0, 4, 8, 0xC
FEATURES, FEATURES_SEL, DRV_FEATURES, DRV_SEL = 0x10, 0x14, 0x20, 0x24
Q_SEL, Q_MAX, Q_NUM, Q_READY, Q_NOTIFY, ISR, ACK, STAT = 0x30, 0x34, 0x38, 0x44, 0x50, 0x60, 0x64, 0x70
Q_DESC, Q_DRIVER, Q_DEVICE, SHM_LEN, GENERATION, SPACE = 0x80, 0x90, 0xA0, 0xB0, 0xFC, 0x100


class Front(Guest):
    """The driver's side."""

    def reg(self, offset, at=REGS):
        return self.peek(at + offset)

    def set(self, offset, value, at=REGS):
        self.poke(at + offset, value)

    def features(self, value, at=REGS):
        for half in (0, 1):
            self.set(DRV_SEL, half, at)
            self.set(DRV_FEATURES, value >> (32 * half) & 0xFFFFFFFF, at)

    def offered(self, at=REGS):
        value = 0
        for half in (0, 1):
            self.set(FEATURES_SEL, half, at)
            value |= self.reg(FEATURES, at) << (32 * half)
        return value

    def queue(self, n, size, desc, driver, device):
        self.set(Q_SEL, n)
        self.set(Q_NUM, size)
        for reg, value in ((Q_DESC, desc), (Q_DRIVER, driver), (Q_DEVICE, device)):
            self.set(reg, value & 0xFFFFFFFF)
            self.set(reg + 4, value >> 32)
        self.set(Q_READY, 1)

    def begins(self, command):
        """Sends a command whose answer waits for the back-end."""
        self.machine.mark(self.vm)
        self.machine.send(self.vm, command + "\r")

    def ended(self):
        return self.machine.wait_line(self.vm, r"^vlink: (0x[0-9a-f]+)$")[1]


class Back(Guest):
    """The back-end's side."""

    buf = BUF

    def put(self, data):
        data += bytes(-len(data) % 8)
        for at in range(0, len(data), 8):
            self.poke(self.buf + at, struct.unpack_from("<Q", data, at)[0], 8)

    def get(self, size):
        return b"".join(struct.pack("<Q", self.peek(self.buf + at, 8)) for at in range(0, size, 8))

    def info(self, device):
        if self.call(INFO, device, self.buf):
            return None
        name, *rest = struct.unpack("<32sIIQQII", self.get(64))
        return (name.rstrip(b"\0").decode(), *rest)

    def share(self, device, which=0):
        return None if self.call(SHARE, device, which, self.buf) else struct.unpack("<QQQ", self.get(24))

    def offer(self, device, device_id=2, features=0x10, config=8, maxima=(256, 16), flags=0):
        self.put(struct.pack("<IIQIIII", device_id, 0x6E6B, features, config, len(maxima), flags, 0) +
                 struct.pack("<32H", *maxima, *[0] * (32 - len(maxima))))
        return self.call(OFFER, device, self.buf)

    def state(self, device=0):
        """asked, running, resets, status, features, ready, (offset, size, data) of a store."""
        assert self.call(STATE, device, self.buf) == 0
        asked, running, resets, status, features, ready, size, offset, _, data = struct.unpack("<IIIIQIIIIQ", self.get(48))
        return asked, running & 1, resets, status, features, ready, (offset, size, data) if size else None

    def done(self, device=0):
        state = self.state(device)
        assert self.call(DONE, device, state[0]) == 0
        return state

    def catches_up(self, device=0):
        """Until the state is the last one; returns that."""
        while True:
            state = self.done(device)
            if state[0] == self.asked(device):
                return state

    def page(self, device):
        return self.info(device)[3]

    def asked(self, device=0):
        return self.peek(self.page(device))

    def kicks(self, queue, device=0):
        return self.peek(self.page(device) + 64 + 4 * queue)


def tells(front, back):
    """What each side is told of a device before it does anything."""
    name, vm, xirq, page, reg, size, shares = back.info(0)
    assert (name, vm, reg, size, shares) == ("disk,a", 2, REGS, 0x200, 1)
    assert xirq > 1024 and page % 256 == 0
    assert back.info(1)[:2] == ("console", 2) and back.info(1)[4:] == (SECOND, 0x160, 0)
    assert back.info(2) is None and back.share(1) is None and back.share(0, 1) is None
    ram, here, ram_size = back.share(0)
    assert (ram, ram_size) == (0x40000000, 0x00800000) and here >= 1 << 32 and here % (1 << 30) == 0
    assert front.reg(MAGIC) == 0x74726976 and front.reg(VERSION) == 2
    assert front.reg(DEVICE_ID) == 0 and front.reg(STAT) == 0
    back.strays("poke", page, "1")


def strangers(front, other):
    """Nobody else can serve it, and the driver's VM is none of those who do."""
    for vm in (front, other):
        for nr in (INFO, SHARE, OFFER, STATE, QUEUE, DONE, STATUS, CONFIG, INTERRUPT):
            assert vm.call(nr, 0, 0, 0x40600000, 0) == GONE, nr
    other.strays("peek", REGS)


def wrong_calls(back):
    """Each argument that makes no sense."""
    assert back.offer(0, device_id=0) == GONE
    assert back.offer(0, config=257) == back.offer(1, config=0x61) == GONE
    assert back.offer(0, maxima=(0,)) == back.offer(0, maxima=(32769,)) == back.offer(0, flags=2) == GONE
    assert back.call(OFFER, 2, BUF) == back.call(OFFER, 0, 0x40800000 - 8) == GONE
    assert back.call(DONE, 0, 0) == back.call(INTERRUPT, 0, 1) == back.call(STATUS, 0, 64) == GONE
    assert back.call(CONFIG, 0, 0, BUF, 1) == back.call(STATE, 0, 0x12345678) == GONE
    assert back.call(QUEUE, 0, 32, BUF) == back.call(STATE, 1 << 32, BUF) == GONE


def waits_for_its_back_end(front, back):
    """Whoever looks at a device that is to come waits until it is there."""
    front.begins(f"peek {SECOND:#x} 4")
    assert back.offer(1, device_id=3, config=12) == 0
    assert front.ended() == "0x74726976" and front.reg(DEVICE_ID, SECOND) == 3
    assert back.offer(1) == GONE  # it is there
    back.catches_up(1)
    assert back.call(OFFER, 1, 0) == 0
    assert front.reg(DEVICE_ID, SECOND) == 0


def pauses_while_it_waits(front, back):
    """A VM whose vCPU waits can be paused, and goes on with the wait, or without it, when it was answered meanwhile."""
    def nk(command, state):
        front.machine.nk_prompt(f"vm 2 {command}")
        wait_for(lambda: any(f"vm2 front: {state}" in line for line in front.machine.nk_prompt("vm")))
    for answered in (True, False):
        front.begins(f"peek {SECOND:#x} 4")
        nk("suspend", "paused")
        if not answered:
            nk("resume", "running")
        assert back.offer(1, device_id=3) == 0
        if answered:
            nk("resume", "running")
        assert front.ended() == "0x74726976"
        assert back.call(OFFER, 1, 0) == 0


def negotiates(front, back):
    """Features, queues, status; what nk shows of them, and to whom."""
    assert back.offer(0, features=0x10 | 1 << 35 | 1 << 33 | 1 << 40) == 0
    assert back.catches_up()[1:] == (1, 1, 0, 0, 0, None)
    assert front.reg(DEVICE_ID) == 2 and front.reg(VENDOR) == 0x6E6B
    assert front.offered() == VERSION_1 | 0x10 | 1 << 35  # of the transport, what nk has
    front.set(FEATURES_SEL, 2)
    assert front.reg(FEATURES) == 0
    front.set(STAT, ACKNOWLEDGE | DRIVER)
    for wrong in (0x10, VERSION_1 | 0x20, VERSION_1 | 1 << 40, 0):
        front.features(wrong)
        front.set(STAT, ACKNOWLEDGE | DRIVER | FEATURES_OK)
        assert front.reg(STAT) == ACKNOWLEDGE | DRIVER, hex(wrong)
    front.features(VERSION_1 | 0x10)
    front.set(STAT, ACKNOWLEDGE | DRIVER | FEATURES_OK)
    front.features(VERSION_1)  # too late
    assert front.reg(STAT) == 11
    front.set(Q_SEL, 0)
    assert front.reg(Q_MAX) == 256 and front.reg(Q_READY) == 0
    front.set(Q_SEL, 2)
    assert front.reg(Q_MAX) == front.reg(Q_READY) == 0
    front.set(Q_SEL, 1)
    assert front.reg(Q_MAX) == 16
    front.set(Q_READY, 1)
    assert front.reg(Q_READY) == 0  # without a size
    front.set(Q_NUM, 17)
    front.set(Q_READY, 1)
    assert front.reg(Q_READY) == 0  # too large
    front.queue(0, 64, 0x1_4010_0000, 0x4010_1000, 0x4010_2000)
    front.set(Q_DESC, 1)  # stays as it is, while it is ready
    front.set(STAT, 15)
    assert back.state()[3:] == (15, VERSION_1 | 0x10, 1, None)
    assert back.call(QUEUE, 0, 0, BUF) == 0
    assert struct.unpack("<IIQQQ", back.get(32)) == (64, 1, 0x1_4010_0000, 0x4010_1000, 0x4010_2000)
    back.catches_up()


def kicks_and_interrupts(front, back):
    """A kick counts and posts, an interrupt sets its bits; neither of what is not there."""
    xirq = back.info(0)[2]
    before = back.kicks(0)
    back.irqs()
    front.set(Q_NOTIFY, 0)
    assert back.kicks(0) == before + 1 and back.irqs() == {xirq: 1}
    for nothing in (1, 2, 31, 32, 0xFFFFFFFF):
        front.set(Q_NOTIFY, nothing)
    assert not back.irqs() and back.kicks(0) == before + 1 and back.kicks(1) == 0
    assert back.call(INTERRUPT, 0, 1) == 0 and front.reg(ISR) == 1
    assert back.call(INTERRUPT, 0, 2) == 0 and front.reg(ISR) == 3
    assert back.call(INTERRUPT, 0, 4) == back.call(INTERRUPT, 0, 0) == GONE
    front.set(ACK, 1)
    assert front.reg(ISR) == 2
    front.set(ACK, 2)
    assert front.reg(ISR) == 0


def each_interrupt(front, back):
    """One of the driver's SPI for each call; it is an edge, so none until the next call, acknowledged or not."""
    front.ask("spi 74")
    assert front.irqs() == {74: 1}  # those that came before it listened are one
    for bits in (1, 2, 3, 1, 1):
        assert back.call(INTERRUPT, 0, bits) == 0
        assert front.irqs() == {74: 1}
    front.set(ACK, 3)
    assert front.irqs() == {} and front.reg(ISR) == 0
    for n in range(20):  # the next one when that has come: two edges that nobody has looked at yet are one
        assert back.call(INTERRUPT, 0, 1 + n % 3) == 0
        assert front.irqs() == {74: 1}
    front.set(ACK, 3)
    front.set(Q_NOTIFY, 0)
    assert back.call(CONFIG, 0, 0, BUF, 8) == 0 and back.call(INTERRUPT, 0, 4) == GONE
    assert front.irqs() == {}
    back.irqs()


def configuration(front, back):
    """Any width at any place; a store waits for the back-end to have seen it."""
    back.put(bytes(range(1, 9)))
    generation = front.reg(GENERATION)
    assert back.call(CONFIG, 0, 0, BUF, 8) == 0 and front.reg(GENERATION) == generation + 1
    assert back.call(CONFIG, 0, 1, BUF, 8) == GONE
    assert front.peek(REGS + SPACE, 8) == 0x0807060504030201
    assert front.peek(REGS + SPACE + 1, 1) == 2 and front.peek(REGS + SPACE + 6, 2) == 0x0807
    assert front.peek(REGS + SPACE + 8, 4) == 0 and front.peek(REGS + SPACE + 5, 1) == 6
    front.poke(REGS + SPACE + 8, 1)  # beyond: nothing to wait for
    front.begins(f"poke {REGS + SPACE + 2:#x} 0xabcd 2")
    wait_for(lambda: back.asked() != back.state()[0] or back.state()[6])
    assert back.state()[6] == (2, 2, 0xABCD)
    back.put(b"\1\2")
    assert back.call(CONFIG, 0, 2, BUF, 2) == 0
    back.catches_up()
    front.ended()
    assert back.state()[6] is None and front.peek(REGS + SPACE + 2, 2) == 0x0201


def every_register(front):
    """Those that can only be written read as 0, wrong widths do nothing, and there are no memory regions."""
    for reg in (Q_NUM, Q_NOTIFY, ACK, DRV_FEATURES, FEATURES_SEL, Q_SEL, Q_DESC, 0xC0, 0x18, 0xAC, 0xF8):
        assert front.reg(reg) == 0, hex(reg)
    for reg in (SHM_LEN, SHM_LEN + 4, SHM_LEN + 8, SHM_LEN + 12):
        assert front.reg(reg) == 0xFFFFFFFF
    for reg, size in ((MAGIC, 1), (MAGIC, 2), (STAT, 8), (STAT, 1), (MAGIC + 2, 2)):
        assert front.peek(REGS + reg, size) == 0
    front.poke(REGS + STAT, 0, 1)
    front.poke(REGS + STAT, 0, 8)
    for reg in (MAGIC, VERSION, DEVICE_ID, ISR, GENERATION, Q_MAX):
        front.set(reg, 0x55)
    assert front.reg(STAT) == 15 and front.reg(MAGIC) == 0x74726976 and front.reg(ISR) == 0


def memory(front, back):
    """The back-end sees the driver's RAM, cannot run it, and nobody's when that VM is not there."""
    _, here, size = back.share(0)
    front.poke(0x40600000, 0x1122334455667788, 8)
    assert back.peek(here + 0x600000, 8) == 0x1122334455667788
    back.poke(here + 0x600008, 0x99, 8)
    assert front.peek(0x40600008, 8) == 0x99
    assert back.ask(f"exec {here + 0x600000:#x}").startswith("abort 0x8600")
    back.strays("peek", here + size)
    # nk itself has no pointer into it for the back-end.
    assert back.call(STATE, 0, here + 0x600000) == GONE


def resets(front, back):
    """A reset waits for the back-end to be done; what comes behind it is never seen without it."""
    before = back.state()
    front.begins(f"poke {REGS + STAT:#x} 0 4")
    wait_for(lambda: back.asked() != before[0])
    assert back.state()[2:6] == (before[2] + 1, 0, 0, 0)
    back.catches_up()
    front.ended()
    assert front.reg(STAT) == 0 and front.reg(Q_READY) == 0


def stops_a_queue(front, back):
    front.set(STAT, 3)
    front.features(VERSION_1)
    front.set(STAT, 11)
    front.queue(1, 16, 0x40100000, 0x40101000, 0x40102000)
    front.set(STAT, 15)
    back.catches_up()
    front.set(Q_SEL, 1)
    front.begins(f"poke {REGS + Q_READY:#x} 0 4")
    wait_for(lambda: back.state()[5] == 0)
    back.catches_up()
    front.ended()
    assert front.reg(Q_READY) == 0


def late(front, back):
    """A back-end that does not answer costs a second, once, and the driver sees that."""
    front.set(STAT, 0)
    assert front.reg(STAT) == NEEDS_RESET
    front.set(STAT, 3)
    front.set(STAT, 0)
    assert back.state()[0] == back.asked() and back.state()[3] == 0
    back.catches_up()
    assert front.reg(STAT) == 0


def trouble(front, back):
    """What the device says of itself: it needs a reset, or has not got these features."""
    front.set(STAT, 3)
    front.features(VERSION_1)
    front.set(STAT, 11)
    assert back.call(STATUS, 0, 3) == 0 and front.reg(STAT) == 3
    front.set(STAT, 11)
    back.catches_up()
    assert back.call(STATUS, 0, 11 | NEEDS_RESET) == 0
    assert front.reg(STAT) == 11 | NEEDS_RESET and front.reg(ISR) == 2
    assert back.call(OFFER, 0, 0) == 0  # it is gone: nothing waits any more
    front.set(STAT, 0)
    assert front.reg(STAT) == 0 and front.reg(DEVICE_ID) == 0


def driver_restarts(front, back):
    """In another life of the driver's, the back-end sees its RAM when it has said that it knows."""
    _, here, _ = back.share(0)
    assert back.offer(0) == 0
    back.catches_up()
    front.poke(0x40600000, 0x42)
    assert back.peek(here + 0x600000) == 0x42
    before = back.state()
    front.reset()
    back.poke(here + 0x600000, 0x66)  # as an old request would
    assert back.peek(here + 0x600000) == 0x66 and front.peek(0x40600000) == 0
    state = back.state()
    assert state[1] == 1 and state[2] >= before[2] + 2 and state[3] == 0
    back.catches_up()
    assert back.peek(here + 0x600000) == 0
    front.poke(0x40600000, 0x43)
    assert back.peek(here + 0x600000) == 0x43


def back_end_restarts(front, back):
    """One that comes back goes on where it was, if it has said that it would; any other needs a reset."""
    for flags, status in ((1, 15), (0, 15 | NEEDS_RESET)):
        front.set(STAT, 0)
        assert back.call(OFFER, 0, 0) == 0
        assert back.offer(0, flags=flags) == 0
        front.set(STAT, 3)
        front.features(VERSION_1)
        front.set(STAT, 11)
        front.queue(0, 64, 0x40100000, 0x40101000, 0x40102000)
        front.set(STAT, 15)
        back.catches_up()
        back.reset()
        assert front.reg(STAT) == status and front.reg(DEVICE_ID) == 2
        kicks = back.kicks(0)
        front.set(Q_NOTIFY, 0)
        assert back.kicks(0) == kicks + flags
        assert back.offer(0, flags=flags) == 0
        state = back.catches_up()
        assert state[3] == status and state[5] == flags


HOSTILE = """
&vm{vm} {{
	name = "{name}";
	kernel = "{kernel}";
	kernel-offset = <0x80000>;
	bootargs = "seed={vm}";
	memory {{ size = <0x0 0x00800000>; base = <0x0 0x40000000>; }};
}};
&vm{vm}_vcpus {{ affinity = "{cpus}"; migration = "off"; }};
"""
CHAOS = "".join(HOSTILE.format(vm=vm, name=name, kernel=kernel, cpus=cpus) for vm, name, kernel, cpus in (
    (2, "front", "hostile-virtio", "0,1"), (3, "back", "hostile-virtio", "1,2"), (4, "neighbour", "counter", "3")))


def driver_stops(front, back):
    """A back-end hears that the driver's VM does not run any more, when others see that, too."""
    assert back.offer(0, flags=0) in (0, GONE)  # it is there, or was
    back.catches_up()
    front.machine.nk_prompt("vm 2 stop")
    wait_for(lambda: back.catches_up()[1] == 0)
    assert back.state()[3:6] == (0, 0, 0)
    back.irqs()
    front.machine.mark(2)
    front.machine.nk_prompt("vm 2 start")
    front.machine.wait_line(2, r"^vlink: ready$")
    wait_for(lambda: back.catches_up()[1] == 1)
    assert back.info(0)[2] in back.irqs()


def wait_for(condition):
    end = time.monotonic() + 60 * TIME_SCALE
    while not condition():
        assert time.monotonic() < end


@pytest.mark.parametrize("gic", [2, 3])
def test_devices(boot, system_dts, guest_programs, gic):
    del guest_programs
    machine = boot(system_dts(SYSTEM, "vlink"), gic=gic, cpus=3, mem=512)
    machine.wait_up()
    front, back, other = Front(machine, 2), Back(machine, 3), Guest(machine, 4)
    tells(front, back)
    strangers(front, other)
    wrong_calls(back)
    waits_for_its_back_end(front, back)
    pauses_while_it_waits(front, back)
    negotiates(front, back)
    kicks_and_interrupts(front, back)
    each_interrupt(front, back)
    configuration(front, back)
    every_register(front)
    memory(front, back)
    resets(front, back)
    stops_a_queue(front, back)
    late(front, back)
    trouble(front, back)
    driver_restarts(front, back)
    back_end_restarts(front, back)
    driver_stops(front, back)


def rounds(machine, vm):
    machine.mark(vm)
    machine.wait_line(vm, r"^hostile: \d+ rounds$", 120)


@pytest.mark.parametrize("gic, cpu", [(2, "cortex-a57"), (3, "cortex-a57"), (3, "max")])
def test_hostile(boot, system_dts, guest_programs, gic, cpu):
    """Both ends do anything, on vCPUs that share a CPU, and begin anew meanwhile: nobody else notices, and it works after it.

    One device shares all RAM, the other one a pool.
    """
    del guest_programs
    devices = SYSTEM[SYSTEM.index("&vm2_vplatform"):].replace("wait = <15000>;", "share = <0x00200000>; wait = <15000>;")
    machine = boot(system_dts(CHAOS + devices, "hostile"), gic=gic, cpus=4, mem=512, cpu=cpu)
    machine.wait_line(4, r"^counter 1$")
    for restarted in (2, 3):
        rounds(machine, 2)
        rounds(machine, 3)
        machine.mark(restarted)
        machine.nk_prompt(f"vm {restarted} restart")
        machine.wait_line(restarted, r"^hostile: \d devices$", 60)
        machine.mark(4)
        machine.wait_line(4, r"^counter \d+$", 10)
    rounds(machine, 2)
    rounds(machine, 3)
    machine.send(3, "\r")
    machine.wait_line(3, r"^hostile: serves$", 60)
    machine.send(2, "\r")
    machine.wait_line(2, r"^hostile: works$", 60)
    machine.mark(4)
    machine.wait_line(4, r"^counter \d+$", 10)
    assert machine.quit() == 0
