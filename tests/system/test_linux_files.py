# SPDX-License-Identifier: Apache-2.0
"""/proc/nk, /sys/nk, /dev/vlx-console and /dev/vlx-log-N in Debian guests, against the manual's pages, and svec."""

import json
import re
import time

import logs
import pytest
from gics import on_gic
from linuxvm import nk_vm, read_bytes, read_prop
from nklib.machine import NK, TIME_SCALE, MachineError
from tap import Tap

pytestmark = [pytest.mark.system, pytest.mark.usefixtures("linux_modules", "guest_programs")]

RESTARTS = 10
KILLS = 25  # of who writes to /proc/nk/restart
LINUX_RESTARTS = 2  # by the other VM, and by itself
LOADS = 3
HZ = 62500000  # of QEMU's counter
MODULES = "svec,vlx-prop,vlx-vinfo,vlx-history,vlx-log,vlx-dt,vlx-panic-trigger"
# VM 2 steers VM 3, which has no vproperty controller and so hears NK_XIRQ_SYSCONF, and VM 4.
SYSTEM = """
&hyp { pmem-size = <0x00800000>; };
&hyp_property {
	nk.panic-trigger { size = <1>; allow-set = "*"; allow-get = "*"; allow-notify = "*"; value = "0"; };
	nk.history { allow-get = "2"; };
	nk.focus { allow-set = "2"; allow-get = "2,3"; };
	nk.vlm-dtb { allow-get = "2"; };
	nk.memory.heap.free { allow-get = "2"; };
	nk.memory.heap.used { allow-get = "2"; };
	nk.memory.pmem.free { allow-get = "2"; };
	nk.memory.pmem.used { allow-get = "2"; };
	nk.vm.3.state.running { allow-set = "2"; allow-get = "2,3"; };
	nk.vm.3.state.paused { allow-set = "2"; allow-get = "2,3"; allow-notify = "2"; };
	nk.vm.3.vplatform-dtb { allow-get = "2,3"; };
	nk.vm.4.vplatform-dtb { allow-get = "2"; };
	nk.vm.4.state.running { allow-set = "2"; allow-get = "2"; };
	svec-test { size = <8>; allow-set = "2"; allow-get = "2"; allow-notify = "2"; };
	test.by-2 { size = <4>; allow-set = "2"; allow-get = "2,3"; allow-notify = "2,3"; };
	test.by-3 { size = <16>; allow-set = "3"; allow-get = "2,3"; allow-notify = "2"; cell-value = <1 2>; };
	test.closed { size = <4>; allow-set = "3"; allow-get = "3"; allow-notify = ""; value = "x"; };
	test.a-name-that-is-cut { size = <2>; allow-set = ""; allow-get = "*"; allow-notify = ""; value = "ab"; };
};
&vm1_vdevs {
	events: hypevent@vproperty { compatible = "vl,hypevent.v1"; info = "vproperty"; #clone = "auto"; server; };
};
&vm2_vdevs {
	pipe_2: pipe { compatible = "vbpipe"; info = "two,", "parts"; };
	clock_2: clock { compatible = "vclk"; server; info = "be"; link = <5>; #clone = "auto"; };
	hypevent@vproperty { peer-phandle = <&events>; client; };
};
&vm3_vdevs {
	pipe { peer-phandle = <&pipe_2>; info = "3"; };
	clock { peer-phandle = <&clock_2>; client; };
};
&vm2_vplatform { twice { same = "of two"; empty; same { same = [00 ff]; }; }; };
&vm4 {
	name = "labels";
	autostart = "off";
	kernel = "labels";
	kernel-offset = <0x80000>;
	memory { size = <0x0 0x00800000>; base = <0x0 0x40000000>; };
};
&vm4_vcpus { #count = <1>; affinity = "3"; migration = "off"; };
&vm4_vdevs {
	clock { peer-phandle = <&clock_2>; client; info = "fe"; };
};
"""
LINKS = {
    2: {"client/vbpipe/0/vm2/vm3": "two,parts", "server/vbpipe/0/vm2/vm3": "two,parts",
        "server/vclk/5/vm2/vm3": "be", "server/vclk/6/vm2/vm4": "be",
        "client/vl,hypevent.v1/0/vm2/vm1": ""},
    3: {"client/vbpipe/0/vm3/vm2": "3", "server/vbpipe/0/vm3/vm2": "3", "client/vclk/5/vm3/vm2": ""},
}
ATTR = {"r--": "444", "rw-": "644", "r-n": "444", "rwn": "644", "-w-": "200", "---": "0", "-wn": "200",
        "--n": "0"}


