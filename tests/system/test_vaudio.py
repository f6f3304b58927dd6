# SPDX-License-Identifier: Apache-2.0
"""vaudio: a card of one VM in another, with ALSA's own programs in both: what is played in the one is recorded in the other,
byte for byte. The card is Linux's loop, as QEMU's virt machine has none. Kernels of Debian 12 and 13, each with both ends."""

import re

import audiocards
import pytest
from gics import on_gic
from linuxvm import PMEM_READ, doze, restart_vm, same_pmem, wait_for
from tally import did
from test_linux_nkops import no_complaints

pytestmark = pytest.mark.system

BACK, FRONT = 2, 3
KERNELS = {BACK: "full-13", FRONT: "full"}
# The front-end has two cards of the back-end's, and serves one of its own to it.
SYSTEM = PMEM_READ + """
&hyp { pmem-size = <0x200000>; };
&vm2_vdevs {
	first: first@be { compatible = "vaudio"; server; info = "D128:64,d1:32:48"; };
	second: second@be { compatible = "vaudio"; server; info = "D64:64,d1::0"; };
	wrong: wrong@be { compatible = "vaudio"; server; info = "D64,d16:1"; };
	other@fe { peer-phandle = <&other>; client; };
};
&vm3_vdevs {
	first@fe { peer-phandle = <&first>; client; };
	second@fe { peer-phandle = <&second>; client; };
	wrong@fe { peer-phandle = <&wrong>; client; };
	other: other@be { compatible = "vaudio"; server; };
};
"""
RESTARTS = 5
OWN = 7  # the number of the front-end's own card
LOOPS = {BACK: ["0,1"], FRONT: [f"{OWN},1"]}  # what of a VM's own loop is played to
INDEX = {BACK: "1", FRONT: "0,1"}  # of cards of the other VM
AHEAD = 2  # periods, as vaudio-be has it
FORMATS = ["S16_LE", "S16_BE", "S24_LE", "S24_BE", "S32_LE", "S32_BE"]  # of those that the page has, what the loop can do
RATES = [8000, 11025, 16000, 22050, 32000, 44100, 48000, 64000, 88200, 96000, 176400, 192000]
CHANNELS = [1, 2, 3, 6, 8, 32]
KINDS = [("S16_LE", 8000, channels) for channels in CHANNELS] + [("S16_LE", rate, 1) for rate in RATES[1:]] + \
    [(form, 48000, 2) for form in FORMATS[1:]]

# In each VM: a sine of 16 bits, whose ends are no zeros; what was recorded of it, without the silence around it; how many
# bytes a recording has. A recording is there when it has begun, and one that has all goes on for a while in silence. What a
# machine has no time for is done again: an xrun, or no samples for as long as the buffer lasts, which ALSA has as EIO.
SCRIPT = r"""
tone() { awk -v n=$1 'BEGIN { b = 6000; for (i = 0; i < n; i++) { v = int(b); if (v < 0) v += 65536
	printf "%02x%02x", v % 256, int(v / 256); c = 1.8821 * b - a; a = b; b = c } }' | xxd -r -p; }
heard() { hexdump -e '1/2 "%04x\n"' $1 |
	awk '$1 == "0000" || $1 == "*" && silence { silence = silence $1 "\n"; next }
		{ if (some) printf "%s", silence; silence = ""; some = 1; print }'; }
status() { cat /proc/asound/card$1/pcm$2/sub${3:-0}/status; }
begin() { rm -f /tmp/$1.log; arecord $map -D hw:$1 -f $2 -r $3 -c $4 -t raw /tmp/$1 2>/tmp/$1.log & echo $! >/tmp/$1.pid
	i=0; until [ -s /tmp/$1 ]; do usleep 20000; i=$((i + 1)); [ $i -lt 500 ] || return 1; done; }
finish() { size=$(stat -c %s /tmp/$1); more=$((size + $2)); i=0
	until [ $(stat -c %s /tmp/$1) -ge $more ]; do usleep 20000; i=$((i + 1)); [ $i -lt 500 ] || return 1; done
	kill $(cat /tmp/$1.pid); wait $(cat /tmp/$1.pid); :; }
same() { heard /tmp/$1 >/tmp/heard; cmp /tmp/heard /tmp/tone.hex || { cat /tmp/$1.log; return 1; }; }
within() { xxd -p /tmp/$1 | tr -d '\n' >/tmp/all; xxd -p /tmp/tone | tr -d '\n' | awk 'NR == FNR { tone = $0; next } { exit !index($0, tone) }' - /tmp/all; }
once() { rm -f /tmp/$rec; begin $rec $1 $2 $3 || return 1
	more=$(($2 * $3 * ${1:1:2} / 24)); [ $more -lt 24576 ] || more=24576
	aplay $map -D hw:$play -f $1 -r $2 -c $3 -t raw /tmp/tone 2>/tmp/play.log; finish $rec $more; $look $rec; }
loop() { for try in 1 2 3 4 5 6 7 8; do once $* && return; grep -q 'run!!!\|Input/output error' /tmp/$rec.log /tmp/play.log || break
	echo again; done
	cat /tmp/$rec.log /tmp/play.log; return 1; }
map= play=0,0 rec=0,1 look=same
"""


