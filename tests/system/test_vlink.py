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
# In VM 2's eyes, in the order of the tree: both directions of the pair, a client's two clones of
# VM 3's server with one end each, the loop, the events.
SYSTEM = "".join(RAW.format(vm=vm, name=name, cpu=vm - 2, base=base) for vm, name, base in (
    (2, "a", "base = <0x0 0x40000000>;"), (3, "b", ""), (4, "c", "base = <0x0 0x40000000>;"))) + """
&hyp { pmem-size = <0x00a00000>; };
&vm1_vdevs {
	events: hypevent@x { compatible = "vl,hypevent.v1"; info = "x"; #clone = "auto"; server; };
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
LOOKUP, PDEV, PMEM, PXIRQ, PTOV, POST, CTL, SYSCONF = 11, 12, 13, 14, 15, 16, 17, 18
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

    def ends(self, command):
        """The command is the VM's end, and no more than that; it is started again."""
        self.machine.mark(NK)
        self.machine.send(self.vm, command + "\r")
        self.machine.wait_line(NK, rf"vm{self.vm} \w+: ended")
        self.machine.wait_line(NK, rf"vm{self.vm} \w+: stopped")
        self.machine.mark(self.vm)
        self.machine.nk_prompt(f"vm {self.vm} start")
        self.machine.wait_line(self.vm, r"^vlink: ready$")


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
    events = [("vl,hypevent.v1", 0, 1, 2, "x", None, ON, OFF)]
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
            (a, back, 0, 0x10000), (a, back, 0, GONE), (a, back, 0, 1 << 32), (a, back, 0, 1 << 63),
            (a, back, 1 << 32, 8), (c, pair, 0, 100), (c, back, 5, 8), (a, pair + 1, 0, 100),
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
            (a, pair, 2, 0), (a, back, 0, GONE), (a, back, 0, GONE - 4095), (a, back, 0, 1 << 32),
            (a, back, 0, 1 << 63), (c, pair, 0, 5000), (a, a.links("vl,hypevent.v1")[0], 0, 1)):
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