def number(machine, vm, name):
    return int.from_bytes(read_prop(machine, vm, name), "little")


def refused(machine, vm, command, why):
    status, said = machine.run(vm, command)
    assert status and any(why in line for line in said), f"{command}: {status} {said}"


def explained(machine, vm, *words):
    """The kernel's log says which line the system tree lacks."""
    log = machine.check(vm, "dmesg | grep 'not allowed' | tail -n 8").splitlines()
    assert any(all(word in line for word in words) for line in log), log


def until(what, wanted, timeout=30):
    end = time.monotonic() + timeout * TIME_SCALE
    while (found := what()) != wanted:
        assert time.monotonic() < end, f"{found}, not {wanted}"


def check_who(machine):
    for vm in 2, 3:
        assert read_bytes(machine, vm, "/proc/nk/id") == b"%d\n" % vm
        assert read_bytes(machine, vm, "/proc/nk/last") == b"4\n"
    # Who runs, of those whose state a VM may read, and itself.
    assert read_bytes(machine, 2, "/proc/nk/state") == b"28\n"
    assert read_bytes(machine, 3, "/proc/nk/state") == b"8\n"
    files = machine.check(2, "cd /proc/nk; stat -c '%n %a' *; cd").split("\n")
    assert dict(line.split() for line in files).items() >= {
        "counter-timer-offset": "444", "focus": "644", "history": "400", "id": "444", "last": "444",
        "memstat": "444", "props": "444", "regions": "444", "restart": "200", "state": "444",
        "resume": "200", "stop": "200", "vmresume": "200", "vmstart": "200", "vmstop": "200", "vmsuspend": "200",
        "xirqmap": "444"}.items()


def check_no_monitoring(machine):
    """Where the tree has none of it, its modules are loaded, and make no files."""
    modules = "vlx-event-log vlx-event-rings vlx-event-stats vlx-event-log-filtering perfmonitor"
    before = machine.check(2, "ls /proc/nk")
    machine.check(2, f"modprobe -a {modules}")
    assert machine.check(2, "ls /proc/nk") == before
    machine.check(2, f"rmmod {modules} vlx-monitor")


def memstat(machine, vm):
    """{pool: (size, free, used)}, in the manual's form to the letter."""
    text = machine.check(vm, "cat /proc/nk/memstat")
    match = re.fullmatch(r"      SIZE      FREE      USED\n"
                         r"HEAP    (\d+)    (\d+)    (\d+)\nPMEM    (\d+)    (\d+)    (\d+)", text)
    assert match, text
    numbers = [int(n) for n in match.groups()]
    pools = {"heap": tuple(numbers[:3]), "pmem": tuple(numbers[3:])}
    for size, free, used in pools.values():
        assert size == free + used
    return pools


def check_memory(machine):
    pools = memstat(machine, 2)
    for pool, (_, free, used) in pools.items():
        assert (number(machine, 2, f"nk.memory.{pool}.free"),
                number(machine, 2, f"nk.memory.{pool}.used")) == (free, used)
    assert pools["heap"][2] and sum(pools["pmem"][1:]) == 0x800000
    assert machine.check(2, "cat /proc/nk/regions") == "PADDR      SIZE      ID"


