# SPDX-License-Identifier: Apache-2.0
"""/proc/nk/monitoring, /proc/nk/cpu and /proc/nk/pcpustats in Linux guests, against the manual's page."""

import gzip
import json
import re
import struct
import subprocess

import pytest
import ringdump
from gics import on_gic
from linuxvm import nk_vm, read_bytes, read_prop, wait_for
from nklib import build
from nklib.machine import NK
from tap import Tap
from test_linux_nkops import no_complaints

pytestmark = pytest.mark.system

MODULES = "svec,vlx-prop,vlx-vinfo,vlx-event-log,vlx-event-rings,vlx-event-stats,vlx-event-log-filtering,perfmonitor"
# VM 2 sees all; VM 3, on CPU 2 alone, what is its own. A matrix is missing.
SYSTEM = nk_vm(2, [0, 1], modules=MODULES) + nk_vm(3, [2], modules=MODULES) + """
&hyp {
	monitoring {
		log-size = <0x4000>;
		stats {
			compatible = "vl,evt-stats";
			buckets = <4>;
			first-bucket = <2000>;
			matrices = "hwirq-exec", "hwirq-wait", "hwirq-latency", "hwirq-vswitch", "hcall-exec", "hcall-wait",
				"trap-exec", "trap-wait", "vdev-acc-exec";
		};
	};
};
&hyp_property {
	nk.monitoring { allow-get = "2"; };
	nk.monitoring.enable { allow-set = "2"; allow-get = "2,3"; };
	nk.monitoring.user { allow-set = "3"; };
	nk.event-log.filter { allow-set = "2"; allow-get = "2"; };
	nk.vm.3.state.running { allow-set = "2"; allow-get = "2"; };
	told { size = <4>; allow-set = "2"; allow-notify = "3"; };
};
"""
CPUS, VCPUS, RECORDS, HZ = 4, {2: 2, 3: 1}, 512, 62500000
MAGIC = 0x31474e52544b4e
COUNTS = ["virq", "trap", "hcall", "vdev-acc", "vcpu-ops", "vcpu-time"]
TIMES = ["hwirq-exec", "hwirq-wait", "hwirq-latency", "hwirq-vswitch", "hcall-exec", "hcall-wait", "trap-exec",
         "trap-wait", "vdev-acc-exec"]
LOG, RAW = "/proc/nk/monitoring/vl,evt-log-0", "/proc/nk/monitoring/vl,evt-log-0-raw"
STATS, FILTER = "/proc/nk/monitoring/vl,evt-stats-0", "/proc/nk/monitoring/event-log"
XIRQS = 1280  # hypercalls that one look at /proc/nk/xirqmap takes
CALLS = "cat /proc/nk/xirqmap >/dev/null"
LABELS = {
    "hwirq": r"IRQ-( {0,2}\d+| other)", "virq": r"VIRQ-( {0,2}\d+| other)", "cpu-ops": r"[A-Z][A-Z_]+\d?",
    "trap": r"ESR\.EC-[ \d]\d( '[A-Za-z0-9/ ]+')?", "hcall": r"HCALL-( \d|\d\d|127)( '[a-z_]+'?)?",
    "vdev-acc": r"(arm,gic-v[23]/gic[dr]|arm,pl011|vdev)-[rw]@[0-9a-f]+", "vcpu-ops": r"[A-Z][A-Z_]+\d?", "vcpu-time": "EL[12]",
    "hwirq-latency": r"VIRQ-( {0,2}\d+| other)", "hwirq-vswitch": r"VIRQ-( {0,2}\d+| other)"}
TRAP = [r"pc: 0x[0-9a-f]{16}", r"spsr: 0x[0-9a-f]{8}", r"esr: 0x[0-9a-f]{8}", r"(function: 0x[0-9a-f]{8})?"]
TARGET = [r"target: VM\d+(, VCPU\d+)?"]
LINES = {
    "irq_post": [r"target: VM\d+, VCPU\d+", r"irq: \d+"], "irq_select": [r"irq: \d+"], "irq_spurious": [r"irq: \d+"],
    "irq_throttle": TARGET, "vcpu_suspend_request": TARGET, "vcpu_resume_request": TARGET, "vm_suspend_request": TARGET,
    "vm_resume_request": TARGET, "virq_assert": [r"physical IRQ id: (\d+|none)", r"virtual IRQ id: \d+"],
    "vdev_load": [r"vdev ID: [0-4]", r"access size: [1248] bytes", r"addr: 0x[0-9a-f]{16}", r"data: 0x[0-9a-f]{16}"]}
