# SPDX-License-Identifier: Apache-2.0
"""vi2c: a bus of one VM in another, and in itself, with stock drivers of slaves; who may have which slave. Debian 13's kernel
has the bus, vi2c-test's, as QEMU has none; Debian 12's has the other front-end."""

import re

import pytest
from linuxvm import PMEM_READ, doze, read_bytes, restart_vm, same_pmem, wait_for
from tally import did
from tap import Tap
from test_linux_nkops import no_complaints

pytestmark = pytest.mark.system

BACK, FRONT = 2, 3
KERNELS = {BACK: "full-13", FRONT: "full"}
SYSTEM = PMEM_READ + """
&hyp { pmem-size = <0x200000>; };
&vm2_vdevs {
	loop: loop@s { compatible = "vi2c5"; server; };
	loop@c { peer-phandle = <&loop>; client; };
	vi2c0_be: vi2c0@be { compatible = "vi2c5"; };
	second: second@be { compatible = "vi2c6"; };
};
&vm3_vdevs {
	vi2c0_fe: vi2c0@fe { peer-phandle = <&vi2c0_be>; };
	second@fe { peer-phandle = <&second>; };
};
&vm2_vplatform {
	own { compatible = "vl,i2c-adapter"; vl,vlink = "vi2c5"; };
	aliases { i2c9 = "/own"; };
};
&vm3_vplatform {
	vi2c5: vi2c@5 {
		compatible = "vl,i2c-adapter";
		vl,vlink = "vi2c5";
		eeprom@51 { compatible = "atmel,24c02"; reg = <0x51>; };
		sensor@48 { compatible = "national,lm75"; reg = <0x48>; };
	};
	none { compatible = "vl,i2c-adapter"; vl,vlink = "none"; };
	aliases { i2c5 = &vi2c5; };
};
"""
RESTARTS = 5
POLICY = "vm3=0x20,0x30,0x48,0x50,0x51,0xa250,0xa048;vm2=0x52"
START = f'devc-vi2c-be -d1 -l"vi2c5" -a"{POLICY}"'
END = "kill $(pidof devc-vi2c-be) && while pidof devc-vi2c-be >/dev/null; do sleep 0.02; done"
TEMP = "$(echo /sys/bus/i2c/devices/5-0048/hwmon/hwmon*)/temp1_input"
EEPROM = "/sys/bus/i2c/devices/5-0051/eeprom"
PARAMETERS = "/sys/module/vi2c_test/parameters"

# What the program says of what cannot be, before it is in the background.
REFUSED = (
    ("-d1", 2, "Usage: "),
    ("-lvi2c6", 2, "Usage: "),
    ("-d1 -lvi2c6 more", 2, "Usage: "),
    ("-dx -lvi2c6", 2, "-d wants"),
    ("-d1 -lvi2c6vi2c6vi2c67", 2, "-l wants"),
    ("-d1 -lvi2c6 -avm3=0x39,vm4=*", 2, "a number is missing"),
    ("-d1 -lvi2c6 -avm32=*", 2, "a VM is"),
    ("-d1 -lvi2c6 -avm3", 2, "= is missing"),
    ("-d1 -lvi2c6 -ax", 2, "vmN= is missing"),
    ("-d1 -lvi2c6 -avm3=0x78", 2, "a slave is"),
    ("-d1 -lvi2c6 -avm3=0", 2, "a slave is"),
    ("-d1 -lvi2c6 '-avm3=*,0x10'", 2, "what is this?"),
    ("-d1 -lvi2c6 '-avm3=0x10;vm4=0x10'", 2, "of another VM too"),
    ("-d1 -lvi2c6 '-avm3=0x10;vm4=*'", 2, "of another VM too"),
    ("-d77 -lvi2c6", 1, "no such bus"),
    ("-d2 -lvi2c6", 1, "SMBus commands alone"),
    ("-d1 -lvi2c7", 1, "no such vlink"),
    ("-d1 -lvi2c5", 1, "served already"),
    ("-d1 -lvi2c6 -avm4=0x48", 1, "to another VM"),
    ("-d1 -lvi2c6 '-avm4=*'", 1, "to another VM"),
    ("-d3 -lvi2c6 -avm4=0x48", 1, "to another VM"),  # the same slave, behind a multiplexer
)