def check_props(machine, vm):
    """The table and the directory say the same of every property, and LEN is what a reader counts."""
    lengths = dict(reversed(line.split()) for line in
                   machine.check(vm, "cd /sys/nk/prop; wc -c * 2>/dev/null; cd").splitlines())
    files = {name: (mode, int(size), int(lengths.get(name, 0))) for mode, size, name in
             (line.split() for line in machine.check(vm, "cd /sys/nk/prop; stat -c '%a %s %n' *; cd").splitlines())}
    lines = machine.check(vm, "cat /proc/nk/props").splitlines()
    assert lines[0].split() == ["PID", "NAME", "ATTR", "LEN", "VALUE"]
    rows = [re.fullmatch(r"(\d+)\t(\S{1,21}) *\t([r-][w-][n-])\t(\d+)\t(Not set|-|[0-9a-f]{2}(?: [0-9a-f]{2})*)",
                         line) for line in lines[1:]]
    assert all(rows), lines
    assert [int(row[1]) for row in rows] == list(range(len(files)))
    for row in rows:
        wanted = [(mode, length or size) for name, (mode, size, length) in files.items() if name[:21] == row[2]]
        assert (ATTR[row[3]], int(row[4])) in wanted, (row[0], files)
    table = {row[2]: (row[3], row[5]) for row in rows}
    assert files["test.by-3"] == ("444" if vm == 2 else "644", 16, 8)  # of at most 16 bytes 8 are set
    assert table["nk.error.ignore-alloc"][0] == "r--"
    assert table["test.a-name-that-is-c"] == ("r--", "61 62")
    assert table["test.by-2"] == ("rwn" if vm == 2 else "r-n", "Not set")
    assert table["test.by-3"] == ("r-n" if vm == 2 else "rw-", "01 00 00 00 02")
    assert table["test.closed"] == (("---", "-") if vm == 2 else ("rw-", "78"))
    assert table[f"nk.vm.{vm}.bootcomplete"] == ("rw-", "Not set")
    assert table["nk.cpus.online"] == ("r--", "0f")


def check_prop_files(machine):
    assert read_prop(machine, 2, "test.by-2") == b""
    machine.check(2, "printf 'a\\0b' >/sys/nk/prop/test.by-2")
    assert read_prop(machine, 3, "test.by-2") == b"a\0b"
    refused(machine, 3, "echo >/sys/nk/prop/test.by-2", "Permission denied")
    refused(machine, 2, "cat /sys/nk/prop/test.closed", "Permission denied")
    # As much as there is room for is one set; where that is not all, the writer is told.
    assert machine.run(2, "printf 12345 >/sys/nk/prop/test.by-2")[0]
    assert read_prop(machine, 3, "test.by-2") == b"1234"
    assert machine.run(2, "printf x | dd of=/sys/nk/prop/test.by-2 bs=1 seek=1 conv=notrunc")[0]
    assert read_prop(machine, 2, "test.by-2") == b"1234"
    assert machine.run(3, "printf z >/sys/nk/prop/nk.vm.3.state.running")[0]
    assert read_prop(machine, 2, "nk.build-id").endswith(b"\0")
    assert read_prop(machine, 2, "nk.version.api").startswith(b"12.1.0")
    # More than a page, and read in other steps than the pages of the first way.
    size = machine.check(2, "stat -c %s /sys/nk/prop/nk.vlm-dtb")
    assert f"\tr--\t{size}\td0 0d fe ed" in machine.check(2, "grep nk.vlm-dtb /proc/nk/props")
    assert machine.check(2, "wc -c </sys/nk/prop/nk.vlm-dtb") == size and int(size) > 4096
    sums = machine.check(2, "cd /sys/nk/prop; md5sum <nk.vlm-dtb; dd if=nk.vlm-dtb bs=1000 2>/dev/null | md5sum; cd")
    assert len(set(sums.splitlines())) == 1


def check_late_tree(machine):
    """VM 4 has not been loaded when vlx-dt is: its tree comes when it is."""
    root = "/sys/nk/device-trees"
    machine.check(2, "rmmod vlx-dt && modprobe vlx-dt")  # while there is something to wait for
    assert machine.check(2, f"ls {root}").split() == ["vlm", "vplatform@2", "vplatform@3"]
    assert not machine.check(2, "dmesg | grep 'vlx-dt: ' || true")
    machine.check(2, "echo 4 >/proc/nk/vmstart")
    until(lambda: machine.check(2, f"ls {root}").split()[-1], "vplatform@4")
    assert int(machine.check(2, f"find '{root}/vplatform@4' -type f | wc -l")) > 10


