# SPDX-License-Identifier: Apache-2.0
"""Circular logs in Debian guests: /proc/nk/log-N and /dev/vlx-log-N."""

import re

LINES = 200
SYSTEM = """
&hyp {
	logs {
		log@0 { size = <0x10000>; writers = "2,3"; readers = "2"; };
		log@1 { size = <0x1000>; writers = "2"; readers = "2"; };
		log@2 { size = <0x1000>; readers = "3"; };
	};
};
"""
MODES = {2: {"log-0": "600", "log-1": "600"}, 3: {"log-0": "200", "log-2": "400"}}
PREFIX = r"^\[ *[0-9]+\.[0-9]{6}\] (nk|vm2|vm3): "


def refused(machine, vm, command, why):
    status, said = machine.run(vm, command)
    assert status and any(why in line for line in said), f"{command}: {status} {said}"


def check_who(machine):
    """Files of those logs alone that the tree lets a VM have; what is not in the mode, nk refuses."""
    for vm, modes in MODES.items():
        for path, prefix in ("/proc/nk", ""), ("/dev", "vlx-"):
            lines = machine.check(vm, f"cd {path}; stat -c '%n %a' {prefix}log-*; cd").splitlines()
            assert dict(line.split() for line in lines) == {prefix + name: mode for name, mode in modes.items()}
    for path in "/proc/nk/", "/dev/vlx-":
        refused(machine, 3, f"cat {path}log-0", "Permission denied")
        refused(machine, 3, f"echo x >{path}log-2", "Permission denied")


def check_whole(machine, log):
    assert machine.run(2, f"grep -vE '{PREFIX}' /proc/nk/log-{log}") == (1, [])


def check_both_write(machine):
    """Each VM's lines are whole, its own by what nk puts in front, and in their order."""
    loop = f"i=0; while [ $i -lt {LINES} ]; do echo number $i; i=$((i+1)); done >/dev/vlx-log-0; echo no''ted"
    for vm in 2, 3:
        machine.mark(vm)
        machine.send(vm, loop + "\n")
    for vm in 2, 3:
        machine.wait_line(vm, r"\bnoted$", timeout=60)
    lines = machine.check(2, "grep -o 'vm.: number.*' /proc/nk/log-0", timeout=60).splitlines()
    for vm in 2, 3:
        assert [line for line in lines if line.startswith(f"vm{vm}")] == [
            f"vm{vm}: number {i}" for i in range(LINES)]
    assert len(lines) == 2 * LINES
    machine.check(3, "printf 'x\\r[    0.000001] vm2: forged\\033[2K\\n' >/proc/nk/log-0")
    assert re.sub(r"^\[[^]]*\] ", "", machine.check(2, "grep forged /proc/nk/log-0")) == (
        "vm3: x?[    0.000001] vm2: forged?[2K")
    check_whole(machine, 0)


def check_wakes(machine):
    """A read of the device waits for a line, and so does a poll; one of /proc ends."""
    machine.check(2, "(grep -m1 'wake m[e]' /dev/vlx-log-0 >/tmp/log; echo wo''ken) &")
    # The shell's read -t polls before each character.
    machine.check(2, "(while read -t 60 l; do case $l in *'poll m'e*) echo pol''led; break; esac; done) </dev/vlx-log-1 &")
    assert machine.check(2, "sleep 0.2; [ ! -s /tmp/log ]; cat /proc/nk/log-1") == ""
    machine.check(3, "echo wake me >/proc/nk/log-0")
    machine.wait_line(2, r"\bwoken$")
    assert re.search(r"\] vm3: wake me$", machine.check(2, "cat /tmp/log"))
    machine.check(2, "echo poll me >/dev/vlx-log-1")
    machine.wait_line(2, r"\bpolled$")


def check_share(machine):
    """Who writes too much has to wait, loses its own old lines and nobody else's."""
    machine.check(2, "x=$(printf '%01000d' 7); n=0; while [ $n -lt 400 ] && echo $n $x >/proc/nk/log-1; do n=$((n+1)); done"
                     " 2>/tmp/why; echo $n >/tmp/n")
    assert "temporarily unavailable" in machine.check(2, "cat /tmp/why").lower()
    assert 15 <= int(machine.check(2, "cat /tmp/n")) < 400
    machine.check(2, "echo waited for >/dev/vlx-log-1")
    assert 1000 < int(machine.check(2, "cat /proc/nk/log-1 | wc -c")) <= 4096
    check_whole(machine, 1)
    assert machine.check(2, "tail -n 1 /proc/nk/log-1").endswith("] vm2: waited for")
    assert machine.check(2, "grep -c ': number' /proc/nk/log-0") == str(2 * LINES)


def check_polls(machine, polled):
    """polled: what poll(2) says of a file that is opened for reading."""
    assert polled(machine, 2, "/dev/vlx-log-0") == "0x41"  # POLLIN, POLLRDNORM
    assert int(polled(machine, 3, "/dev/vlx-log-2"), 0) == 0
    assert polled(machine, 3, "/dev/vlx-log-0") == "0x8"  # POLLERR


def check_logs(machine, polled):
    assert " of 4 CPUs, 3 VMs" in machine.check(2, "grep -m1 '] nk: ' /proc/nk/log-0")
    check_who(machine)
    check_both_write(machine)
    check_wakes(machine)
    check_polls(machine, polled)
    check_share(machine)


def check_logs_stay(machine):
    """VM 3 was restarted meanwhile: what it wrote is there, and it goes on behind that."""
    machine.check(3, "echo begun anew >/proc/nk/log-0")
    lines = machine.check(2, "grep -E '(vm3: (wake|begun)|nk: vm3 .*restarts)' /proc/nk/log-0").splitlines()
    assert [line.split("] ")[1] for line in (lines[0], lines[-1])] == ["vm3: wake me", "vm3: begun anew"]
    assert len(lines) > 2
    check_whole(machine, 0)