LINES["vdev_store"] = LINES["vdev_load"]


def enable(machine, digit):
    machine.check(2, f"echo -n {digit} >/sys/nk/prop/nk.monitoring.enable")


def files(machine, vm):
    """{path below /proc/nk: mode}"""
    found = machine.check(vm, "cd /proc/nk; find monitoring cpu pcpustats -type f -exec stat -c '%a %n' {} +; cd")
    return {name: mode for mode, name in (line.split(" ", 1) for line in found.splitlines())}


def check_files(machine):
    """Each VM has what it may see, and what the tree has."""
    own = {vm: [f"monitoring/vl,evt-stats-0/{name}-{vm}-cntrs" for name in COUNTS] +
           [f"monitoring/vl,evt-stats-0/el2time/{name}-{vm}-{vcpu}-cntrs" for name in TIMES for vcpu in range(count)]
           for vm, count in VCPUS.items()}
    for vm, count in VCPUS.items():
        own[vm] += [f"monitoring/vl,evt-stats-0/raw/{name}-{vm}-{vcpu}" for name in COUNTS + TIMES for vcpu in range(count)]
    times = ["pcpustats"] + [f"cpu/{cpu}/pmon/{kind}/{name}" for cpu in range(CPUS) for kind in ("ascii", "raw")
                             for name in ("cpustats", "sysinfo")]
    assert files(machine, 3) == dict.fromkeys(own[3] + times, "400")
    all_of_them = own[2] + own[3] + times + [f"monitoring/vl,evt-stats-0/{name}-cntrs" for name in ("hwirq", "cpu-ops")]
    all_of_them += [f"monitoring/vl,evt-log-0/cpu-{cpu}" for cpu in range(CPUS)]
    all_of_them += [f"monitoring/vl,evt-log-0-raw/cpu-{cpu}-records" for cpu in range(CPUS)]
    assert files(machine, 2) == {**dict.fromkeys(all_of_them, "400"), "monitoring/event-log/filter-set": "600",
                                 "monitoring/event-log/filter-clr": "600"}


def table(machine, vm, name):
    """A matrix of counters: {label: one number a column, without the sums}, in the manual's form."""
    kind = name.split("-cntrs")[0].rstrip("-0123456789")
    text = machine.check(vm, f"cat {STATS}/{name}")
    lines = text.splitlines()
    columns = lines[0].split()
    summed = columns[-1] == "TOTAL"
    assert summed == (kind in ("virq", "vcpu-ops"))
    rows = {}
    for line in lines[1:]:
        assert re.fullmatch(r".{31}( +\d+)+", line), line
        label, numbers = line[:31].rstrip(), [int(n) for n in line[31:].split()]
        assert len(numbers) == len(columns) and re.fullmatch(LABELS[kind] + "|TOTAL", label), line
        if summed:
            assert sum(numbers[:-1]) == numbers.pop(), line
        rows[label] = numbers
    row = "CPU" if kind in ("hwirq", "cpu-ops") else "VCPU"
    assert columns[:len(columns) - summed] == [f"{row}{n}" for n in range(len(columns) - summed)]
    assert list(rows)[-1] == "TOTAL"
    total = rows.pop("TOTAL")
    assert [sum(column) for column in zip(*rows.values())] == total or not rows
    assert all(any(numbers) for numbers in rows.values())
    return rows