def check_trees(machine):
    root = "/sys/nk/device-trees"
    assert machine.check(2, f"ls {root}").split() == ["vlm", "vplatform@2", "vplatform@3", "vplatform@4"]
    assert machine.check(3, f"ls {root}").split() == ["vplatform@3"]
    explained(machine, 3, 'vlx_dt: not allowed', 'nk.vlm-dtb { allow-get = "3"; };')
    assert read_bytes(machine, 2, f"{root}/vlm/vm/vm3/name") == b"linux-3\0"
    assert read_bytes(machine, 2, f"{root}/vlm/vm/vm2/vdevs/pipe/info") == b"two,\0parts\0"
    assert read_bytes(machine, 2, f"{root}/vlm/hyp/pmem-size") == b"\0\x80\0\0"
    twice = f"{root}/vplatform@2/twice"
    assert machine.check(2, f"ls '{twice}'").split() == ["empty", "same", "same#1"]
    assert [read_bytes(machine, 2, f"{twice}/{name}") for name in ("empty", "same", "same#1/same")] == [
        b"", b"of two\0", b"\0\xff"]
    # The kernel keeps its tree in the same form, but for what it adds and the seeds it wipes.
    other = machine.check(2, f"cd '{root}/vplatform@2'; for f in $(find . -type f); do"
                             " cmp -s $f /proc/device-tree/$f || echo $f; done; cd").split()
    assert all(name.startswith("./chosen/") for name in other), other
    names = "find . -type f; cd"
    ours = set(machine.check(2, f"cd '{root}/vplatform@2'; {names}").split())
    theirs = set(machine.check(2, f"cd /proc/device-tree/; {names}").split())
    assert len(ours) > 30
    assert all(name.startswith("./chosen/") or name.endswith("/name") for name in theirs - ours), theirs - ours


def check_links(machine):
    for vm, links in LINKS.items():
        lines = machine.check(vm, "cd /sys/nk/vlinks/endpoints; grep -r . . ; find . -name info | wc -l; cd").splitlines()
        found = dict(line[2:].split("/info:") for line in lines[:-1])
        assert found == {path: info for path, info in links.items() if info}
        assert int(lines[-1]) == len(links)
        for path, info in links.items():
            assert read_bytes(machine, vm, f"/sys/nk/vlinks/endpoints/{path}/info") == info.encode() + b"\n"


def check_xirqmap(machine):
    expected = 0
    last = None
    for line in machine.check(2, "cat /proc/nk/xirqmap").splitlines():
        match = re.fullmatch(r"(\d+) - (\d+) => (?:   invalid|([ \d]{3}\d) - (\d+)) \((\d+)\)", line)
        assert match, line
        first, last, count = int(match[1]), int(match[2]), int(match[5])
        assert first == expected and last - first + 1 == count
        expected = last + 1
        if match[3]:
            assert int(match[4]) - int(match[3]) + 1 == count
            assert first == 1024 or int(match[3]) == first
        assert first > 15 or not match[3]
        # Cross interrupts are there as far as they are allocated.
        assert first < 1024 or bool(match[3]) == (first == 1024)
    assert last == 1024 + 255 and 1024 < first < last


def check_counter_offset(machine):
    def offset():
        return int(machine.check(2, "cat /proc/nk/counter-timer-offset"))

    first, second = offset(), offset()
    assert abs(second - first) < HZ / 10
    machine.check(2, "date -s @$(($(date +%s) + 1000000)) >/dev/null")
    assert abs(offset() - second - 1000000 * HZ) < 2 * HZ
    since = int(machine.check(2, "date +%s")) - offset() / HZ  # when nk's counter began
    assert 0 < since < 600


