# SPDX-License-Identifier: Apache-2.0
"""From an interrupt's post to its being given to the vCPU."""

import collections

from nklib.trace.track import Arrow

HARDWARE, CROSS, OWN = "interrupt", "cross interrupt", "own interrupt"

# passed: the vCPU has been in its guest since, and did not get it.
_Post = collections.namedtuple("_Post", "ticks track kind shown passed")


class Interrupts:
    """What has been posted and not asserted yet. One that is posted again meanwhile is one interrupt.

    But one that is posted while it pends in a list register from before is never asserted. Then the vCPU goes on
    without, and what is posted next is another one.
    """

    def __init__(self, emit):
        self._emit = emit
        self._pending = collections.defaultdict(dict)  # (VM, vCPU) -> {INTID: _Post}
        self.latencies = collections.defaultdict(list)  # (VM, vCPU, kind) -> ticks

    def post(self, ticks, target, irq, track, kind, shown):
        """target: VM and vCPU. shown: there is a slice that an arrow can begin at."""
        pending = self._pending[target]
        if irq not in pending or pending[irq].passed:
            pending[irq] = _Post(ticks, track, kind, shown, False)

    def assert_(self, ticks, target, irq, track, shown):
        post = self._pending[target].pop(irq, None)
        if not post:
            return
        self.latencies[(*target, post.kind)].append(ticks - post.ticks)
        if post.shown and shown:
            self._emit(Arrow(f"irq {irq}", post.kind, post.track, post.ticks, track, ticks))

    def passes(self, target):
        """The vCPU is in its guest."""
        pending = self._pending[target]
        for irq, post in pending.items():
            pending[irq] = post._replace(passed=True)

    def forget(self, vm):
        """The VM has stopped."""
        for target, pending in self._pending.items():
            if target[0] == vm:
                pending.clear()
