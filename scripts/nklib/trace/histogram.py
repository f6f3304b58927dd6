# SPDX-License-Identifier: Apache-2.0
"""Latency histograms, as one picture (SVG): how often something took how long, by powers of two."""

import collections

ROWS = 8  # of exits, the most frequent ones; all others are one more
WIDTH, LABEL, PLOT, ROW, HEAD, AXIS = 760, 230, 500, 46, 40, 26
BAR = 30  # the highest bar
STYLE = ("text{font:11px sans-serif;fill:#222}.t{font-weight:bold}.n{fill:#666}.e{fill:#3b6ea5}.l{fill:#b5651d}"
         "line{stroke:#ddd}")


def svg(timeline, hz):
    """The picture's text."""
    exits, latencies = _exits(timeline), _latencies(timeline)
    nanos = [_nanos(time, hz) for times in [*exits.values(), *latencies.values()] for time in times]
    first, last = (_bucket(f(nanos)) if nanos else 0 for f in (min, max))
    step = PLOT / (last - first + 1)
    parts, at = [], 0
    for title, kind, rows in (("time in nk, by reason of exit", "e", exits),
                              ("interrupts: from post to assert", "l", latencies)):
        parts.append(f'<text class="t" x="8" y="{at + 18}">{title}</text>')
        at += HEAD
        for name, times in rows.items():
            parts += _row(name, kind, collections.Counter(_bucket(_nanos(t, hz)) - first for t in times), at, step)
            at += ROW
        parts += _axis(at, first, last, step)
        at += AXIS
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {at + 8}" width="{WIDTH}" height="{at + 8}">'
            f'\n<style>{STYLE}</style>\n<rect width="100%" height="100%" fill="#fff"/>\n' + "\n".join(parts) + "\n</svg>\n")


def _exits(timeline):
    """Reason -> ticks of all vCPUs."""
    every = collections.defaultdict(list)
    for vcpu in timeline.vcpus.values():
        for name, times in vcpu.exits.items():
            every[name] += times
    names = sorted(every, key=lambda name: (-len(every[name]), name))
    rows = {name: every[name] for name in names[:ROWS]}
    rest = [time for name in names[ROWS:] for time in every[name]]
    return {**rows, **({f"{len(names) - ROWS} others": rest} if rest else {})}


def _latencies(timeline):
    every = collections.defaultdict(list)
    for (_, _, kind), times in sorted(timeline.interrupts.latencies.items()):
        every[kind] += times
    return every


def _nanos(ticks, hz):
    return max(1, ticks * 10**9 // hz)


def _bucket(nanos):
    return nanos.bit_length() - 1


def _row(name, kind, counts, at, step):
    """Bars of one row, the highest one as high as there is room; each says its count when pointed at."""
    most, total = max(counts.values()), sum(counts.values())
    base = at + ROW - 10
    parts = [f'<text x="8" y="{base - 12}">{name}</text>',
             f'<text class="n" x="8" y="{base + 1}">{total}, at most {most} in one bar</text>',
             f'<line x1="{LABEL}" y1="{base}" x2="{LABEL + PLOT}" y2="{base}"/>']
    for bucket, count in sorted(counts.items()):
        high = max(1, BAR * count / most)
        parts.append(f'<rect class="{kind}" x="{LABEL + bucket * step + 1:.1f}" y="{base - high:.1f}" '
                     f'width="{step - 2:.1f}" height="{high:.1f}"><title>{count}</title></rect>')
    return parts


def _axis(at, first, last, step):
    """Where each bar begins."""
    every = max(1, -(-(last - first + 1) // 9))
    return [f'<text class="n" x="{LABEL + (bucket - first) * step:.1f}" y="{at + 6}">{_time(1 << bucket)}</text>'
            for bucket in range(first, last + 1, every)]


def _time(nanos):
    for unit, size in (("s", 10**9), ("ms", 10**6), ("µs", 10**3)):
        if nanos >= size:
            return f"{nanos / size:.3g} {unit}"
    return f"{nanos} ns"
