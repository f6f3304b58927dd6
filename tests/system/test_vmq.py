# SPDX-License-Identifier: Apache-2.0
"""vlx-vmq between two Debian guests: every call, a load, restarts of either side under it, and a peer that lies."""

import re

import pytest
from gics import on_gic
from linuxvm import PMEM_READ, nk_vm, same_pmem, wait_for
from linuxvm import restart_vm as restart_whole_vm
from nklib.machine import NK
from tally import did
from tap import Tap
from test_linux_nkops import kernel_log, no_complaints

pytestmark = [pytest.mark.system, pytest.mark.usefixtures("linux_modules")]

LEVELS = range(4)
LINK = """
&vm2_vdevs {{
	q{n}: q@{n} {{
		compatible = "vmqt-{n}";
		info = "be";
		pdev-size = <0x10000>;
		xirq-quota = <4>;
	}};
}};
&vm3_vdevs {{
	q@{n} {{
		peer-phandle = <&q{n}>;
		info = "fe";
		xirq-quota = <4>;
	}};
}};
"""
SYSTEM = PMEM_READ + "&hyp { pmem-size = <0x200000>; };\n" + "".join(LINK.format(n=n) for n in LEVELS)
MESSAGES = 5000  # on each of the four links; the soak has a million
LOADS = {2: "insmod /lib/nk/vmq-test.ko", 3: "insmod /lib/nk/vmq-test.ko frontend=1"}


def run_tap(machine, vm, command):
    """Writes the command to the test module, which reports in the kernel's log."""
    machine.check(vm, "dmesg -c >/dev/null")
    status, said = machine.run(vm, f"echo {command} >/proc/nk/vmq-test", timeout=200)
    log = kernel_log(machine, vm)
    tap = Tap(log)
    assert not tap.bad, "\n".join(tap.bad)
    assert status == 0, "\n".join([*said, *log[-20:]])
    assert tap.plan and tap.good == tap.plan, f"{tap.good} good tests of {tap.plan}\n" + "\n".join(log[-20:])


def counters(machine, vm):
    """What the test module counts: {level: {name: number}}."""
    found = {}
    for line in machine.check(vm, "cat /proc/nk/vmq-test").splitlines():
        words = line.split()
        found[int(words[1])] = {name: int(value) for name, value in zip(words[2::2], words[3::2])}
    return found


def queues(machine, vm, side):
    """/proc/nk/vmq.vmqt-*: {(level, "tx" or "rx"): {column: text}}."""
    found = {}
    for level in LEVELS:
        lines = machine.check(vm, f"cat /proc/nk/vmq.vmqt-{level}-{side}").splitlines()
        heads = lines[0].split()
        heads[heads.index("Data", heads.index("Spare"))] = "SpareData"
        for line in lines[1:]:
            row = dict(zip(heads, line.split(), strict=True))
            found[level, row["Di"]] = row
    return found


