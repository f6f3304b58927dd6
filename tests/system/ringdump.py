# SPDX-License-Identifier: Apache-2.0
"""Event rings made by tests, as nk would write them; and what must be true of any trace."""

import io
import itertools
import json
import struct

from nklib.trace import layout, perfetto, ring
from nklib.trace.timeline import Timeline

HZ = 62500000
NUMBER = {name: number for number, name in layout.EVENTS.items()}
ESR_HVC, ESR_SMC, ESR_WFI, ESR_WFE, ESR_DABT = 0x5a000000, 0x5e000000, 0x06000000, 0x06000001, 0x93800046


def words(*values):
    return struct.pack(f"<{len(values)}I", *values)


def trap(esr=0, function=0, pc=0xffff800080001234):
    return struct.pack("<QIII", pc, 0x600003c5, esr, function)


def vdev(kind, addr=0x8000100, data=1, size=4):
    return struct.pack("<QQHH", addr, data, kind, size)


def record(cpu, ticks, event, vm=layout.NKERNEL, vcpu=0, payload=b""):
    """The 32 bytes of one."""
    return struct.pack("<Q20sBBBB", ticks, payload, cpu, vm, vcpu, NUMBER.get(event, event))


def header(cpu, head, size, cpus=1, hz=HZ, names=None):
    """A ring's first page."""
    page = layout.Header(magic=layout.MAGIC, head=head, nr_records=size, record_size=32, cpu=cpu, nr_cpus=cpus, hz=hz)
    for vm, name in (names or {}).items():
        page.vm_name[vm].value = name.encode()
    return bytes(page).ljust(layout.HEADER, b"\0")


class Cpu:
    """One CPU's ring. Records are added by event(TICKS, NAME, VM, VCPU, PAYLOAD), oldest first."""

    def __init__(self, cpu=0, size=64, **more):
        self.cpu, self.size, self.more, self.made = cpu, size, more, []

    def event(self, ticks, name, vm=2, vcpu=0, payload=b""):
        self.made.append(record(self.cpu, ticks, name, vm, vcpu, payload))
        return self

    def events(self, *rows):
        for row in rows:
            self.event(*row)
        return self

    def slots(self):
        slots = [bytes(32)] * self.size
        for number, one in enumerate(self.made):
            slots[number % self.size] = one
        return b"".join(slots)

    def dump(self, head=None):
        """As it is read, with a head that may be old."""
        return header(self.cpu, len(self.made) if head is None else head, self.size, **self.more) + self.slots()

    def serial(self):
        """The lines of the prompt's `trace dump`."""
        return [f"nk: trace begin cpu={self.cpu} nr={self.size} hz={HZ} head={len(self.made)}",
                *(f"nk: trace {one.hex()}" for one in self.made[-self.size:]), f"nk: trace end cpu={self.cpu}"]


def two_cpus():
    """Two VMs on two CPUs: exits of all kinds, interrupts from one to the other, idle time, a stop."""
    gicd = layout.NUMBERS["NK_VDEV_GICD_V2"]
    names = {2: "linux-a", 3: "b<&>"}
    call = layout.HYPERCALL_BASE | next(n for n, name in layout.HYPERCALLS.items() if name == "xirq_post")
    on, off = (next(n for n, name in layout.FIRMWARE.items() if name == f"psci cpu_{way}") for way in ("on", "off"))
    first = Cpu(0, names=names, cpus=2).events(
        (900, "cpu_start", 1),
        (1000, "intr_leave", 2, 0, trap()),
        (2000, "trap_enter", 2, 0, trap(ESR_HVC, call)),
        (2010, "hyp_call", 2, 0, trap(ESR_HVC, call)),
        (2020, "irq_post", 2, 0, words(3, 1, 77)),
        (2021, "irq_post", 2, 0, words(3, 1, 77)),
        (2040, "trap_leave", 2, 0, trap(ESR_HVC, call)),
        (3000, "intr_enter", 2, 0, trap()),
        (3010, "irq_select", 2, 0, words(27)),
        (3015, "irq_post", 2, 0, words(2, 0, 27)),
        (3020, "virq_assert", 2, 0, words(27, 27)),
        (3030, "intr_leave", 2, 0, trap()),
        (4000, "trap_enter", 2, 0, trap(ESR_DABT)),
        (4050, "vdev_store", 2, 0, vdev(gicd)),
        (4060, "trap_leave", 2, 0, trap(ESR_DABT)),
        (4100, "trap_enter", 2, 0, trap(ESR_SMC, on)),
        (4110, "vcpu_to_el3", 2, 0, trap()),
        (4170, "vcpu_from_el3", 2, 0, trap()),
        (4180, "trap_leave", 2, 0, trap(ESR_SMC, on)),
        (5000, "usr_3", 2, 0, words(1, 2, 3, 4, 5)),
        (5100, "vm_suspend_request", 2, 0, words(3, layout.NOBODY)),
        (5200, "vm_stop", 2, 0, trap()),
        (5300, "trap_enter", 2, 0, trap(ESR_WFE)))
    second = Cpu(1, names=names, cpus=2).events(
        (1500, "vcpu_start", 3, 1, trap()),
        (1600, "trap_enter", 3, 1, trap(ESR_WFI)),
        (1610, "vcpu_idle_enter", 3, 1, trap()),
        (1620, "vcpu_switch_out", 3, 1, trap()),
        (1640, "cpu_idle_enter", 1),
        (2100, "cpu_idle_leave", 1),
        (2105, "intr_el2_enter", 1),
        (2106, "irq_select", 1, 0, words(3)),
        (2110, "intr_el2_leave", 1),
        (2150, "vcpu_idle_leave", 3, 1, trap()),
        (2190, "vcpu_switch_in", 3, 1, trap()),
        (2200, "virq_assert", 3, 1, words(layout.NOBODY, 77)),
        (2210, "trap_leave", 3, 1, trap(ESR_WFI)),
        (5990, "trap_enter", 3, 1, trap(ESR_SMC, off)),
        (6000, "vcpu_stop", 3, 1, trap()))
    return first, second