def times(machine, vm, name):
    """A matrix of times: {label: one number a bucket}, in the manual's form."""
    kind = re.sub(r"-\d+-\d+-cntrs$", "", name)
    lines = machine.check(vm, f"cat {STATS}/el2time/{name}").splitlines()
    average = r" +(\d\.\d|\d\d+)us" if kind.startswith("hwirq") else ""
    assert re.fullmatch(r" {31} +<2\.0us +<4\.0us +<8\.1us +>=8\.1us" + (" +AVERAGE" if average else ""), lines[0])
    rows = {}
    for line in lines[1:]:
        assert re.fullmatch(r".{31}( +\d+){4}" + average, line), line
        rows[line[:31].rstrip()] = [int(n) for n in line[31:].split()[:4]]
    assert list(rows)[-1] == "TOTAL"
    total = rows.pop("TOTAL")
    assert [sum(column) for column in zip(*rows.values())] == total or not rows
    label = LABELS.get(kind) or LABELS[{"hwirq-exec": "hwirq", "hwirq-wait": "hwirq"}.get(kind) or kind.rsplit("-", 1)[0]]
    assert all(re.fullmatch(label, name) for name in rows), rows
    assert all(any(numbers) for numbers in rows.values())
    return rows


def check_off(machine):
    """Before anybody says so, nothing is counted or recorded."""
    assert not table(machine, 2, "hcall-3-cntrs") and not table(machine, 2, "hwirq-cntrs")
    assert not times(machine, 2, "hcall-exec-3-0-cntrs")
    assert machine.check(2, f"cat {LOG}/cpu-* | wc -c") == "0"


def check_counters(machine, gic):
    enable(machine, 1)
    machine.check(3, CALLS)
    xirq = "HCALL-15 'xirq_ptov'"
    hcalls = table(machine, 2, "hcall-3-cntrs")
    assert hcalls[xirq] == [XIRQS]
    assert sum(times(machine, 2, "hcall-exec-3-0-cntrs")[xirq]) == XIRQS
    assert table(machine, 2, "trap-3-cntrs")["ESR.EC-22 'HVC AArch64'"][0] >= XIRQS
    assert "ESR.EC- 1 'WFI/WFE'" in table(machine, 2, "trap-3-cntrs")
    assert any(label.startswith("arm,pl011-w@") for label in table(machine, 2, "vdev-acc-3-cntrs"))
    assert "arm,pl011-w@9000000" in times(machine, 2, "vdev-acc-exec-3-0-cntrs")
    # IPIs of VM 2 are writes to a frame, or a register of the CPU.
    if gic == 2:
        assert "arm,gic-v2/gicd-w@8000000" in table(machine, 2, "vdev-acc-2-cntrs")
    else:
        assert "ESR.EC-24 'MSR/MRS'" in table(machine, 2, "trap-2-cntrs")
    assert len(table(machine, 2, "virq-2-cntrs")["VIRQ- 27"]) == VCPUS[2]
    assert times(machine, 2, "hwirq-exec-3-0-cntrs") and times(machine, 2, "hwirq-latency-3-0-cntrs")
    assert all(len(numbers) == CPUS for numbers in table(machine, 2, "hwirq-cntrs").values())
    assert table(machine, 2, "cpu-ops-cntrs")["CPU_START"] == [1] * CPUS
    assert "IDLE" in table(machine, 2, "vcpu-ops-3-cntrs")
    for name in files(machine, 2):
        if "el2time" in name:
            times(machine, 2, name.rpartition("/")[2])
    enable(machine, 0)
    before = table(machine, 2, "hcall-3-cntrs")
    machine.check(3, CALLS)
    assert table(machine, 2, "hcall-3-cntrs") == before


def check_own(machine):
    """A VM that may see no other sees its own."""
    own = table(machine, 3, "hcall-3-cntrs")
    assert own["HCALL-15 'xirq_ptov'"] == [XIRQS]
    assert times(machine, 3, "hcall-exec-3-0-cntrs") == times(machine, 2, "hcall-exec-3-0-cntrs")


def names(machine, which):
    lines = machine.check(2, f"cat {FILTER}/filter-{which}").splitlines()
    assert all(len(line) < 80 for line in lines)
    return " ".join(lines).split()


