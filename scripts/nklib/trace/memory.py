# SPDX-License-Identifier: Apache-2.0
"""The rings in the memory of a machine, by QEMU's GDB stub: one that runs, which stands still meanwhile, or has crashed.

What a CPU's stub translates are the addresses of what it executes, mostly a guest. So nk's variables are found by its
own tables, from TTBR0_EL2 on, in physical memory (layout: docs/architecture/memory.md; Arm ARM D8).
"""

import contextlib

from nklib.rsp import Rsp, RspError
from nklib.tool import ToolError, run
from nklib.trace import ring
from nklib.trace.layout import HEADER

ADDRESS = 0x0000fffffffff000
MMU_ON = 1 << 0  # SCTLR_EL2.M
VARIABLES = {"monitor_rings_pa": 8, "monitor_ring_stride": 8, "monitor_ring_count": 4}


class Memory:
    """nk's variables, and physical memory. A context: the machine runs on behind it, if it can."""

    def __init__(self, place, nk):
        """nk: nk.elf, the one that runs there."""
        self._symbols = _symbols(nk)
        self._nk = nk
        try:
            self._rsp = Rsp(place, timeout=3)
        except RspError as error:
            raise ToolError(f"--gdb: {error}") from None
        self._root = None

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        with contextlib.suppress(RspError):
            self._rsp.detach()

    def variable(self, name, size):
        """The number in a variable of nk's. Raises ToolError, RspError."""
        if name not in self._symbols:
            raise ToolError(f"{self._nk}: has no {name}: an nk without event rings")
        return int.from_bytes(self.physical(self.translate(self._symbols[name]), size), "little")

    def physical(self, address, size):
        return self._rsp.memory(address, size)

    def translate(self, address):
        """The physical address of one of nk's."""
        table = self._table()
        for level in range(4):
            span = 1 << (39 - 9 * level)
            entry = int.from_bytes(self.physical(table + 8 * (address // span & 511), 8), "little")
            if not entry & 1:
                break
            if level == 3 or not entry & 2:
                return (entry & ADDRESS & -span) | address & (span - 1)
            table = entry & ADDRESS
        raise ToolError(f"{address:#x} is not mapped at EL2: is {self._nk} what runs there?")

    def _table(self):
        """The first one of EL2's. CPUs that were never started have none."""
        if self._root is None:
            for cpu in range(self._rsp.cpus()):
                if self._rsp.read(cpu, "SCTLR_EL2") & MMU_ON:
                    self._root = self._rsp.read(cpu, "TTBR0_EL2") & ADDRESS
                    return self._root
            raise ToolError("no CPU of that machine runs nk yet")
        return self._root


def _symbols(nk):
    nm = run(["aarch64-linux-gnu-nm", str(nk)], str(nk))[0].decode()
    return {fields[2]: int(fields[0], 16) for fields in map(str.split, nm.splitlines()) if len(fields) == 3}


def read(place, nk):
    """What a dump of all CPUs is: the rings as they are in memory. Raises ToolError."""
    with Memory(place, nk) as memory:
        try:
            return _read(memory)
        except RspError as error:
            raise ToolError(f"--gdb: {error}") from None


def _read(memory):
    base, stride, count = (memory.variable(name, size) for name, size in VARIABLES.items())
    if not base:
        raise ToolError("the system has no event rings: its tree has no `monitoring` with `log-size`")
    data = b""
    for at in range(base, base + stride * count, stride):
        header = memory.physical(at, HEADER)
        data += header + memory.physical(at + HEADER, ring.size_of(header))
    return data