def prepare(machine, vm):
    machine.check(vm, "dmesg -n 1")  # a hostile peer is talked of, and not between what commands say
    machine.check(vm, "cat >/tmp/sh <<'END'\n" + SCRIPT.strip() + "\nEND\n:")
    machine.check(vm, ". /tmp/sh && tone 12000 >/tmp/tone && heard /tmp/tone >/tmp/tone.hex && [ $(wc -l </tmp/tone.hex) -gt 11000 ]")
    machine.check(vm, f"mkdir -p /etc/modprobe.d; echo options vaudio-fe index={INDEX[vm]} >/etc/modprobe.d/vaudio.conf")
    machine.check(vm, "for i in $(seq 40); do cat /tmp/tone; done >/tmp/long")  # a minute
    machine.check(vm, "(cat /tmp/tone; dd if=/dev/zero bs=8000 count=1) >/tmp/tone0 2>/dev/null")


def sh(machine, vm, command, **options):
    return machine.check(vm, f". /tmp/sh; {command}", **options)


def load(machine, vm):
    machine.check(vm, f"modprobe snd-aloop {'index=%d' % OWN if vm == FRONT else ''}")
    machine.check(vm, f"modprobe vaudio-be {'card=%d' % OWN if vm == FRONT else ''} && modprobe vaudio-fe")
    machine.check(vm, f"grep ^{INDEX[vm]}, /sys/module/vaudio_fe/parameters/index")


def wait_cards(machine):
    """Two of the back-end's, and one of the front-end's there."""
    wait_for(machine, FRONT, "[ -e /dev/snd/controlC1 ] && [ -e /dev/snd/pcmC0D1c ]")
    wait_for(machine, BACK, "[ -e /dev/snd/pcmC1D1c ]")


def check_arrival(machine):
    """The front-end's modules are there first. What the back-end's info says is how much of each stream there is."""
    load(machine, FRONT)
    machine.check(FRONT, "[ ! -e /dev/snd/controlC0 ]")
    load(machine, BACK)
    wait_cards(machine)
    assert "0 [vaudio0 " in machine.check(FRONT, "cat /proc/asound/cards | grep -B1 'vaudio 0 of VM 2'")
    streams = set(machine.check(FRONT, "cd /dev/snd; ls | grep pcmC[01]").split())
    assert streams == {f"pcmC{card}D{dev}{way}" for card in (0, 1) for dev in (0, 1) for way in "pc"} - {"pcmC1D1c"}
    for program, device, size in ("aplay", "0,0", 128), ("arecord", "0,0", 64), ("aplay", "0,1", 32), ("arecord", "0,1", 48), \
            ("aplay", "1,1", 64):
        said = machine.check(FRONT, f"{program} -D hw:{device} --dump-hw-params -t raw -d 1 /dev/null 2>&1; true")
        assert re.search(rf"BUFFER_BYTES: \[\d+ {size << 10}\]", said), said
        assert re.search(r"FORMAT: +" + " ".join(FORMATS) + r"$", said, re.M) and "RATE: [8000 192000]" in said
    assert machine.check(BACK, "dmesg | grep 'info:'").count('"d16:1"?') == 1


