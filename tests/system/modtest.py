# SPDX-License-Identifier: Apache-2.0
"""Modules that test others inside a Linux guest: their TAP in the kernel's log, and how their load goes."""

import time

from nklib.machine import TIME_SCALE
from tally import did
from tap import Tap
from test_linux_nkops import kernel_log


def check_module(machine, vm, module, args="", timeout=120):
    """Loads the module, whose tests must all be there and be good; it stays."""
    machine.check(vm, "dmesg -c >/dev/null")
    status, said = machine.run(vm, f"modprobe {module} {args}", timeout=timeout)
    log = kernel_log(machine, vm)
    tap = Tap(log)
    assert not tap.bad, "\n".join(tap.bad)
    assert status == 0, said
    assert tap.plan is not None and tap.good == tap.plan, "\n".join(log[-20:])
    return tap


def reload(machine, vm, module, args):
    """Unloads it and loads it again; what it has to say is in the kernel's log."""
    machine.check(vm, "dmesg -c >/dev/null")
    status, said = machine.run(vm, f"rmmod {module} && modprobe {module} {args}", timeout=60)
    assert status == 0, "\n".join(said + kernel_log(machine, vm))


def number(machine, vm, module, name):
    """What a module counts in a parameter."""
    return int(machine.check(vm, f"cat /sys/module/{module.replace('-', '_')}/parameters/{name}"))


def wait_more(machine, vm, module, name, more=20, timeout=30):
    """Waits until it has counted so many more."""
    want = number(machine, vm, module, name) + more
    end = time.monotonic() + timeout * TIME_SCALE
    while number(machine, vm, module, name) < want:
        assert time.monotonic() < end, f"{module} in vm{vm}: {name} does not grow"


def note_load(machine, vm, module):
    """What the load has done so far, all of it well."""
    assert number(machine, vm, module, "bad") == 0
    driver = module.removesuffix("-test")
    did(driver, "calls or messages of the load that were good", number(machine, vm, module, "good"))
    did(driver, "times that the load was told of a restart", number(machine, vm, module, "again"))


def restarts_under_load(machine, module, load_vm, other_vm, turns, load_args, other_args=""):
    """The module calls without end in one VM, while that of the other, and then it itself, goes and comes back."""
    machine.check(load_vm, f"modprobe {module} {load_args}")
    for _ in turns:
        wait_more(machine, load_vm, module, "good")
        reload(machine, other_vm, module, other_args)
        did(module.removesuffix("-test"), "restarts of the module of one side under load")
    wait_more(machine, load_vm, module, "good")
    for _ in turns:
        note_load(machine, load_vm, module)
        reload(machine, load_vm, module, load_args)
        wait_more(machine, load_vm, module, "good")
        did(module.removesuffix("-test"), "restarts of the module of one side under load")
    note_load(machine, load_vm, module)
