# SPDX-License-Identifier: Apache-2.0
"""nk top, nk stat and nk trace, built for this machine, on files in the place of what the modules of monitoring show."""

import contextlib
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import threading
import time

import pytest
from nklib import build
from nklib.machine import TIME_SCALE
from nklib.trace import ring as rings
from test_nk_tool import TOOL, Guest

pytestmark = pytest.mark.unit

HZ = 1000000
STATS, RINGS = "monitoring/vl,evt-stats-0", "monitoring/vl,evt-log-0-raw"
ENABLE = "nk.monitoring.enable"
PATIENCE = 60 * TIME_SCALE
BUCKETS = int(re.search(r"NK_STAT_BUCKETS (\d+)", (build.ROOT / "hyp/include/nk/monitor.h").read_text())[1])
VCPUS = [(2, 0), (3, 0), (3, 1)]
KINDS = ["hcall-exec", "trap-exec", "vdev-acc-exec", "hwirq-exec"]
LAST = "hwirq-exec-3-1"  # the file that is read behind all others


def row(*columns):
    """Columns of a vCPU: (id, label, count, sum) each."""
    form = f"<IIQQ{8 * BUCKETS}x32s"
    return b"".join(struct.pack(form, ident, 0, count, ticks, label.encode()) for ident, label, count, ticks in columns)


def time_row(el1, el2):
    return row((0, "EL1", el1, 0), (1, "EL2", el2, 0))


def cpu_times(*cpus):
    """(idle, nk, VM 2, VM 3) each."""
    lines = [f"Counting frequency: {HZ} Hz", "", "CPU Idle VM1 VM2 VM3"]
    lines += [f"{cpu} {' '.join(map(str, ticks))}" for cpu, ticks in enumerate(cpus)]
    return "\n".join([*lines, "", "In msecs:", "", *(f"{cpu} 0 0 0 0" for cpu in range(len(cpus)))]) + "\n"


def ring(cpu, magic=0x31474e52544b4e):
    head = struct.pack("<QQIIIIII", magic, 5, 4, 32, cpu, 2, HZ, 0)
    return head.ljust(4096, b"\0") + bytes([cpu + 1]) * 128


class Monitored(Guest):
    """VM 2, which sees all, has one vCPU, VM 3 two."""

    def __init__(self, root):
        super().__init__(root)
        self.enable(0)
        self.prop("nk.monitoring", self.info())
        self.write(self.proc / "pcpustats", cpu_times((0, 0, 0, 0), (0, 0, 0, 0)))
        for vm, vcpu in VCPUS:
            for name in ["vcpu-time", "virq", *KINDS]:
                self.row(f"{name}-{vm}-{vcpu}", b"")
        for cpu in 0, 1:
            self.write(self.proc / RINGS / f"cpu-{cpu}-records", ring(cpu))

    @staticmethod
    def info(rings=0x80000000, matrices=0x3ffff):
        return struct.pack("<QQIIIIII", rings, 0x2000, 2, 4, 6, matrices, HZ, 0)

    def row(self, name, data):
        self.write(self.proc / STATS / "raw" / name, data)

    def enable(self, mode):
        self.prop(ENABLE, struct.pack("<I", mode))

    def enabled(self):
        return struct.unpack("<I", (self.sys / "prop" / ENABLE).read_bytes())[0]

    @contextlib.contextmanager
    def then(self, change):
        """Does change() when the tool has looked once: it waits meanwhile for what the last file has."""
        last = self.proc / STATS / "raw" / LAST
        first, pipe, failed = last.read_bytes(), last.with_name("pipe"), []
        os.mkfifo(pipe)
        os.rename(pipe, last)

        def run():
            with open(last, "wb") as file:
                last.unlink()
                self.row(LAST, first)
                try:
                    change()
                except AssertionError as error:
                    failed.append(error)
                file.write(first)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        yield
        thread.join(PATIENCE)
        assert not thread.is_alive() and not failed, failed


