# SPDX-License-Identifier: Apache-2.0
"""vevent: input devices of one VM in another and in itself, by the setup's rules and the focus. Debian 13's kernel has the
devices, of uinput and QEMU's keyboard; Debian 12's has the other front-ends. The console's focus is that of the devices, so
what is typed at a VM moves it there."""

import json
import re
import socket
import time

import pytest
from linuxvm import PMEM_READ, doze, restart_vm, same_pmem, wait_for
from nklib.machine import NK
from tally import did
from test_guests import raw_vm
from test_linux_nkops import no_complaints

pytestmark = [pytest.mark.system, pytest.mark.usefixtures("guest_programs")]

BACK, FRONT, HOSTILE = 2, 3, 4
VMS = BACK, FRONT
KERNELS = {BACK: "full-13", FRONT: "full"}
# The page's example, with more rules before it.
SETUP = [
    r'idev_name==\"own\":native;',
    r'idev_name==\"every\":2,3,4:DEFAULT-broadcast;',
    r'idev_name==\"all\":2,3:DEFAULT-broadcast;',
    r'idev_name==\"part\":2,3:KEY-drop|REL-broadcast;',
    r'idev_name==\"stick\":2,3:ABS-2,3|DEFAULT-focus;',
    "(idev_evbit[0]&(u32)0x20) != (u32)0&&(idev_swbit[0]&(u32)0x14) != (u32)0:2,3:SW-broadcast|DEFAULT-focus;",
    r'idev_name==\"vpower-button-vm2\":2:DEFAULT-2;',
    r'idev_name==\"vpower-button-vm3\":3:DEFAULT-3;',
    "(idev_evbit[0]&(u32)0x2) != (u32)0&&idev_keybit[0..7] != (u32){0,0,0,0,0,0,0,0}:2,3:DEFAULT-focus;",
    "(idev_evbit[0]&(u32)0x4) != (u32)0&&(idev_relbit[0]&(u32)0x3) == (u32)0x3:2,3:DEFAULT-focus;",
    "(idev_evbit[0]&(u32)0x8) != (u32)0&&(idev_absbit[1]&(u32)0x6610000) == (u32)0x2610000:2,3:DEFAULT-focus",
]
LINKS = 8
SYSTEM = PMEM_READ + """
&hyp { pmem-size = <0x400000>; };
&hyp_property { nk.focus { allow-get = "2"; allow-notify = "2"; allow-set = "2"; }; };
&vm2 { devices = %s; };
&vm2_vdevs {
	hostile_be: vevent@hostile { compatible = "vevent"; server; };
	%s
};
&vm3_vdevs {
	vevent@hostile { peer-phandle = <&hostile_s>; client; };
	%s
};
&vm4 { autostart = "off"; };
&vm4_vdevs {
	vevent@c { peer-phandle = <&hostile_be>; client; };
	hostile_s: vevent@s { compatible = "vevent"; server; };
};
"""
DEVICES = ", ".join(f'"/virtio_mmio@{slot:x}"' for slot in range(0xa003000, 0xa004000, 0x200))
PROC = "/proc/nk/vevent-be"
RESTARTS = 5
KEY, REL, ABS, MSC, SW, LED, SND = 1, 2, 3, 4, 5, 17, 18
SYN = "0 0 0"
REAL = "QEMU Virtio Keyboard"
SECONDS = 8  # of a hostile peer
UPS = 16  # times that a link of devices may come up in 8 seconds: guest-linux/lib/drv.c
MODULES = {BACK: "evdev uinput virtio_mmio virtio_input vevent-fe vevent-be", FRONT: "evdev vevent-fe"}
LOST = 800  # movements for a VM that stands still


