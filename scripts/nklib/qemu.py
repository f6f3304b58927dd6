# SPDX-License-Identifier: Apache-2.0
"""QEMU's command line."""

ICOUNT = ["-icount", "shift=0,sleep=off", "-rtc", "base=2026-01-01,clock=vm"]


def argv(kernel, initrd=None, append="", gic=3, cpus=4, mem=2048, cpu="cortex-a57", machine="virt",
         el2=True, icount=False, semihosting=True, interactive=False, extra=()):
    """The command line that boots `kernel` with its console on standard input and output.

    el2: whether the guest starts at EL2, as nk does. icount: deterministic, one instruction is
    1 ns. interactive: Ctrl-C goes to the guest and Ctrl-\\ x ends QEMU. mem: MiB.
    """
    if cpu == "max":
        cpu += ",pauth-impdef=on"  # the architected algorithm costs half of TCG's speed
    if machine == "virt":
        machine += f",gic-version={gic},virtualization={'on' if el2 else 'off'}"
        if icount:
            machine += ",dtb-randomness=off"
    args = ["qemu-system-aarch64", "-M", machine, "-cpu", cpu, "-smp", str(cpus), "-m", str(mem),
            "-display", "none", "-nic", "none", "-no-reboot"]
    if interactive:
        args += ["-chardev", "stdio,id=console,mux=on,signal=off", "-serial", "chardev:console",
                 "-mon", "chardev=console,mode=readline", "-echr", "0x1c"]
    else:
        args += ["-chardev", "stdio,id=console,signal=off", "-serial", "chardev:console",
                 "-monitor", "none"]
    if semihosting:
        args += ["-semihosting-config", "enable=on,target=native"]
    if icount:
        args += ICOUNT
    args += ["-kernel", str(kernel)]
    if initrd:
        args += ["-initrd", str(initrd)]
    if append:
        args += ["-append", append]
    return args + list(extra)
