# SPDX-License-Identifier: Apache-2.0
"""vaudio with back-ends other than Linux's loop: a card of the tests' own (guest-linux/tests/vaudio/vaudio-card-test.c) with all
formats of the page, a control whose names may be set and xruns of its own, and a native driver that has no card
(vaudio-native-test.c). Part of test_vaudio, whose variables of the shell say where one plays and records."""

import re

from linuxvm import wait_for
from tally import did

BACK, FRONT = 2, 3
FORMATS = ["S8", "U8", "S16_LE", "S16_BE", "U16_LE", "U16_BE", "S24_LE", "S24_BE", "U24_LE", "U24_BE", "S32_LE", "S32_BE",
           "U32_LE", "U32_BE"]
# What the loop has not.
KINDS = [(form, 48000, 2) for form in ("U8", "U16_BE", "U24_LE", "U32_BE", "S8", "U16_LE", "U24_BE", "U32_LE")] + \
    [("S16_LE", 5512, 1)]
CARD = "rec=0,0 look=within"
WIRE = "play=0,3 rec=0,3 look=within"
SOURCE = "Capture Source"
LEVEL = "Wire Level"
CONTROLS = 24


def amixer(machine, vm, name, value=None, good=True):
    do = f"cget name='{name}'" if value is None else f"cset name='{name}' {value}"
    return machine.check(vm, f"{'' if good else '! '}amixer -c0 {do} 2>&1")


def check_formats(machine, device):
    said = machine.check(FRONT, f"aplay -D hw:{device} --dump-hw-params -t raw /dev/null 2>&1; true")
    assert re.search(r"FORMAT: +" + " ".join(FORMATS) + r"$", said, re.M) and "RATE: [5512 192000]" in said, said


def check_names(machine):
    """A control with names: each of its values is set by name here and seen there, and the other way round."""
    said = amixer(machine, FRONT, SOURCE)
    assert "type=ENUMERATED,access=rw" in said and "values=2,items=3" in said
    assert all(f"Item #{n} '{name}'" in said for n, name in enumerate(("Line", "Microphone", "Disc")))
    assert ": values=2,1" in amixer(machine, FRONT, SOURCE, "Disc,Microphone")
    assert ": values=2,1" in amixer(machine, BACK, SOURCE)
    amixer(machine, BACK, SOURCE, "0,2")
    assert ": values=0,2" in amixer(machine, FRONT, SOURCE)


def check_own_xruns(machine):
    """The card's own, over there: the program here is told, and goes on."""
    for program, way, file in ("aplay", "p", "long"), ("arecord", "c", "it"):
        machine.check(FRONT, f"{program} -D hw:0,0 -f S16_LE -r 8000 -t raw /tmp/{file} >/tmp/play.log 2>&1 & echo $! >/tmp/play.pid")
        for vm in FRONT, BACK:
            wait_for(machine, vm, f"grep -q RUNNING /proc/asound/card0/pcm0{way}/sub0/status")
        machine.check(FRONT, "! grep 'run!!!' /tmp/play.log")
        machine.check(BACK, "echo 1 >/sys/module/vaudio_card_test/parameters/xrun")
        wait_for(machine, FRONT, "grep 'run!!!' /tmp/play.log")
        wait_for(machine, FRONT, f"grep -q RUNNING /proc/asound/card0/pcm0{way}/sub0/status")
        machine.check(FRONT, "kill $(cat /tmp/play.pid); wait $(cat /tmp/play.pid); :", timeout=60)
        did("vaudio", "xruns of the back-end's own card that a program was told of", 1)


def check_card(machine, check_kinds, kinds):
    """Linux's loop is not there. Afterwards there is no card."""
    machine.check(BACK, "modprobe vaudio-card-test")
    wait_for(machine, FRONT, "[ -e /dev/snd/controlC1 ] && [ -e /dev/snd/pcmC0D0c ]")
    check_formats(machine, "0,0")
    check_kinds(machine, kinds, CARD)
    check_kinds(machine, [("S16_LE", 8000, 1)], f"map=-M {CARD}")
    check_names(machine)
    check_own_xruns(machine)
    machine.check(BACK, "rmmod vaudio-card-test", timeout=60)
    wait_for(machine, FRONT, "[ ! -e /dev/snd/controlC0 ] && [ ! -e /dev/snd/controlC1 ]")


def check_native(machine, check_kinds, kinds):
    """vaudio-be's place is taken by a driver that knows the page's functions alone, and has no card of ALSA's."""
    machine.check(BACK, "rmmod vaudio-be && modprobe vaudio-native-test", timeout=60)
    wait_for(machine, FRONT, "[ -e /dev/snd/pcmC0D3p ] && [ -e /dev/snd/controlC0 ]")
    assert machine.check(FRONT, "ls /dev/snd | grep pcmC0").split() == ["pcmC0D3c", "pcmC0D3p"]
    check_formats(machine, "0,3")
    check_kinds(machine, kinds, WIRE)
    assert ": values=7" in amixer(machine, FRONT, LEVEL, 7)
    assert ": values=7" in amixer(machine, FRONT, LEVEL) and "min=0,max=9" in amixer(machine, FRONT, LEVEL)
    machine.check(BACK, "rmmod vaudio-native-test && modprobe vaudio-be", timeout=60)


def check_slow(machine):
    """A back-end whose answers come slowly: more controls than it can tell of in the time that one answer has."""
    machine.check(BACK, f"rmmod vaudio-be && modprobe vaudio-native-test controls={CONTROLS} delay={6000 // CONTROLS}", timeout=60)
    wait_for(machine, FRONT, "[ -e /dev/snd/controlC0 ]", 1200)
    assert int(machine.check(FRONT, f"amixer -c0 controls | grep -c '{LEVEL}'", timeout=60)) == CONTROLS
    machine.check(BACK, "rmmod vaudio-native-test && modprobe vaudio-be", timeout=60)