def check_focus(machine):
    """Who has the console's keyboard, which the operator's keys move, and the file does."""
    assert machine.check(2, "cat /proc/nk/focus") == "2"
    assert machine.check(3, "cat /proc/nk/focus") == "3"
    assert read_prop(machine, 3, "nk.focus") == b"\3\0\0\0"
    machine.mark(3)
    assert machine.check(2, "printf 3 >/proc/nk/focus; cat /proc/nk/focus") == "3"
    machine.send(2, "echo typed for $(hostname)\n")  # it is not VM 2 any more that gets it
    machine.wait_line(3, "^typed for linux-3")
    machine.key("2")
    assert machine.check(2, "cat /proc/nk/focus") == "2"
    assert "nk: vm2 linux-2: gives the focus to vm3 linux-3" in machine.lines(NK)
    refused(machine, 3, "echo 3 >/proc/nk/focus", "Permission denied")
    explained(machine, 3, 'vlx_vinfo: not allowed', 'nk.focus { allow-set = "3"; };')
    refused(machine, 3, "cat /proc/nk/memstat", "Permission denied")
    explained(machine, 3, 'vlx_vinfo: not allowed', 'nk.memory.heap.free { allow-get = "3"; };')


def polled(machine, vm, file):
    """What poll(2) says of the file, in digits."""
    machine.check(vm, f"modprobe poll-test path={file} && rmmod poll-test")
    return machine.check(vm, f"dmesg | grep 'poll-test: {file}' | tail -n 1").split()[-1]


def check_history(machine):
    machine.check(3, "echo first 'mark'")
    machine.check(3, "printf 'with NU\\000L\\n'")
    assert machine.check(2, "tr -cd '\\000' </proc/nk/history | wc -c") == "0"
    assert machine.check(2, "grep -c '[w]ith NUL' /proc/nk/history") == "1"
    count = "grep -c 'first [m]ark' /proc/nk/history"
    assert machine.check(2, count) == machine.check(2, count) == "1"
    machine.check(2, "cat /proc/nk/history", timeout=60)  # what it prints does not keep it going
    machine.check(2, "(grep -m1 'second [m]ark' /dev/vlx-console >/tmp/console; echo wo''ken) &")
    machine.check(2, "sleep 0.2; [ ! -s /tmp/console ]")
    machine.check(3, "echo second 'mark'")
    machine.wait_line(2, r"\bwoken$")
    assert "vm3 linux-3| second mark" in machine.check(2, "cat /tmp/console")
    machine.check(2, "(timeout 20 nk console -f | grep -m1 'third [m]ark' >/tmp/console; echo fol''lowed) &")
    machine.check(3, "echo third 'mark'")
    machine.wait_line(2, r"\bfollowed$")
    # The shell's read -t polls before each character.
    machine.check(2, "(while read -t 1 l; do :; done; echo drai''ned; while read -t 20 l; do case $l in"
                     " *'fourth ma'rk*) echo pol''led; break; esac; done) </dev/vlx-console &")
    machine.wait_line(2, r"\bdrained$")
    machine.check(3, "echo fourth 'mark'")
    machine.wait_line(2, r"\bpolled$")
    for file, mask in ("/proc/nk/history", "0x41"), ("/dev/vlx-console", "0x41"):
        assert polled(machine, 2, file) == mask  # POLLIN, POLLRDNORM
        assert polled(machine, 3, file) == "0x8"  # POLLERR
        refused(machine, 3, f"cat {file}", "Permission denied")
    explained(machine, 3, 'vlx_history: not allowed', 'nk.history { allow-get = "3"; };')


def watch(machine, vm, name):
    """Has the VM wait for a change of that property, and returns when it does."""
    machine.check(vm, f"(nk --json prop watch --count 1 --timeout 20 {name} >/tmp/watch; echo watched @$?) &")
    machine.check(vm, "i=0; while [ ! -s /tmp/watch ] && [ $i -lt 100 ]; do usleep 50000; i=$((i+1)); done")


def watched(machine, vm, value):
    assert machine.wait_line(vm, r"watched @(\d+)$")[1] == "0"
    last = machine.check(vm, "cat /tmp/watch").splitlines()[-1]
    assert bytes.fromhex(json.loads(last)["hex"]) == value


def check_notification(machine):
    for waiter, setter, name, value in ((2, 3, "test.by-3", "by svec"), (3, 2, "test.by-2", "xirq")):
        watch(machine, waiter, name)
        machine.check(setter, f"printf '{value}' >/sys/nk/prop/{name}")
        watched(machine, waiter, value.encode())
    # An event is one even if the value stays; comparing does not see that.
    watch(machine, 2, "test.by-3")
    machine.check(3, "printf 'by svec' >/sys/nk/prop/test.by-3")
    watched(machine, 2, b"by svec")


