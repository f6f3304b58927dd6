# SPDX-License-Identifier: Apache-2.0
"""nk-trace on rings that were made here: what is shown of them, and which records it believes."""

import collections
import itertools
import json
import random
import re
import struct
import subprocess
import time
import xml.etree.ElementTree

import pytest
import ringdump
from nklib import build
from nklib.tool import ToolError
from nklib.trace import histogram, layout, reason, ring, serial, summary
from nklib.trace.timeline import HANDLERS, Timeline
from ringdump import HZ, Cpu, check_trace, record, timeline_of, trace_of, two_cpus, words

pytestmark = pytest.mark.harness

TOOL = build.ROOT / "scripts/nk-trace"

FUZZ_SECONDS = 5  # so long it lasts


def shown(cpus):
    """The tracks, as {(process, thread): [(name, begin, length)]} in ticks, and the flows."""
    timeline, _, hz = timeline_of(ring.parse(b"".join(cpu.dump() for cpu in cpus)))
    tracks, flows = check_trace(trace_of(timeline, hz))
    ticks = {key: [(one["name"], round(one["ts"] * HZ / 1e6), round(one["dur"] * HZ / 1e6) if "dur" in one else None)
                   for one in slices] for key, slices in tracks.items()}
    return ticks, flows


# Layout and names

def test_layout():
    """Sizes and places that other programs rely on, besides the header's text: manual, /proc/nk(5)."""
    assert [(name, getattr(layout.Record, name).offset) for name, _ in layout.Record._fields_] == [
        ("ticks", 0), ("payload", 8), ("cpu", 28), ("vm", 29), ("vcpu", 30), ("type", 31)]
    assert layout.RECORD == 32 and layout.HEADER == 4096
    assert layout.Header.head.offset == 8 and layout.Header.vm_name.offset == 40
    assert layout.Header.vm_name.size == 32 * 32


def test_every_event_has_a_name():
    text = (build.ROOT / "hyp/include/nk/monitor.h").read_text()
    defined = {name: int(number) for name, number in re.findall(r"^#define (NK_EVT_\w+) (\d+)$", text, re.M)}
    ids = {name.removeprefix("NK_EVT_ID_").lower(): number for name, number in defined.items()
           if name.startswith("NK_EVT_ID_") and not name.endswith(("_BASE", "_LIMIT"))}
    assert len(ids) == defined["NK_EVT_NR"]
    users = {f"usr_{n}": defined["NK_EVT_ID_RANGE_USER_BASE"] + n for n in range(defined["NK_EVT_NR_USER"])}
    assert layout.EVENTS == {number: name for name, number in {**ids, **users}.items()}
    assert HANDLERS.keys() <= ids.keys()


def test_every_hypercall_has_a_name():
    assert layout.HYPERCALLS[22] == "prop_get" and layout.HYPERCALLS[50] == "monitor_stats"
    text = (build.ROOT / "hyp/include/nk/hypercall.h").read_text()
    assert len(layout.HYPERCALLS) == len(re.findall(r"^#define NK_HC_(?!LIMIT)\w+(?: \d| +\\$)", text, re.M))


@pytest.mark.parametrize("esr, function, name", [
    (ringdump.ESR_HVC, 0xc6000016, "hypercall prop_get"),
    (ringdump.ESR_HVC, 0xc600007f, "hypercall 127"),
    (ringdump.ESR_HVC, 0xc4000003, "psci cpu_on"),
    (ringdump.ESR_SMC, 0x84000002, "psci cpu_off"),
    (ringdump.ESR_SMC, 0x12345678, "smccc 0x12345678"),
    (ringdump.ESR_SMC, 0, "trap SMC"),
    (ringdump.ESR_WFI, 0, "trap WFI"),
    (ringdump.ESR_WFE, 0, "trap WFE"),
    (0x623a3016, 0, "msr ICC_SGI1R_EL1"),
    (0x6233c00f, 0, "mrs S3_7_C0_C7_1"),
    (0x62380001, 0, "mrs ID register"),
    (0x1e000000, 0, "trap FP"),
    (0xfc000000, 0, "trap class 0x3f"),
])
def test_names_of_exits(esr, function, name):
    assert reason.trap(esr, function) == name


# What is shown

