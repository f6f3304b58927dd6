# SPDX-License-Identifier: Apache-2.0
"""What a trace is made of: slices of time on tracks, instants, arrows from one to the other."""

import collections

# end: None: it had not ended when the ring was read.
Slice = collections.namedtuple("Slice", "track name kind begin end args")
Instant = collections.namedtuple("Instant", "track name ticks args")
Arrow = collections.namedtuple("Arrow", "name kind source begin target end")

# Kinds of slices.
GUEST, EXIT, IDLE, WAIT, NK = "guest", "exit", "idle", "wait", "nk"


class Open:
    """A slice that has not ended. Its name may become another one, what it is stays."""

    def __init__(self, kind, name, begin, args=None):
        self.what = name
        self.kind, self.name, self.begin, self.args = kind, name, begin, args or {}


class Track:
    """Slices that are within each other: a base, and what is pushed onto it."""

    def __init__(self, key, emit):
        self.key, self._emit, self._stack = key, emit, []

    @property
    def base(self):
        return self._stack[0] if self._stack else None

    @property
    def top(self):
        return self._stack[-1] if self._stack else None

    def start(self, ticks, base, keep=True):
        """All that is open ends (keep: and is worth showing), and `base`, or nothing, begins."""
        self._close(ticks, 0, keep)
        if base:
            self._stack.append(base)

    def push(self, ticks, kind, name, args=None):
        self._stack.append(Open(kind, name, ticks, args))

    def pop(self, ticks, what):
        """Ends the innermost one that was pushed by that name; nothing if there is none, as it began before the ring."""
        found = [at for at, one in enumerate(self._stack) if one.what == what]
        if found:
            self._close(ticks, found[-1], True)

    def finish(self):
        """The ring ends here, and what is open does not."""
        for one in self._stack:
            self._show(one, None)

    def _close(self, ticks, at, keep):
        while len(self._stack) > at:
            one = self._stack.pop()
            if keep:
                self._show(one, ticks)

    def _show(self, one, end):
        self._emit(Slice(self.key, one.name, one.kind, one.begin, end, one.args))