@pytest.fixture(scope="module", autouse=True)
def tool():
    build.make(TOOL)


@pytest.fixture
def guest(tmp_path):
    return Monitored(tmp_path)


def as_user(guest, *args):
    """As somebody who may not do everything, as root may."""
    drop = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"] if os.getuid() == 0 else []
    return subprocess.run([*drop, TOOL, *args], env=guest.env(), capture_output=True, check=False, text=True)


def busy(guest):
    """VM 2 works, and one vCPU of VM 3 makes hypercalls."""
    guest.row("vcpu-time-2-0", time_row(300, 100))
    guest.row("virq-2-0", row((27, "VIRQ- 27", 4, 0), (30, "VIRQ- 30", 6, 0)))
    guest.row("vcpu-time-3-1", time_row(3 << 40, 1 << 40))
    guest.row("hcall-exec-3-0", row((9, "HCALL- 9 'my_vm_id'", 5, 500)))
    guest.row("hcall-exec-3-1", row((9, "HCALL- 9 'my_vm_id'", 15, 1500), (22, "HCALL-22 'prop_get'", 1, 10)))
    guest.row("trap-exec-3-1", row((1, "ESR.EC- 1 'WFI/WFE'", 4, 8000)))
    guest.row("vdev-acc-exec-3-1", row((1, "arm,gic-v3/gicd-w@8000000", 2, 40), (3, "arm,pl011-w@9000000", 0, 0)))
    guest.row(LAST, row((27, "IRQ- 27", 1, 20)))
    guest.write(guest.proc / "pcpustats", cpu_times((800, 100, 100, 0), (10, 20, 0, 70)))


def test_top_once(guest):
    guest.row("hcall-exec-3-0", row((9, "HCALL- 9 'my_vm_id'", 3, 300)))
    guest.row("virq-2-0", row((27, "VIRQ- 27", 1, 0)))
    guest.enable(1)
    with guest.then(lambda: busy(guest)):
        seen = guest.json("top", "--once", "-d", "0.1")
    seconds = seen["seconds"]
    assert 0.1 <= seconds < PATIENCE and not seen["switched_on"]
    assert seen["cpus"] == [
        {"cpu": 0, "idle": 80, "nk": 10, "vms": [{"id": 2, "share": 10}]},
        {"cpu": 1, "idle": 10, "nk": 20, "vms": [{"id": 3, "share": 70}]}]
    one, two = seen["vms"]
    assert (one["id"], one["name"], two["id"], two["name"]) == (2, "linux-a", 3, "vm3")
    assert one["el1"] == pytest.approx(300 / HZ / seconds * 100, abs=0.01)
    assert one["el1"] + one["el2"] + one["idle"] == pytest.approx(100, abs=0.01)
    assert one["virqs"] * seconds == pytest.approx(9, rel=0.02) and not one["costliest"]
    assert not any(one[kind] for kind in ("hypercalls", "traps", "accesses", "interrupts"))
    asleep, works = two["vcpus"]
    assert (asleep["vcpu"], asleep["el1"], asleep["el2"], asleep["idle"]) == (0, 0, 0, 100)
    assert (works["vcpu"], works["el1"], works["el2"], works["idle"]) == (1, 75, 25, 0)
    assert two["el1"] + two["el2"] + two["idle"] == pytest.approx(100, abs=0.01)
    for kind, count in {"hypercalls": 18, "traps": 4, "accesses": 2, "interrupts": 1}.items():
        assert 0 < two[kind] <= count / 0.1  # its interval is another one
        assert two[kind] / two["interrupts"] == pytest.approx(count, rel=0.02)
    assert [(exit["kind"], exit["name"], exit["mean_us"]) for exit in two["costliest"]] == [
        ("traps", "ESR.EC- 1 'WFI/WFE'", 2000), ("hypercalls", "HCALL- 9 'my_vm_id'", 100),
        ("accesses", "arm,gic-v3/gicd-w@8000000", 20)]
    assert [exit["name"] for exit in asleep["costliest"]] == ["HCALL- 9 'my_vm_id'"]


