# SPDX-License-Identifier: Apache-2.0
"""vlinks seen from EL1 (tests/guests/vlink.c): what their ends may do, and what nobody else may."""

import re

import pytest
from nklib.machine import NK

pytestmark = pytest.mark.guests

RAW = """
&vm{vm} {{
	name = "{name}";
	kernel = "vlink";
	kernel-offset = <0x80000>;
	memory {{ size = <0x0 0x00800000>; {base} }};
}};
&vm{vm}_vcpus {{ #count = <1>; affinity = "{cpu}"; migration = "off"; }};
"""
# A pair is two links; one server has two clients, each with a link; the loop is inside VM 2.
# Of nk's own properties nobody is told, so that each NK_XIRQ_SYSCONF counts.
SYSTEM = "".join(RAW.format(vm=vm, name=name, cpu=vm - 2, base=base) for vm, name, base in (
    (2, "a", "base = <0x0 0x40000000>;"), (3, "b", ""), (4, "c", "base = <0x0 0x40000000>;"))) + """
&hyp { pmem-size = <0x00a00000>; };
&hyp_property {
	test.flag { size = <1>; allow-set = "3"; allow-get = "*"; allow-notify = "*"; };
};
&vm1_vdevs {
	events: events@x { compatible = "vl,hypevent.v1"; info = "vproperty"; #clone = "auto"; server; };
};
&vm2_vdevs {
	pair: pair@2 { compatible = "pair"; info = "from a,", "in two parts"; pdev-size = <0x2000>;
		pmem-quota = <0x0 0x00300000>; };
	loop: loop@s { compatible = "loop"; server; link = <7>; };
	loop@c { peer-phandle = <&loop>; client; };
	rpc@c { peer-phandle = <&rpc>; client; xirq-quota = <3>; };
	hypevent@x { peer-phandle = <&events>; client; };
};
&vm3_vdevs {
	pair@3 { peer-phandle = <&pair>; info = ""; };
	rpc: rpc@s { compatible = "rpc"; #clone = <2>; server; info = "be"; };
};
&vm4_vdevs {
	rpc@c { peer-phandle = <&rpc>; client; info = "fe"; };
};
"""
LOOKUP, PDEV, PMEM, PXIRQ, POST, CTL, SYSCONF = 11, 12, 13, 14, 16, 17, 18
PROP_ENUM = 24
GONE = 2**64 - 1
SYSCONF_XIRQ = 1024
PAGE, BLOCK = 0x1000, 0x200000
OFF, RESET, ON = 0, 1, 2


class Guest:
    """A VM that runs the program."""

    def __init__(self, machine, vm):
        self.machine, self.vm = machine, vm
        machine.wait_line(vm, r"^vlink: ready$")

    def ask(self, command, answer=r"^vlink: (.*)$"):
        self.machine.mark(self.vm)
        self.machine.send(self.vm, command + "\r")
        return self.machine.wait_line(self.vm, answer)[1]

    def number(self, command):
        return int(self.ask(command, r"^vlink: (0x[0-9a-f]+)$"), 16)

    def look(self, name="-", prev=0):
        return self.number(f"look {name} {prev:#x}")

    def links(self, name="-"):
        found = [self.look(name)]
        while found[-1]:
            found.append(self.look(name, found[-1]))
        return found[:-1]

    def call(self, nr, *args):
        return self.number(f"hc {nr} " + " ".join(f"{a:#x}" for a in args))

    def peek(self, addr, size=4):
        return self.number(f"peek {addr:#x} {size}")

    def poke(self, addr, value, size=4):
        return self.number(f"poke {addr:#x} {value:#x} {size}")

    def text(self, addr):
        return self.ask(f"text {addr:#x}", r"^vlink: '(.*)'$")

    def text_of(self, prop):
        return self.ask(f"property {prop}", r"^vlink: '(.*)'$")

    def desc(self, link):
        """The descriptor without its padding; infos as strings."""
        n = {name: self.peek(link + at) for name, at in (
            ("link", 16), ("s_id", 20), ("s_state", 24), ("s_info", 28), ("c_id", 32),
            ("c_state", 36), ("c_info", 40))}
        infos = [self.text(n[x]) if n[x] else None for x in ("s_info", "c_info")]
        return (self.text(link), n["link"], n["s_id"], n["c_id"], *infos, n["s_state"], n["c_state"])

    def irqs(self):
        """Those that came since the last time: {xirq: how often}."""
        return {int(n): int(count) for n, count in
                re.findall(r"(\d+)=(\d+)", self.ask("irqs clear", r"^vlink: irqs(.*)$"))}

    def reset(self):
        self.machine.mark(self.vm)
        self.machine.send(self.vm, "reset\r")
        self.machine.wait_line(self.vm, r"^vlink: ready$")

    def strays(self, what, address, value=""):
        """The access gives the VM an external abort, and no more than that."""
        esr = {"peek": 0x96000010, "poke": 0x96000050, "exec": 0x86000010}[what]
        command = f"{what} {address:#x} {value}"
        assert self.ask(command) == f"abort {esr:#x} at {address:#x}", command


