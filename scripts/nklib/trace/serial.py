# SPDX-License-Identifier: Apache-2.0
"""The rings in a log of nk's console, where the prompt's `trace dump` printed them."""

import re

from nklib.demux import NK, Demux, plain
from nklib.tool import ToolError
from nklib.trace.layout import MARGIN, RECORD, Record
from nklib.trace.ring import Ring

VM = re.compile(r"nk: trace vm (\d+) (.*)$")
BEGIN = re.compile(r"nk: trace begin cpu=(\d+) nr=(\d+) hz=(\d+) head=(\d+)$")
LINE = re.compile(rf"nk: trace ([0-9a-fA-F]{{{2 * RECORD}}})$")
END = re.compile(r"nk: trace end cpu=(\d+)$")


class Reader:
    """Takes nk's lines. Of a CPU that was dumped more than once, the last time counts."""

    def __init__(self):
        self.names = {}
        self.rings = {}
        self._open = None  # (cpu, records of the ring, Hz, head) while one is read
        self._records = bytearray()

    def line(self, text):
        if match := LINE.match(text):
            self._records += bytes.fromhex(match[1])
        elif match := BEGIN.match(text):
            self._open, self._records = tuple(map(int, match.groups())), bytearray()
        elif match := END.match(text):
            self._end(int(match[1]))
        elif match := VM.match(text):
            self.names[int(match[1])] = match[2].strip()

    def _end(self, cpu):
        if not self._open or self._open[0] != cpu:
            raise ToolError(f"the end of cpu{cpu}'s ring has no beginning")
        _, size, hz, head = self._open
        records = [Record.from_buffer_copy(self._records, at) for at in range(0, len(self._records), RECORD)]
        if not min(head, size - MARGIN) <= len(records) <= min(head, size):
            raise ToolError(f"cpu{cpu}: {len(records)} records came, of {min(head, size)}: lines are missing")
        if hz == 0:
            raise ToolError(f"cpu{cpu}: 0 Hz")
        self.rings[cpu] = Ring(cpu, hz, self.names, _in_slots(records, size, head), head, None)
        self._open = None

    def finish(self):
        """The rings. Raises ToolError."""
        if self._open:
            raise ToolError(f"cpu{self._open[0]}: the log ends within its ring")
        if not self.rings:
            raise ToolError("no `nk: trace` lines: type `trace dump` at nk's prompt")
        return [self.rings[cpu] for cpu in sorted(self.rings)]


def _in_slots(records, size, head):
    """The records, oldest first, where they were in memory, as far as that matters: a ring that is not full is cut short."""
    slots = [Record()] * min(size, len(records) + MARGIN + 1)
    for number, record in enumerate(records, head - len(records)):
        slots[number % len(slots)] = record
    return slots


def parse(data, name="log"):
    """The rings in a raw log of the console, or in nk's own lines of one. Raises ToolError."""
    reader = Reader()
    demux = Demux(lambda vm, _, text: reader.line(plain(text)) if vm == NK else None)
    try:
        demux.feed(data)
        demux.close()
        return reader.finish()
    except ToolError as error:
        raise ToolError(f"{name}: {error}") from None