def system():
    info = ", ".join(f'"{line}"' for line in ["bootargs:"] + SETUP)
    servers = [f'to{vm}_{n}: vevent@{vm}.{n} {{ compatible = "vevent"; server; {f"info = {info};" if vm == 2 and not n else ""} }};'
               for vm in VMS for n in range(LINKS)]
    clients = {vm: [f"vevent@c{n} {{ peer-phandle = <&to{vm}_{n}>; client; }};" for n in range(LINKS)] for vm in VMS}
    return SYSTEM % (DEVICES, "\n\t".join(servers + clients[BACK]), "\n\t".join(clients[FRONT]))


class Device:
    """A device of uinput in the back-end's VM, and what was seen of it in each VM that watches it."""

    def __init__(self, machine, kind, name, watch=VMS):
        self.machine, self.name = machine, name
        self.seen = {}
        machine.check(BACK, f"rm -f /tmp/{name}; mkfifo /tmp/{name}; "
                            f"(input-test make {kind} {name} <>/tmp/{name} >/tmp/{name}.back 2>&1 & echo $! >/tmp/{name}.pid)")
        for vm in watch:
            self.watch(vm)

    def watch(self, vm):
        """Anew, from an empty list on."""
        self.seen[vm] = ["watching"]
        wait_for(self.machine, vm, f"input-test show {self.name} >/dev/null 2>&1")
        self.machine.check(vm, f"(input-test watch {self.name} >/tmp/{self.name}.seen 2>&1 &)")
        self.expect(vm, [])

    def emit(self, focus, events, first="true"):
        """Those events, once that VM has the focus and that command is done; with a report behind them, if there is none."""
        lines = [f"{event[0]} {event[1]} {event[2]}" if isinstance(event, tuple) else event for event in events]
        text = "".join(line + r"\n" for line in lines + ([SYN] if lines[-1] != SYN else []))
        do = f"(until grep -q '^Focus: VM {focus}$' {PROC}; do sleep 0.02; done; {first}; printf '{text}' >/tmp/{self.name})"
        self.machine.check(BACK, do + (" >/dev/null 2>&1 &" if focus != BACK else ""))

    def expect(self, vm, events):
        """That VM has seen these next, and has the focus from then on. How often a
        key that is held repeats is not asked for, nor are lights and sounds, which programs there make."""
        self.seen[vm] += [f"{event[0]} {event[1]} {event[2]}" if isinstance(event, tuple) else event for event in events]
        seen = fr"sed '/^1 [0-9]* 2$/,/^0 /d; /^1[78] /d' /tmp/{self.name}.seen"
        wait_for(self.machine, vm, f"[ $({seen} | wc -l) -ge {len(self.seen[vm])} ]", tries=200)
        assert self.machine.check(vm, seen).splitlines() == self.seen[vm]

    def back(self, want):
        """Lights and sounds that came back to the device, in all."""
        lines = [f"{event[0]} {event[1]} {event[2]}" for event in want]
        wait_for(self.machine, BACK, f"[ $(grep -c '^1[78] ' /tmp/{self.name}.back) -ge {len(lines)} ]", tries=200)
        assert self.machine.check(BACK, f"grep '^1[78] ' /tmp/{self.name}.back || :").splitlines() == lines

    def show(self, vm):
        return self.machine.check(vm, f"input-test show {self.name}")

    def state(self, vm, what):
        """The numbers of what is pressed, lit or switched."""
        return re.search(rf"^{what}(.*)$", self.show(vm), re.M)[1].split()

    def remove(self):
        self.machine.check(BACK, f"kill $(cat /tmp/{self.name}.pid)")


def blocks(machine, vm):
    """/proc/bus/input/devices: {name: [(phys, handlers, what it has), ...]}."""
    found = {}
    for block in machine.check(vm, "cat /proc/bus/input/devices").split("\n\n"):
        name, phys, handlers = (re.search(rf"{what}=(.*)$", block, re.M)[1].strip().strip('"') for what in ("Name", "Phys", "Handlers"))
        bits = re.findall(r"^B: (.*)$", block, re.M)
        found.setdefault(name, []).append((phys, handlers.split(), bits))
    return found


