# SPDX-License-Identifier: Apache-2.0
"""QEMU's command line."""

import os
import re
import subprocess

from nklib import boards

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
    """That command, killed by the kernel when the thread that starts it is no more, however that ends.

    Boards with a sound card look for one here otherwise, and complain.
    """
    return ["setpriv", "--pdeathsig", "KILL", "--", "env", "QEMU_AUDIO_DRV=none", *map(str, argv)]


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


def is_virt(machine):
    """Whether this value of -M is QEMU's own board for guests, of any version."""
    return machine.split(",")[0].partition("-")[0] == "virt"


def machine_option(machine, gic=None, el2=True, icount=False):
    """The value of -M: `machine` with what nk needs (or a bare guest, el2 False), as far as it does not say so.

    machine: as for QEMU, "virt" or "virt,OPTION=VALUE,..."; another board's is left as it is. gic: 2, 3,
    or None for what `machine` says, else 3. Raises OptionError when they contradict nk or each other.
    """
    if not is_virt(machine):
        return machine
    options = machine.split(",")[1:]
    given = {key: value or "on" for key, _, value in (option.partition("=") for option in options)}
    more = _gic(given, gic)
    more += _switch(given, "virtualization", "on" if el2 else "off",
                    "nk needs EL2" if el2 else "a bare guest starts at EL1")
    if el2:
        more += _switch(given, "secure", "off", "nk runs in Non-secure state, with QEMU as its firmware")
    if icount and "dtb-randomness" not in given:
        more.append("dtb-randomness=off")
    return ",".join([machine] + more)


def machine_argv(board=boards.DEFAULT, el2=True, icount=False, **chosen):
    """The part of the command line that says what the machine is, as its device tree shows it.

    chosen: gic, cpus, mem (MiB), cpu and machine, each the board's own when it is not there or None.
    el2: whether the guest starts at EL2, as nk does.
    """
    facts = {**boards.facts(board), **{what: value for what, value in chosen.items() if value is not None}}
    argv = [program(), "-M", machine_option(facts["machine"], chosen.get("gic"), el2, icount)]
    if "cpu" in facts:
        cpu = facts["cpu"]
        # The architected algorithm of pointer authentication costs half of TCG's speed.
        argv += ["-cpu", f"{cpu},pauth-impdef=on" if cpu == "max" else cpu]
    if "cpus" in facts:
        argv += ["-smp", str(facts["cpus"])]
    return argv + ["-m", str(facts["mem"]), "-display", "none", "-nic", "none", *boards.tree_argv(board)]


def add_machine_options(group):
    """Options of a command line that say what machine_argv() takes."""
    usual = boards.facts(boards.DEFAULT)
    group.add_argument("--gic", type=int, choices=[2, 3], help=f"GIC version (default {usual['gic']})")
    group.add_argument("--cpus", type=int, help=f"physical CPUs (default {usual['cpus']})")
    group.add_argument("--mem", type=int, metavar="MIB", help=f"RAM (default {usual['mem']})")
    group.add_argument("--cpu", help=f"QEMU's -cpu (default {usual['cpu']})")
    group.add_argument("--machine", help="QEMU's -M, such as virt,highmem=off; what nk needs is added"
                                         f" (default {usual['machine']})")


def machine_of(args, board=boards.DEFAULT):
    """What add_machine_options() got, for machine_argv(). Raises OptionError where that is no machine for nk."""
    chosen = {what: getattr(args, what) for what in ("gic", "cpus", "mem", "cpu", "machine")}
    facts = boards.facts(board)
    for what, value in chosen.items():
        if value is not None and (what not in facts or (what == "machine" and board != boards.DEFAULT)):
            raise OptionError(f"--{what}: the board {board} is as it is: leave it out")
    options = machine_option(args.machine or facts["machine"], args.gic).split(",")
    if "gic-version=2" in options and (args.cpus or facts["cpus"]) > 8:
        raise OptionError("a GICv2 has 8 CPUs at most")
    return {"board": board, **chosen}


def argv(kernel, initrd=None, append="", icount=False, interactive=False, console_log=None, extra=(),
         **machine):
    """The command line that boots `kernel` with its console on standard input and output; None: extra says what is booted.

    icount: deterministic, one instruction is 1 ns. interactive: Ctrl-C goes to the guest and Ctrl-\\ x
    ends QEMU. console_log: a file that gets what is sent to the console too. The rest: machine_argv().

    No machine gets semihosting, whoever asks for it: it gives every program at EL1 the host's files.
    """
    console = "stdio,id=console,signal=off" + (",mux=on" if interactive else "")
    if console_log:
        console += f",logfile={console_log}"
    args = machine_argv(icount=icount, **machine)
    args += ["-no-reboot", "-chardev", console, "-serial", "chardev:console", "-monitor", "none"]
    if interactive:
        args += ["-echr", "0x1c"]
    if icount:
        args += ICOUNT
    if kernel:
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
