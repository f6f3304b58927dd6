# SPDX-License-Identifier: Apache-2.0
"""nk-core in Debian guests: every member of nkops, loading and unloading, the bench of xirqs."""

import re

import pytest
from gics import on_gic
from linuxvm import nk_vm, wait_for
from tap import Tap

pytestmark = [pytest.mark.system, pytest.mark.usefixtures("linux_modules")]

SYSTEM = """
&hyp {
	pmem-size = <0x100000>;
	balloon {
		host = <2>;
		size = <0x0 0x400000>;
		takers = "3";
	};
};
&hyp_property {
	nkops-test {
		size = <8>;
		allow-set = "2";
		allow-get = "*";
	};
	nk.history {
		allow-get = "2";
	};
	nk.vlm-dtb {
		allow-get = "2";
	};
	nk.vm.3.state.running {
		allow-set = "2,3";
		allow-get = "*";
		allow-notify = "*";
	};
	nk.vm.3.state.paused {
		allow-set = "2,3";
		allow-get = "*";
	};
};
&vm2_vdevs {
	test: test {
		compatible = "nkops-test";
		info = "the server";
		server;
	};
	bench: bench {
		compatible = "xirqb";
		server;
	};
	old: old {
		compatible = "old-test";
		server;
	};
	grant: grant {
		compatible = "grant-test";
		server;
		grants = <3>;
	};
	loop_s: loop@s {
		compatible = "vlink-test";
		server;
	};
	loop@c {
		peer-phandle = <&loop_s>;
		client;
	};
	loops: loops@a {
		compatible = "vlink-pair";
	};
	loops@b {
		peer-phandle = <&loops>;
	};
};
&vm3_vdevs {
	grant {
		peer-phandle = <&grant>;
		client;
	};
	test {
		peer-phandle = <&test>;
		info = "the client";
		client;
	};
	bench {
		peer-phandle = <&bench>;
		client;
	};
	old {
		peer-phandle = <&old>;
		client;
	};
};
"""
# So that nk.vlm-dtb takes more than one page, and more than what a CPU bounces by itself.
LARGE = "&vm3_vplatform { filler { text = \"" + 9000 * "x" + "\"; }; };\n"
MODULES = "nk-core"
LOADS = 20
ROUNDS = 500


def kernel_log(machine, vm):
    """The kernel's log without its times."""
    return [re.sub(r"^\[[^]]*\] ", "", line) for line in machine.check(vm, "dmesg").splitlines()]


def check_nkops(machine):
    machine.check(2, "dmesg -c >/dev/null")
    status, said = machine.run(2, "insmod /lib/nk/nkops-test.ko", timeout=200)
    log = kernel_log(machine, 2)
    tap = Tap(log)
    assert not tap.bad, "\n".join(tap.bad)
    assert status == 0, said
    assert tap.plan and tap.good == tap.plan, f"{tap.good} good tests of {tap.plan}\n" + "\n".join(log[-20:])
    assert f"nk-core: {63 * 'n'}...: too long for a property's name, which has 63 characters at most" in log
    machine.check(2, "rmmod nkops-test")


def check_vlink_lib(machine):
    """Loops inside VM 2 are enough: the library does not know that the peer is near."""
    machine.check(2, "dmesg -c >/dev/null")
    status, said = machine.run(2, "insmod /lib/nk/vlink-test.ko", timeout=200)
    log = kernel_log(machine, 2)
    tap = Tap(log)
    assert not tap.bad and not status, "\n".join([*tap.bad, *said])
    assert tap.plan and tap.good == tap.plan, f"{tap.good} good tests of {tap.plan}\n" + "\n".join(log[-20:])
    # Once in ten seconds, though it was so three times.
    assert [line for line in log if re.match("vlink-lib: .*: taken down", line)] == ["vlink-lib: vlink-test 0: taken down, vm2: it lies"]
    machine.check(2, "rmmod vlink-test")


def check_grants(machine):
    """VM 2 grants pages, VM 3 looks at them; then the module of VM 2 goes, and the pages with it."""
    for vm in 2, 3:
        machine.check(vm, "dmesg -c >/dev/null")
        machine.check(vm, "modprobe grant-test")
    wait_for(machine, 3, "dmesg | grep 'ok 11 - '", 1000)
    check_vdevs(machine, 2, "grant-test,0 serv 2/ON/'' cli 3/ON/''", r"  GRANT: 3 pages to the peer, 0 from it")
    check_vdevs(machine, 3, "grant-test,0 serv 2/ON/'' cli 3/ON/''", r"  PDEV \d+: 0x[0-9a-f]+, \d+ bytes",
                r"  GRANT: 0 pages to the peer, 3 from it")
    machine.check(2, "rmmod grant-test")
    wait_for(machine, 3, "dmesg | grep '[]] 1[.][.]'", 1000)
    server, client = Tap(kernel_log(machine, 2)), Tap(kernel_log(machine, 3))
    assert not server.bad and not client.bad, "\n".join([*server.bad, *client.bad])
    assert (server.good, client.good, client.plan) == (7, 13, 13)
    machine.check(3, "rmmod grant-test")