def start(machine):
    machine.check(BACK, START)


def test_bus(machine, device, more=""):
    """All of i2c-test's calls were good."""
    status, lines = machine.run(FRONT, f"i2c-test {device} {more}", timeout=120)
    tap = Tap(lines)
    assert status == 0 and not tap.bad and tap.good == tap.plan, "\n".join(lines)


test_bus.__test__ = False


def ends_with(machine, errno):
    machine.check(FRONT, f"i2c-test /dev/i2c-5 -e {errno}", timeout=60)


def temp(machine):
    return machine.check(FRONT, f"cat {TEMP}")


def check_arrival(machine):
    """The bus is there when its back-end is, and so are its slaves' drivers."""
    machine.check(BACK, "modprobe -a vi2c-test vi2c-be i2c-dev vi2c-fe")
    machine.check(FRONT, "modprobe -a at24 lm75 i2c-dev vi2c-fe; ! [ -e /dev/i2c-5 ]")
    start(machine)
    wait_for(machine, FRONT, f"[ -e {TEMP} ] && [ -e {EEPROM} ] && [ -e /dev/i2c-5 ]")
    assert machine.check(FRONT, "cat /sys/bus/i2c/devices/i2c-5/name") == "vi2c vi2c5"
    assert temp(machine) == "25500"
    assert machine.check(FRONT, "dmesg | grep 'there is no vlink'").count('"none"') == 1


def cells(text):
    """What i2cdetect or i2cdump prints, without its head and what follows: {row: cells}."""
    return {row: rest.split()[:16] for row, rest in re.findall(r"^([0-9a-f]0): (.*)$", text, re.M)}


def check_programs(machine):
    """i2cdetect and i2cdump; what a driver wrote is on the bus."""
    seen = cells(machine.check(FRONT, "i2cdetect -y 5"))
    assert {cell for row in seen.values() for cell in row} == {"--", "UU", "30", "50"}
    assert seen["50"][:3] == ["50", "UU", "--"] and seen["40"][8] == "UU"
    machine.check(FRONT, f"printf hello | dd of={EEPROM} bs=1 seek=32 2>/dev/null")
    there = cells(machine.check(BACK, "i2cdump -y 1 0x51 b"))
    assert there["20"][:6] == ["68", "65", "6c", "6c", "6f", "25"] and there["10"][15] == "1f" and len(there) == 16
    assert cells(machine.check(FRONT, "i2cdump -y -f 5 0x51 b")) == there
    assert read_bytes(machine, FRONT, EEPROM) == bytes.fromhex("".join(cell for row in there.values() for cell in row))


def transfers(machine):
    return int(machine.check(BACK, f"cat {PARAMETERS}/transfers"))


def check_policy(machine):
    """A slave is one VM's. What the other one asks does not get as far as the bus."""
    assert machine.check(BACK, "cat /sys/bus/i2c/devices/i2c-9/name") == "vi2c vi2c5"
    machine.check(BACK, "i2cset -y 9 0x52 7 0x77 b && [ $(i2cget -y 1 0x52 7) = 0x77 ] && [ $(i2cget -y 9 0x52 7) = 0x77 ]")
    before = transfers(machine)
    machine.check(BACK, "! i2cget -y 9 0x48 0 && ! i2cset -y 9 0x50 0 0")
    machine.check(FRONT, "! i2cget -y 5 0x52 7 && ! i2cset -y 5 0x52 7 0")
    assert transfers(machine) == before
    machine.check(BACK, f"{END} && devc-vi2c-be -d1 -lvi2c5")
    machine.check(FRONT, f"! i2cget -y 5 0x50 && ! cat {TEMP}")
    assert transfers(machine) == before
    machine.check(BACK, f"{END} && devc-vi2c-be -d1 -lvi2c5 -a'vm3=*'")
    machine.check(FRONT, "[ $(i2cget -y 5 0x52 7) = 0x77 ]")
    machine.check(BACK, "! i2cget -y 9 0x52 7")
    machine.check(BACK, END)
    start(machine)