def is_node(handler):
    return re.fullmatch(r"(event|mouse|js)\d+", handler)


def check_hidden(machine, name):
    """The device has no node and its events; the front-ends have both, and all that it has."""
    here, there = blocks(machine, BACK)[name], blocks(machine, FRONT)[name]
    real = [block for block in here if not block[0].startswith("vevent-fe/")]
    own = [block for block in here if block[0].startswith("vevent-fe/2.")]
    assert len(real) == len(own) == len(there) == 1 and there[0][0].startswith("vevent-fe/2.")
    assert "vevent-be" in real[0][1] and not any(map(is_node, real[0][1]))
    assert real[0][2] == own[0][2] == there[0][2]
    assert any(map(is_node, own[0][1])) and any(map(is_node, there[0][1]))


def check_keys(machine, keyboard):
    """They go to who has the focus; what is held when that changes is released there, and its release goes nowhere."""
    check_hidden(machine, "keyboard")
    assert keyboard.show(FRONT).splitlines()[0] == "id 6 1234 1 102"
    keyboard.emit(FRONT, [(MSC, 4, 30), (KEY, 30, 1)])
    keyboard.expect(FRONT, [(MSC, 4, 30), (KEY, 30, 1), SYN])
    assert keyboard.state(FRONT, "pressed") == ["30"]
    wait_for(machine, FRONT, "grep -q '^1 30 2$' /tmp/keyboard.seen")
    keyboard.expect(BACK, [])
    keyboard.expect(FRONT, [(KEY, 30, 0), SYN])
    keyboard.emit(BACK, [(KEY, 30, 0), SYN, (KEY, 31, 1), SYN, (KEY, 31, 0)])
    keyboard.expect(BACK, [(KEY, 31, 1), SYN, (KEY, 31, 0), SYN])
    assert keyboard.state(FRONT, "pressed") == keyboard.state(BACK, "pressed") == []
    keyboard.expect(FRONT, [])


def press(code):
    return [(KEY, code, 1), SYN, (KEY, code, 0), SYN]


def turn(keyboard, vm, first="true"):
    """The focus goes to that VM, and the back-end knows of it."""
    keyboard.emit(vm, press(40), first)
    keyboard.expect(vm, press(40))


def check_focus_property(machine, keyboard):
    """A VM moves it by the property, while the operator is at nk's prompt."""
    machine.check(BACK, f"(until grep -q '^Focus: VM {FRONT}$' {PROC}; do nk focus {FRONT}; sleep 0.05; done;"
                        f" printf '{KEY} 41 1\\n0 0 0\\n{KEY} 41 0\\n0 0 0\\n' >/tmp/keyboard; nk focus {BACK}) >/dev/null 2>&1 &")
    machine.focus(NK)
    machine.focus(BACK)
    wait_for(machine, BACK, f"! pidof nk >/dev/null && grep -q '^Focus: VM {BACK}$' {PROC}")
    keyboard.expect(FRONT, press(41))


def check_lights(machine, keyboard):
    """Lights are those of the VM with the focus, which reading what came back takes away from the front-end."""
    keyboard.back([])
    turn(keyboard, FRONT)
    machine.check(FRONT, f"input-test send keyboard {LED} 1 1")
    keyboard.back([(LED, 1, 1), (LED, 1, 0)])
    machine.check(BACK, f"input-test send keyboard {LED} 0 1")
    back = [(LED, 1, 1), (LED, 1, 0), (LED, 0, 1)]
    keyboard.back(back)
    turn(keyboard, FRONT)
    back += [(LED, 0, 0), (LED, 1, 1), (LED, 0, 1), (LED, 1, 0)]
    keyboard.back(back)
    return back