def play(machine, vm, device):
    """The loop itself plays for a moment what it played before, behind the end: so it is given silence."""
    file = "tone0" if device in LOOPS[vm] else "tone"
    return sh(machine, vm, f"aplay -D hw:{device} -f S16_LE -r 8000 -t raw /tmp/{file}")


def hold(machine, device="0,0"):
    """The front-end plays for long."""
    machine.check(FRONT, f"aplay -D hw:{device} -f S16_LE -r 8000 -t raw /tmp/long >/tmp/play.log 2>&1 & echo $! >/tmp/play.pid")
    card, dev = device.split(",")
    wait_for(machine, FRONT, f"grep -q RUNNING /proc/asound/card{card}/pcm{dev}p/sub0/status")


def let_go(machine):
    machine.check(FRONT, "kill $(cat /tmp/play.pid); wait $(cat /tmp/play.pid); :", timeout=60)


def is_busy(machine, device):
    return "busy" in machine.check(FRONT, f"! aplay -D hw:{device} -t raw /dev/null 2>&1")


def check_tone(machine, player, played, recorder, recorded):
    """Played in the one VM, recorded in the other, all of it: the end of it is not dropped."""
    sh(machine, recorder, f"begin {recorded} S16_LE 8000 1")
    play(machine, player, played)
    sh(machine, recorder, f"finish {recorded} 8000 && same {recorded}", timeout=60)


def check_tones(machine):
    check_tone(machine, FRONT, "0,0", BACK, "0,1")
    check_tone(machine, BACK, "0,1", FRONT, "0,0")
    check_tone(machine, BACK, "1,0", FRONT, f"{OWN},1")
    check_tone(machine, FRONT, f"{OWN},1", BACK, "1,0")


def check_kinds(machine, kinds, how=""):
    """Formats, rates and numbers of channels; the front-end has both ends of the loop, or says by variables how."""
    for kind in kinds:
        words = " ".join(map(str, kind))
        said = sh(machine, FRONT, f"{how} loop {words}", timeout=120)
        if "again" in said:
            print(f"{words}: {said.count('again')} xruns")
    did("vaudio", "kinds of samples, byte for byte", len(kinds))


def status(machine, vm, *where):
    text = sh(machine, vm, f"status {' '.join(map(str, where))}")
    return {name.strip(): value.strip() for name, value in (line.split(":", 1) for line in text.splitlines() if ":" in line)}


def check_latency(machine):
    """What the back-end has in hand is so many periods, and one that is played, at the most."""
    hold(machine)
    period = int(machine.check(FRONT, "awk '/period_size/ { print $2 }' /proc/asound/card0/pcm0p/sub0/hw_params"))
    there, here = status(machine, BACK, 0, "0p"), status(machine, FRONT, 0, "0p")
    assert there["state"] == "RUNNING" and 0 <= int(there["delay"]) <= (AHEAD + 1) * period
    print(f"periods of {period} frames: {int(here['delay']) / period:.1f} in the front-end, "
          f"{int(there['delay']) / period:.1f} in the back-end")
    let_go(machine)


def check_several(machine):
    """Each card has a subdevice of the loop; two programs cannot have one card's stream."""
    sh(machine, BACK, "begin 0,1,0 S16_LE 8000 1 && begin 0,1,1 S16_LE 8000 1")
    machine.check(FRONT, "for card in 0 1; do aplay -D hw:$card,0 -f S16_LE -r 8000 -t raw /tmp/tone & pids=\"$pids $!\"; done; "
                  "wait $pids", timeout=60)
    for sub in 0, 1:
        sh(machine, BACK, f"finish 0,1,{sub} 8000 && same 0,1,{sub}", timeout=60)
    hold(machine)
    assert is_busy(machine, "0,0")
    let_go(machine)