def test_two_cpus():
    tracks, flows = shown(two_cpus())
    assert tracks["nk: physical CPUs", "CPU 0"] == [
        ("vm2 linux-a vcpu0", 1000, 1000), ("hypercall xirq_post", 2000, 40), ("vm2 linux-a vcpu0", 2040, 960),
        ("interrupt 27", 3000, 30), ("vm2 linux-a vcpu0", 3030, 970), ("store arm,gic-v2/gicd", 4000, 60),
        ("vm2 linux-a vcpu0", 4060, 40), ("psci cpu_on", 4100, 80), ("EL3", 4110, 60),
        ("vm2 linux-a vcpu0", 4180, 1120), ("trap WFE", 5300, None)]
    assert tracks["nk: physical CPUs", "CPU 1"] == [
        ("vm3 b<&> vcpu1", 1500, 100), ("trap WFI", 1600, 20), ("nk", 1620, 570), ("idle", 1640, 460),
        ("interrupt 3", 2105, 5), ("trap WFI", 2190, 20), ("vm3 b<&> vcpu1", 2210, 3780), ("psci cpu_off", 5990, 10)]
    assert tracks["vm3 b<&>", "vcpu1"] == [
        ("guest, CPU 1", 1500, 100), ("trap WFI", 1600, 610), ("idle", 1610, 540), ("waits for a CPU", 2150, 40),
        ("guest, CPU 1", 2210, 3780), ("psci cpu_off", 5990, 10)]
    assert tracks["vm2 linux-a", "vcpu0"][1] == ("hypercall xirq_post", 2000, 40)
    assert [(start["cat"], start["name"], start["tid"], end["tid"]) for start, end in flows] == [
        ("cross interrupt", "irq 77", 1, 2), ("interrupt", "irq 27", 1, 1)]
    assert flows[0][0]["ts"] == 2020 * 1e6 / HZ  # of two posts, the first one


def test_instants():
    timeline, *_ = timeline_of(ring.parse(b"".join(cpu.dump() for cpu in two_cpus())))
    found = {one["name"]: one for one in json.loads(trace_of(timeline))["traceEvents"] if one["ph"] == "i"}
    assert found["usr_3"]["args"] == {f"word{n}": hex(n + 1) for n in range(5)} and found["usr_3"]["pid"] == 2
    assert found["vm_suspend_request"]["pid"] == 3 and found["vm_suspend_request"]["s"] == "p"
    assert found["vm_stop"]["pid"] == 2 and found["vcpu_start"]["pid"] == 3 and found["cpu_start"]["pid"] == 1
    assert found["irq_post 77"]["args"]["to"] == "vm3 b<&> vcpu1"


def test_summary():
    text = "\n".join(summary.lines(*timeline_of(ring.parse(b"".join(cpu.dump() for cpu in two_cpus())))))
    rows = {re.split(r"  +", line.strip())[0]: line for line in text.splitlines()}
    assert "23 records in 0.070 ms" in text and "0 lost before" in text
    assert rows["hypercall xirq_post"].split()[2:] == ["1", "0.640", "0.640", "19.0", "%"]
    assert rows["trap WFI"].split()[2:] == ["1", "0.480", "0.480", "75.0", "%"]  # 610 ticks, away for 580
    assert rows["cross interrupt, post to assert"].split()[-3:] == ["1", "2.880", "2.880"]
    assert rows["trap WFE"].endswith("it is there still")
    assert "vm3 b<&> vcpu1: guest 0.062 ms, nk 0.001 ms (1.0 %), idle 0.009 ms, waited for a CPU 0.001 ms; " \
           "interrupts: 2 posted, 1 asserted" in text


def test_histogram():
    timeline, _, hz = timeline_of(ring.parse(b"".join(cpu.dump() for cpu in two_cpus())))
    picture = xml.etree.ElementTree.fromstring(histogram.svg(timeline, hz))
    texts = [one.text for one in picture.iter("{http://www.w3.org/2000/svg}text")]
    assert {"interrupt 27", "trap WFI", "cross interrupt", "1, at most 1 in one bar"} <= set(texts)
    bars = [one for one in picture.iter("{http://www.w3.org/2000/svg}rect") if one.get("class")]
    assert len(bars) == sum(len(vcpu.exits) for vcpu in timeline.vcpus.values()) + 2
    xml.etree.ElementTree.fromstring(histogram.svg(Timeline({}), hz))  # nothing to show


