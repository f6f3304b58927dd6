# SPDX-License-Identifier: Apache-2.0
"""vwatchdog: Linux's watchdog API on nk's watchdogs, and what becomes of a Linux that hangs."""

import re

import pytest
from debiandisk import debian_disk, disk_options
from gics import on_gic
from linuxvm import nk_vm, read_prop, wait_for
from nklib import build
from nklib.machine import NK
from tally import did
from tap import Tap
from test_deb_guest import SYSTEM as DEBIAN
from test_guests import raw_vm
from test_linux_nkops import no_complaints
from test_watchdog import watchdog

pytestmark = [pytest.mark.system, pytest.mark.usefixtures("linux_modules")]
__all__ = ["debian_disk"]  # a fixture

# VM 2 sees how VM 3 is; VM 4 has a CPU with VM 3, and would notice.
SYSTEM = """
&hyp_property {
	nk.vm.3.wdt.dog.config { size = <16>; allow-set = "3"; allow-get = "2,3"; allow-notify;
		cell-value = <2000000>,<600000000>,<0>,<1>; };
	nk.vm.3.wdt.dog.counter { size = <4>; allow-set = "3"; allow-get = "2"; };
	nk.vm.3.wdt.dog.state { size = <4>; allow-set = ""; allow-get = "2,3"; allow-notify = "2,3"; };
	nk.vm.3.wdt.deaf.config { size = <16>; allow-set = ""; allow-get = "3"; allow-notify;
		cell-value = <1000000>,<0>,<0>,<2>; };
	nk.vm.3.wdt.deaf.counter { size = <4>; allow-set = "3"; };
	nk.vm.3.wdt.deaf.state { size = <4>; allow-set = ""; allow-get = "2"; allow-notify = "2"; };
	nk.vm.3.state.paused { allow-set = "2"; allow-get = "2"; allow-notify = "2"; };
	nk.memory.heap.used { allow-get = "2"; };
	nk.memory.pmem.used { allow-get = "2"; };
};
"""
OFF, BOOTING, RUNNING, BARKED, EXPIRED = range(5)
RESTARTED = 0x100


def state(machine, name="dog"):
    """(state, whether its VM was restarted for it, expiries), as VM 2 sees them."""
    value = int.from_bytes(read_prop(machine, 2, f"nk.vm.3.wdt.{name}.state"), "little")
    return value & 0xff, bool(value & RESTARTED), value >> 16


def memory(machine):
    return [read_prop(machine, 2, f"nk.memory.{which}.used") for which in ("heap", "pmem")]


def wait_state(machine, name, want):
    """Until VM 2 has seen it, which is woken by its changes."""
    wait_for(machine, 2, f"[ $(hexdump -n 1 -e '1/1 \"%u\"' /sys/nk/prop/nk.vm.3.wdt.{name}.state) = {want} ]")


def sysfs(machine, number, name):
    return machine.check(3, f"cat /sys/class/watchdog/watchdog{number}/{name}")


def wdt_test(machine, number):
    """What it says is not mixed with the kernel's "watchdog did not stop!"."""
    status, said = machine.run(3, f"dmesg -n 1; wdt-test /dev/watchdog{number} >/tmp/said; status=$?; dmesg -n 4; cat /tmp/said; (exit $status)")
    return status, [line.rstrip() for line in said]


def check_devices(machine):
    """The second one may not be set, nor is it heard."""
    assert state(machine) == (BOOTING, False, 0)
    assert [sysfs(machine, 0, name) for name in ("identity", "timeout", "nowayout", "state", "bootstatus")] == [
        "vwatchdog dog", "2", "1", "inactive", "0"]
    assert sysfs(machine, 1, "identity") == "vwatchdog deaf"
    _, said = wdt_test(machine, 1)
    assert "not ok 3 - SETTIMEOUT, GETTIMEOUT: 60" in said
    assert "ok 12 - KEEPALIVE" in said, said
    wait_state(machine, "deaf", EXPIRED)
    assert state(machine, "deaf") == (EXPIRED, False, 1)
    assert state(machine) == (BOOTING, False, 0)


def check_api(machine):
    status, said = wdt_test(machine, 0)
    tap = Tap(said)
    assert status == 0 and not tap.bad and tap.plan == tap.good, "\n".join(said)
    assert state(machine) == (RUNNING, False, 0)
    assert "watchdog0: watchdog did not stop!" in machine.check(3, "dmesg")
    assert machine.run(3, "rmmod vwatchdog")[0] != 0


def check_pause(machine):
    """A paused VM need not pat, though it is for longer than the watchdog's time."""
    machine.check(3, "watchdog -t 1 -T 6 /dev/watchdog0")
    machine.nk_prompt("vm 3 suspend")
    wait_for(machine, 2, "[ $(($(hexdump -e '1/4 \"%u\"' /sys/nk/prop/nk.vm.3.state.paused) & 1)) = 1 ]")
    left = read_prop(machine, 2, "nk.vm.3.wdt.dog.counter")
    machine.mark(4)
    first = int(machine.wait_line(4, r"^counter (\d+)$")[1])
    machine.wait_line(4, rf"^counter {first + 70}$", timeout=120)
    assert read_prop(machine, 2, "nk.vm.3.wdt.dog.counter") == left
    machine.nk_prompt("vm 3 resume")
    assert machine.check(3, "pidof watchdog")
    assert state(machine)[0::2] == (RUNNING, 0)


def after_restart(machine, times):
    machine.wait_ready(3, timeout=180)
    assert state(machine) == (BOOTING, True, times)
    assert sysfs(machine, 0, "bootstatus") == "32"  # WDIOF_CARDRESET
    assert sysfs(machine, 0, "timeout") == "2"  # the tree's again


