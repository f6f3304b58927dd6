# SPDX-License-Identifier: Apache-2.0
"""Which records of a ring that was copied while it went on are whole, and in which order they were made."""

import collections
import heapq

from nklib.tool import ToolError
from nklib.trace.layout import EVENTS, HEADER, MAGIC, MARGIN, NKERNEL, NOBODY, RECORD, VMS, Header, Record, payload

VCPUS = 256  # what a record has room for

# names: {VM: name}. records: slot by slot. head: of those that were made when the copy began, or before. after: of those
# that were made when it had ended, or None.
Ring = collections.namedtuple("Ring", "cpu hz names records head after")

# A CPU's records, oldest first. lost: how many were made before them, or may be torn. doubt: None, or why there are none.
Decoded = collections.namedtuple("Decoded", "cpu hz names records lost doubt")


def parse(data, name="dump"):
    """The rings in a dump: for each CPU the header's page and its records, and maybe that page again. Raises ToolError."""
    rings, at = [], 0
    while at < len(data):
        header = _header(data, at, name)
        at += HEADER
        if rings and header.cpu == rings[-1].cpu:
            rings[-1] = rings[-1]._replace(after=header.head)
            continue
        end = at + header.nr_records * RECORD
        if end > len(data):
            raise ToolError(f"{name}: ring of CPU {header.cpu} at {at - HEADER:#x}: {end - len(data)} bytes are missing")
        records = (Record * header.nr_records).from_buffer_copy(data[at:end])
        rings.append(Ring(header.cpu, header.hz, vm_names(header), records, header.head, None))
        at = end
    if not rings:
        raise ToolError(f"{name}: empty")
    return rings


def size_of(header):
    """The bytes of the records behind a header's page."""
    header = Header.from_buffer_copy(header)
    return header.nr_records * header.record_size


def vm_names(header):
    """{VM: its name}; of what nobody prints, a question mark is shown."""
    texts = {vm: header.vm_name[vm].value.decode("utf-8", "replace") for vm in range(VMS)}
    return {vm: "".join(c if c.isprintable() else "?" for c in text) for vm, text in texts.items() if text}


def _header(data, at, name):
    """The header at an offset of a dump."""
    if len(data) - at < HEADER:
        raise ToolError(f"{name}: {len(data) - at} bytes at {at:#x} are no ring: a header has {HEADER}")
    header = Header.from_buffer_copy(data, at)
    if header.magic != MAGIC:
        raise ToolError(f"{name}: no ring at {at:#x}: it begins with {header.magic:#x}, not {MAGIC:#x}")
    if header.record_size != RECORD:
        raise ToolError(f"{name}: ring at {at:#x}: records of {header.record_size} bytes, not {RECORD}: another nk's?")
    if header.nr_records == 0 or header.nr_records & (header.nr_records - 1) or header.hz == 0:
        raise ToolError(f"{name}: ring at {at:#x}: {header.nr_records} records, {header.hz} Hz: damaged")
    return header


def decode(ring):
    """Decoded: what of a ring can be relied on."""
    kept, head = _guessed(ring) if ring.after is None else _known(ring)
    if kept is None:
        return Decoded(ring.cpu, ring.hz, ring.names, [], head, "it turned while it was read; read it again")
    records = [ring.records[slot] for slot in kept]
    return Decoded(ring.cpu, ring.hz, ring.names, records, max(0, head - len(kept)), None)


def _known(ring):
    """The slots that nothing was written to during the copy, as its two heads say; and the head. None: none or damaged."""
    size = len(ring.records)
    first, head = max(0, ring.head - size, ring.after - size + MARGIN), ring.head
    kept = [number % size for number in range(first, head) if _plausible(ring, ring.records[number % size])]
    return (None if first >= head > 0 or _falls(ring, kept) else kept), head


def _guessed(ring):
    """The same, when the head behind the copy is not known.

    Records in the order of their slots are laps of the ring: those of the last lap up to where the writer was when the
    reader came by, and behind them those of the lap before. So their times fall once, there, and the first one's is no
    earlier than the last one's. Slots that were never written have the time 0, of the lap before the first. The head only says where that was when the header was read. If times fall elsewhere,
    the writer has overtaken the reader: somewhere its laps change in the middle of a record, and nobody knows where.

    Beside the place where they fall, records may be half of one and half of another: MARGIN of the oldest, and as many
    of the newest, unless the head says that nothing was written since.

    What is not seen: a writer that overtook the reader by less than a record, or by a whole lap.
    """
    slots = [slot for slot, record in enumerate(ring.records) if not record.ticks or _plausible(ring, record)]
    falls = _falls(ring, slots)
    if len(falls) > 1 or (falls and ring.records[slots[-1]].ticks > ring.records[slots[0]].ticks):
        return None, ring.head
    order = slots[falls[0]:] + slots[:falls[0]] if falls else slots
    order = [slot for slot in order if ring.records[slot].ticks]
    if not order:
        return [], ring.head
    size, newest = len(ring.records), order[-1]
    first = 0 if newest == (ring.head - 1) % size else MARGIN
    return ([slot for slot in order if first <= (newest - slot) % size < size - MARGIN],
            ring.head + (newest + 1 - ring.head) % size)


def _falls(ring, slots):
    """Where, in this order, a record's time is before that of the one before it."""
    ticks = [ring.records[slot].ticks for slot in slots]
    return [at for at in range(1, len(ticks)) if ticks[at] < ticks[at - 1]]


def _plausible(ring, record):
    """Whether it was written, and by that CPU."""
    if not record.ticks or record.cpu != ring.cpu or not NKERNEL <= record.vm < VMS or record.type not in EVENTS:
        return False
    target = payload(record)
    if not hasattr(target, "vcpu"):
        return True
    return NKERNEL < target.vm < VMS and (target.vcpu < VCPUS or (target.vcpu == NOBODY and not hasattr(target, "irq")))


def decode_all(rings):
    """[Decoded] of all CPUs, and their counters' Hz. Raises ToolError."""
    decoded = [decode(ring) for ring in sorted(rings, key=lambda ring: ring.cpu)]
    twice = [one.cpu for one, other in zip(decoded, decoded[1:]) if one.cpu == other.cpu]
    if twice:
        raise ToolError(f"cpu{twice[0]}: there are two rings of it")
    hz = {one.hz for one in decoded}
    if len(hz) != 1:
        raise ToolError(f"rings of more than one machine: {', '.join(f'{one} Hz' for one in sorted(hz))}")
    return decoded, hz.pop()


def names(decoded):
    """{VM: name} of all."""
    return {vm: name for one in decoded for vm, name in one.names.items()}


def merge(decoded):
    """All records of all CPUs by time."""
    return heapq.merge(*(one.records for one in decoded), key=lambda record: record.ticks)