def check_others(machine, part=1):
    """Other cards, for which nothing was loaded anew, and a back-end without any; part: each of so many kinds."""
    machine.check(BACK, "rmmod snd-aloop")
    wait_for(machine, FRONT, "[ ! -e /dev/snd/controlC0 ] && [ ! -e /dev/snd/controlC1 ]")
    audiocards.check_card(machine, check_kinds, audiocards.KINDS[::part])
    audiocards.check_native(machine, check_kinds, audiocards.KINDS[::2 * part])


def check_refused(machine):
    """A card without subdevices is one front-end's at a time."""
    machine.check(BACK, "modprobe snd-aloop index=0 pcm_substreams=1")
    wait_cards(machine)
    hold(machine)
    assert is_busy(machine, "1,0")
    let_go(machine)
    play(machine, FRONT, "1,0")


def control(machine, vm, name, value=None, card=0, good=True):
    set_it = f"cset name='{name}' {value}" if value is not None else f"cget name='{name}'"
    return machine.check(vm, f"{'' if good else '! '}amixer -c{card} {set_it} 2>&1")


def check_mixer(machine):
    """Each kind; what the one has set, the other one has."""
    for name, there in ("PCM Notify", "on"), ("PCM Rate Shift 100000", "99000"):
        assert f": values={there}" in control(machine, FRONT, name, there)
        assert f": values={there}" in control(machine, BACK, f"{name}',iface='PCM")
    control(machine, BACK, "PCM Notify',iface='PCM", "off")
    control(machine, BACK, "PCM Rate Shift 100000',iface='PCM", "100000")
    assert ": values=off" in control(machine, FRONT, "PCM Notify")
    said = control(machine, FRONT, "PCM Rate Shift 100000")
    assert "type=INTEGER,access=rw" in said and "min=80000,max=120000" in said and ": values=100000" in said
    said = control(machine, FRONT, "PCM Slave Access Mode")
    assert "type=ENUMERATED,access=r-" in said and "Item #1 'Non-interleaved'" in said and ": values=0" in said
    assert "not permitted" in control(machine, FRONT, "PCM Slave Access Mode", 1, good=False)
    assert machine.check(FRONT, "amixer -c1 controls | wc -l") == machine.check(BACK, "amixer -c0 controls | wc -l")


def check_xruns(machine):
    """A program that is too slow is told so, by ALSA here; so is one whose card was, over there."""
    for program, way, file in ("aplay", "p", "long"), ("arecord", "c", "it"):
        machine.check(FRONT, f"{program} -D hw:0,0 -f S16_LE -r 8000 -t raw /tmp/{file} >/tmp/play.log 2>&1 & echo $! >/tmp/play.pid")
        state = f"/proc/asound/card0/pcm0{way}/sub0/status"
        wait_for(machine, FRONT, f"grep -q RUNNING {state}")
        machine.check(FRONT, "kill -STOP $(cat /tmp/play.pid)")
        wait_for(machine, FRONT, f"grep -q XRUN {state}")
        machine.check(FRONT, "kill -CONT $(cat /tmp/play.pid)")
        wait_for(machine, FRONT, "grep 'run!!!' /tmp/play.log")
        wait_for(machine, FRONT, f"grep -q RUNNING {state}")
        let_go(machine)


def check_sleep(machine):
    """The front-end's streams are suspended, as any card's; a back-end that sleeps is a card that does not go on."""
    hold(machine)
    doze(machine, FRONT)
    wait_for(machine, FRONT, "grep -q 'Restarting stream. Done' /tmp/play.log")
    doze(machine, BACK)
    let_go(machine)
    play(machine, FRONT, "0,0")