def check_sounds(machine, keyboard, back):
    """They are heard from the VM with the focus, and end when it goes; another's are not."""
    turn(keyboard, FRONT, f"input-test send keyboard {SND} 1 1")
    machine.check(FRONT, f"input-test send keyboard {SND} 2 440")
    back += [(LED, 0, 0), (LED, 1, 1), (SND, 2, 440)]
    keyboard.back([*back, (SND, 2, 0), (LED, 0, 1), (LED, 1, 0)])


def check_touch(machine):
    """Two contacts: each is lifted where it began, and the next VM sees none before it begins there."""
    touch = Device(machine, "touch", "touch")
    check_hidden(machine, "touch")
    assert "axis 53 value 0 min 0 max 1919 fuzz 8 flat 0 resolution 12" in touch.show(FRONT)
    first = [(ABS, 57, 100), (ABS, 53, 500), (ABS, 54, 600)]
    second = [(ABS, 47, 1), (ABS, 57, 101), (ABS, 53, 900), (ABS, 54, 700), (KEY, 330, 1), (ABS, 0, 500), (ABS, 1, 600)]
    touch.emit(FRONT, first + second)
    touch.expect(FRONT, first + second + [SYN])
    # It moves while another VM looks at what this one had; both contacts are over here.
    touch.emit(BACK, [(ABS, 53, 950), SYN, (ABS, 47, 0), (ABS, 57, -1), SYN, (ABS, 57, 102), (ABS, 53, 100), (KEY, 330, 0)])
    touch.expect(BACK, [(ABS, 0, 500), (ABS, 1, 600), SYN, (ABS, 57, 102), (ABS, 53, 100), SYN])
    touch.expect(FRONT, [(KEY, 330, 0), (ABS, 47, 0), (ABS, 57, -1), (ABS, 47, 1), (ABS, 57, -1), SYN])
    touch.remove()


def check_policy(machine):
    """Types that are dropped, listed or broadcast; a VM's own button; a device that stays the kernel's."""
    part = Device(machine, "mouse", "part")
    part.emit(FRONT, [(KEY, 272, 1), (REL, 0, 5), SYN, (KEY, 272, 0), (REL, 1, -5), (REL, 8, 1)])
    stick = Device(machine, "joystick", "stick")
    stick.emit(BACK, [(ABS, 0, 100), (KEY, 288, 1), SYN, (KEY, 288, 0)])
    headset = Device(machine, "headset", "headset")
    headset.emit(FRONT, [(SW, 2, 1), SYN, *press(226)])
    headset.expect(FRONT, [(SW, 2, 1), SYN, *press(226)])
    stick.expect(BACK, [(ABS, 0, 100), (KEY, 288, 1), SYN, (KEY, 288, 0), SYN])
    headset.expect(BACK, [(SW, 2, 1), SYN])
    for vm in VMS:
        part.expect(vm, [(REL, 0, 5), SYN, (REL, 1, -5), (REL, 8, 1), SYN])
    stick.expect(FRONT, [(ABS, 0, 100), SYN])
    headset.watch(FRONT)
    assert headset.state(FRONT, "switched") == ["2"]
    for device in part, stick, headset:
        device.remove()


def check_own(machine):
    """A device for one VM alone, whoever has the focus, and one that stays the kernel's."""
    button = Device(machine, "keyboard", "vpower-button-vm3", [FRONT])
    button.emit(BACK, press(1))
    button.expect(FRONT, press(1))
    own = Device(machine, "keyboard", "own", [BACK])
    own.emit(BACK, press(1))
    own.expect(BACK, press(1))
    here, there = blocks(machine, BACK), blocks(machine, FRONT)
    assert "own" not in there and any(map(is_node, here["own"][0][1])) and len(here["own"]) == 1
    assert len(here["vpower-button-vm3"]) == len(there["vpower-button-vm3"]) == 1
    for device in button, own:
        device.remove()