def check_refused(machine):
    for args, status, words in REFUSED:
        got, lines = machine.run(BACK, f"devc-vi2c-be {args} 2>&1")
        assert got == status and words in "\n".join(lines), (args, got, lines)
    lines = machine.run(BACK, "devc-vi2c-be -d1 -lvi2c6 -avm3=0x10,0x99 2>&1")[1]
    assert lines[1:] == ["  vm3=0x10,0x99", "           ^"]
    # Slaves of others beside them, and of the same VM, by another vlink.
    machine.check(BACK, "devc-vi2c-be -d3 -lvi2c6 '-avm4=0x60;vm3=0x48' && [ $(pidof devc-vi2c-be | wc -w) = 2 ]")
    machine.check(BACK, END)
    start(machine)


def check_errors(machine):
    """Errors of the bus are those here; a bus that goes, or takes too long, is one too."""
    for there, here in (5, 5), (11, 11), (16, 16), (110, 110), (121, 121), (12, 5), (0, 0):
        machine.check(BACK, f"echo {there} >{PARAMETERS}/error")
        ends_with(machine, here)
    machine.check(BACK, f"echo 6000 >{PARAMETERS}/delay")
    ends_with(machine, 110)
    machine.check(BACK, f"echo 0 >{PARAMETERS}/delay")
    wait_for(machine, FRONT, "i2c-test /dev/i2c-5 -e 0")
    machine.check(BACK, "! rmmod vi2c-be; rmmod vi2c-test")
    ends_with(machine, 19)
    machine.check(BACK, "modprobe vi2c-test")
    ends_with(machine, 0)


def check_sleep(machine):
    """A back-end that sleeps is waited for."""
    doze(machine, FRONT)
    assert temp(machine) == "25500"
    machine.check(FRONT, f"(for i in $(seq 200); do cat {TEMP}; done) >/tmp/asleep 2>&1 & echo $! >/tmp/pid")
    doze(machine, BACK)
    wait_for(machine, FRONT, "! kill -0 $(cat /tmp/pid)")
    assert set(machine.check(FRONT, "cat /tmp/asleep").split()) == {"25500"}


def check_restarts(machine, turns):
    """Somebody reads all the time."""
    for _ in range(turns):
        machine.check(FRONT, f"(t={TEMP}; for i in $(seq 30); do cat $t; done) >/tmp/temps 2>&1 & echo $! >/tmp/pid")
        machine.check(BACK, f"{END} && rmmod vi2c-be && modprobe vi2c-be && {START}", timeout=60)
        wait_for(machine, FRONT, "! kill -0 $(cat /tmp/pid)")
        assert set(machine.check(FRONT, "cat /tmp/temps").split()) == {"25500"}
        machine.check(FRONT, f"(while cat {TEMP}; do :; done) >/dev/null 2>&1 & rmmod vi2c-fe && wait && modprobe vi2c-fe", timeout=60)
        wait_for(machine, FRONT, f"[ -e {TEMP} ]")
        did("vi2c", "restarts of one side's module under use", 2)
    test_bus(machine, "/dev/i2c-5")


def check_vms(machine):
    """The whole VM of either side."""
    restart_vm(machine, FRONT)
    machine.check(FRONT, "modprobe -a at24 lm75 i2c-dev vi2c-fe")
    wait_for(machine, FRONT, f"[ -e {TEMP} ]")
    machine.check(BACK, "rmmod vi2c-fe")
    restart_vm(machine, BACK)
    machine.check(BACK, f"modprobe -a vi2c-test vi2c-be && {START}")
    assert temp(machine) == "25500"
    machine.check(BACK, f"{END}; rmmod vi2c-be vi2c-test")
    machine.check(FRONT, f"! cat {TEMP}", timeout=60)
    machine.check(FRONT, "rmmod vi2c-fe vlx-vcall vrpc vlink-lib", timeout=60)


def test_vi2c(boot_kernels):
    machine = boot_kernels(KERNELS, SYSTEM)
    check_arrival(machine)
    test_bus(machine, "/dev/i2c-5", "0x52")
    check_programs(machine)
    check_policy(machine)
    check_refused(machine)
    check_errors(machine)
    check_sleep(machine)
    with same_pmem(machine):
        check_restarts(machine, RESTARTS)
    check_vms(machine)
    for vm in BACK, FRONT:
        no_complaints(machine, vm)
    assert machine.quit() == 0