@pytest.fixture
def guests(boot, system_dts, guest_programs, gic):
    del guest_programs
    machine = boot(system_dts(SYSTEM, "vlink"), gic=gic, cpus=3, mem=512)
    machine.wait_up()
    return [Guest(machine, vm) for vm in (2, 3, 4)]


@pytest.mark.parametrize("gic", [2, 3])
def test_lookup(guests):
    a, b, c = guests
    window = a.ask("dt")
    assert re.match(r"window 0x[0-9a-f]{1,8} 0x[0-9a-f]+ xirqs \d+ 256$", window), window
    assert b.ask("dt") == c.ask("dt") == window
    pair = [("pair", 0, 2, 3, "from a,in two parts", "", OFF, OFF),
            ("pair", 0, 3, 2, "", "from a,in two parts", OFF, OFF)]
    rpc = [("rpc", 0, 3, 2, "be", None, OFF, OFF), ("rpc", 1, 3, 4, "be", "fe", OFF, OFF)]
    events = [("vl,hypevent.v1", 0, 1, 2, "vproperty", None, ON, OFF)]
    loop = [("loop", 7, 2, 2, None, None, OFF, OFF)]
    want = {a: events + pair + loop + rpc[:1], b: pair + rpc, c: rpc[1:]}
    for guest, descs in want.items():
        links = guest.links()
        assert [guest.desc(link) for link in links] == descs
        for name in ("pair", "rpc", "loop", "vl,hypevent.v1", "none", "pai", "pair2", "x" * 16):
            assert guest.links(name) == [x for x, d in zip(links, descs) if d[0] == name]
    # Both ends have the same address; the name may change between two calls.
    assert a.links("pair") == b.links("pair")
    assert b.look("rpc", a.links("pair")[0]) == b.links("rpc")[0]
    # What is no link of the caller's ends the enumeration, as does a name that is no address.
    for wrong in (1, a.links()[0] + 8, a.links()[0], window_of(a)[0], b.links("rpc")[0], 1 << 63):
        assert c.look("-", wrong) == 0
    for wrong in (1, 0x3fffffff, 0x40800000, 0x407ffff8, GONE, GONE - 15):
        assert c.call(LOOKUP, wrong, 0) == 0


def window_of(guest):
    base, size = re.findall(r"0x[0-9a-f]+", guest.ask("dt"))
    return int(base, 16), int(size, 16)