def check_lost(machine):
    """A VM that stands still loses a mouse's movements, but no release: it is told when it goes on, though nothing moves then."""
    mouse = Device(machine, "mouse", "all")
    mouse.emit(BACK, [(KEY, 272, 1)])
    for vm in VMS:
        mouse.expect(vm, [(KEY, 272, 1), SYN])
    machine.nk_prompt(f"vm {FRONT} suspend")
    moves = f"for i in $(seq {LOST}); do printf '{REL} 0 1\\n{SYN}\\n'; done"
    machine.check(BACK, f"({moves}; printf '{KEY} 272 0\\n{SYN}\\n') >/tmp/all", timeout=60)
    # A program that reads late has lost some, too, and evdev tells it so.
    wait_for(machine, BACK, f"[ \"$(tail -n 2 /tmp/all.seen | head -n 1)\" = '{KEY} 272 0' ]")
    lost = [int(line.split()[4]) for line in machine.check(BACK, f"grep ' all$' {PROC}").splitlines()]
    machine.nk_prompt(f"vm {FRONT} resume")
    wait_for(machine, FRONT, "input-test show all | grep -qx pressed")
    assert max(lost) >= LOST - 256
    assert machine.check(FRONT, "tail -n 2 /tmp/all.seen").splitlines() == [f"{KEY} 272 0", SYN]
    assert 100 < int(machine.check(FRONT, "awk '$NF == \"all\" { print $6 }' /proc/nk/vevent-fe")) < 256
    mouse.remove()


def ask_qemu(path, *commands):
    """QMP: says these, and waits for each answer."""
    with socket.socket(socket.AF_UNIX) as qmp:
        qmp.settimeout(30)
        qmp.connect(str(path))
        lines = qmp.makefile("rw")
        json.loads(lines.readline())
        for command in ({"execute": "qmp_capabilities"}, *commands):
            lines.write(json.dumps(command) + "\n")
            lines.flush()
            answer = {}
            while not answer.keys() & {"return", "error"}:
                answer = json.loads(lines.readline())
            assert "return" in answer, answer


def type_a(path, down):
    event = {"type": "key", "data": {"down": down, "key": {"type": "qcode", "data": "a"}}}
    ask_qemu(path, {"execute": "input-send-event", "arguments": {"events": [event]}})


def check_real(machine, keyboard, path):
    """A device of the machine's, given to the back-end's VM."""
    check_hidden(machine, REAL)
    machine.check(FRONT, f"(input-test watch '{REAL}' >/tmp/real 2>&1 &)")
    wait_for(machine, FRONT, "grep -q watching /tmp/real")
    turn(keyboard, FRONT)
    for down in True, False:
        type_a(path, down)
        wait_for(machine, FRONT, f"grep -qx '{KEY} 30 {int(down)}' /tmp/real")


def restart_module(machine, keyboard, vm, module):
    """A key is held while it goes; its device is a new one afterwards, with no key that is pressed."""
    keyboard.emit(FRONT, [(KEY, 30, 1)])
    keyboard.expect(FRONT, [(KEY, 30, 1), SYN])
    machine.check(vm, f"rmmod {module}", timeout=60)
    wait_for(machine, FRONT, "! input-test show keyboard 2>/dev/null && ! pidof input-test >/dev/null")
    machine.check(vm, f"modprobe {module}", timeout=60)
    machine.check(BACK, f"printf '{KEY} 30 0\\n{SYN}\\n' >/tmp/keyboard")
    keyboard.watch(FRONT)
    assert keyboard.state(FRONT, "pressed") == []
    turn(keyboard, FRONT)


def check_restarts(machine, keyboard, turns):
    machine.check(FRONT, "killall input-test")
    keyboard.watch(FRONT)
    with same_pmem(machine):
        for _ in range(turns):
            restart_module(machine, keyboard, BACK, "vevent-be")
            restart_module(machine, keyboard, FRONT, "vevent-fe")
    did("vevent", "restarts of one side's module with a key held", 2 * turns)


