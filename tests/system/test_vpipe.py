# SPDX-License-Identifier: Apache-2.0
"""vpipe and vbpipe: what their devices do beside a FIFO, between two VMs, and when either side goes."""

import re

import pytest
from gics import on_gic
from linuxvm import PMEM_READ, nk_vm, same_pmem
from tally import did
from tap import Tap
from test_guests import raw_vm
from test_linux_nkops import kernel_log, no_complaints

pytestmark = [pytest.mark.system, pytest.mark.usefixtures("linux_modules")]

SYSTEM = PMEM_READ + """
&hyp {
	pmem-size = <0x1000000>;
};
&hyp_property {
	nk.vm.2.state.running {
		allow-set = "2,3";
		allow-get = "*";
	};
	nk.vm.3.state.running {
		allow-set = "2,3";
		allow-get = "*";
	};
};
&vm2_vdevs {
	loop: loop {
		compatible = "vpipe";
		link = <5>;
		server;
		info = ";name=loop-r";
	};
	loop-client {
		peer-phandle = <&loop>;
		client;
		info = "name=loop-w";
	};
	plain: plain {
		compatible = "vpipe";
		link = <0>;
		server;
	};
	large: large {
		compatible = "vpipe";
		link = <1>;
		server;
		info = "1M;name=from-3";
	};
	twice: twice {
		compatible = "vpipe";
		link = <2>;
		server;
		info = "64;name=from-3";
	};
	both: both {
		compatible = "vbpipe";
	};
	part: part {
		compatible = "vbpipe";
		info = "a;12K;7;wakeup=500;name=part";
	};
	wrong: wrong {
		compatible = "vbpipe";
		info = "b;4K";
	};
	wide: wide {
		compatible = "vbpipe";
		info = ";64K;;name=wide";
	};
};
&vm3_vdevs {
	plain {
		peer-phandle = <&plain>;
		client;
	};
	large {
		peer-phandle = <&large>;
		client;
		info = "name=to-2";
	};
	twice {
		peer-phandle = <&twice>;
		client;
	};
	both {
		peer-phandle = <&both>;
		info = ";1M";
	};
	part {
		peer-phandle = <&part>;
		info = ";;;wakeup=500;name=part";
	};
	wrong {
		peer-phandle = <&wrong>;
	};
	wide {
		peer-phandle = <&wide>;
		info = ";64K;;name=wide";
	};
};
"""
MODULES = "vpipe,vbpipe,vlx-vinfo,vlx-prop"
HEADER = "Mi Pr Id EDU St Size Opns Reads ReadBytes- Wrtes WriteBytes Name"
HEADER_BOTH = "Mi Pr Id EaU Stat Size Opns Reads ReadBytes- Wrtes WriteBytes"
MIB = 1 << 20
BOTH = "vpipe, vbpipe"


def rows(machine, vm, file):
    """/proc/nk/vpipe or vbpipe: the header, and fields by minor."""
    lines = machine.check(vm, f"cat /proc/nk/{file}").splitlines()
    return lines[0], {int(line.split()[0]): line.split() for line in lines[1:]}


def check_tables(machine):
    header, pipes = rows(machine, 2, "vpipe")
    assert header == HEADER
    assert [row[:6] + row[-1:] for row in pipes.values()] == [
        ["0", "2", "5", "ER0", "FF", "ff8", "loop-r"],
        ["1", "2", "5", "EW0", "FF", "ff8", "loop-w"],
        ["2", "3", "0", "ER0", "FF", "ff8", "vpipe2"],
        ["3", "3", "1", "ER0", "FF", "ffff8", "from-3"],
        ["4", "3", "2", "ER0", "FF", "38", "vpipe4"],
    ]
    assert [row[3] + row[-1] for row in rows(machine, 3, "vpipe")[1].values()] == ["EW0vpipe0", "EW0to-2", "EW0vpipe2"]
    header, pipes = rows(machine, 2, "vbpipe")
    assert header == HEADER_BOTH
    assert {minor: row[1:6] for minor, row in pipes.items()} == {
        0: ["3", "0", "E.0", "FFFF", "ff0"],
        1: ["3", "2", "E.0", "FFFF", "ff0"],
        2: ["3", "3", "E.0", "FFFF", "fff0"],
        7: ["3", "1", "Ea0", "FFFF", "2ff0"],
    }
    assert rows(machine, 3, "vbpipe")[1][0][5] == "ffff0"


def check_nodes(machine):
    nodes = machine.check(2, "cd /dev; ls -l loop-? vpipe* from-3 vbpipe* part wide").splitlines()
    numbers = {line.split()[-1]: re.search(r"(\d+), +(\d+)", line).groups() for line in nodes}
    assert numbers == {
        "loop-r": ("221", "0"), "loop-w": ("221", "1"), "vpipe2": ("221", "2"), "from-3": ("221", "3"),
        "vpipe4": ("221", "4"), "vbpipe0": ("223", "0"), "vbpipe1": ("223", "1"), "part": ("223", "7"),
        "wide": ("223", "2"),
    }
    said = [line for line in kernel_log(machine, 2) if line.startswith("vbpipe: ")]
    assert said == ['vbpipe: link 2: info "b;4K": not understood']
    assert machine.check(2, "ls /sys/class/vpipe").split() == ["from-3", "loop-r", "loop-w", "vpipe2", "vpipe4"]
    machine.check(2, "cd; mknod /dev/none c 221 200")
    assert "No such device or address" in "".join(machine.run(2, "cat /dev/none")[1])


