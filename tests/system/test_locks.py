# SPDX-License-Identifier: Apache-2.0
"""The order of locks (hyp/lib/locks.h): an nk that panics where it is broken, under guests that exercise much."""

import pytest
from nklib import build
from nklib.machine import NK
from nklib.rsp import Rsp
from test_balloon import test_balloon
from test_handover import test_as_fast_as_they_can
from test_hostile import test_hypercalls_by_chance
from test_life import test_by_another_vm
from test_panic import start, stop_at, symbols
from test_share import shares, test_moves_with_its_registers
from test_virtio import test_hostile as virtio_hostile
from test_vlink import guests, test_cross_interrupts
from test_watchdog import test_hang

pytestmark = pytest.mark.guests

# What other modules have of tests is done here once more, with the nk of this one; the rest are fixtures.
__all__ = ["guests", "shares", "start", "symbols", "test_as_fast_as_they_can", "test_balloon", "test_by_another_vm",
           "test_cross_interrupts", "test_hang", "test_hypercalls_by_chance", "test_moves_with_its_registers"]


@pytest.fixture(scope="module")
def nk():
    """In place of nk.bin."""
    build.make("nk-locks")
    return build.BUILD / "locks/nk.bin"


@pytest.mark.parametrize("gic", [2, 3])
def test_given_interrupt(start, gic):
    """Its trigger is set anew when the VM ends, in the physical GIC."""
    machine, _ = start(gic=gic, given='devices = "/pl031@9010000";')
    for command in ("restart\r", "restart2\r"):
        machine.mark(2)
        machine.send(2, command)
        machine.wait_line(2, r"^counter 1$")
    assert machine.quit() == 0


def panics(machine, what):
    """With both locks' names, or what the CPU was about to do; and where."""
    machine.wait_line(NK, rf"^nk: panic: cpu\d: {what}$", 10)
    machine.wait_line(NK, r"^nk:   #0 0x[0-9a-f]+ lock_check_\w+\+")
    assert machine.wait_end(10) == 2


def go_astray(machine, place, symbols, *functions, to=None):
    """Types a key to VM 3. Where these functions, one after the other, are come to, `to` is called instead of the
    last one, or nothing."""
    machine.focus(3)
    with Rsp(place) as gdb:
        machine.send(3, "x")
        cpu = None
        for function in functions:
            cpu = stop_at(gdb, symbols[function], cpu)
        gdb.write(cpu, "pc", symbols[to] if to else gdb.read(cpu, "x30"))
        gdb.detach()


@pytest.mark.parametrize("gic", [2, 3])
def test_wrong_order(start, symbols, gic):
    machine, place = start(gic=gic)
    go_astray(machine, place, symbols, "vuart_rx", "lock_check_release", to="vlink_alloc_pdev")
    panics(machine, "vlinks lock taken while a vUART lock is held")


def test_taken_twice(start, symbols):
    machine, place = start()
    go_astray(machine, place, symbols, "vuart_rx", "lock_check_release", to="lock_check_take")
    panics(machine, r"(\w+) lock taken while a \1 lock is held, the same")


def test_leaf(start, symbols):
    """Nothing is taken inside, whatever its place."""
    machine, place = start()
    go_astray(machine, place, symbols, "console_push", to="log_vm_end")
    panics(machine, "vm_warn lock taken while a console lock is held")


def test_given_back_unheld(start, symbols):
    machine, place = start()
    go_astray(machine, place, symbols, "vuart_take", "lock_check_take")
    panics(machine, "vUART lock given back, and not held")


def test_kept(start, symbols):
    machine, place = start()
    go_astray(machine, place, symbols, "vuart_take", "lock_check_release")
    panics(machine, r"back to a guest with a (vUART|vGIC) lock held")


def test_virtio(boot, system_dts, guest_programs):
    virtio_hostile(boot, system_dts, guest_programs, 3, "cortex-a57")