def check_load(machine, messages=MESSAGES):
    """So many on each link, each looked at; what they cost is printed."""
    before = queues(machine, 3, "fe"), queues(machine, 2, "be")
    machine.mark(3)
    machine.check(3, f"dmesg -c >/dev/null; echo load {messages} >/proc/nk/vmq-test", timeout=300 + messages // 250)
    print("\n".join(line for line in kernel_log(machine, 3) if "a second" in line))
    after = queues(machine, 3, "fe"), queues(machine, 2, "be")
    for level in LEVELS:
        rows = [(old[level, way], new[level, way]) for old, new, way in zip(before, after, ("tx", "rx"))]
        bells = [(int(new["Bells"]) - int(old["Bells"])) / messages for old, new in rows]
        waits = int(rows[0][1]["Waits"]) - int(rows[0][0]["Waits"])
        print(f"level {level}: doorbells a message: sender {bells[0]:.3f}, receiver {bells[1]:.3f}; {waits} waits")
        assert int(rows[0][1]["Messages"]) - int(rows[0][0]["Messages"]) == messages + 2
        assert [new["P"] for _, new in rows] == [str(level)] * 2
        # A queue is full of messages before somebody waits, and a batch is told once.
        assert bells[0] < 0.5 and bells[1] < 1
        did("vmq", "messages, each looked at", messages)


def good_so_far(machine, vm):
    for level, row in counters(machine, vm).items():
        assert row["bad"] == row["wrong"] == 0, f"vm{vm}, level {level}: {row}"


def wait_traffic(machine, vm):
    """The links have come up since the mark, and messages go both ways again."""
    machine.check(vm, "echo traffic >/proc/nk/vmq-test", timeout=120)
    good_so_far(machine, vm)


def restart(machine, vm):
    """The module goes and comes back while both sides send all they can; nothing is lost, doubled or out of order."""
    machine.check(5 - vm, "echo mark >/proc/nk/vmq-test")
    machine.check(vm, f"rmmod vmq-test && {LOADS[vm]} && echo start >/proc/nk/vmq-test")
    wait_traffic(machine, 5 - vm)
    wait_traffic(machine, vm)
    did("vmq", "restarts of the module of one side under load")


def restart_vm(machine, vm):
    """The same for its whole VM, which has no time to say anything."""
    machine.check(5 - vm, "echo mark >/proc/nk/vmq-test")
    restart_whole_vm(machine, vm)
    machine.check(vm, f"{LOADS[vm]} && echo start >/proc/nk/vmq-test")
    wait_traffic(machine, 5 - vm)
    did("vmq", "restarts of the VM of one side under load")


def check_restarts(machine, turns):
    for vm in 2, 3:
        machine.check(vm, "echo start >/proc/nk/vmq-test")
    with same_pmem(machine):
        for turn in range(turns):
            restart(machine, 2 + turn % 2)
        restart_vm(machine, 3)
    for vm in 2, 3:
        machine.check(vm, "echo stop >/proc/nk/vmq-test", timeout=60)
        good_so_far(machine, vm)


def begin(machine):
    """Both sides are there; the one that comes first can do nothing alone."""
    machine.check(3, LOADS[3])
    run_tap(machine, 3, "early")
    machine.check(2, LOADS[2])


def check_unloading(machine):
    for vm in 2, 3:
        machine.check(vm, "rmmod vmq-test && rmmod vlx-vmq && ! ls /proc/nk/vmq*")
        no_complaints(machine, vm)


def system_of_two(system_dts):
    modules = "vlx-vmq"
    return system_dts(nk_vm(2, [0], modules) + nk_vm(3, [1], modules) + SYSTEM)


@on_gic(3)
def test_vmq(boot_linux, system_dts, gic):
    machine = boot_linux(system_of_two(system_dts), gic=gic, cpus=2, mem=1024)
    begin(machine)
    for vm in 3, 2:
        run_tap(machine, vm, "test")
    check_load(machine)
    check_restarts(machine, 4 if gic == 3 else 2)
    check_unloading(machine)
    assert not any(re.search("panic|not as it was", line) for line in machine.lines(NK))
    assert machine.quit() == 0


HOSTILE = """
&vm3 {{
	name = "hostile";
	kernel = "hostile-vmq";
	kernel-offset = <0x80000>;
	bootargs = "seconds={seconds} seed={seed}";
	memory {{ size = <0x0 0x00800000>; base = <0x0 0x40000000>; }};
}};
&vm3_vcpus {{ #count = <1>; affinity = "1"; migration = "off"; }};
"""


def check_differing(machine):
    """One of the two has another configuration: a line in the log, and nothing else."""
    machine.wait_line(3, r"^hostile-vmq: differs$", 200)
    wait_for(machine, 2, "dmesg | grep 'vlx-vmq: vmqt-1 0: vm3 has another configuration'", 200)
    assert counters(machine, 2)[1]["ups"] == 0
    machine.send(3, "go\r")


def against_a_liar(boot_linux, system_dts, gic, seconds, seed):
    """The other side writes what it likes; then it is honest, and is answered."""
    liar = HOSTILE.format(seconds=seconds, seed=seed)
    system = system_dts(nk_vm(2, [0], "vlx-vmq") + liar + SYSTEM)
    machine = boot_linux(system, vms=(2,), gic=gic, cpus=2, mem=512)
    machine.check(2, f"{LOADS[2]} && echo start >/proc/nk/vmq-test")
    check_differing(machine)
    found = machine.wait_line(3, r"^hostile-vmq: \d+ turns, up (\d+) and (\d+) times$", seconds + 60)
    assert int(found[1]) and int(found[2]), found[0]
    assert machine.wait_line(3, r"^hostile-vmq: (not up|.*answered)$", 200)[1] == "answered"
    print(found[0])
    print(machine.check(2, "cat /proc/nk/vmq.vmqt-1-be"))
    machine.check(2, "rmmod vmq-test && rmmod vlx-vmq", timeout=60)
    no_complaints(machine, 2)
    said = [line for line in kernel_log(machine, 2) if "vlink-lib: " in line or "vmq" in line]
    assert len(said) <= 5 + 2 * seconds, said
    assert machine.quit() == 0
    did("vmq", "seconds of a hostile peer", seconds)
    did("vmq", "times that it had a link up", int(found[1]) + int(found[2]))
    did("vmq", "lines that the kernel said of it", len(said))


@on_gic(2)
def test_hostile_peer(boot_linux, system_dts, guest_programs, gic):
    del guest_programs
    against_a_liar(boot_linux, system_dts, gic, 4, gic)
