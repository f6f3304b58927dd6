# SPDX-License-Identifier: Apache-2.0
"""The long forms of the drivers' tests. A round is what their own files do some times, as often as its test says;
SOAK_PART=N does an Nth of it, and the table at the end tells how often that was. docs/reliability.md has such a table.
"""

import os

import audiocards
import pytest
import test_hostile_msg
import test_vaudio as vaudio
import test_vbd2 as vbd2
import test_vcall as vcall
import test_veth2 as veth2
import test_vevent as vevent
import test_vhost_user as vhost_user
import test_vi2c as vi2c
import test_virtio_linux as virtio
import test_vmq as vmq
import test_vpipe as vpipe
import test_vrpc as vrpc
import test_vsmq as vsmq
import test_workloads_disk as workloads_disk
from linuxvm import nk_vm
from test_linux_nkops import no_complaints

pytestmark = [pytest.mark.soak, pytest.mark.system]

FROM = int(os.environ.get("SOAK_FROM", "0"))
PART = int(os.environ.get("SOAK_PART", "1"))
MINUTE = 60  # of a peer that writes what it likes

with_nettest = veth2.with_nettest
disk = workloads_disk.disk
rootfs_front = virtio.rootfs_front
boot_back_ends = vhost_user.boot_back_ends
boot_input = vevent.boot_input
boot_sound = vaudio.boot_sound


