# SPDX-License-Identifier: Apache-2.0
"""What was how often and how long, in words."""

import collections

from nklib.trace.track import GUEST, IDLE

Cpu = collections.namedtuple("Cpu", "total guest idle")


def lines(timeline, decoded, hz):
    """The summary's lines."""
    yield from _cpus(timeline, decoded, hz)
    for key in sorted(timeline.vcpus):
        yield from _vcpu(timeline, timeline.vcpus[key], hz)


def _cpus(timeline, decoded, hz):
    for one in decoded:
        if not one.records:
            yield f"cpu{one.cpu}: no records{f': {one.doubt}' if one.doubt else ''}; {one.lost} lost"
            continue
        total = one.records[-1].ticks - one.records[0].ticks
        guest, idle = (sum(_length(s) for s in timeline.slices if s.track == ("cpu", one.cpu) and s.kind == kind)
                       for kind in (GUEST, IDLE))
        yield (f"cpu{one.cpu}: {len(one.records)} records in {_milli(total, hz)}: guests {_share(guest, total)}, "
               f"idle {_share(idle, total)}, nk {_share(total - guest - idle, total)}; {one.lost} lost before")


def _vcpu(timeline, vcpu, hz):
    work = sum(map(sum, vcpu.exits.values()))
    yield ""
    yield (f"{timeline.label(vcpu.vm, vcpu.vcpu)}: guest {_milli(vcpu.guest, hz)}, nk {_milli(work, hz)} "
           f"({_share(work, work + vcpu.guest)}), idle {_milli(vcpu.idle, hz)}, "
           f"waited for a CPU {_milli(vcpu.waited, hz)}; "
           f"interrupts: {vcpu.posted} posted, {vcpu.asserted} asserted")
    if vcpu.exits:
        yield f"  {'exit':<34} {'count':>8} {'mean us':>10} {'max us':>10}   of nk's time"
    for name, times in sorted(vcpu.exits.items(), key=lambda row: (-sum(row[1]), row[0])):
        yield (f"  {name:<34} {len(times):>8} {_micro(sum(times) / len(times), hz):>10} {_micro(max(times), hz):>10}"
               f"   {_share(sum(times), work):>8}")
    if vcpu.exit:
        yield f"  {vcpu.exit.name:<34} it is there still"
    for kind, times in _latencies(timeline, vcpu):
        yield (f"  {kind}, post to assert".ljust(36) + f" {len(times):>8} {_micro(sum(times) / len(times), hz):>10} "
               f"{_micro(max(times), hz):>10}")


def _latencies(timeline, vcpu):
    return sorted((kind, times) for (vm, number, kind), times in timeline.interrupts.latencies.items()
                  if (vm, number) == (vcpu.vm, vcpu.vcpu))


def _length(piece):
    return 0 if piece.end is None else piece.end - piece.begin


def _milli(ticks, hz):
    return f"{ticks * 1000 / hz:.3f} ms"


def _micro(ticks, hz):
    return f"{ticks * 1000000 / hz:.3f}"


def _share(part, whole):
    return f"{100 * part / whole:.1f} %" if whole else "-"