def check_semantics(machine):
    """The same program on a FIFO and on a vpipe."""
    for what in "fifo", "vpipe /dev/loop-r /dev/loop-w 4088":
        status, said = machine.run(2, f"pipe-test {what}", timeout=120)
        tap = Tap(said)
        assert not tap.bad, "\n".join(said)
        assert status == 0 and tap.plan == tap.good, "\n".join(said)


def check_partial(machine):
    """VM 2 has the flag a, VM 3 has not."""
    machine.check(3, "(exec 3<>/dev/part; printf hello >&3; dd bs=6 count=1 <&3 2>/dev/null >/tmp/six) &")
    machine.check(2, "exec 3<>/dev/part")
    assert machine.check(2, "dd bs=100 count=1 <&3 2>/dev/null").startswith("hello")
    machine.check(2, "printf abc >&3")
    state = rows(machine, 2, "vbpipe")[1][7]
    assert state[3:5] == ["Ea1", "OOOO"], state
    machine.check(2, "printf def >&3")
    machine.check(3, "i=0; until [ -s /tmp/six ] || [ $i = 500 ]; do usleep 20000; i=$((i+1)); done")
    assert machine.check(3, "cat /tmp/six").startswith("abcdef")
    machine.check(2, "exec 3>&-")
    assert rows(machine, 2, "vbpipe")[1][7] == [
        "7", "3", "1", "Ea0", "FFFF", "2ff0", "1", "1", "5", "2", "6"]
    machine.check(2, "cd /sys/class/wakeup; w=$(dirname $(grep -lx part */name)); cd; [ -n $w ]")
    assert int(machine.check(2, "cat /sys/class/wakeup/$w/event_count")) >= 1
    assert machine.check(2, "cat /sys/class/wakeup/$w/prevent_suspend_time_ms").isdigit()


def check_sums(machine, mib, times):
    """The same bytes at both ends: one way, then both ways at a time."""
    for vm in 2, 3:
        machine.check(vm, f"dd if=/dev/urandom of=/tmp/data bs=1M count={mib} 2>/dev/null; data() {{ i=0;"
                          f" while [ $i -lt {times} ]; do cat /tmp/data; i=$((i+1)); done; }}", timeout=60)
    timeout = 60 + mib * times
    sums = {vm: machine.check(vm, "data | sha256sum", timeout=timeout) for vm in (2, 3)}
    machine.check(3, "(data | dd of=/dev/to-2 bs=64K 2>/dev/null) &")
    assert machine.check(2, "dd if=/dev/from-3 bs=64K 2>/dev/null | sha256sum", timeout=timeout) == sums[3]
    blocks = mib * times * 16  # each of them read whole; busybox's head would read bytes
    for vm in 3, 2:
        machine.check(vm, f"(exec 3<>/dev/wide; data >&3 & dd bs=64K count={blocks} <&3 2>/dev/null | sha256sum >/tmp/sum;"
                          " wait; echo all' 'summed) &")
    for vm in 2, 3:
        machine.wait_line(vm, r"all summed$", timeout=timeout)
        assert machine.check(vm, "cat /tmp/sum") == sums[5 - vm]
    did(BOTH, "MiB with the same SHA-256 at both ends", 3 * mib * times)


LOAD = {2: ("in /dev/from-3 65536", "in /dev/vbpipe0 5000", "out /dev/vbpipe0 $((1 << 40)) 40000"),
        3: ("out /dev/to-2 $((1 << 40)) 65536", "in /dev/vbpipe0 4096", "out /dev/vbpipe0 $((1 << 40)) 65536")}


def begin_load(machine, vm):
    """Streams that begin anew whenever they end; what they say is in /tmp/load.log."""
    machine.check(vm, "touch /tmp/load; load() { while [ -e /tmp/load ]; do pipe-test $*; usleep 5000; done; }")
    for what in LOAD[vm]:
        machine.check(vm, f"(load {what} >>/tmp/load.log 2>&1 &)")


def end_load(machine, vm):
    machine.check(vm, "rm /tmp/load; while killall -9 pipe-test 2>/dev/null; do usleep 20000; done")


def wait_for_data(machine, vm):
    """Until bytes have come, or gone, through each of the devices under load."""
    minor, column = (3, 9) if vm == 2 else (1, 11)
    for file, minor, column in ("vpipe", minor, column), ("vbpipe", 0, 9), ("vbpipe", 0, 11):
        machine.check(vm, f"bytes() {{ awk '$1 == \"{minor}\" {{ print ${column} }}' /proc/nk/{file}; }}; before=$(bytes);"
                          " i=0; while [ $(bytes) = $before ] && [ $i -lt 1500 ]; do usleep 20000; i=$((i+1)); done;"
                          " [ $i -lt 1500 ]", timeout=60)