def check_restarts(machine, turns):
    """Under use. A program is told that its card has gone, and has the next one at once."""
    for _ in range(turns):
        hold(machine)
        machine.check(BACK, "rmmod vaudio-be && modprobe vaudio-be", timeout=60)
        machine.check(FRONT, "! wait $(cat /tmp/play.pid); grep -E 'bad state|No such device' /tmp/play.log")
        wait_cards(machine)
        hold(machine)
        machine.check(FRONT, "! rmmod vaudio-fe 2>/dev/null; kill $(cat /tmp/play.pid); "
                      "until rmmod vaudio-fe 2>/dev/null; do usleep 20000; done; modprobe vaudio-fe; wait", timeout=60)
        wait_cards(machine)
        did("vaudio", "restarts of one side's module under use", 2)
    check_tone(machine, FRONT, "0,0", BACK, "0,1")


def times(machine):
    return int(machine.check(BACK, "cat /sys/module/vaudio_test/parameters/times"))


def check_hostile(machine, turns=3):
    """A peer that writes what it likes: errors, and never for long; an honest one is served right afterwards."""
    machine.check(BACK, "rmmod vaudio-fe && modprobe vaudio-test")
    wait_for(machine, BACK, f"[ $(cat /sys/module/vaudio_test/parameters/times) -ge {turns} ]", 2400)
    machine.check(BACK, "rmmod vaudio-test && modprobe vaudio-fe && rmmod vaudio-be && modprobe vaudio-test server=1 bytes=131072")
    machine.check(FRONT, "(while [ ! -e /tmp/stop ]; do timeout 1 aplay -D hw:0,0 -f S16_LE -r 48000 /tmp/tone; "
                  "timeout 1 arecord -D hw:0,0 -f S16_LE -r 48000 -d 1 /tmp/it; amixer -c0 contents; usleep 10000; "
                  "done) >/dev/null 2>&1 & echo $! >/tmp/pid")
    wait_for(machine, BACK, f"[ $(cat /sys/module/vaudio_test/parameters/times) -ge {turns} ]", 2400)
    machine.check(BACK, "rmmod vaudio-test && modprobe vaudio-be", timeout=60)
    machine.check(FRONT, "touch /tmp/stop; wait; rm /tmp/stop", timeout=60)
    wait_cards(machine)
    check_tone(machine, FRONT, "0,0", BACK, "0,1")
    check_tone(machine, BACK, "1,0", FRONT, f"{OWN},1")
    did("vaudio", "times that a hostile peer began anew", 2 * turns)


def restart(machine, vm):
    restart_vm(machine, vm)
    prepare(machine, vm)
    load(machine, vm)
    wait_cards(machine)


def check_vms(machine):
    """The whole VM of either side, while it plays; of make soak alone, as that takes as long as half of all else."""
    for vm in FRONT, BACK:
        hold(machine)
        restart(machine, vm)
        check_tone(machine, FRONT, "0,0", BACK, "0,1")


def unload(machine):
    for vm in FRONT, BACK:
        machine.check(vm, "rmmod snd-aloop vaudio-fe vaudio-be vlx-vaudio vlink-lib", timeout=60)


@pytest.fixture
def boot_sound(boot_kernels):
    """boot_sound(gic): both VMs, with what the checks want there."""
    def start(gic):
        machine = boot_kernels(KERNELS, SYSTEM, "rootfs-sound", gic=gic)
        for vm in KERNELS:
            prepare(machine, vm)
        return machine
    return start


@on_gic(3)
def test_vaudio(boot_sound, gic):
    machine = boot_sound(gic)
    check_arrival(machine)
    check_tones(machine)
    check_kinds(machine, KINDS if gic == 2 else KINDS[::4])
    check_latency(machine)
    check_mixer(machine)
    check_several(machine)
    check_others(machine, 1 if gic == 2 else 4)
    check_refused(machine)
    check_xruns(machine)
    check_sleep(machine)
    with same_pmem(machine):
        check_restarts(machine, RESTARTS)
        check_hostile(machine)
    if gic == 2:
        check_vms(machine)
    unload(machine)
    for vm in BACK, FRONT:
        no_complaints(machine, vm)
    assert machine.quit() == 0
