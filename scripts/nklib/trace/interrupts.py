# SPDX-License-Identifier: Apache-2.0
"""From an interrupt's post to its being given to the vCPU."""

import collections

from nklib.trace.track import Arrow

HARDWARE, CROSS, OWN = "interrupt", "cross interrupt", "own interrupt"

_Post = collections.namedtuple("_Post", "ticks track kind shown")


class Interrupts:
    """What has been posted and not asserted yet. One that is posted again meanwhile is one interrupt."""

    def __init__(self, emit):
        self._emit = emit
        self._pending = {}
        self.latencies = collections.defaultdict(list)  # (VM, vCPU, kind) -> ticks

    def post(self, ticks, target, track, kind, shown):
        """target: VM, vCPU and INTID. shown: there is a slice that an arrow can begin at."""
        self._pending.setdefault(target, _Post(ticks, track, kind, shown))

    def assert_(self, ticks, target, track, shown):
        post = self._pending.pop(target, None)
        if not post:
            return
        vm, vcpu, irq = target
        self.latencies[vm, vcpu, post.kind].append(ticks - post.ticks)
        if post.shown and shown:
            self._emit(Arrow(f"irq {irq}", post.kind, post.track, post.ticks, track, ticks))

    def forget(self, vm):
        """The VM has stopped."""
        for target in [target for target in self._pending if target[0] == vm]:
            del self._pending[target]