def part(times):
    return max(1, times // PART)


def no_complaint_of_both(machine):
    for vm in 2, 3:
        no_complaints(machine, vm)


def seeds(soak_rounds):
    for n in soak_rounds():
        print(f"round {n}")
        yield FROM + n + 1000


@pytest.mark.parametrize("gic", [2, 3])
def test_pipes(boot_linux, system_dts, soak_rounds, gic):
    """A round is 1 GiB with its sum, one way and then both ways at a time, and 100 restarts of either side."""
    machine = vpipe.booted(boot_linux, system_dts, gic)
    for _ in soak_rounds():
        vpipe.check_sums(machine, 8, part(128))
        acts = (vpipe.reload, 2), (vpipe.reload, 3), (vpipe.restart_vm, 3), (vpipe.restart_vm, 2)
        vpipe.check_restarts(machine, part(50) * acts)
    no_complaint_of_both(machine)
    assert machine.quit() == 0


@pytest.mark.parametrize("gic", [2, 3])
def test_lying_pipes(boot_linux, system_dts, guest_programs, soak_rounds, gic):
    del guest_programs
    for seed in seeds(soak_rounds):
        vpipe.hostile(boot_linux, system_dts, gic, part(MINUTE), seed)


@pytest.mark.parametrize("gic", [2, 3])
def test_queues(boot_linux, system_dts, soak_rounds, gic):
    """A round is a million messages, 100 restarts of either side under load, and one of a VM."""
    machine = boot_linux(vmq.system_of_two(system_dts), gic=gic, cpus=2, mem=1024)
    vmq.begin(machine)
    for _ in soak_rounds():
        vmq.check_load(machine, part(250000))
        vmq.check_restarts(machine, 2 * part(100))
    vmq.check_unloading(machine)
    assert machine.quit() == 0


@pytest.mark.parametrize("gic", [2, 3])
def test_lying_queues(boot_linux, system_dts, guest_programs, soak_rounds, gic):
    del guest_programs
    for seed in seeds(soak_rounds):
        vmq.against_a_liar(boot_linux, system_dts, gic, part(MINUTE), seed)


def message_guests(boot_linux, system_dts, gic, system):
    return boot_linux(system_dts(nk_vm(2, [0], "nk-core") + nk_vm(3, [1], "nk-core") + system), gic=gic, cpus=2, mem=1024)


@pytest.mark.parametrize("gic", [2, 3])
def test_calls(boot_linux, system_dts, soak_rounds, gic):
    """A round is two million calls, 100 restarts of either side, and one of a VM."""
    machine = message_guests(boot_linux, system_dts, gic, vrpc.SYSTEM)
    for _ in soak_rounds():
        vrpc.check_calls(machine, part(1000000), timeout=3600)
        vrpc.check_restarts(machine, range(part(100)))
        vrpc.check_vm_restart(machine)
        machine.check(3, "rmmod vrpc-test")
        machine.check(2, "rmmod vrpc-test")
    no_complaint_of_both(machine)
    assert machine.quit() == 0


@pytest.mark.parametrize("gic", [2, 3])
def test_shared_devices(boot_linux, system_dts, soak_rounds, gic):
    """A round is what test_vcall does, with 50 restarts of either side of each family's modules, and one of each VM."""
    machine = vcall.boot_families(boot_linux, system_dts, gic)
    for _ in soak_rounds():
        vcall.check_families(machine, part(50))
    no_complaint_of_both(machine)
    assert machine.quit() == 0


def test_buses(boot_kernels, soak_rounds):
    """A round is 50 restarts of either side of vi2c while somebody reads; at the end one of each VM."""
    machine = boot_kernels(vi2c.KERNELS, vi2c.SYSTEM)
    vi2c.check_arrival(machine)
    for _ in soak_rounds():
        vi2c.check_restarts(machine, part(50))
    vi2c.check_vms(machine)
    no_complaint_of_both(machine)
    assert machine.quit() == 0


def test_input_devices(boot_input, soak_rounds):
    """A round is 50 restarts of either side's module with a key held, and one of each VM; at the end a hostile peer."""
    machine, _ = boot_input(MINUTE)
    keyboard = vevent.Device(machine, "keyboard", "keyboard", [vevent.FRONT])
    for _ in soak_rounds():
        vevent.check_restarts(machine, keyboard, part(50))
        keyboard = vevent.check_vms(machine, keyboard)
    vevent.check_hostile(machine, keyboard, MINUTE)
    no_complaint_of_both(machine)
    assert machine.quit() == 0


@pytest.mark.parametrize("gic", [2, 3])
def test_messages(boot_linux, system_dts, soak_rounds, gic):
    """A round is five million messages through queues, a million through boxes, and 100 restarts of either side."""
    machine = message_guests(boot_linux, system_dts, gic, vsmq.SYSTEM)
    for _ in soak_rounds():
        vsmq.check_messages(machine, part(5000000), timeout=3600)
        vsmq.check_restarts(machine, range(part(100)))
        vsmq.check_boxes(machine, part(1000000), timeout=3600)
        vsmq.check_box_restarts(machine, range(part(100)))
        machine.check(3, "rmmod vsmq-test vmbox-test")
        machine.check(2, "rmmod vsmq-test vmbox-test")
    no_complaint_of_both(machine)
    assert machine.quit() == 0


@pytest.mark.parametrize("gic", [2, 3])
def test_lying_messages(boot_linux, system_dts, guest_programs, soak_rounds, gic):
    del guest_programs
    for seed in seeds(soak_rounds):
        test_hostile_msg.hostile(boot_linux, system_dts, gic, seed, part(MINUTE))


@pytest.mark.parametrize("gic", [2, 3])
def test_network(boot_linux, system_dts, with_nettest, soak_rounds, gic):
    """A round is 1 GiB each way, each byte of which is looked at, 100000 packets, 100 restarts of either side, and one of a VM."""
    machine = veth2.boot_pair(boot_linux, system_dts, with_nettest, gic=gic)
    for _ in soak_rounds():
        veth2.serve(machine, 2, 3)
        for vm in 2, 3:
            veth2.check_stream(machine, vm, part(1024), vm)
            veth2.check_flood(machine, vm, part(100000), 1000, 64)
        veth2.check_reloads(machine, range(2 * part(100)))
        veth2.check_restart(machine)
        machine.check(2, "killall nettest")
    no_complaint_of_both(machine)
    assert machine.quit() == 0


@pytest.mark.parametrize("gic", [2, 3])
def test_lying_network(boot_linux, system_dts, with_nettest, guest_programs, soak_rounds, gic):
    del guest_programs
    seconds = part(MINUTE)
    for seed in seeds(soak_rounds):
        machine = veth2.boot_hostile(boot_linux, system_dts, with_nettest, gic, f"seed={seed} seconds={seconds}")
        veth2.under_attack(machine, seconds)
        assert machine.quit() == 0


@pytest.mark.parametrize("gic", [2, 3])
def test_disks(boot_linux, system_dts, soak_rounds, gic):
    """A round is 100 restarts of the back-end under one file system."""
    machine = vbd2.boot_pair(boot_linux, system_dts, gic=gic)
    for _ in soak_rounds():
        vbd2.check_restarts(machine, range(part(100)))
    no_complaint_of_both(machine)
    assert machine.quit() == 0


@pytest.mark.parametrize("gic", [2, 3])
def test_lying_disks(boot_linux, system_dts, guest_programs, soak_rounds, gic):
    del guest_programs
    for seed in seeds(soak_rounds):
        vbd2.hostile(boot_linux, system_dts, gic, seed, part(MINUTE))


@pytest.mark.parametrize("gic", [2, 3])
def test_disk_workloads(boot_linux, system_dts, disk, soak_rounds, gic):
    """A round is fio, and then ext4, ten times; in each of both the back-end's module and its VM restart. At last as a root."""
    machine = workloads_disk.boot_disk(boot_linux, system_dts, disk, gic)
    for n in soak_rounds():
        for turn in range(part(10)):
            workloads_disk.check_both(machine, FROM + n * 10 + turn)
    workloads_disk.check_root(machine, part(10) * (workloads_disk.reload, workloads_disk.cut_off))
    workloads_disk.end(machine)


@pytest.mark.parametrize("gic", [2, 3])
def test_virtio_disks(boot_linux, system_dts, rootfs_front, soak_rounds, gic):
    """A round is 100 restarts of the back-end between which files are written, and more from a console than is kept."""
    machine = virtio.boot_pair(boot_linux, system_dts, rootfs_front, gic=gic)
    machine.check(virtio.FRONT, "stty -F /dev/hvc0 raw -echo")
    for _ in soak_rounds():
        virtio.check_file_system(machine, part(100))
        virtio.check_console_full(machine, 3600)
    virtio.end(machine)


@pytest.mark.parametrize("gic", [2, 3])
def test_virtio_back_ends(boot_back_ends, soak_rounds, gic):
    """A round is a tree compiled ten times in a virtio-fs, and each device unbound and bound 100 times."""
    machine = boot_back_ends("nk", gic)
    for _ in soak_rounds():
        for _ in range(part(10)):
            vhost_user.compile_tree(machine, "nk")
        vhost_user.resets(machine, part(100))
    vhost_user.end(machine)


@pytest.mark.parametrize("gic", [2, 3])
def test_virtio_sockets(boot_back_ends, soak_rounds, gic):
    """A round is 1 GiB by vsock each way."""
    machine = boot_back_ends("nk", gic)
    for _ in soak_rounds():
        vhost_user.vsock(machine, part(1024))
    vhost_user.end(machine)


def test_sound(boot_sound, soak_rounds):
    """A round is all kinds of samples, other cards, 50 restarts of either side's module, and 60 times that a peer does as it likes."""
    machine = boot_sound(3)
    vaudio.check_arrival(machine)
    for _ in soak_rounds():
        vaudio.check_kinds(machine, vaudio.KINDS)
        vaudio.check_others(machine)
        audiocards.check_slow(machine)
        vaudio.check_refused(machine)
        vaudio.check_restarts(machine, part(50))
        vaudio.check_hostile(machine, part(30))
    vaudio.check_vms(machine)
    vaudio.unload(machine)
    no_complaint_of_both(machine)
    assert machine.quit() == 0