def test_top_as_text(guest):
    (guest.proc / STATS / "raw/trap-exec-2-0").unlink()
    with guest.then(lambda: busy(guest)):
        lines = guest.run("top", "-d", "0.1").decode().splitlines()
    assert lines[0] == "Counters were off: they are on for this, and off again behind it."
    assert [line.split() for line in lines[2:5]] == [["0", "80.0", "10.0", "linux-a", "10.0"], ["1", "10.0", "20.0", "vm3", "70.0"], []]
    assert lines[6].split()[:2] == ["2", "linux-a"] and lines[6].split()[5:9] == ["0", "?", "0", "0"]
    assert lines[7].split()[:2] == ["3", "vm3"]
    assert [line.split("us  ")[1] for line in lines[8:11]] == [
        "ESR.EC- 1 'WFI/WFE'", "HCALL- 9 'my_vm_id'", "arm,gic-v3/gicd-w@8000000"]
    assert [line.split()[:5] for line in lines[11:]] == [["vCPU", "0", "0.0", "0.0", "100.0"], ["vCPU", "1", "75.0", "25.0", "0.0"]]
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize("before, during", [(0, 1), (2, 3), (ord("P"), 1), (1, 1), (3, 3)])
def test_counters_are_switched_back(guest, before, during):
    guest.enable(before)

    def check():
        assert guest.enabled() == during

    for args in ["top", "-d", "0.1"], ["stat", "3", "0.1"]:
        with guest.then(check):
            seen = guest.json(*args)
        assert seen["switched_on"] == (before != during)
        assert guest.enabled() == (0 if before == ord("P") else before)
        guest.enable(before)


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("args", [["top", "--once", "-d", "900000"], ["stat", "3", "900000"]])
def test_signals_switch_back(guest, args, sent):
    """And what there was until then is shown."""
    with guest.then(lambda: busy(guest)), subprocess.Popen([TOOL, *args], env=guest.env(), stdout=subprocess.PIPE, text=True) as run:
        while (guest.proc / STATS / "raw" / LAST).is_fifo():
            time.sleep(0.01)
        assert guest.enabled() == 1
        run.send_signal(sent)
        assert run.wait(PATIENCE) == 0 and "ESR.EC- 1 'WFI/WFE'" in run.stdout.read()
    assert guest.enabled() == 0


def read_until(fd, end):
    """What comes, up to that."""
    text = b""
    while end not in text:
        assert select.select([fd], [], [], PATIENCE)[0], text
        text += os.read(fd, 4096)
    return text


