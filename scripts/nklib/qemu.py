# SPDX-License-Identifier: Apache-2.0
"""QEMU's command line."""

import os
import re
import subprocess

ICOUNT = ["-icount", "shift=0,sleep=off", "-rtc", "base=2026-01-01,clock=vm"]
ON = {"on", "yes", "true", "y"}
OFF = {"off", "no", "false", "n"}


class OptionError(ValueError):
    """What was asked for is not what nk can run on; str() says what to change."""


def program():
    """QEMU: $QEMU, a name or a path below the source tree or absolute, or the host's own."""
    return os.environ.get("QEMU") or "qemu-system-aarch64"


def version():
    """The version of program(): (7, 2)."""
    said = subprocess.run([program(), "--version"], capture_output=True, text=True, check=True).stdout
    return tuple(map(int, re.search(r"version (\d+)\.(\d+)", said).groups()))


def tied(argv):
    """That command, killed by the kernel when the thread that starts it is no more, however that ends."""
    return ["setpriv", "--pdeathsig", "KILL", "--", *map(str, argv)]


def _switch(given, name, wanted, why):
    """The machine's option as the caller gave it, or with the one value that is right."""
    right = ON if wanted == "on" else OFF
    if given.get(name, wanted) not in right:
        raise OptionError(f"-M {name}={given[name]}: {why}: {name}={wanted}, or leave it out")
    return [] if name in given else [f"{name}={wanted}"]


def _gic(given, gic):
    value = given.get("gic-version")
    if value is not None and value not in ("2", "3"):
        raise OptionError(f"-M gic-version={value}: 2 or 3")
    if None not in (value, gic) and int(value) != gic:
        raise OptionError(f"-M gic-version={value}: GICv{gic} is asked for too: leave one of them out")
    return [] if value else [f"gic-version={gic or 3}"]


def machine_option(machine, gic=None, el2=True, icount=False):
    """The value of -M: `machine` with what nk needs (or a bare guest, el2 False), as far as it does not say so.

    machine: as for QEMU, "virt" or "virt,OPTION=VALUE,..."; another board's is left as it is. gic: 2, 3,
    or None for what `machine` says, else 3. Raises OptionError when they contradict nk or each other.
    """
    name, *options = machine.split(",")
    if name.partition("-")[0] != "virt":
        return machine
    given = {key: value or "on" for key, _, value in (option.partition("=") for option in options)}
    more = _gic(given, gic)
    more += _switch(given, "virtualization", "on" if el2 else "off",
                    "nk needs EL2" if el2 else "a bare guest starts at EL1")
    if el2:
        more += _switch(given, "secure", "off", "nk runs in Non-secure state, with QEMU as its firmware")
    if icount and "dtb-randomness" not in given:
        more.append("dtb-randomness=off")
    return ",".join([machine] + more)


def argv(kernel, initrd=None, append="", gic=None, cpus=4, mem=2048, cpu="cortex-a57", machine="virt",
         el2=True, icount=False, interactive=False, console_log=None, extra=()):
    """The command line that boots `kernel` with its console on standard input and output.

    gic: 3 unless `machine` says it. el2: whether the guest starts at EL2, as nk does. icount:
    deterministic, one instruction is 1 ns. interactive: Ctrl-C goes to the guest and Ctrl-\\ x ends
    QEMU. mem: MiB. console_log: a file that gets what is sent to the console too.

    No machine gets semihosting, whoever asks for it: it gives every program at EL1 the host's files.
    """
    if cpu == "max":
        cpu += ",pauth-impdef=on"  # the architected algorithm costs half of TCG's speed
    console = "stdio,id=console,signal=off" + (",mux=on" if interactive else "")
    if console_log:
        console += f",logfile={console_log}"
    args = [program(), "-M", machine_option(machine, gic, el2, icount), "-cpu", cpu,
            "-smp", str(cpus), "-m", str(mem), "-display", "none", "-nic", "none", "-no-reboot",
            "-chardev", console, "-serial", "chardev:console", "-monitor", "none"]
    if interactive:
        args += ["-echr", "0x1c"]
    if icount:
        args += ICOUNT
    args += ["-kernel", str(kernel)]
    if initrd:
        args += ["-initrd", str(initrd)]
    if append:
        args += ["-append", append]
    args += extra
    for arg in args:
        if arg.startswith(("-semihosting", "--semihosting")):
            raise OptionError(f"{arg}: would let every VM read and write this host's files")
    return args
