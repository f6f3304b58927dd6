# SPDX-License-Identifier: Apache-2.0
"""Linux guests for tests: their nodes in the system device tree, what they say about themselves."""

import contextlib
import re

VM = """
&vm{vm} {{
	name = "linux-{vm}";
	kernel = "{kernel}";
	initrd = "{initrd}";
	bootargs = "console=ttyAMA0 earlycon nk.hostname=linux-{vm} {bootargs}";
	memory {{
		size = <0x0 {size:#x}>;
	}};
}};
&vm{vm}_vcpus {{
	#count = <{count}>;
	affinity = "{affinity}";
	migration = "off";
}};
"""


# Debian 13's kernel in make test, which builds modules for no other flavour of it: its cloud kernel is make soak's.
NEWER = "full-13"
NEWER_MIB = 128  # of a guest with it

# Not many lines, and without the tests of the kernel's own ciphers, a tenth of a boot's time; the systems of
# dts/examples boot with them.
SWIFT = "quiet cryptomgr.notests"


MIB = 96  # of a guest: wiped at each start, and enough for a kernel and a shell


def small(text):
    """The text of one of dts/examples, whose guests have MIB of RAM and come up swiftly."""
    return text.replace("0x10000000", f"{MIB << 20:#x}").replace("earlycon", SWIFT)


def linux_vm(vm, cpus, kernel="linux", size=MIB << 20, bootargs=SWIFT, initrd="rootfs"):
    """A Linux guest with one vCPU on each of these CPUs."""
    return VM.format(vm=vm, kernel=kernel, initrd=initrd, size=size, count=len(cpus),
                     bootargs=bootargs, affinity=",".join(map(str, cpus)))


def nk_vm(vm, cpus, modules="all", bootargs=SWIFT, initrd="rootfs-nk", **options):
    """The same with our modules in its initramfs; those that modules names are loaded at its start.

    modules: "all" (without *-test and *-bench), names with commas between them, or "" for none.
    initrd: "rootfs-work" has programs of Debian's as well.
    """
    if modules:
        bootargs += f" nk.modules={modules}"
    return linux_vm(vm, cpus, bootargs=bootargs, initrd=initrd, **options)


def read_bytes(machine, vm, path):
    """A file of the guest as it is: the console could not carry each byte."""
    return bytes.fromhex("".join(machine.check(vm, f"hexdump -v -e '32/1 \"%02x\" \"\\n\"' '{path}'").split()))


def read_prop(machine, vm, name):
    """The value of a property, read through /sys/nk/prop."""
    return read_bytes(machine, vm, f"/sys/nk/prop/{name}")


def restart_vm(machine, vm):
    """The whole VM begins anew, without a chance to say anything, and has its shell."""
    machine.mark(vm)
    machine.nk_prompt(f"vm {vm} restart")
    machine.wait_ready(vm, 120)


def doze(machine, vm):
    """As far as Linux goes into system sleep without a wake-up: devices are off for a second."""
    machine.check(vm, "echo 1 >/sys/module/suspend/parameters/pm_test_delay; echo platform >/sys/power/pm_test;"
                      " echo freeze >/sys/power/state", timeout=60)


PMEM_READ = '&hyp_property { nk.memory.pmem.used { allow-get = "2"; }; };\n'


def wait_for(machine, vm, condition, tries=600):
    """Until that command of a shell succeeds in the guest, which tries it so often, 20 times a second at the most."""
    machine.check(vm, f"i=0; until {condition}; do sleep 0.05; i=$((i+1)); [ $i -lt {tries} ] || exit 1; done",
                  timeout=tries / 10 + 30)


def used_pmem(machine):
    """As VM 2 may read it; no module of those that it takes stays, as others are unloaded later."""
    machine.check(2, "modprobe vlx-prop")
    used = read_prop(machine, 2, "nk.memory.pmem.used")
    machine.check(2, "rmmod vlx-prop svec")
    return used


@contextlib.contextmanager
def same_pmem(machine):
    """What is done meanwhile takes no more memory of links for good. The system has PMEM_READ."""
    before = used_pmem(machine)
    yield
    assert used_pmem(machine) == before


def interrupts(machine, vm):
    """/proc/interrupts of a guest: {action or IPI text: sum over its CPUs}."""
    counts = {}
    for line in machine.check(vm, "cat /proc/interrupts").splitlines():
        match = re.match(r"\s*(\w+):((?:\s+\d+)+)\s*(.*)", line)
        if match:
            counts[(match[3].split() or [match[1]])[-1]] = sum(map(int, match[2].split()))
    return counts