@pytest.mark.parametrize("gic", [2, 3])
def test_allocations(guests):
    a, b, c = guests
    machine = a.machine
    pair, back = a.links("pair")
    window = window_of(a)
    # pdev: 64 bytes aligned, zero, both ends see it, the same label is the same chunk.
    first = a.call(PDEV, pair, 0, 100)
    second = b.call(PDEV, pair, 0xffffffff, 1)
    assert first == pair + 64 and second == pair + 192
    assert b.call(PDEV, pair, 0, 100) == first
    assert b.peek(first, 8) == 0
    a.poke(first + 92, 0x1234567890abcdef, 8)
    assert b.peek(first + 92, 8) == 0x1234567890abcdef
    rest = a.call(PDEV, pair, 2, 0x3000 - 256)  # 8 KiB and the descriptor are three pages
    assert rest == pair + 256
    for guest, link, label, size in (
            (a, pair, 0, 101), (a, pair, 0, 0), (a, pair, 3, 1), (a, pair, 4, 0),
            (a, back, 0, 0x10000), (c, pair, 0, 100), (c, back, 5, 8), (a, pair + 1, 0, 100),
            (a, 0, 0, 100), (a, GONE, 0, 100), (a, first, 0, 100)):
        assert guest.call(PDEV, link, label, size) == 0, (link, label, size)
    # pmem: pages; from 2 MiB on aligned to that; 3 MiB for each direction of the pair.
    small = a.call(PMEM, pair, 0, 5000)
    large = b.call(PMEM, pair, 1, BLOCK)
    assert small % PAGE == 0 and large % BLOCK == 0
    assert window[0] <= large < small < window[0] + window[1]
    for addr, size in ((small, 2 * PAGE), (large, BLOCK)):
        assert a.ask(f"zero {addr:#x} {size:#x}") == "0 words are not zero"
        b.poke(addr + size - 8, addr, 8)
        assert a.peek(addr + size - 8, 8) == addr
    assert b.call(PMEM, pair, 0, 5000) == small
    for guest, link, label, size in (
            (a, pair, 0, 5001), (a, pair, 0, 8192), (a, pair, 2, 0x000ff000), (a, pair, 2, BLOCK),
            (a, pair, 2, 0), (c, pair, 0, 5000), (a, a.links("vl,hypevent.v1")[0], 0, 1)):
        assert guest.call(PMEM, link, label, size) == 0, (link, label, size)
    machine.wait_line(NK, r"vm2 a: vlink pair:0: pmem 2: .* raise `pmem-quota`")
    filling = a.call(PMEM, pair, 2, 0x000fe000)
    assert filling == small - 0x000fe000
    assert a.ask(f"zero {filling:#x} {0xfe000:#x}") == "0 words are not zero"
    odd = b.call(PMEM, back, 9, BLOCK + 1)  # a block and a page
    a.poke(odd + BLOCK + PAGE - 8, 5, 8)
    assert b.peek(odd + BLOCK + PAGE - 8) == 5
    # The loop and the two links of the server share the rest equally, by pages.
    share = (0xa00000 - 2 * 0x300000) // 3 & -PAGE
    loop = a.links("loop")[0]
    assert a.call(PMEM, loop, 0, share + 1) == 0
    assert a.call(PMEM, loop, 0, share) % PAGE == 0
    # 64 labels of a kind.
    rpc = b.links("rpc")
    chunks = [b.call(PDEV, rpc[1], label, 1) for label in range(65)]
    assert chunks == [rpc[1] + 64 * (n + 1) for n in range(64)] + [0]
    assert c.call(PDEV, rpc[1], 63, 1) == chunks[63]
    # Restarts of either side, in either way, change nothing.
    a.reset()
    b.reset()
    assert (a.links("pair"), b.links("pair")) == ([pair, back], [pair, back])
    for guest in (b, a):
        assert guest.call(PDEV, pair, 0, 100) == first
        assert guest.call(PDEV, pair, 0xffffffff, 1) == second
        assert guest.call(PMEM, pair, 0, 5000) == small
        assert guest.call(PMEM, back, 9, BLOCK + 1) == odd
    assert a.peek(first + 92, 8) == 0x1234567890abcdef


