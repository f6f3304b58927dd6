# SPDX-License-Identifier: Apache-2.0
"""Numbers, names and layouts, from the headers that nk itself is made of."""

import ctypes
import re

from nklib import build

INCLUDE = build.ROOT / "hyp/include/nk"
TYPES = {"nku8_f": ctypes.c_uint8, "nku16_f": ctypes.c_uint16, "nku32_f": ctypes.c_uint32, "nku64_f": ctypes.c_uint64,
         "char": ctypes.c_char}
MONITOR, HYPERCALL, SMCCC, BASE = ((INCLUDE / f"{name}.h").read_text()
                                   for name in ("monitor", "hypercall", "smccc", "types"))


def _numbers(text, prefix):
    """{name without the prefix: number} of the macros that are a number."""
    found = re.findall(rf"^#define {prefix}(\w+)(?:\s|\\\n)+(0x[0-9a-fA-F]+|\d+)[uUlL]*(?=\s|$)", text, re.M)
    return {name: int(value, 0) for name, value in found}


def _struct(name):
    """A class of ctypes for a struct of monitor.h, whose members are as they would be on any 64-bit machine."""
    body = re.search(rf"^struct {name} {{\n(.*?)^}};", MONITOR, re.M | re.S)[1]
    fields = []
    for kind, member, dimensions in re.findall(r"^\t(\w+) (\w+)((?:\[\w+\])*);", body, re.M):
        of = TYPES[kind]
        for length in reversed(re.findall(r"\[(\w+)\]", dimensions)):
            of *= int(length) if length.isdecimal() else NUMBERS[length]
        fields.append((member, of))
    return type(name, (ctypes.LittleEndianStructure,), {"_fields_": fields})


NUMBERS = {f"NK_{name}": number for text in (BASE, MONITOR) for name, number in _numbers(text, "NK_").items()}
VMS = NUMBERS["NK_OS_LIMIT"]
NKERNEL = NUMBERS["NK_OS_NKERNEL"]
MAGIC, HEADER, MARGIN = (NUMBERS[f"NK_EVENT_{name}"] for name in ("MAGIC", "HEADER", "MARGIN"))
USER, NR_USER = NUMBERS["NK_EVT_ID_RANGE_USER_BASE"], NUMBERS["NK_EVT_NR_USER"]
NOBODY = 0xffffffff  # the VM as a whole, no physical interrupt

Header = _struct("nk_event_ring")
Record = _struct("nk_event")
RECORD = ctypes.sizeof(Record)
_PAYLOADS = {name: _struct(f"nk_event_{name}") for name in ("trap", "post", "irq", "virq", "vdev", "target", "user")}

# Event's number -> name in small letters, as /proc/nk has it.
EVENTS = {number: name.lower() for name, number in _numbers(MONITOR, "NK_EVT_ID_").items()
          if number < NUMBERS["NK_EVT_NR"]}
EVENTS.update({USER + n: f"usr_{n}" for n in range(NR_USER)})

# Number -> name in small letters.
HYPERCALLS = {number: name.lower() for name, number in _numbers(HYPERCALL, "NK_HC_").items() if name != "LIMIT"}
HYPERCALL_BASE = int(re.search(r"^#define NK_HC_FID\(nr\) \((0x\w+)U", HYPERCALL, re.M)[1], 0)
HYPERCALL_LIMIT = _numbers(HYPERCALL, "NK_HC_")["LIMIT"]

# Function id of PSCI and SMCCC -> name.
FIRMWARE = {number: re.sub(r"_(32|64)$", "", name).lower().replace("_", " ", 1)
            for name, number in _numbers(SMCCC, "(?=(?:PSCI|SMCCC)_)").items() if number & 0xb9000000 == 0x80000000}

VDEVS = {NUMBERS["NK_VDEV_GICD_V2"]: "arm,gic-v2/gicd", NUMBERS["NK_VDEV_GICD_V3"]: "arm,gic-v3/gicd",
         NUMBERS["NK_VDEV_GICR"]: "arm,gic-v3/gicr", NUMBERS["NK_VDEV_UART"]: "arm,pl011",
         NUMBERS["NK_VDEV_VIRTIO"]: "virtio,mmio"}

# What the payload of an event is; of all others, the guest's exception.
_KINDS = {
    "irq_post": "post",
    "irq_select": "irq",
    "irq_spurious": "irq",
    "virq_assert": "virq",
    "vdev_load": "vdev",
    "vdev_store": "vdev",
    "vcpu_suspend_request": "target",
    "vcpu_resume_request": "target",
    "vm_suspend_request": "target",
    "vm_resume_request": "target",
    **{f"usr_{n}": "user" for n in range(NR_USER)},
}


def payload(record):
    """The record's payload: a struct of monitor.h."""
    kind = _KINDS.get(EVENTS[record.type], "trap")
    return _PAYLOADS[kind].from_buffer_copy(bytes(record.payload))


def long(pair):
    """A number of 64 bits in two words."""
    return pair[0] | pair[1] << 32