def end_daemon(machine):
    """A device is one program's at a time."""
    machine.check(3, "killall watchdog 2>/dev/null; while pidof watchdog; do usleep 10000; done; true")


def no_daemon(machine):
    """Nobody pats any more; first it barks."""
    machine.check(3, "modprobe pretimeout_noop 2>/dev/null; true")
    end_daemon(machine)
    machine.mark(3)
    machine.send(3, "dmesg -n 8; wdt-test /dev/watchdog0 3 2\n")
    machine.wait_line(3, r"watchdog0: pretimeout event$", timeout=60, unfinished=True)


def panic(machine):
    """The kernel's end, with interrupts masked."""
    machine.check(3, "watchdog -t 1 -T 6 /dev/watchdog0")
    wait_state(machine, "dog", RUNNING)
    machine.mark(3)
    machine.send(3, "echo c >/proc/sysrq-trigger\n")


def bark_and_panic(machine):
    """Who barks has the kernel panic, and it bites where that does not help."""
    machine.check(3, "modprobe pretimeout_panic; echo panic >/sys/class/watchdog/watchdog0/pretimeout_governor")
    end_daemon(machine)
    machine.mark(3)
    machine.send(3, "wdt-test /dev/watchdog0 4 3\n")
    machine.wait_line(3, r"Kernel panic - not syncing: watchdog pretimeout event", timeout=60, unfinished=True)


# A restart is a boot more.
HANGS = no_daemon, bark_and_panic


def booted(boot_linux, system_dts, gic, flavour="cloud"):
    system = system_dts(nk_vm(2, [0], "vlx-prop") + nk_vm(3, [1], "vwatchdog,vlx-prop")
                        + raw_vm("counter", [1], vm=4, size=0x400000) + SYSTEM)
    return boot_linux(system, flavour=flavour, gic=gic, cpus=2, mem=1024)


def check_hangs(machine, hangs):
    """The VM is restarted, nk's memory is as it was, and the others see nothing."""
    before = memory(machine)
    times = 0
    for times, hang in enumerate(hangs, 1):
        hang(machine)
        after_restart(machine, times)
        assert memory(machine) == before
    said = "\n".join(machine.lines(4))
    numbers = [int(number) for number in re.findall(r"^counter (\d+)$", said, re.M)]
    assert numbers == list(range(1, len(numbers) + 1))
    no_complaints(machine, 2)
    did("vwatchdog", "restarts of a hung Linux", times)


@on_gic(3)
def test_vwatchdog(boot_linux, system_dts, guest_programs, gic):
    del guest_programs
    machine = booted(boot_linux, system_dts, gic)
    check_devices(machine)
    check_api(machine)
    check_pause(machine)
    check_hangs(machine, HANGS)
    assert "vm3 linux-3: watchdog dog: expired" in "\n".join(machine.lines(NK))
    assert machine.quit() == 0


@pytest.mark.soak
@pytest.mark.parametrize("flavour", ["cloud", "cloud-13"])
@pytest.mark.parametrize("gic", [2, 3])
def test_vwatchdog_long(boot_linux, system_dts, guest_programs, soak_rounds, gic, flavour):
    del guest_programs
    machine = booted(boot_linux, system_dts, gic, flavour)
    check_hangs(machine, (hang for _ in soak_rounds() for hang in (panic, no_daemon, bark_and_panic)))
    assert machine.quit() == 0


@pytest.fixture
def systemd_disk(debian_disk, tmp_path):
    """systemd_disk(flavour): the disk of a Debian whose systemd is to pat, with our modules in /srv."""

    def make(flavour):
        build.make(build.BUILD / f"guest-linux/{flavour}.stamp")
        conf = tmp_path / "watchdog.conf"
        conf.write_text("[Manager]\nRuntimeWatchdogSec=20\n")
        commands = [f"write {build.BUILD}/guest-linux/{flavour}/{name}.ko srv/{name}.ko" for name in ("nk-core", "vwatchdog")]
        commands.append(f"write {conf} etc/systemd/system.conf.d/watchdog.conf")
        return disk_options(debian_disk(flavour, commands))

    return make


def systemd_pats(machine):
    """Its own watchdog is ours, as it is."""
    machine.wait_ready(2, 600)
    machine.check(2, "modprobe watchdog; insmod /srv/nk-core.ko && insmod /srv/vwatchdog.ko", 120)
    machine.check(2, "systemctl daemon-reexec", 120)
    device = "/sys/class/watchdog/watchdog0"
    assert machine.check(2, "systemctl show -p RuntimeWatchdogUSec") == "RuntimeWatchdogUSec=20s"
    assert machine.check(2, f"cat {device}/identity {device}/state {device}/timeout").split("\n") == [
        "vwatchdog dog", "active", "20"]
    return machine.check(2, f"cat {device}/bootstatus")


@pytest.mark.soak
@pytest.mark.parametrize("flavour", ["cloud", "cloud-13"])
def test_systemd(boot, system_dts, systemd_disk, flavour):
    props = "&hyp_property {" + watchdog(2, load=60000000, setters="2") + "};\n"
    machine = boot(system_dts(DEBIAN + props), flavour=flavour, cpus=2, mem=3072, extra=systemd_disk(flavour))
    assert systemd_pats(machine) == "0"
    machine.mark(2)
    machine.send(2, "kill -SEGV 1\n")
    assert systemd_pats(machine) == "32"
    machine.send(2, "poweroff\n")
    assert machine.wait_end(300) == 0
    did("vwatchdog", "restarts of a Debian whose systemd had frozen")