def check_streams(machine, vm):
    said = machine.check(vm, "cat /tmp/load.log").splitlines()
    assert not [line for line in said if "then another word" in line], said
    received = [int(line.split()[2]) for line in said if "pipe-test: received" in line]
    did(BOTH, "streams that a restart ended, no word wrong", sum(n > 0 for n in received))
    did(BOTH, "MiB in them", sum(received) // MIB)


def reload(machine, vm):
    end_load(machine, vm)
    machine.check(vm, "i=0; until rmmod vpipe vbpipe 2>/dev/null || [ $i = 500 ]; do usleep 20000; i=$((i+1)); done;"
                      " ! lsmod | grep -q '^vb*pipe'; modprobe vpipe; modprobe vbpipe")


def restart_vm(machine, vm):
    check_streams(machine, vm)
    machine.mark(vm)
    machine.check(5 - vm, f"echo {vm} >/proc/nk/restart")
    machine.wait_ready(vm, timeout=120)


def check_restarts(machine, how):
    """how: (what to do, to which VM), one after the other, amidst data."""
    for vm in 2, 3:
        begin_load(machine, vm)
    with same_pmem(machine):
        for act, vm in how:
            wait_for_data(machine, 2)
            wait_for_data(machine, 3)
            act(machine, vm)
            did(BOTH, f"restarts of {'the modules' if act == reload else 'the VM'} of one side under load")
            begin_load(machine, vm)
        for vm in 2, 3:
            wait_for_data(machine, vm)
    for vm in 2, 3:
        end_load(machine, vm)
        check_streams(machine, vm)


# What a pipe does then is the same on both GICs.
RESTARTS = {2: [(reload, 3), (restart_vm, 2)], 3: [(reload, 2), (reload, 3), (restart_vm, 3), (restart_vm, 2)]}


def booted(boot_linux, system_dts, gic):
    system = system_dts(nk_vm(2, [0], MODULES) + nk_vm(3, [1], MODULES) + SYSTEM)
    return boot_linux(system, gic=gic, cpus=2, mem=1024)


@on_gic(3)
def test_vpipe(boot_linux, system_dts, gic):
    machine = booted(boot_linux, system_dts, gic)
    check_tables(machine)
    check_nodes(machine)
    check_semantics(machine)
    check_partial(machine)
    check_sums(machine, 2, 1)
    check_restarts(machine, RESTARTS[gic])
    for vm in 2, 3:
        no_complaints(machine, vm)
    assert machine.quit() == 0


HOSTILE = """
&hyp {
	pmem-size = <0x100000>;
};
&vm2_vdevs {
	in: in { compatible = "vpipe"; server; };
	both: both { compatible = "vbpipe"; };
	out { peer-phandle = <&out>; client; };
};
&vm3_vdevs {
	in { peer-phandle = <&in>; client; };
	both { peer-phandle = <&both>; };
	out: out { compatible = "vpipe"; server; };
};
"""


def hostile(boot_linux, system_dts, gic, seconds, seed):
    """A peer that lies does no harm, and is believed again when it does not any more."""
    vm3 = raw_vm("hostile-vpipe", [1], vm=3, bootargs=f"seconds={seconds} seed={seed}", size=0x00800000)
    machine = boot_linux(system_dts(nk_vm(2, [0], MODULES) + vm3 + HOSTILE, "hostile"), vms=(2,), gic=gic, cpus=2, mem=512)
    machine.check(2, "load() { while [ ! -e /tmp/end ]; do timeout 1 \"$@\"; usleep 1000; done >/dev/null 2>&1; }")
    for what in "cat /dev/vpipe0", "dd if=/dev/zero of=/dev/vpipe1 bs=3000", "cat /dev/vbpipe0", "dd if=/dev/zero of=/dev/vbpipe0":
        machine.check(2, f"(load {what} &)")
    visits = int(machine.wait_line(3, r"^hostile: (\d+) visits$", timeout=60 + 4 * seconds)[1])
    assert visits > 0
    machine.check(2, "touch /tmp/end; i=0; until ! pidof timeout cat dd || [ $i = 500 ]; do usleep 20000; i=$((i+1)); done")
    machine.send(3, "honest\n")
    for device in "vpipe0", "vbpipe0":
        assert machine.check(2, f"head -n 1 /dev/{device}", timeout=60) == "honest"
    machine.wait_line(3, r"^hostile: done$", timeout=60)
    no_complaints(machine, 2)
    said = [line for line in kernel_log(machine, 2) if "vlink-lib: " in line]
    assert 1 <= len(said) <= 4 + seconds, said
    print("\n".join(said))
    assert machine.quit() == 0
    did(BOTH, "seconds of a hostile peer", seconds)
    did(BOTH, "times that it had a link up", visits)
    did(BOTH, "lines that the kernel said of it", len(said))


@on_gic(2)
def test_hostile_peer(boot_linux, system_dts, guest_programs, gic):
    del guest_programs
    hostile(boot_linux, system_dts, gic, 5, 1)
