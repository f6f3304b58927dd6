# SPDX-License-Identifier: Apache-2.0
"""The JSON form of traces that Perfetto (https://ui.perfetto.dev) opens.

Source: "Trace Event Format", Google. Processes are nk and the VMs, threads the CPUs and vCPUs.
"""

import json
import math

from nklib.trace.layout import NKERNEL
from nklib.trace.track import GUEST

VM_TID = 1000  # threads have numbers of their own, whatever process they are of


def write(file, timeline, hz):
    """Writes all that there is to an open text file."""
    file.write('{"displayTimeUnit": "ns", "traceEvents": [\n')
    file.write(",\n".join(json.dumps(event) for event in events(timeline, hz)))
    file.write("\n]}\n")


def events(timeline, hz):
    """The trace's events: names of tracks first, all else by time, what encloses before what is in it."""
    timed = [*(_slice(one, hz) for one in timeline.slices), *(_instant(one, hz) for one in timeline.instants)]
    for number, arrow in enumerate(timeline.arrows, 1):
        timed += _arrow(arrow, number, hz)
    timed.sort(key=lambda event: (event["ts"], -event.get("dur", math.inf if event["ph"] == "B" else -1)))
    return _tracks(timeline) + timed


def _micro(ticks, hz):
    """Microseconds, in whole nanoseconds, so that what meets in ticks meets here."""
    return ticks * 10**9 // hz / 1000


def _ids(track):
    """Process and thread."""
    if track[0] == "cpu":
        return {"pid": NKERNEL, "tid": track[1] + 1}
    vm, vcpu = track[1], track[2] if track[0] == "vcpu" else VM_TID - 1
    return {"pid": vm, "tid": vm * VM_TID + vcpu}


def _slice(one, hz):
    begin = _micro(one.begin, hz)
    event = {"name": one.name, "cat": one.kind, "ts": begin, **_ids(one.track)}
    if one.end is None:
        event["ph"] = "B"
    else:
        event.update(ph="X", dur=round(_micro(one.end, hz) - begin, 3))
    if one.args and one.kind != GUEST:
        event["args"] = one.args
    return event


def _instant(one, hz):
    return {"ph": "i", "s": "p" if one.track[0] == "vm" else "t", "name": one.name, "cat": "event",
            "ts": _micro(one.ticks, hz), **_ids(one.track), "args": one.args}


def _arrow(arrow, number, hz):
    both = {"name": arrow.name, "cat": arrow.kind, "id": number}
    return [{"ph": "s", **both, "ts": _micro(arrow.begin, hz), **_ids(arrow.source)},
            {"ph": "f", "bp": "e", **both, "ts": _micro(arrow.end, hz), **_ids(arrow.target)}]


def _tracks(timeline):
    """The names of all processes and threads, in the order that they are to be shown in."""
    made = _process(NKERNEL, "nk: physical CPUs")
    for cpu in sorted(timeline.cpus):
        made += _thread(("cpu", cpu), f"CPU {cpu}")
    vms = {vm for vm, _ in timeline.vcpus} | {one.track[1] for one in timeline.instants if one.track[0] == "vm"}
    for vm in sorted(vms):
        made += _process(vm, timeline.label(vm))
    for vm, vcpu in sorted(timeline.vcpus):
        made += _thread(("vcpu", vm, vcpu), f"vcpu{vcpu}")
    return made


def _process(pid, name):
    both = {"ph": "M", "pid": pid, "tid": 0, "ts": 0}
    return [{**both, "name": "process_name", "args": {"name": name}},
            {**both, "name": "process_sort_index", "args": {"sort_index": pid}}]


def _thread(track, name):
    both = {"ph": "M", "ts": 0, **_ids(track)}
    return [{**both, "name": "thread_name", "args": {"name": name}},
            {**both, "name": "thread_sort_index", "args": {"sort_index": both["tid"]}}]
