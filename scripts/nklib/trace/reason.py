# SPDX-License-Identifier: Apache-2.0
"""What exits are called."""

from nklib.trace.layout import (
    EVENTS, FIRMWARE, HYPERCALL_BASE, HYPERCALL_LIMIT, HYPERCALLS, NOBODY, VDEVS, long, payload)

# Exception classes (Arm ARM D17.2.37); those with names of their own are below.
HVC, SMC, SYSREG, WAIT = 0x16, 0x17, 0x18, 0x01
CLASSES = {0x00: "unknown", 0x07: "FP", 0x09: "PAC", 0x0a: "LD64B", 0x0d: "BTI", 0x0e: "illegal state", 0x12: "HVC32",
           0x13: "SMC32", 0x19: "SVE", 0x1d: "SME", 0x20: "instruction abort", 0x22: "PC alignment", 0x24: "data abort",
           0x26: "SP alignment", 0x2f: "SError"}
WAITS = "WFI", "WFE", "WFIT", "WFET"
# Those that guests of today use; op0, op1, CRn, CRm, op2.
REGISTERS = {(3, 0, 12, 11, 5): "ICC_SGI1R_EL1", (3, 0, 12, 11, 6): "ICC_ASGI1R_EL1", (3, 0, 12, 11, 7): "ICC_SGI0R_EL1",
             (3, 0, 1, 0, 1): "ACTLR_EL1", (2, 0, 1, 0, 4): "OSLAR_EL1", (2, 0, 1, 3, 4): "OSDLR_EL1",
             (2, 0, 0, 2, 2): "MDSCR_EL1", (3, 3, 9, 12, 0): "PMCR_EL0"}
EL3 = "EL3"
IDLE = "idle"


def call(function):
    """What a guest asks nk for by HVC or SMC."""
    number = function - HYPERCALL_BASE
    if 0 <= number < HYPERCALL_LIMIT:
        return f"hypercall {HYPERCALLS.get(number, number)}"
    return FIRMWARE.get(function, f"smccc {function:#x}")


def _sysreg(iss):
    """ISS of an MSR, MRS or system instruction that was trapped."""
    register = iss >> 20 & 3, iss >> 14 & 7, iss >> 10 & 15, iss >> 1 & 15, iss >> 17 & 7
    if register[0] == 3 and register[1:3] == (0, 0):
        return "mrs ID register"
    name = REGISTERS.get(register, "S{}_{}_C{}_C{}_{}".format(*register))
    return f"{'mrs' if iss & 1 else 'msr'} {name}"


def trap(esr, function):
    """Of a synchronous exception."""
    kind = esr >> 26 & 0x3f
    if kind in (HVC, SMC) and function:
        return call(function)
    if kind == WAIT:
        return f"trap {WAITS[esr & 3]}"
    if kind == SYSREG:
        return _sysreg(esr & 0x1ffffff)
    names = {HVC: "HVC", SMC: "SMC", 0x03: "coprocessor", **CLASSES}
    return f"trap {names.get(kind, f'class {kind:#x}')}"


def vdev(event, access):
    """Of an access to an emulated device."""
    return f"{event.removeprefix('vdev_')} {VDEVS.get(access.vdev, 'device')}"


def details(record):
    """What there is to know of an event: {name: value}, addresses as text."""
    data = payload(record)
    event = EVENTS[record.type]
    if hasattr(data, "esr"):
        return {"pc": f"{long(data.pc):#x}", "esr": f"{data.esr:#x}", "spsr": f"{data.spsr:#x}"}
    if hasattr(data, "vdev"):
        return {"address": f"{long(data.addr):#x}", "data": f"{long(data.data):#x}", "size": data.size}
    if hasattr(data, "word"):
        return {f"word{n}": f"{word:#x}" for n, word in enumerate(data.word)}
    if event == "virq_assert":
        return {"virq": data.virq, **({} if data.irq == NOBODY else {"irq": data.irq})}
    return {name: getattr(data, name) for name, _ in data._fields_ if getattr(data, name) != NOBODY}