def check_filter(machine):
    """What one file has is written to the other one."""
    known = sorted(names(machine, "set") + names(machine, "clr"))
    assert len(known) == len(set(known)) == 41 + 8
    machine.check(2, f"cd {FILTER}; cat filter-set >filter-clr; cd")
    assert not names(machine, "set") and sorted(names(machine, "clr")) == known
    assert read_prop(machine, 2, "nk.event-log.filter") == bytes(20)
    machine.check(2, f"echo irq_post irq_throttle >{FILTER}/filter-set")
    assert names(machine, "set") == ["irq_post", "irq_throttle"]
    assert sorted(names(machine, "set") + names(machine, "clr")) == known
    assert read_prop(machine, 2, "nk.event-log.filter") == b"\x80\0\0\0\x10".ljust(20, b"\0")
    assert machine.run(2, f"echo usr_2 cpu_post >{FILTER}/filter-set")[0]
    assert "no event: cpu_post" in machine.check(2, "dmesg | tail -n 2")
    assert names(machine, "set") == ["irq_post", "irq_throttle"]
    machine.check(2, f"cd {FILTER}; cat filter-set >filter-clr; echo hyp_call usr_2 >filter-set; cd")
    assert names(machine, "set") == ["hyp_call", "usr_2"]


def check_calls(machine):
    """Of what only hypercalls are recorded of, VM 3's are there, each with what it was."""
    enable(machine, 2)
    machine.check(3, CALLS)
    enable(machine, 0)
    assert set(machine.check(2, f"sed -n 's/^\\[.* - //p' {LOG}/cpu-2 | sort -u").split()) == {"hyp_call"}
    assert machine.check(2, f"grep -c 'function: 0xc600000f' {LOG}/cpu-2") > "100"
    machine.check(2, f"cd {FILTER}; cat filter-clr >filter-set; cd")
    assert not names(machine, "clr")


def check_user(machine):
    """A VM's own events, of one that may."""
    machine.check(2, f"cd {FILTER}; cat filter-set >filter-clr; echo usr_7 >filter-set; cd")
    enable(machine, 2)
    machine.check(3, "modprobe monitor-test event=7 && rmmod monitor-test")
    assert "Permission denied" in "".join(machine.run(2, "modprobe monitor-test event=7")[1])
    assert machine.run(3, "modprobe monitor-test event=8")[0]
    enable(machine, 0)
    assert re.fullmatch(r"\[\d+\] \d+: CPU2 VM3 VCPU0 - usr_7\n    data: 0x0{15}1 0x0{15}2 0x0{7}3",
                        machine.check(2, f"grep -h -A 1 usr {LOG}/cpu-*"))
    machine.check(2, f"cd {FILTER}; cat filter-clr >filter-set; cd")


def read_log(machine, cpu, last):
    """The last events of a CPU: (number, ticks, VM, name) each, in the manual's form."""
    text = machine.check(2, f"cat {LOG}/cpu-{cpu} >/tmp/log; tail -n {last} /tmp/log", timeout=60)
    events = []
    for part in re.split(r"(?m)^(?=\[)", text)[1:]:
        head, *lines = part.rstrip("\n").split("\n")
        match = re.fullmatch(rf"\[(\d+)\] (\d+): CPU{cpu} VM(\d+) VCPU\d+ - ([a-z0-9_]+)", head)
        assert match, head
        want = LINES.get(match[4], TRAP)
        lines += [""] * (len(want) - len(lines))
        assert len(lines) == len(want), part
        assert all(re.fullmatch(f"    {form}|" if form.endswith("?") else f"    {form}", line)
                   for form, line in zip(want, lines)), part
        events.append((int(match[1]), int(match[2]), int(match[3]), match[4]))
    return events


def check_log(machine):
    """Text of all kinds of events, which are of their CPU, and in order."""
    enable(machine, 3)
    machine.check(3, CALLS)
    enable(machine, 0)
    events = read_log(machine, 2, 800)
    assert len(events) > 150
    numbers, ticks, vms, kinds = zip(*events)
    assert list(numbers) == list(range(numbers[0], numbers[0] + len(numbers)))
    assert list(ticks) == sorted(ticks)
    assert set(vms) <= {1, 3} and len(set(kinds)) >= 4
    # All of the ring, and reading it again gives the same.
    assert int(machine.check(2, "grep -c '^\\[' /tmp/log")) == RECORDS - 2
    machine.check(2, f"cat {LOG}/cpu-2 | cmp - /tmp/log")
    head = struct.unpack("<QQIIII", read_bytes_part(machine, f"{RAW}/cpu-2-records", 32))
    assert head[1] == numbers[-1] + 1 and head[2:] == (RECORDS, 32, 2, CPUS)
    assert machine.check(2, f"stat -c %s {RAW}/cpu-2-records") == str(4096 + 32 * RECORDS)