def check_svec(machine):
    status, said = machine.run(2, "dmesg -c >/dev/null; modprobe svec-test", timeout=60)
    log = [re.sub(r"^\[[^]]*\] ", "", line) for line in machine.check(2, "dmesg").splitlines()]
    tap = Tap(log)
    assert not tap.bad and tap.good == tap.plan and not status, "\n".join([*said, *tap.bad, *log[-5:]])
    machine.check(2, "rmmod svec-test")


def check_errors(machine):
    for name in "vmstart", "vmstop", "vmsuspend", "vmresume", "restart", "stop", "resume", "focus":
        for text in "", "x", "3x", "0", "1", "5", "-3", "3 3", "99999999999":
            refused(machine, 2, f"echo '{text}' >/proc/nk/{name}", "Invalid argument")
    assert read_bytes(machine, 2, "/proc/nk/state") == b"28\n"
    for command in "echo 2 >/proc/nk/vmstop", "echo 2 >/proc/nk/restart", "echo 4 >/proc/nk/vmsuspend":
        refused(machine, 3, command, "Permission denied")
    refused(machine, 2, "echo 1 >/proc/nk/id", "Invalid argument")
    refused(machine, 2, "cat /proc/nk/vmstart", "Invalid argument")


def check_suspend(machine):
    paused = "nk.vm.3.state.paused"
    before = number(machine, 3, paused)
    assert not before & 1
    watch(machine, 2, paused)
    machine.check(2, "printf 3 >/proc/nk/vmsuspend")
    watched(machine, 2, (before | 1).to_bytes(4, "little"))
    machine.check(2, "echo 3 >/proc/nk/vmsuspend")
    assert number(machine, 2, paused) == before | 1
    assert read_bytes(machine, 2, "/proc/nk/state") == b"28\n"
    machine.mark(3)
    machine.send(3, "echo still $((1 + 1))\n")
    with pytest.raises(MachineError):
        machine.wait_line(3, "^still 2", timeout=1)
    machine.check(2, "echo 3 >/proc/nk/resume; echo 3 >/proc/nk/vmresume")
    machine.wait_line(3, "^still 2")
    until(lambda: number(machine, 2, paused), before + 2)


def labels(machine, vm):
    """What that VM printed of its labels in its last life: one before that may have ended before it was done."""
    def life():
        lines = [re.sub(r"^.*(?=labels-test)", "", line) for line in machine.lines(vm) if "labels-test: " in line]
        return lines[max(i for i, line in enumerate(lines) if line.endswith("begin")):]

    machine.wait_line(vm, "labels-test: done")
    until(lambda: life()[-1], "labels-test: done")
    return life()[1:]


def check_restarts(machine, restarts=RESTARTS, kills=KILLS):
    """VM 4 is a small program, so it can be done often."""
    first = labels(machine, 4)
    assert len(first) == 2 and "pmem 0" not in first[0] and not first[0].endswith("pxirq 0")
    before = memstat(machine, 2)
    running = number(machine, 2, "nk.vm.4.state.running")
    machine.check(2, f"i=0; while [ $i -lt {restarts} ]; do echo 4 >/proc/nk/restart || break; i=$((i+1)); "
                     "until [ $(hexdump -v -e '/4 \"%d\"' /sys/nk/prop/nk.vm.4.state.running)"
                     f" = $(({running} + 2 * i)) ]; do :; done; done; [ $i = {restarts} ]", timeout=60 + restarts)
    assert number(machine, 2, "nk.vm.4.state.running") == running + 2 * restarts
    machine.mark(4)
    machine.check(2, "echo 4 >/proc/nk/restart")
    assert labels(machine, 4) == first
    assert memstat(machine, 2) == before
    machine.check(2, "echo 4 >/proc/nk/stop")
    until(lambda: read_bytes(machine, 2, "/proc/nk/state"), b"12\n")
    assert number(machine, 2, "nk.vm.4.state.running") == running + 2 * restarts + 1
    check_killed_restarts(machine, kills)