@pytest.mark.parametrize("end, rows", [(b"q", 8), (b"\x03", 20)])
def test_top_on_a_terminal(guest, end, rows):
    """Lines as long as there is room, and as many; what was there before goes."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (rows, 40))
    before = termios.tcgetattr(theirs)
    with subprocess.Popen([TOOL, "top", "-d", "0.05"], env=guest.env(), stdin=theirs, stdout=theirs, stderr=theirs,
                          start_new_session=True, preexec_fn=lambda: os.close(os.open(os.ttyname(0), os.O_RDWR))) as run:
        text = read_until(ours, b"\x1b[H") + read_until(ours, b"\x1b[H")
        assert guest.enabled() == 1
        os.write(ours, end)
        text += read_until(ours, b"\x1b[?1049l")
        assert run.wait(PATIENCE) == 0
    assert guest.enabled() == 0 and text.startswith(b"\x1b[?1049h")
    assert termios.tcgetattr(theirs) == before
    picture = text.split(b"\x1b[H")[1].decode().split("\r\n")
    rest = picture.pop() if rows > 8 else None
    assert rest in (None, "\x1b[J") and all(line.startswith("\x1b[K") for line in picture)
    picture = [line.removeprefix("\x1b[K") for line in picture]
    assert len(picture) == min(rows, 10) and max(map(len, picture)) == 40
    assert picture[2].split() == ["0", "0.0", "0.0"] and picture[6].startswith(" 2 linux-a")
    os.close(ours)
    os.close(theirs)


def test_top_of_its_own(guest):
    """Who may not get nk.monitoring has its own alone."""
    for name in os.listdir(guest.proc / STATS / "raw"):
        if "-3-" in name:
            (guest.proc / STATS / "raw" / name).unlink()
    (guest.sys / "prop/nk.monitoring").chmod(0)
    seen = json.loads(as_user(guest, "--json", "top", "-d", "0.1").stdout)
    assert "cpus" not in seen and seen["left_out"] == ["nk.monitoring"] and [vm["id"] for vm in seen["vms"]] == [2]
    done = as_user(guest, "top", "-d", "0.1")
    assert done.returncode == 0 and 'allow-get = "2"; for: nk.monitoring\n' in done.stderr
    done = as_user(guest, "stat", "3", "0.1")
    assert done.returncode == 1 and 'stat: not allowed' in done.stderr and 'nk.monitoring { allow-get = "2"; };' in done.stderr


def test_stat(guest):
    guest.row("hcall-exec-3-0", row((9, "HCALL- 9 'my_vm_id'", 3, 300)))
    with guest.then(lambda: busy(guest)):
        seen = guest.json("stat", "vm3", "0.2")
    assert (seen["id"], seen["name"], seen["switched_on"]) == (3, "vm3", True) and 0.2 <= seen["seconds"] < PATIENCE
    assert [tuple(exit.values()) for exit in seen["exits"]] == [
        ("traps", "ESR.EC- 1 'WFI/WFE'", 4, 2000, pytest.approx(81.882, abs=0.001)),
        ("hypercalls", "HCALL- 9 'my_vm_id'", 17, 100, pytest.approx(17.4, abs=0.001)),
        ("accesses", "arm,gic-v3/gicd-w@8000000", 2, 20, pytest.approx(0.409, abs=0.001)),
        ("interrupts", "IRQ- 27", 1, 20, pytest.approx(0.205, abs=0.001)),
        ("hypercalls", "HCALL-22 'prop_get'", 1, 10, pytest.approx(0.102, abs=0.001))]
    assert guest.run("stat", "3", "0.1").decode().splitlines() == [
        "Counters were off: they were on for this, and are off again.",
        "EXIT                                 COUNT    MEAN us  SHARE%"]


def test_stat_as_text(guest):
    guest.enable(1)
    with guest.then(lambda: busy(guest)):
        lines = guest.run("stat", "3", "0.1").decode().splitlines()
    assert lines[1:3] == ["ESR.EC- 1 'WFI/WFE'                      4     2000.0    79.4",
                          "HCALL- 9 'my_vm_id'                     20      100.0    19.9"]


def test_nothing_to_count(guest):
    """What is missing, and where."""
    (guest.proc / "pcpustats").rename(guest.proc / "gone")
    for args in ["top", "--once"], ["stat", "3", "1"]:
        assert "module perfmonitor is not loaded: modprobe perfmonitor" in guest.run(*args, status=1)
    (guest.proc / "gone").unlink()
    (guest.proc / STATS).rename(guest.proc / "gone")
    for args in ["top", "--once"], ["stat", "3", "1"]:
        guest.prop("nk.monitoring", guest.info())
        assert "module vlx-event-stats is not loaded: modprobe vlx-event-stats" in guest.run(*args, status=1)
        guest.prop("nk.monitoring", guest.info(matrices=0))
        said = guest.run(*args, status=1)
        assert '&hyp { monitoring { stats { compatible = "vl,evt-stats"; }; }; };' in said and "modprobe" not in said
        (guest.sys / "prop/nk.monitoring").chmod(0)
        said = as_user(guest, *args).stderr
        assert 'modprobe vlx-event-stats' in said and '&hyp { monitoring { stats' in said
        (guest.sys / "prop/nk.monitoring").chmod(0o600)
    assert guest.enabled() == 0


def test_not_allowed(guest):
    for mode, permission in (0o400, "set"), (0, "get"):
        (guest.sys / "prop" / ENABLE).chmod(mode)
        for args in ["top", "--once"], ["stat", "3", "1"], ["trace", "start"]:
            done = as_user(guest, *args)
            assert done.returncode == 1 and "not allowed" in done.stderr
            assert f'{ENABLE} {{ allow-{permission} = "2"; }};' in done.stderr


def test_trace_start_and_stop(guest):
    for before, started, stopped in (0, 2, 0), (1, 3, 1), (ord("P"), 2, 0), (3, 3, 1):
        guest.enable(before)
        assert guest.run("trace", "start") == b"" and guest.enabled() == started
        assert guest.json("trace", "start") == {"counters": bool(started & 1), "events": True}
        assert guest.json("trace", "stop") == {"counters": bool(stopped & 1), "events": False}
        assert guest.enabled() == stopped


def test_trace_dump(guest, tmp_path):
    """Each ring, and its header behind it, as nk-trace wants it."""
    file = tmp_path / "dump"
    assert guest.json("trace", "dump", file) == {"file": str(file), "cpus": 2, "size": 2 * (2 * 4096 + 128)}
    assert file.read_bytes() == b"".join(ring(cpu) + ring(cpu)[:4096] for cpu in (0, 1))
    assert [(one.cpu, len(one.records), one.after) for one in rings.parse(file.read_bytes())] == [(0, 4, 5), (1, 4, 5)]
    assert file.stat().st_mode & 0o777 == 0o600
    assert "File exists" in guest.run("trace", "dump", file, status=1)
    file.unlink()
    second = guest.proc / RINGS / "cpu-1-records"
    for wrong in ring(1, magic=1), ring(1)[:-1], ring(1)[:4000], b"":
        second.write_bytes(wrong)
        assert "no ring of this nk" in guest.run("trace", "dump", file, status=1) and not file.exists()
    guest.run("trace", "dump", "/none/dump", status=1)


def test_nothing_to_dump(guest, tmp_path):
    file = tmp_path / "dump"
    (guest.proc / RINGS / "cpu-0-records").chmod(0)
    assert 'nk.monitoring { allow-get = "2"; };' in as_user(guest, "trace", "dump", file).stderr
    (guest.proc / RINGS).rename(guest.proc / "gone")
    assert "module vlx-event-rings is not loaded: modprobe vlx-event-rings" in guest.run("trace", "dump", file, status=1)
    guest.prop("nk.monitoring", guest.info(rings=0))
    assert "&hyp { monitoring { log-size = <0x40000>; }; };" in guest.run("trace", "dump", file, status=1)
    (guest.sys / "prop/nk.monitoring").chmod(0)
    assert 'nk.monitoring { allow-get = "2"; };' in as_user(guest, "trace", "dump", file).stderr
    assert not file.exists()


def test_usage(guest):
    for args in ["top", "x"], ["top", "-d", "0"], ["top", "-d", "x"], ["top", "-d"], ["top", "--twice"], ["stat"], ["stat", "3"], \
            ["stat", "3", "0"], ["stat", "3", "x"], ["stat", "3", "1", "2"], ["stat", "32", "1"], ["trace"], ["trace", "x"], \
            ["trace", "start", "x"], ["trace", "dump"], ["trace", "dump", "a", "b"], ["trace", "stop", "-x"]:
        guest.run(*args, status=2)
    assert "there is no VM 9" in guest.run("stat", "9", "1", status=1)