def check_vms(machine, keyboard):
    """The whole VM of either side, in the middle of what is typed."""
    keyboard.emit(FRONT, [(KEY, 30, 1)])
    keyboard.expect(FRONT, [(KEY, 30, 1), SYN])
    restart_vm(machine, FRONT)
    load(machine, FRONT)
    machine.check(BACK, f"printf '{KEY} 30 0\\n{SYN}\\n' >/tmp/keyboard")
    keyboard.watch(FRONT)
    turn(keyboard, FRONT)
    restart_vm(machine, BACK)
    load(machine, BACK)
    wait_for(machine, FRONT, "! input-test show keyboard 2>/dev/null")
    keyboard = Device(machine, "keyboard", "keyboard", [FRONT])
    turn(keyboard, FRONT)
    did("vevent", "restarts of one side's VM with a key held", 2)
    return keyboard


def check_sleep(machine, keyboard):
    for vm in VMS:
        doze(machine, vm)
        turn(keyboard, FRONT)


def check_hostile(machine, keyboard, seconds):
    """A VM that is a front-end and a back-end, and writes anything to what it shares: the others go on."""
    every = Device(machine, "keyboard", "every", [FRONT])
    for vm in VMS:
        machine.check(vm, "dmesg -n 1")  # links that are taken down are not to be in the middle of answers
    begun = time.monotonic()
    machine.nk_prompt(f"vm {HOSTILE} start")
    machine.wait_line(HOSTILE, "^hostile: all links were up$", 60)
    for _ in range(5):
        every.emit(BACK, press(30))
        every.expect(FRONT, press(30))
    machine.wait_line(HOSTILE, "^hostile: done$", seconds + 60)
    turn(keyboard, FRONT)
    for vm in VMS:
        down = machine.check(vm, "dmesg | grep -c 'taken down' || :")
        assert 1 <= int(down) <= 1 + (seconds + 20) // 10
    created = int(machine.check(FRONT, "awk '$2 == 4 { print $4 }' /proc/nk/vevent-fe"))
    assert 0 < created <= UPS * (1 + (time.monotonic() - begun) // 8)
    did("vevent", "seconds of a hostile peer", seconds)


def load(machine, vm):
    machine.check(vm, f"modprobe -a {MODULES[vm]}")


@pytest.fixture
def boot_input(boot_kernels, tmp_path):
    """boot_input(seconds of the hostile peer): both VMs with their modules, and the socket of QMP."""
    def start(seconds=SECONDS):
        qmp = tmp_path / "qmp"
        hostile = raw_vm("hostile-msg", [1], vm=HOSTILE, bootargs=f"seed={seconds} seconds={seconds}", size=0x00800000)
        machine = boot_kernels(KERNELS, hostile + system(), extra=[
            "-global", "virtio-mmio.force-legacy=false", "-device", "virtio-keyboard-device", "-qmp", f"unix:{qmp},server=on,wait=off"])
        for vm in VMS:
            load(machine, vm)
        return machine, qmp
    return start


def test_vevent(boot_input):
    machine, qmp = boot_input()
    keyboard = Device(machine, "keyboard", "keyboard")
    check_keys(machine, keyboard)
    check_focus_property(machine, keyboard)
    check_sounds(machine, keyboard, check_lights(machine, keyboard))
    check_real(machine, keyboard, qmp)
    check_touch(machine)
    check_policy(machine)
    check_own(machine)
    check_lost(machine)
    check_restarts(machine, keyboard, RESTARTS)
    keyboard = check_vms(machine, keyboard)
    check_sleep(machine, keyboard)
    check_hostile(machine, keyboard, SECONDS)
    machine.check(BACK, "rmmod vevent-be vevent-fe vlx-focus", timeout=60)
    machine.check(FRONT, "rmmod vevent-fe vlink-lib", timeout=60)
    for vm in VMS:
        no_complaints(machine, vm)
    assert machine.quit() == 0