def check_killed_restarts(machine, kills):
    """Whoever asks for a restart is killed a little later each time, up to 12 ms: each time the VM runs then, or runs on."""
    machine.check(2, "echo 4 >/proc/nk/vmstart")
    until(lambda: number(machine, 2, "nk.vm.4.state.running") & 1, 1)
    before = number(machine, 2, "nk.vm.4.state.running")
    machine.check(2, "runs() { [ $(($(hexdump -v -e '/4 \"%d\"' /sys/nk/prop/nk.vm.4.state.running) & 1)) = 1 ]; }")
    # The one that kills is there before the write begins, which is over in some milliseconds.
    machine.check(2, "killed() { sh -c '(usleep '$1'; kill -9 $$) & echo 4 >/proc/nk/restart'; usleep 20000;"
                     " n=0; until runs; do usleep 10000; n=$((n+1)); [ $n -lt 1000 ] || return 1; done; }")
    machine.check(2, f"i=0; while [ $i -lt {kills} ]; do killed $((i * 12000 / {kills})) || break; i=$((i+1)); done 2>/dev/null;"
                     f" [ $i = {kills} ]", timeout=60 + 2 * kills)
    assert number(machine, 2, "nk.vm.4.state.running") > before
    machine.check(2, "echo 4 >/proc/nk/vmstop")
    until(lambda: read_bytes(machine, 2, "/proc/nk/state"), b"12\n")


def check_linux_restarts(machine):
    machine.check(3, "modprobe labels-test")
    first = labels(machine, 3)
    assert len(first) == 4
    before = memstat(machine, 2)
    running = number(machine, 2, "nk.vm.3.state.running")
    for turn in range(LINUX_RESTARTS):
        machine.mark(3)
        machine.send(2 + turn, "echo 3 >/proc/nk/restart\n")
        machine.wait_ready(3)
        machine.check(3, "modprobe labels-test")
        assert labels(machine, 3) == first
    assert number(machine, 2, "nk.vm.3.state.running") == running + 2 * LINUX_RESTARTS
    assert memstat(machine, 2) == before


def check_unloading(machine, loads=LOADS):
    """Nothing keeps the modules there, nor stays behind them."""
    modules = MODULES.split(",")
    unload = f"rmmod {' '.join(reversed(modules))}"
    count = "ls -R /proc/nk /sys/nk | wc -l; grep -c nk-xirq /proc/interrupts"
    machine.check(2, unload)
    before = machine.run(2, count)
    machine.check(2, f"i=0; while [ $i -lt {loads} ]; do modprobe -a {' '.join(modules)} && {unload} || exit 1;"
                     " i=$((i+1)); done", timeout=60 + 3 * loads)
    assert machine.run(2, count) == before
    machine.check(2, f"modprobe -a {' '.join(modules)}")
    for vm in 2, 3:
        bad = machine.check(vm, "dmesg | grep -E 'BUG|Oops|WARNING|stall|lockup|Call trace' || true")
        assert not bad, bad


def check_panic(machine):
    machine.mark(3)
    machine.send(2, "echo c >/proc/sysrq-trigger\n")
    machine.wait_line(3, "Kernel panic - not syncing: vlx-panic-trigger: VM2 has panicked")


@on_gic(2)
def test_files(boot_linux, system_dts, gic):
    system = system_dts(nk_vm(2, [0, 1], MODULES) + nk_vm(3, [2], MODULES) + SYSTEM + logs.SYSTEM)
    machine = boot_linux(system, gic=gic, mem=1024)
    check_history(machine)  # while it is short
    logs.check_logs(machine, polled)
    check_late_tree(machine)
    check_who(machine)
    check_no_monitoring(machine)
    check_memory(machine)
    check_props(machine, 2)
    check_props(machine, 3)
    check_prop_files(machine)
    check_trees(machine)
    check_links(machine)
    check_xirqmap(machine)
    check_counter_offset(machine)
    check_focus(machine)
    check_notification(machine)
    check_svec(machine)
    check_errors(machine)
    check_suspend(machine)
    check_restarts(machine)
    check_linux_restarts(machine)
    logs.check_logs_stay(machine)
    check_unloading(machine)
    check_panic(machine)
    assert machine.quit() == 0