def test_exit_whose_end_is_filtered_is_not_counted():
    """nk.event-log.filter may let only some events through: nothing is made up of those."""
    cpu = Cpu().events((10, "trap_enter", 2, 0, ringdump.trap(ringdump.ESR_WFI)), (500, "trap_enter", 2, 0,
                       ringdump.trap(ringdump.ESR_WFI)), (510, "trap_leave", 2, 0), (900, "trap_leave", 2, 0))
    timeline, *_ = timeline_of(ring.parse(cpu.dump()))
    assert timeline.vcpus[2, 0].exits == {"trap WFI": [10]} and timeline.vcpus[2, 0].guest == 0
    assert sorted((one.track[0], one.name, one.begin, one.end) for one in timeline.slices if one.end) == [
        ("cpu", "trap WFI", 500, 510), ("vcpu", "trap WFI", 500, 510)]
    calls = Cpu().events((10, "hyp_call", 2, 0, ringdump.trap(ringdump.ESR_HVC, 0xc6000016)), (15, "trap_leave", 2, 0))
    timeline, *_ = timeline_of(ring.parse(calls.dump()))
    assert timeline.vcpus[2, 0].exits == {"hypercall prop_get": [5]}


def times(*rows):
    """guest, idle and waiting time of a vCPU, and its exits."""
    vcpu = timeline_of(ring.parse(Cpu().events(*rows).dump()))[0].vcpus[2, 0]
    return vcpu.guest, vcpu.idle, vcpu.waited, dict(vcpu.exits)


def test_idle_time_is_not_work():
    """A vCPU waits for an interrupt, or the CPU sleeps in the middle of its exit; it waits for the CPU, too, meanwhile."""
    wfi = ringdump.trap(ringdump.ESR_WFI)
    assert times((10, "trap_enter", 2, 0, wfi), (20, "cpu_idle_enter"), (50, "cpu_idle_leave"), (55, "trap_leave"),
                 (60, "intr_enter"), (61, "intr_leave")) == (5, 30, 0, {"trap WFI": [15], "interrupt": [1]})
    assert times((10, "trap_enter", 2, 0, wfi), (20, "vcpu_idle_enter"), (25, "vcpu_switch_out"), (50, "vcpu_idle_leave"),
                 (57, "vcpu_switch_in"), (60, "trap_leave")) == (0, 30, 7, {"trap WFI": [13]})


def test_guest_that_runs_is_not_away():
    """Whatever the filter leaves out."""
    wfi = ringdump.trap(ringdump.ESR_WFI)
    assert times((10, "trap_enter", 2, 0, wfi), (20, "vcpu_idle_enter"), (50, "trap_leave"), (55, "vcpu_idle_enter"),
                 (60, "trap_enter", 2, 0, wfi), (70, "trap_leave")) == (10, 35, 0, {"trap WFI": [10, 10]})


def test_interrupt_of_a_vm_that_stopped():
    """What its last life was posted, its next one does not get."""
    cpu = Cpu().events((10, "irq_post", 1, 0, words(2, 0, 40)), (20, "vm_stop", 2, 0), (30, "vcpu_start", 2, 0),
                       (40, "virq_assert", 2, 0, words(40, 40)))
    timeline, *_ = timeline_of(ring.parse(cpu.dump()))
    assert not timeline.arrows and not timeline.interrupts.latencies


def test_interrupts_that_are_posted_again():
    """Before the vCPU is there they are one. One that pended in a list register is not asserted, and the next one counts."""
    post, got = ("irq_post", 1, 0, words(2, 0, 40)), ("virq_assert", 2, 0, words(40, 40))
    cpu = Cpu().events((10, *post), (20, *post), (30, *got), (31, "intr_leave"), (40, *post), (50, "intr_enter"),
                       (51, "intr_leave"), (90, *post), (95, *got))
    timeline, *_ = timeline_of(ring.parse(cpu.dump()))
    assert timeline.interrupts.latencies == {(2, 0, "interrupt"): [20, 5]}


# Which records are believed

def numbered(cpu, numbers):
    """Records that say which one they are, twice."""
    for number in numbers:
        cpu.event(1000 + 10 * number, "usr_0", 2, number % 4, words(number, number, number, number, number))
    return cpu