@pytest.mark.parametrize("gic", [2, 3])
def test_handshakes(guests):
    a, b, c = guests
    pair, back = a.links("pair")
    rpc = b.links("rpc")
    assert a.call(SYSCONF, pair, 0) == a.call(SYSCONF, pair, 1) == GONE  # not attached
    xirq_a = a.call(CTL, pair, 1)
    assert a.call(CTL, pair, 1) == xirq_a > SYSCONF_XIRQ
    assert a.call(SYSCONF, pair, 0) == 0  # the peer is not
    assert a.call(SYSCONF, pair, 1) == 0
    assert a.irqs() == {xirq_a: 1}
    assert b.irqs() == {SYSCONF_XIRQ: 1}
    xirq_b = b.call(CTL, pair, 1)
    assert a.call(SYSCONF, pair, 0) == 0 == b.call(SYSCONF, pair, 0)
    assert (a.irqs(), b.irqs()) == ({xirq_a: 1}, {xirq_b: 1})
    assert b.call(SYSCONF, back, 0) == GONE
    for guest, link, what in ((c, pair, 1), (a, pair, 2), (a, 0, 1), (a, pair + 64, 1),
                              (b, a.links("loop")[0], 1)):
        assert guest.call(CTL, link, what) == 0
        assert guest.call(SYSCONF, link, what) == GONE
    # Whoever shares a link may post NK_XIRQ_SYSCONF, and one's own; only ends post a link's.
    assert b.call(POST, SYSCONF_XIRQ, 4) == c.call(POST, SYSCONF_XIRQ, 4) == 0
    assert c.call(POST, SYSCONF_XIRQ, 3) == b.call(POST, xirq_a, 2) == 0
    for xirq, vm in ((SYSCONF_XIRQ, 2), (xirq_b, 3), (xirq_a, 2), (xirq_a + 1, 4), (SYSCONF_XIRQ, 1),
                     (SYSCONF_XIRQ, 32), (SYSCONF_XIRQ, 0), (1279, 4), (1280, 4), (0xffffffff, 4)):
        assert c.call(POST, xirq, vm) == GONE, (xirq, vm)
    assert (a.irqs(), b.irqs()) == ({xirq_a: 1}, {SYSCONF_XIRQ: 1})
    assert set(c.irqs()) == {SYSCONF_XIRQ}
    # The two ends of a loop are one.
    loop = a.links("loop")[0]
    assert a.call(SYSCONF, loop, 0) == GONE
    xirq = a.call(CTL, loop, 1)
    assert a.call(SYSCONF, loop, 0) == 0
    assert a.irqs() == {xirq: 1}
    assert a.call(CTL, loop, 0) == xirq
    assert a.call(SYSCONF, loop, 1) == GONE
    # A VM that stops is OFF and detached; peers are told on the link, or by NK_XIRQ_SYSCONF, and
    # what they scribbled over the descriptor is gone.
    before = [a.desc(link) for link in (pair, back)]
    for guest, at in ((b, 36), (a, 24)):
        guest.poke(pair + at, ON)
        guest.poke(back + 60 - at, ON)
    for at in (0, 8, 16, 20, 28, 32, 40):
        a.poke(pair + at, 0x41414141)
    b.reset()
    assert a.irqs() == {xirq_a: 1, SYSCONF_XIRQ: 1}
    assert c.irqs() == {SYSCONF_XIRQ: 1}
    assert [a.desc(link) for link in (pair, back)] == [(*before[0][:6], ON, OFF),
                                                       (*before[1][:6], OFF, ON)]
    assert a.call(SYSCONF, pair, 0) == 0
    assert b.irqs() == {SYSCONF_XIRQ: 1}
    assert b.call(SYSCONF, pair, 0) == GONE
    assert b.call(CTL, pair, 1) == xirq_b
    # Posts to one that is not there are lost.
    c.machine.nk_prompt("vm 4 stop")
    c.machine.wait_line(NK, r"vm4 c: stopped")
    b.irqs()
    assert b.call(CTL, rpc[1], 1) > SYSCONF_XIRQ
    assert b.call(SYSCONF, rpc[1], 0) == b.call(POST, SYSCONF_XIRQ, 4) == 0
    c.machine.mark(4)
    c.machine.nk_prompt("vm 4 start")
    c.machine.wait_line(4, r"^vlink: ready$")
    assert (c.irqs(), b.irqs()) == ({}, {})