def check_vdevs(machine, vm, *wanted):
    """/proc/nk/vdevs has these lines, in that order; each is a pattern."""
    lines = machine.check(vm, "cat /proc/nk/vdevs")
    assert re.search(r"\n(?:.*\n)*?".join(rf"^{pattern}$" for pattern in wanted), lines, re.M), lines


def check_loading(machine, vm, loads=LOADS):
    """Nothing is left behind by so many turns, and two that load it at a time do no harm."""
    count = ("grep -c ioremap /proc/vmallocinfo; grep -c nk-xirq /proc/interrupts; ls /proc/irq | wc -l;"
             " ps | grep -c '[n]k-core'; ls /proc/nk /sys/nk 2>&1")
    machine.check(vm, "modprobe nk-core; rmmod nk-core")
    before = machine.run(vm, count)
    machine.check(vm, f"i=0; while [ $i -lt {loads} ]; do modprobe nk-core && rmmod nk-core || exit 1;"
                      " i=$((i+1)); done", timeout=60 + loads)
    assert machine.run(vm, count) == before
    machine.check(vm, "modprobe nk-core & modprobe nk-core; wait; lsmod | grep -q '^nk_core'")


def check_unload_refused(machine, vm):
    machine.check(vm, "modprobe xirq-bench")
    status, _ = machine.run(vm, "rmmod nk-core")
    assert status != 0


def check_connected(machine):
    assert "rounds" in machine.check(3, "cat /proc/nk/bench/2", timeout=60)


def check_bench(machine):
    """The client is VM 3."""
    check_unload_refused(machine, 2)
    check_unload_refused(machine, 3)
    named = machine.check(2, "grep xirq-bench-server /proc/interrupts")
    assert re.search(r"nk-xirq +\d+ +Edge +xirq-bench-server", named), named
    machine.check(3, f"echo {ROUNDS} >/proc/nk/bench/2")
    lines = machine.check(3, "cat /proc/nk/bench/2", timeout=60).splitlines()
    print("\n".join(lines))
    assert re.fullmatch(rf"link 0: vm3 -> vm2, {ROUNDS} rounds, \d+ Hz", lines[0]), lines
    assert [line.split()[0] for line in lines[2:]] == ["post-to-handler", "handler-to-thread", "round-trip"]
    for line in lines[2:]:
        low, average, high = map(int, line.split()[1:4])
        assert low <= average <= high and high > 0, line
    check_vdevs(machine, 2, "nkops-test,0 serv 2/OFF/'the server' cli 3/OFF/'the client'",
                "xirqb,0 serv 2/ON/'' cli 3/ON/''", r"  PXIRQ \d+: of vm2, \d+, 1 of them")
    machine.check(2, "rmmod xirq-bench")
    check_vdevs(machine, 2, "xirqb,0 serv 2/OFF/'' cli 3/(RST|ON|OFF)/''")
    assert "not connected" in machine.check(3, "cat /proc/nk/bench/2")
    machine.check(2, "modprobe xirq-bench")
    check_connected(machine)
    machine.check(3, "rmmod xirq-bench; modprobe xirq-bench")
    check_connected(machine)


def check_old_driver(machine):
    """One that was written for older headers works between two VMs, whoever of them comes first."""
    for first, second in (2, 3), (3, 2):
        machine.check(3, "dmesg -c >/dev/null")
        for vm in first, second:
            status, said = machine.run(vm, "modprobe old-test")
            assert status == 0, said
        wait_for(machine, 3, "dmesg | grep 'old-test: .* answered'", 200)
        assert "old-test: 1 answered, status 4096, pending 0" in "\n".join(kernel_log(machine, 3))
        machine.check(2, "rmmod old-test")
        machine.check(3, "rmmod old-test")


def no_complaints(machine, vm):
    bad = [line for line in kernel_log(machine, vm)
           if re.search(r"BUG|Oops|WARNING|stall|lockup|Call trace", line)]
    assert not bad, bad


@on_gic(3)
def test_nkops(boot_linux, system_dts, gic):
    system = system_dts(nk_vm(2, [0, 1], MODULES) + nk_vm(3, [2, 3], MODULES) + SYSTEM + LARGE)
    machine = boot_linux(system, gic=gic)
    check_bench(machine)
    check_old_driver(machine)
    check_vlink_lib(machine)
    check_grants(machine)
    no_complaints(machine, 3)
    machine.mark(3)
    check_nkops(machine)
    machine.wait_ready(3, timeout=120)
    assert "nk_core" in machine.check(3, "lsmod")
    machine.check(3, "modprobe xirq-bench")
    check_connected(machine)  # after the whole VM went and came back
    machine.check(2, "rmmod xirq-bench; rmmod vlink-lib; rmmod nk-core")
    check_loading(machine, 2)
    no_complaints(machine, 2)
    assert machine.quit() == 0