def numbers(decoded):
    return [struct.unpack_from("<I", bytes(one.payload))[0] for one in decoded.records]


@pytest.mark.parametrize("made, head, first, last, lost", [
    (10, 10, 0, 9, 0),  # not full, nothing since
    (10, 7, 0, 7, 2),  # three were made since: two of these may not be whole
    (64, 64, 2, 63, 2),  # full
    (100, 100, 38, 99, 38),
    (100, 90, 38, 97, 40),
    (128, 127, 66, 125, 68),  # head at the ring's end, not quite
    (0, 0, None, None, 0),
])
def test_head_may_be_old(made, head, first, last, lost):
    decoded = ring.decode(ring.parse(numbered(Cpu(), range(made)).dump(head))[0])
    assert numbers(decoded) == ([] if first is None else list(range(first, last + 1)))
    assert (decoded.lost, decoded.doubt) == (lost, None)


def test_damaged_record_is_left_out():
    cpu = numbered(Cpu(), range(100))
    cpu.made[60] = record(5, 1600, "usr_0", 2)  # of another CPU
    cpu.made[61] = record(0, 1610, 77, 2)  # no such event
    cpu.made[62] = record(0, 1620, "usr_0", 32)  # no such VM
    cpu.made[63] = record(0, 1630, "irq_post", 2, 0, words(1, 0, 27))  # to nk
    cpu.made[64] = record(0, 1640, "vm_suspend_request", 2, 0, words(32, layout.NOBODY))  # of no VM
    cpu.made[65] = record(0, 1650, "irq_post", 2, 0, words(3, layout.NOBODY, 27))  # to no vCPU
    assert numbers(ring.decode(ring.parse(cpu.dump())[0])) == [*range(38, 60), *range(66, 100)]


def test_time_that_goes_back_twice():
    cpu = numbered(Cpu(), range(100))
    cpu.made[70] = record(0, 5, "usr_0", 2)
    decoded = ring.decode(ring.parse(cpu.dump())[0])
    assert decoded.records == [] and "turned while it was read" in decoded.doubt and decoded.lost == 100