@pytest.mark.parametrize("gic", [2, 3])
def test_cross_interrupts(guests):
    a, b, c = guests
    pair, back = a.links("pair")
    rpc, events = a.links("rpc")[0], a.links("vl,hypevent.v1")[0]
    first = a.call(PXIRQ, pair, 0, 3, 4)
    other = b.call(PXIRQ, back, 0, 3, 1)
    assert SYSCONF_XIRQ < first < first + 4 == other
    assert b.call(PXIRQ, pair, 0, 3, 4) == first
    mine = a.call(PXIRQ, pair, 1, 2, 2)
    three = b.call(PXIRQ, rpc, 0, 2, 3)
    for guest, link, label, vm, count in (
            (a, pair, 0, 3, 3), (a, pair, 0, 3, 5), (a, pair, 0, 2, 4), (a, pair, 2, 3, 0),
            (a, pair, 2, 3, 256), (a, pair, 2, 3, 0x80000000), (a, pair, 2, 3, 0xffffffff),
            (a, pair, 2, 4, 1), (a, pair, 2, 1, 1), (a, pair, 2, 0, 1),
            (a, pair, 2, 32, 1), (a, pair, 2, 0xffffffff, 1),
            (c, pair, 0, 3, 4), (c, pair, 3, 4, 1), (a, rpc, 1, 2, 1), (a, events, 1, 2, 1),
            (a, events, 2, 1, 1), (a, 0, 0, 3, 4)):
        assert guest.call(PXIRQ, link, label, vm, count) == 0, (link, label, vm, count)
    for n in range(4):
        assert a.call(POST, first + n, 3) == 0
    assert b.irqs() == {first + n: 1 for n in range(4)}
    assert a.call(POST, mine + 1, 2) == b.call(POST, mine, 2) == a.call(POST, three + 2, 2) == 0
    assert a.irqs() == {mine: 1, mine + 1: 1, three + 2: 1}
    assert c.call(POST, first, 3) == c.call(POST, mine, 2) == GONE
    # One link cannot take what another one needs.
    taken = [a.call(PXIRQ, pair, label, 3, 8) for label in range(10, 42)]
    assert taken[0] and not taken[-1]
    assert a.call(PXIRQ, back, 1, 3, 16) and b.call(PXIRQ, b.links("rpc")[0], 1, 3, 16)
    a.machine.wait_line(NK, r"vm2 a: vlink pair:0: pxirq \d+: .* raise `xirq-quota`")
    # Properties' events: a bit, and the one cross interrupt there is.
    pending = a.call(PDEV, events, 0, 128)
    xirq = a.call(PXIRQ, events, 0, 2, 1)
    assert pending == events + 64 and xirq
    for _ in range(2):
        a.irqs()
        assert b.number("set test.flag") == 1
        assert a.irqs().get(xirq) == 1
    words = {n: a.peek(pending + 8 * n, 8) for n in range(16)}
    bits = [64 * n + bit for n in words for bit in range(64) if words[n] >> bit & 1]
    assert [a.text_of(bit) for bit in bits] == ["test.flag"]
    a.reset()
    assert a.ask(f"zero {pending:#x} 0x80") == "0 words are not zero"
    assert a.desc(events)[6] == ON
    # All as before after many restarts.
    for turn in range(50):
        (a, b)[turn % 2].reset()
    assert a.links("pair") == [pair, back]
    assert b.call(PXIRQ, pair, 0, 3, 4) == first
    assert a.call(PXIRQ, pair, 1, 2, 2) == mine
    assert b.call(PXIRQ, rpc, 0, 2, 3) == three
    assert a.call(PXIRQ, events, 0, 2, 1) == xirq
    assert a.call(POST, first + 3, 3) == 0
    assert b.irqs().get(first + 3) == 1


@pytest.mark.parametrize("gic", [2, 3])
def test_walls(guests):
    a, b, c = guests
    pair, back = a.links("pair")
    own = c.links()[0]
    base, size = window_of(a)
    chunk = a.call(PMEM, pair, 0, PAGE)
    a.poke(chunk, 1)
    infos = [a.peek(pair + 28), b.peek(pair + 40)]
    assert infos[0] & -PAGE == infos[1] & -PAGE != pair
    # Neither by itself nor through nk does anyone get at what is not his, or write to infos.
    assert a.call(PROP_ENUM, 0, infos[0] & -PAGE, 64, own) == GONE
    assert c.call(PROP_ENUM, 0, pair, 64, own + 64) == GONE
    assert c.call(PROP_ENUM, 0, own + 64, 64, own + 60) < 4096  # in pages that it shares
    assert c.call(LOOKUP, pair, 0) == 0
    for address in (pair, infos[0], chunk, base, base + size, a.links("loop")[0]):
        c.strays("peek", address)
    c.strays("poke", back + 64, 1)
    # Faults of permission: infos can only be read, and nothing of a link be executed.
    c.strays("poke", c.peek(own + 28), 1)
    a.strays("poke", infos[0], 1)
    for address in (infos[0] & -8, chunk, pair):
        a.strays("exec", address)
    for address in (own, chunk - PAGE, chunk + PAGE):
        a.strays("peek", address)
    a.machine.wait_line(NK, rf"vm2 \w+: stray write to IPA {infos[0]:#x}, .*only read$")
    assert b.text(infos[0]) == "from a,in two parts"
    assert b.peek(chunk) == 1
    assert not any("panic" in line for line in a.machine.lines(NK))
