# SPDX-License-Identifier: Apache-2.0
"""What a vCPU did: in the guest, in nk for it, away."""

import collections

from nklib.trace.reason import IDLE
from nklib.trace.track import EXIT, GUEST, Open, Track
from nklib.trace.track import IDLE as KIND_IDLE
from nklib.trace.track import WAIT as KIND_WAIT

WAITS = "waits for a CPU"
# Why a vCPU that is in nk does not run there.
OUT, VCPU_IDLE, CPU_IDLE = "out", "vcpu", "cpu"


class Vcpu:
    """One vCPU; all times are ticks."""

    def __init__(self, vm, vcpu, emit):
        self.vm, self.vcpu = vm, vcpu
        self.track = Track(("vcpu", vm, vcpu), emit)
        self.exits = collections.defaultdict(list)  # name -> how long nk worked at each
        self.guest = self.idle = self.waited = 0
        self.posted = self.asserted = 0
        self._away = set()
        self._since = 0  # when the last change of that was
        self._absent = 0  # during this exit

    @property
    def exit(self):
        """The exit that it is in: an Open, or None."""
        base = self.track.base
        return base if base and base.kind == EXIT else None

    def enter(self, ticks, name, args=None):
        """The guest is left."""
        self._all_back(ticks)
        base = self.track.base
        ran = base and base.kind == GUEST
        if ran:
            self.guest += ticks - base.begin
        self._absent = 0
        self.track.start(ticks, Open(EXIT, name, ticks, args), ran)

    def leave(self, ticks, cpu):
        """The guest runs."""
        self._end_exit(ticks, Open(GUEST, f"guest, CPU {cpu}", ticks))

    def stop(self, ticks):
        """It is off."""
        self._end_exit(ticks, None)

    def away(self, ticks, why, begins):
        """It does not run, or there is one reason less for that."""
        now = self._away | {why} if begins else self._away - {why}
        if now != self._away:
            self._change(ticks, now)

    def _end_exit(self, ticks, base):
        self._all_back(ticks)
        was = self.exit
        if was:
            self.exits[was.name].append(ticks - was.begin - self._absent)
        self.track.start(ticks, base, was)

    def _all_back(self, ticks):
        if self._away:
            self._change(ticks, set())

    def _change(self, ticks, now):
        was, self._away = _name(self._away), now
        name = _name(now)
        if name == was:
            return
        if was:
            self._count(was, ticks - self._since)
            self.track.pop(ticks, was)
        if name:
            self.track.push(ticks, KIND_IDLE if name == IDLE else KIND_WAIT, name)
        self._since = ticks

    def _count(self, name, ticks):
        self._absent += ticks
        if name == IDLE:
            self.idle += ticks
        else:
            self.waited += ticks


def _name(away):
    if away & {VCPU_IDLE, CPU_IDLE}:
        return IDLE
    return WAITS if OUT in away else None
