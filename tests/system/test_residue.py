# SPDX-License-Identifier: Apache-2.0
"""A life of a VM finds every register of its CPU as the life before did, whatever that left in it."""

import re
import subprocess

import pytest
from nklib import qemu
from test_guests import raw_vm

pytestmark = pytest.mark.guests

# Some of those that must be among the registers that could be soiled, so that the test is one: TTBR0_EL1,
# PAR_EL1, TPIDR_EL0, DBGBVR0_EL1, CNTV_CVAL_EL0, CNTP_CVAL_EL0, FPCR, SP_EL0, CONTEXTIDR_EL1.
SOILED = {"S3_0_C2_C0_0", "S3_0_C7_C4_0", "S3_3_C13_C0_2", "S2_0_C0_C0_4", "S3_3_C14_C3_2", "S3_3_C14_C2_2",
          "S3_3_C4_C4_0", "S3_0_C4_C1_0", "S3_0_C13_C0_1"}
KEYS = {f"S3_0_C2_C{crm}_{op2}" for crm, op2s in ((1, 4), (2, 4), (3, 2)) for op2 in range(op2s)}
PMR, TPIDR2 = "S3_0_C4_C6_0", "S3_3_C13_C0_5"
FINE_TRAPS = qemu.version() >= (8, 0)  # of -cpu max: TPIDR2_EL0 is undefined then


def ask(machine, command, end):
    """All the words of an answer, up to the line that ends it."""
    machine.mark(2)
    start = len(machine.lines(2))
    machine.send(2, command + "\r")
    count = int(machine.wait_line(2, rf"^residue: (\d+) {end}$")[1])
    words = " ".join(line for line in machine.lines(2)[start:] if line.startswith("residue: "))
    machine.wait_line(2, "^residue: ready$")
    return count, words.replace("residue:", "").split()


def show(machine):
    """Of a life that begins."""
    machine.wait_line(2, "^residue: ready$")
    count, words = ask(machine, "show", "shown")
    values = dict(word.split("=") for word in words if "=" in word)
    assert len(values) == count + 6 and count > 120
    return values


@pytest.mark.parametrize("gic, cpu", [(2, "cortex-a57"), (3, "cortex-a76"), (2, "max"), (3, "max")])
def test_residue(boot, system_dts, guest_programs, gic, cpu):
    del guest_programs
    machine = boot(system_dts(raw_vm("residue", [0]), "residue"), gic=gic, cpus=1, mem=512, cpu=cpu)
    first = show(machine)
    for _ in range(2):
        count, words = ask(machine, "soil", "soiled")
        soiled = {word for word in words if word.startswith("S")}
        assert len(soiled) == count
        want = SOILED | ({PMR} if gic == 3 else set()) | (KEYS if cpu == "max" else set())
        if cpu == "max" and not FINE_TRAPS:
            want |= {TPIDR2}
        assert not want - soiled
        machine.mark(2)
        machine.send(2, "reset\r")
        again = show(machine)
        assert {name: (value, again.get(name)) for name, value in first.items()
                if again.get(name) != value} == {}
        assert first.keys() == again.keys()
    assert {first[name] for name in ("ESR_EL1", "FAR_EL1", "ELR_EL1", "SPSR_EL1", "CPACR_EL1", "Q")} == {"0x0"}
    assert machine.quit() == 0


def test_nk_leaves_fp_alone(nk):
    """FP and SIMD registers are the guest's all the time: nothing of nk uses them but what clears them, takes
    them to and from memory, and the hash, on a CPU where nobody has them. The compiler is told so, but not what
    it links."""
    elf = nk.with_suffix(".elf")
    listing = subprocess.run(["aarch64-linux-gnu-objdump", "-d", "--no-show-raw-insn", elf],
                             stdout=subprocess.PIPE, text=True, check=True).stdout
    users, function = set(), None
    for line in listing.splitlines():
        head = re.match(r"[0-9a-f]+ <(.*)>:$", line)
        if head:
            function = head[1]
        elif re.search(r"\t(?:[^;/]*[\t ,{\[])?[bhsdqv][0-9]+(?:\.[0-9]*[bhsdq])?(?=[],} \[]|$)", line):
            users.add(function)
    assert users == {"fpsimd_reset", "fpsimd_load", "fpsimd_save", "sha256_ce_blocks"}