class Live:
    """A ring that is written while it is read, in words of 8 bytes, by turns that chance decides."""

    SIZE = 16
    STEPS = 5  # of a record: four words and the head

    def __init__(self, chance, made):
        self.memory = bytearray(self.SIZE * 32)
        self.head = 0
        self.chance = chance
        self._step = self._write()
        self.write(self.STEPS * made)

    def write(self, steps):
        for _ in range(steps):
            next(self._step)

    def _write(self):
        ticks = 1000
        for number in itertools.count():
            ticks += self.chance.randrange(3)
            data = record(0, ticks, "usr_0", 2, number % 4, words(*[number] * 5))
            for word in self.chance.sample(range(4), 4):  # a CPU may store them in any order
                at = number % self.SIZE * 32 + 8 * word
                self.memory[at:at + 8] = data[8 * word:8 * word + 8]
                yield
            self.head += 1
            yield

    def _header(self):
        return ringdump.header(0, self.head, self.SIZE)

    def read(self, pace, again=False, unit=8, limit=10**6):
        """A dump. Before each `unit` bytes the writer may do up to `pace` steps, all together no more than `limit`."""
        begin, copy = self._header(), bytearray()
        for at in range(0, len(self.memory), unit):
            steps = min(self.chance.choice((0, self.chance.randrange(pace + 1))), limit)
            limit -= steps
            self.write(steps if unit == 8 else steps // self.STEPS * self.STEPS)
            copy += self.memory[at:at + unit]
        return begin + copy + (self._header() if again else b"")


def believed(how):
    """Reads rings that how(Live, chance) reads; what is believed must be whole, in order and in one piece. How many that were."""
    count = doubted = 0
    for seed in range(1000):
        chance = random.Random(seed)
        decoded = ring.decode(ring.parse(how(Live(chance, chance.randrange(3 * Live.SIZE)), chance))[0])
        got = numbers(decoded)
        for one, number in zip(decoded.records, got):
            assert (bytes(one.payload), one.vcpu) == (words(*[number] * 5), number % 4), (seed, got)
        assert all(b == a + 1 for a, b in itertools.pairwise(got)), (seed, got)
        count += len(got)
        doubted += bool(decoded.doubt)
    return count, doubted


def test_read_with_two_heads():
    """Whoever is faster, by how much: the second head proves what is whole."""
    count, doubted = believed(lambda live, chance: live.read(chance.choice((1, 2, 8, 40, 200)), again=True))
    assert count > 2500 and doubted > 50


def test_read_faster_than_it_is_written():
    """One head is enough: where the reader comes by the writer is seen."""
    count, doubted = believed(lambda live, chance: live.read(1))
    assert count > 7500 and doubted < 100


def test_read_with_pauses():
    """The writer is ahead, or overtakes the reader while that rests between records, by any number less than a lap."""
    count, doubted = believed(lambda live, chance: live.read(
        chance.choice((5, 20, 60)), unit=32, limit=Live.STEPS * (Live.SIZE - 1)))
    assert count > 5000 and doubted > 50


@pytest.mark.parametrize("after, first", [(100, 38), (110, 48), (161, 99), (162, None), (1000, None)])
def test_second_head(after, first):
    dump = numbered(Cpu(), range(100)).dump() + ringdump.header(0, after, 64)
    decoded = ring.decode(ring.parse(dump)[0])
    assert numbers(decoded) == ([] if first is None else list(range(first, 100)))
    assert bool(decoded.doubt) == (first is None)


# Dumps that are none

@pytest.mark.parametrize("data, says", [
    (b"", "x: empty"),
    (b"abc", "x: 3 bytes at 0x0 are no ring: a header has 4096"),
    (bytes(4096), "x: no ring at 0x0: it begins with 0x0, not 0x31474e52544b4e"),
    (ringdump.header(0, 0, 63), "x: ring at 0x0: 63 records, 62500000 Hz: damaged"),
    (ringdump.header(0, 0, 64, hz=0), "x: ring at 0x0: 64 records, 0 Hz: damaged"),
    (Cpu(3).dump()[:-1], "x: ring of CPU 3 at 0x0: 1 bytes are missing"),
], ids=["empty", "short", "zeroes", "records", "hz", "cut"])
def test_no_dump(data, says):
    with pytest.raises(ToolError, match=f"^{re.escape(says)}$"):
        ring.parse(data, "x")


def test_rings_that_do_not_belong_together():
    with pytest.raises(ToolError, match="^cpu0: there are two rings of it$"):
        ring.decode_all(ring.parse(Cpu().dump() + Cpu(1).dump() + Cpu().dump()))
    with pytest.raises(ToolError, match="^rings of more than one machine: 1 Hz, 62500000 Hz$"):
        ring.decode_all(ring.parse(Cpu(0).dump() + Cpu(1, hz=1).dump()))


# The console

def console(*lines):
    return "".join(f"{line}\r\n" for line in lines).encode()


def names_lines():
    return ["nk: trace vm 2 linux-a", "nk: trace vm 3 b<&>"]


def test_serial():
    """The same as from a dump, amid other lines, those of a guest that plays nk among them."""
    cpus = two_cpus()
    lines = [*names_lines(), *cpus[0].serial(), *cpus[1].serial()]
    mixed = [part for line in lines for part in (line, "\x1b[32mvm2 linux-a| \x1b[0mnk: trace end cpu=0", "nk: vm2: hello")]
    timeline, decoded, hz = timeline_of(serial.parse(console("U-Boot", *lines[:5], *mixed)))
    assert hz == HZ and [one.lost for one in decoded] == [0, 0]
    dumped, *_ = timeline_of(ring.parse(b"".join(cpu.dump() for cpu in cpus)))
    assert trace_of(timeline) == trace_of(dumped)


@pytest.mark.parametrize("skip", [0, layout.MARGIN])
def test_serial_of_a_full_ring(skip):
    """nk may leave out those that could be in the making."""
    begin, *lines, end = numbered(Cpu(), range(100)).serial()
    decoded = ring.decode(serial.parse(console(begin, *lines[skip:], end))[0])
    assert numbers(decoded) == list(range(38, 100)) and decoded.lost == 38


@pytest.mark.parametrize("change, says", [
    (lambda lines: [], "x: no `nk: trace` lines: type `trace dump` at nk's prompt"),
    (lambda lines: lines[:-1], "x: cpu0: the log ends within its ring"),
    (lambda lines: lines[1:], "x: the end of cpu0's ring has no beginning"),
    (lambda lines: lines[:5] + lines[6:], "x: cpu0: 9 records came, of 10: lines are missing"),
    (lambda lines: [lines[0].replace(str(HZ), "0"), *lines[1:]], "x: cpu0: 0 Hz"),
], ids=["none", "cut", "begin", "line", "hz"])
def test_no_serial(change, says):
    with pytest.raises(ToolError, match=f"^{re.escape(says)}$"):
        serial.parse(console(*change(numbered(Cpu(), range(10)).serial())), "x")


# The program

def run(*args):
    return subprocess.run([TOOL, *map(str, args)], capture_output=True, text=True, check=False)


def test_program(tmp_path):
    files = [tmp_path / "cpu-0-records", tmp_path / "cpu-1-records"]
    for file, cpu in zip(files, two_cpus()):
        file.write_bytes(cpu.dump())
    done = run(*files, "-o", tmp_path / "trace.json", "--histogram", tmp_path / "all.svg", "--summary")
    assert (done.returncode, done.stderr) == (0, "") and "vm2 linux-a vcpu0: guest" in done.stdout
    check_trace((tmp_path / "trace.json").read_text())
    assert (tmp_path / "all.svg").read_text().startswith("<svg")
    assert run(*files, "-o", "-").stdout == (tmp_path / "trace.json").read_text()
    assert run(*files).stdout == done.stdout


def test_program_complains(tmp_path):
    assert run().returncode == 2
    assert run("--gdb", "nowhere").returncode == 2
    done = run(tmp_path / "none")
    assert done.returncode == 1 and "No such file" in done.stderr and "Traceback" not in done.stderr
    (tmp_path / "doubt").write_bytes(Cpu().events((9, "usr_0"), (5, "usr_0"), (7, "usr_0"), (6, "usr_0")).dump())
    done = run(tmp_path / "doubt")
    assert done.returncode == 1 and done.stderr == "nk-trace: cpu0: it turned while it was read; read it again\n"


# By chance

def random_cpu(chance, cpu):
    """Events by chance, with times that mostly rise and payloads of all kinds."""
    made, ticks = Cpu(cpu, 64, names={2: chance.choice(["a", "\x1b[2J", "<b>"])}), chance.getrandbits(40)
    for _ in range(chance.randrange(150)):
        ticks += chance.choice((0, 1, 50, 1000, 1 << 33))
        made.event(ticks, chance.choice(list(layout.EVENTS)), chance.choice((1, 1, 2, 2, 3, 31, 0)), chance.randrange(3),
                   chance.choice((b"", chance.randbytes(20), words(2, 0, 27), words(27, 27), words(3, layout.NOBODY))))
    return made


def mutate(chance, data):
    data = bytearray(data)
    for _ in range(chance.choice((0, 0, 1, 3, 40))):
        at = chance.choice((chance.randrange(64), chance.randrange(len(data)), 4096 + chance.randrange(2048)))
        data[at % len(data)] = chance.choice((0, 1, 0xff, chance.randrange(256)))
    if chance.random() < 0.1:
        del data[chance.randrange(len(data)):]
    return bytes(data)


def through(rings):
    """All that is made of rings. What there was: events by name."""
    timeline, decoded, hz = timeline_of(rings)
    check_trace(trace_of(timeline, hz))
    "\n".join(summary.lines(timeline, decoded, hz))
    xml.etree.ElementTree.fromstring(histogram.svg(timeline, hz))
    return [layout.EVENTS[one.type] for cpu in decoded for one in cpu.records]


def test_fuzz():
    """Whatever is in a dump, or in a log: a complaint, or a trace in which all is as it must be."""
    end, seen, complaints = time.monotonic() + FUZZ_SECONDS, collections.Counter(), 0
    for seed in range(1000):
        chance = random.Random(seed)
        cpus = [random_cpu(chance, cpu) for cpu in range(chance.randrange(1, 4))]
        try:
            if chance.random() < 0.7:
                seen.update(through(ring.parse(mutate(chance, b"".join(cpu.dump(chance.choice((None, 7))) for cpu in cpus)))))
            else:
                seen.update(through(serial.parse(mutate(chance, console(*(line for cpu in cpus for line in cpu.serial()))))))
        except ToolError:
            complaints += 1
        if time.monotonic() > end:
            break
    assert seed > 20 and complaints > 5 and len(seen) == len(layout.EVENTS)