def check_lost(machine):
    """Who reads on has what there is since, and is told what there was, too."""
    enable(machine, 2)
    machine.check(2, f"exec 5<{LOG}/cpu-2; cat <&5 >/tmp/log")
    last = int(machine.check(2, "grep '^\\[' /tmp/log | tail -n 1")[1:].partition("]")[0])
    machine.check(3, CALLS)
    enable(machine, 0)
    machine.check(2, "cat <&5 >/tmp/more; exec 5<&-")
    lost = re.fullmatch(r"lost (\d+) records\n\[(\d+)\] .*", machine.check(2, "head -n 2 /tmp/more"))
    assert lost and int(lost[2]) == last + 1 + int(lost[1]) and int(lost[1]) > RECORDS
    assert int(machine.check(2, "grep -c '^\\[' /tmp/more")) == RECORDS - 2 - RECORDS // 8


def read_bytes_part(machine, path, size):
    machine.check(2, f"head -c {size} {path} >/tmp/part")
    return read_bytes(machine, 2, "/tmp/part")


def follow(machine, records):
    """VM 2 begins to follow CPU 2's events by its mapping."""
    machine.check(2, f"rm -f /tmp/evt; (evt-test {RAW}/cpu-2-records {records} >/tmp/evt.new; mv /tmp/evt.new /tmp/evt) &")
    wait_for(machine, 2, "grep -q 'VM 2 is .linux-2.' /tmp/evt.new || [ -s /tmp/evt ]")


def followed(machine):
    wait_for(machine, 2, "[ -s /tmp/evt ]")
    lines = machine.check(2, "cat /tmp/evt").splitlines()
    tap = Tap(lines)
    assert not tap.bad and tap.good == tap.plan == 11, "\n".join(lines)


def check_rings(machine):
    """The ring wraps under who has mapped it, and under who reads it as text, and VM 3 comes and goes."""
    enable(machine, 3)
    follow(machine, 8 * RECORDS)
    machine.check(3, f"(while :; do {CALLS}; done) &")
    for _ in range(5):  # as text, each record follows the one before, but for those that were lost
        machine.check(2, f"cat {LOG}/cpu-2 >/tmp/log")
        machine.check(2, "awk '/^lost/ && n != \"\" { n += $2 } /^\\[/ { at = substr($1, 2) + 0; if (n != \"\" && at != n + 1) bad = 1; n = at }"
                         " END { exit bad }' /tmp/log")
    followed(machine)
    starts = table(machine, 2, "vcpu-ops-3-cntrs").get("VM_START", [0])[0]
    follow(machine, 4 * RECORDS)
    machine.mark(3)
    machine.check(2, "echo 3 >/proc/nk/restart")
    machine.wait_ready(3)
    machine.check(3, CALLS)
    followed(machine)
    assert table(machine, 2, "vcpu-ops-3-cntrs")["VM_START"] == [starts + 1]
    enable(machine, 0)


def cpustats(machine, vm, cpu):
    text = machine.check(vm, f"cat /proc/nk/cpu/{cpu}/pmon/ascii/cpustats")
    match = re.fullmatch(rf"CPU {cpu} Consumption Statistics\nPERIOD: (\d+)\nIDLE : (\d+)\n\nOS 00: (\d+)\nOS 01: (\d+)\n"
                         r"OS 02: (\d+)\nOS 03: (\d+)\nMISC0: 0\nMISC1: 0\nMISC2: 0", text)
    assert match, text
    return [int(number) for number in match.groups()]