# What must be true of a trace

def timeline_of(rings):
    decoded, hz = ring.decode_all(rings)
    timeline = Timeline(ring.names(decoded))
    for one in ring.merge(decoded):
        timeline.feed(one)
    timeline.finish()
    return timeline, decoded, hz


def trace_of(timeline, hz=HZ):
    file = io.StringIO()
    perfetto.write(file, timeline, hz)
    return file.getvalue()


def check_trace(text):
    """Looks at a trace as Perfetto does; returns {(process, thread): [slice]}, and the flows [(start, end)]."""
    events = json.loads(text)["traceEvents"]
    meta = [event for event in events if event["ph"] == "M"]
    processes = {event["pid"]: event["args"]["name"] for event in meta if event["name"] == "process_name"}
    threads = {(event["pid"], event["tid"]): event["args"]["name"] for event in meta if event["name"] == "thread_name"}
    assert len({tid for _, tid in threads}) == len(threads)
    timed = events[len(meta):]
    assert {event["ph"] for event in timed} <= {"X", "B", "i", "s", "f"}
    assert all(a["ts"] <= b["ts"] for a, b in itertools.pairwise(timed))
    tracks = {}
    for event in timed:
        assert event["pid"] in processes and event["ts"] >= 0
        if event["ph"] in "XB":
            key = event["pid"], event["tid"]
            tracks.setdefault((processes[key[0]], threads[key]), []).append(event)
    for slices in tracks.values():
        check_nesting(slices)
    return tracks, check_flows(timed)


def end_of(event):
    return round(event["ts"] + event["dur"], 3) if event["ph"] == "X" else float("inf")


def check_nesting(slices):
    """Each begins behind the end of what is open, or is within it."""
    stack = []
    for one in slices:
        assert one.get("dur", 0) >= 0
        while stack and end_of(stack[-1]) <= one["ts"]:
            stack.pop()
        assert not stack or end_of(one) <= end_of(stack[-1]), (one, stack[-1])
        stack.append(one)


def check_flows(timed):
    """Each start has one end, which is later; both are in a slice of their tracks."""
    starts = {event["id"]: event for event in timed if event["ph"] == "s"}
    ends = {event["id"]: event for event in timed if event["ph"] == "f"}
    assert len(starts) == sum(event["ph"] == "s" for event in timed)
    assert len(ends) == sum(event["ph"] == "f" for event in timed)
    assert starts.keys() == ends.keys()
    for number, start in starts.items():
        end = ends[number]
        assert end["bp"] == "e" and start["ts"] <= end["ts"]
        assert (start["name"], start["cat"]) == (end["name"], end["cat"])
        for one in (start, end):
            assert any(event["ph"] in "XB" and event["tid"] == one["tid"] and event["ts"] <= one["ts"] <= end_of(event)
                       for event in timed), one
    return [(starts[number], ends[number]) for number in starts]