def pcpustats(machine, vm):
    """Each CPU's times: idle, and of VMs from 1 on."""
    lines = machine.check(vm, "cat /proc/nk/pcpustats").splitlines()
    assert lines[0] == f"Counting frequency: {HZ} Hz" and lines[1] == ""
    assert lines[2].split() == ["CPU", "Idle", "VM1", "VM2", "VM3"]
    ticks = [[int(n) for n in line.split()] for line in lines[3:3 + CPUS]]
    assert lines[3 + CPUS:6 + CPUS] == ["", "In msecs:", ""]
    msecs = [[int(n) for n in line.split()] for line in lines[6 + CPUS:]]
    assert [[row[0]] + [n * 1000 // HZ for n in row[1:]] for row in ticks] == msecs
    assert [row[0] for row in ticks] == list(range(CPUS))
    return [row[1:] for row in ticks]


def check_times(machine):
    enable(machine, 1)
    before = cpustats(machine, 2, 2)
    machine.check(3, CALLS)
    period, idle, *oses = cpustats(machine, 2, 2)
    assert idle == oses[0] and sum(oses) == period and period < before[0]
    assert oses[2] == 0 and oses[3] > 0  # VM 2 is elsewhere
    raw = struct.unpack("<IIQQ32Q3Q", read_bytes(machine, 2, "/proc/nk/cpu/2/pmon/raw/cpustats"))
    assert raw[:2] == (2, 3) and raw[2] == sum(raw[4:36]) > before[0] and raw[3] == raw[4] and not any(raw[36:])
    assert machine.check(2, "cat /proc/nk/cpu/0/pmon/ascii/sysinfo") == (
        f"VLX Performance Analysis v1.0\nTimer frequency : {HZ} Hertz\nNumber of OSes : 3")
    info = struct.unpack("<IIIIQQ", read_bytes(machine, 3, "/proc/nk/cpu/0/pmon/raw/sysinfo"))
    assert info[:5] == (1, 0, 3, CPUS, HZ) and info[5] > 0
    first, second = pcpustats(machine, 2), pcpustats(machine, 2)
    assert all(a <= b for one, two in zip(first, second) for a, b in zip(one[:1], two[:1]))
    assert second[2][3] > 0 and second[2][2] == 0 and second[0][3] == 0
    # Its own share is what VM 3 sees.
    own = pcpustats(machine, 3)
    assert own[2][3] >= first[2][3] and not any(own[cpu][vm] for cpu in range(CPUS) for vm in range(3))
    enable(machine, 0)


def shares(of):
    """EL1's and EL2's of a VM or vCPU; all of its time is one of three."""
    assert of["el1"] + of["el2"] + of["idle"] == pytest.approx(100, abs=0.1)
    return of["el1"] + of["el2"]


def check_top(machine):
    """VM 2 computes, VM 3 sleeps. Counters are off before and after."""
    machine.check(2, "(while :; do :; done) & busy=$!")
    seen = json.loads(machine.check(2, "nk --json top --once -d 2", timeout=60))
    machine.check(2, "kill $busy")
    assert seen["switched_on"] and seen["seconds"] >= 2
    assert read_prop(machine, 2, "nk.monitoring.enable") == bytes(4)
    vms = {vm["id"]: vm for vm in seen["vms"]}
    assert {vm: len(vms[vm]["vcpus"]) for vm in vms} == VCPUS
    busy = max(shares(vcpu) for vcpu in vms[2]["vcpus"])
    assert shares(vms[3]) == shares(vms[3]["vcpus"][0]) < busy / 2
    assert shares(vms[2]) <= busy and vms[2]["hypercalls"] > 0 and vms[2]["costliest"]
    for cpu in seen["cpus"]:
        assert cpu["idle"] + cpu["nk"] + sum(vm["share"] for vm in cpu["vms"]) == pytest.approx(100, abs=0.1)
        assert {vm["id"] for vm in cpu["vms"]} <= [{2}, {2}, {3}, set()][cpu["cpu"]]
    assert [cpu["cpu"] for cpu in seen["cpus"]] == list(range(CPUS))
    assert seen["cpus"][2]["idle"] > 50 > seen["cpus"][3]["nk"]


def check_stat(machine):
    """As many hypercalls as VM 3 makes while VM 2 looks, which is until it is ended."""
    machine.check(2, "nk --json stat 3 900 >/tmp/stat & stat=$!")
    wait_for(machine, 2, "grep -q '^73 ' /proc/$stat/syscall")  # ppoll
    machine.check(3, CALLS)
    machine.check(2, "kill $stat; wait $stat", timeout=60)
    seen = json.loads(machine.check(2, "cat /tmp/stat"))
    assert seen["id"] == 3 and seen["switched_on"] and read_prop(machine, 2, "nk.monitoring.enable") == bytes(4)
    exits = {exit["name"]: exit for exit in seen["exits"]}
    xirq = exits["HCALL-15 'xirq_ptov'"]
    assert xirq["count"] == XIRQS and xirq["kind"] == "hypercalls" and xirq["mean_us"] > 0
    assert sum(exit["share"] for exit in exits.values()) == pytest.approx(100, abs=0.1)
    assert [exit["share"] for exit in seen["exits"]] == sorted((exit["share"] for exit in seen["exits"]), reverse=True)


def look_at(machine, path):
    """Of a dump in VM 2, what nk-trace says here, and its trace is one."""
    machine.check(2, "gzip -c /tmp/dump >/tmp/dump.gz")
    path.write_bytes(gzip.decompress(read_bytes(machine, 2, "/tmp/dump.gz")))
    trace = path.with_suffix(".json")
    done = subprocess.run([build.ROOT / "scripts/nk-trace", path, "-o", trace, "--summary"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    tracks, flows = ringdump.check_trace(trace.read_text())
    names = {one["name"] for vcpu in (0, 1) for one in tracks.get(("vm2 linux-2", f"vcpu{vcpu}"), [])}
    assert "hypercall prop_set" in names
    # VM 3, on CPU 2, is told of the property.
    assert {"cross interrupt"} == {a["cat"] for a, b in flows if a["tid"] in (1, 2) and b["tid"] == 3}
    assert re.search(r"^vm2 linux-2 vcpu\d: guest \d", done.stdout, re.M)


def check_trace(machine, path):
    """Events are switched without counters, and a dump has all rings."""
    enable(machine, 1)
    for word, mode in ("start", 3), ("stop", 1):
        machine.check(2, f"nk trace {word}")
        assert read_prop(machine, 2, "nk.monitoring.enable")[0] == mode
    machine.check(2, "nk trace start; echo -n 1 >/sys/nk/prop/told; nk trace stop")
    said = json.loads(machine.check(2, "nk --json trace dump /tmp/dump"))
    pages = 2 + 32 * RECORDS // 4096
    assert (said["cpus"], said["size"]) == (CPUS, CPUS * pages * 4096)
    for page in [cpu * pages + at for cpu in range(CPUS) for at in (0, pages - 1)]:
        machine.check(2, f"dd if=/tmp/dump bs=4096 skip={page} count=1 2>/dev/null | head -c 32 >/tmp/head")
        head = struct.unpack("<QQIIII", read_bytes(machine, 2, "/tmp/head"))
        assert head[0] == MAGIC and head[2:] == (RECORDS, 32, page // pages, CPUS)
    assert machine.run(2, "nk trace dump /tmp/dump")[0] == 1  # it is there already
    look_at(machine, path)
    machine.check(2, "rm /tmp/dump /tmp/dump.gz")


def check_tool_of_vm3(machine):
    """It may not switch, and sees its own alone."""
    seen = json.loads(machine.check(3, "nk --json top -d 0.5", timeout=60))
    assert [vm["id"] for vm in seen["vms"]] == [3] and "cpus" not in seen and seen["left_out"] == ["nk.monitoring"]
    assert 'nk.monitoring { allow-get = "3"; };' in machine.check(3, "! nk stat 2 1 2>&1")
    assert 'nk.monitoring { allow-get = "3"; };' in machine.check(3, "! nk trace dump /tmp/dump 2>&1")
    for command in "nk trace start", "nk --json top":
        enable(machine, 0)
        assert 'nk.monitoring.enable { allow-set = "3"; };' in machine.check(3, f"! {command} 2>&1")


@on_gic(3)
def test_monitoring(boot_linux, system_dts, tmp_path, gic):
    machine = boot_linux(system_dts(SYSTEM), gic=gic, cpus=CPUS, mem=512)
    check_files(machine)
    check_off(machine)
    check_counters(machine, gic)
    check_own(machine)
    check_filter(machine)
    check_calls(machine)
    check_user(machine)
    check_log(machine)
    check_lost(machine)
    check_rings(machine)
    check_times(machine)
    check_top(machine)
    check_stat(machine)
    check_trace(machine, tmp_path / "dump")
    check_tool_of_vm3(machine)
    for vm in 2, 3:
        no_complaints(machine, vm)
    assert not any("panic:" in line for line in machine.lines(NK))
