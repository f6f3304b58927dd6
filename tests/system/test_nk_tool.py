# SPDX-License-Identifier: Apache-2.0
"""The guests' tool nk, built for this machine, on prepared trees in the place of /proc/nk and /sys/nk."""

import json
import os
import re
import shutil
import struct
import subprocess
import time

import pytest
from nklib import build
from nklib.machine import TIME_SCALE

pytestmark = pytest.mark.unit

TOOL = build.BUILD / "host/nk"
COMMANDS = ["list", "info", "start", "stop", "restart", "shutdown", "suspend", "resume", "focus", "cpu", "dump", "top", "stat", "trace", "prop",
            "links", "console", "help"]
TABLE = """PID	NAME                 	ATTR	LEN	VALUE
0	nk.build-id          	r--	9	6e 6b 20 31
1	nk.vm.2.state.running	rwn	4	03
2	nk.error.ignore-non-a	r--	4	Not set
3	my.flag              	rwn	1	37
4	shared.prefix.0123456	r--	1	30
5	shared.prefix.0123456	rw-	1	30
"""


class Guest:
    """What the modules of VM 2 would show; run() runs the tool on it."""

    def __init__(self, root):
        self.proc, self.sys, self.dev = root / "proc", root / "sys", root / "dev"
        for name, text in {"id": "2", "last": "5", "state": "12", "props": TABLE, "vmstart": "",
                           "vmstop": "", "restart": "", "vmsuspend": "", "vmresume": ""}.items():
            self.write(self.proc / name, text)
        self.dev.mkdir()
        for vm, running, paused in (2, 3, 0), (3, 5, 7), (5, 8, 1):
            self.prop(f"nk.vm.{vm}.state.running", struct.pack("<I", running))
            self.prop(f"nk.vm.{vm}.state.paused", struct.pack("<I", paused))
            self.prop(f"nk.vm.{vm}.cpus", struct.pack("<I", 0x2f if vm == 2 else 1 << vm))
        self.prop("nk.build-id", b"nk 1.0\0")
        self.prop("my.flag", b"7")
        self.write(self.sys / "device-trees/vlm/vm/vm2/name", "linux-a\0")

    @staticmethod
    def write(path, data):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data if isinstance(data, bytes) else data.encode())

    def prop(self, name, data):
        self.write(self.sys / "prop" / name, data)

    def env(self):
        return dict(os.environ, NK_PROC=str(self.proc), NK_SYS=str(self.sys), NK_DEV=str(self.dev))

    def run(self, *args, status=0, stdin=b""):
        """Standard output, or what it complained of if status is not 0."""
        done = subprocess.run([TOOL, *args], env=self.env(), input=stdin, capture_output=True,
                              timeout=60 * TIME_SCALE, check=False)
        assert done.returncode == status, done.stderr.decode(errors="replace")
        if status == 0:
            assert not done.stderr
            return done.stdout
        assert done.stderr.startswith(b"nk: ")
        return done.stderr.decode()

    def json(self, *args, **kwargs):
        return json.loads(self.run("--json", *args, **kwargs))


@pytest.fixture(scope="module", autouse=True)
def tool():
    build.make(TOOL)


@pytest.fixture
def guest(tmp_path):
    return Guest(tmp_path)


def test_list(guest):
    assert guest.json("list") == [
        {"id": 2, "name": "linux-a", "self": True, "state": "running", "starts": 1, "resumes": 0,
         "cpus": [0, 1, 2, 3, 5]},
        {"id": 3, "name": "vm3", "self": False, "state": "paused", "starts": 2, "resumes": 3, "cpus": [3]},
        {"id": 5, "name": "vm5", "self": False, "state": "stopped", "starts": 4, "resumes": 0, "cpus": [5]}]
    lines = guest.run("list").decode().splitlines()
    assert [line.split() for line in lines[1:]] == [
        ["2*", "linux-a", "running", "1", "0", "0-3,5"], ["3", "vm3", "paused", "2", "3", "3"],
        ["5", "vm5", "stopped", "4", "0", "5"]]


def test_list_without_properties(guest):
    for file in (guest.sys / "prop").iterdir():
        file.unlink()
    assert guest.json("list") == [{"id": 2, "name": "linux-a", "self": True, "state": "running"},
                                  {"id": 3, "name": "vm3", "self": False, "state": "running"}]


def test_info(guest):
    guest.prop("nk.cpus.online", struct.pack("<I", 0xf))
    guest.prop("nk.features.on-str", b"UART VDEV_VGIC_V3\0")
    guest.prop("nk.memory.pmem.free", struct.pack("<Q", 1 << 33))
    guest.prop("nk.version.bsp", b"odd\xff\0")
    guest.prop("nk.focus", b"")
    info = guest.json("info")
    assert info == {"id": 2, "vms": [2, 3, 5], "build_id": "nk 1.0", "bsp": None, "focus": None,
                    "cpus_online": [0, 1, 2, 3], "features_on": ["UART", "VDEV_VGIC_V3"],
                    "pmem_free": 1 << 33}
    text = guest.run("info").decode()
    assert re.search(r"^CPUs online +0-3$", text, re.M)
    assert re.search(r"^features +UART VDEV_VGIC_V3$", text, re.M)
    assert re.search(r"^focus +not set$", text, re.M)
    assert re.search(r"^board support +odd\\xff$", text, re.M)


def test_info_of_a_vm(guest):
    guest.prop("nk.vm.3.vcpus", struct.pack("<I", 3))
    guest.prop("nk.vm.3.kernel.region", struct.pack("<QQ", 0xa0000000, 0x1000000))
    info = guest.json("info", "3")
    assert info == {"id": 3, "name": "vm3", "self": False, "state": "paused", "starts": 2, "resumes": 3,
                    "cpus": [3], "vcpus": [0, 1],
                    "kernel": {"address": 0xa0000000, "size": 0x1000000}}
    assert "started 2 times, resumed 3 times" in guest.run("info", "3").decode()
    assert "there is no VM 4" in guest.run("info", "4", status=1)


@pytest.mark.parametrize("command, file", [("start", "vmstart"), ("stop", "vmstop"), ("restart", "restart"),
                                           ("suspend", "vmsuspend"), ("resume", "vmresume")])
def test_life(guest, command, file):
    assert guest.run(command, "5") == b""
    assert (guest.proc / file).read_text() == "5"
    assert guest.json(command, "3")["id"] == 3
    assert (guest.proc / file).read_text() == "3"
    assert "there is no VM 4" in guest.run(command, "4", status=1)
    for wrong in "0", "1", "32", "-3", "+3", "3x", "", " 3", "03", "999999999999999999999", "linux-x":
        assert "id" in guest.run(command, "--", wrong, status=2)
    assert "no option '-3'" in guest.run(command, "-3", status=2)
    guest.run(command, status=2)
    guest.run(command, "3", "5", status=2)
    guest.run(command, "--wait", "3", status=2)
    guest.run(command, "3", "--wait", status=2)
    for wrong in "x", "", "0x10", "-1", "inf", "nan", "1e3", " 1", "1000000":
        assert "--wait" in guest.run(command, "3", f"--wait={wrong}", status=2)
    assert (guest.proc / file).read_text() == "3"
    (guest.proc / file).unlink()
    (guest.proc / file).mkdir()
    assert "directory" in guest.run(command, "3", status=1)


def test_life_waits(guest):
    assert guest.run("stop", "--wait", "1", "5") == b""
    assert guest.run("suspend", "--wait", "1", "3") == b""
    assert guest.run("start", "3", "--wait", "1") == b""  # it runs, though its time stands still
    assert "still paused after 0.1 s" in guest.run("resume", "--wait", "0.1", "3", status=1)
    assert "still paused after 0.1 s" in guest.run("restart", "--wait", "0.1", "3", status=1)
    with subprocess.Popen([TOOL, "stop", "--wait", "30", "3"], env=guest.env()) as waiting:
        time.sleep(0.2)
        assert waiting.poll() is None
        guest.prop("nk.vm.3.state.running", struct.pack("<I", 4))
        assert waiting.wait(30) == 0


def test_names_of_vms(guest):
    guest.write(guest.sys / "device-trees/vlm/vm/vm5/name", "linux-b\0")
    guest.run("stop", "linux-b")
    assert (guest.proc / "vmstop").read_text() == "5"
    guest.run("stop", "vm3")
    assert (guest.proc / "vmstop").read_text() == "3"
    assert guest.json("info", "linux-a")["id"] == guest.json("info", "vm2")["id"] == 2
    guest.write(guest.sys / "device-trees/vlm/vm/vm9/name", "ghost\0")
    assert "there is no VM 9" in guest.run("info", "ghost", status=1)
    shutil.rmtree(guest.sys / "device-trees/vlm")
    assert 'linux-b: not allowed' in (said := guest.run("stop", "linux-b", status=1))
    assert 'nk.vlm-dtb { allow-get = "2"; };' in said
    shutil.rmtree(guest.sys / "device-trees")
    assert "modprobe vlx-dt" in guest.run("stop", "linux-b", status=1)


def test_focus(guest):
    guest.prop("nk.focus", struct.pack("<I", 2))
    assert guest.run("focus") == b"2  linux-a\n"
    assert guest.json("focus") == {"id": 2, "name": "linux-a"}
    guest.write(guest.sys / "device-trees/vlm/vm/vm3/name", "linux-b\0")
    assert guest.run("focus", "linux-b") == b""
    assert (guest.sys / "prop/nk.focus").read_bytes() == struct.pack("<I", 3)
    assert "no VM 4" in guest.run("focus", "4", status=1)
    guest.run("focus", "2", "3", status=2)


def test_start_of_oneself_is_no_restart(guest):
    assert "nk restart 2" in guest.run("start", "2", status=1)
    assert (guest.proc / "vmstart").read_text() == ""
    guest.run("restart", "2")


VALUES = {
    b"7": "7", b"hello\0": "hello", b"\x07": "7", b"\x10\0\0\0": "16 (0x10)",
    b"\xff" * 8: "18446744073709551615 (0xffffffffffffffff)", b"\0\1\2": "000102",
    b"a\x1b[2Jb": "611b5b324a62", b"tab\there\n": r"tab\x09here\x0a", b"\0": "0", b"": "not set",
    "\u00e4".encode() * 5: "\u00e4" * 5, "\u2713 \U0001f600".encode(): "\u2713 \U0001f600", b"\xc3\xa4\xc3": "c3a4c3",
    "\u202eabc".encode(): "e280ae616263", "ab\u0085b".encode(): "6162c28562", b"x" * 5000: "x" * 5000, bytes(3): "000000",
}


@pytest.mark.parametrize("value", VALUES, ids=range(len(VALUES)))
def test_get(guest, value):
    guest.prop("v", value)
    shown = guest.run("prop", "get", "v").decode()
    assert shown == VALUES[value] + "\n"
    assert guest.run("prop", "get", "--hex", "v").decode() == value.hex() + "\n"
    assert guest.run("prop", "get", "--raw", "v") == value
    found, = guest.json("prop", "get", "v")
    assert bytes.fromhex(found["hex"]) == value
    assert found["size"] == len(value) and found["name"] == "v" and found["set"] == bool(value)
    assert "text" not in found or found["text"].encode() == value.rstrip(b"\0")
    assert found.get("number") == (int.from_bytes(value, "little") if len(value) in (1, 2, 4, 8) else None)


def test_get_several(guest):
    assert guest.run("prop", "get", "my.flag", "nk.build-id") == b"my.flag: 7\nnk.build-id: nk 1.0\n"
    assert [v["text"] for v in guest.json("prop", "get", "my.flag", "nk.build-id")] == ["7", "nk 1.0"]
    done = subprocess.run([TOOL, "--json", "prop", "get", "none", "my.flag"], env=guest.env(),
                          capture_output=True, check=False)
    assert done.returncode == 1 and b"none" in done.stderr
    assert [v["name"] for v in json.loads(done.stdout)] == ["my.flag"]


def test_big_value(guest):
    blob = os.urandom(200000)
    guest.prop("nk.vlm-dtb", blob)
    assert guest.run("prop", "get", "--raw", "nk.vlm-dtb") == blob
    assert bytes.fromhex(guest.json("prop", "get", "nk.vlm-dtb")[0]["hex"]) == blob
    assert "200000 200000  nk.vlm-dtb\n" in guest.run("prop", "list").decode()
    (guest.sys / "prop/huge").touch()
    os.truncate(guest.sys / "prop/huge", 1 << 30)
    assert "too large" in guest.run("prop", "get", "huge", status=1)


def test_value_in_pieces(guest):
    """A file of sysfs, which gives a page at a time: this machine's own."""
    own = "/sys/kernel/btf/vmlinux"
    if not os.path.exists(own):
        pytest.skip("no such file of sysfs here")
    os.symlink(own, guest.sys / "prop/real")
    with open(own, "rb") as file:
        assert guest.run("prop", "get", "--raw", "real") == file.read()


@pytest.mark.parametrize("form, value, written", [
    ([], "8", b"8"), ([], "a b\n\u00e4", "a b\n\u00e4".encode()), ([], "-1", b"-1"), (["--"], "--json", b"--json"),
    (["--hex"], "00fFa1", b"\0\xff\xa1"), (["--u8"], "255", b"\xff"), (["--u16"], "0x102", b"\2\1"),
    (["--u32"], "010", b"\n\0\0\0"), (["--u8"], "0099", b"c"), (["--"], "--", b"--"), ([], "--", b"--"),
     (["--u64"], "0xffffffffffffffff", b"\xff" * 8), (["--file"], "-", b"in\0put")])
def test_set(guest, form, value, written):
    assert guest.run("prop", "set", *form, "my.flag", value, stdin=b"in\0put") == b""
    assert (guest.sys / "prop/my.flag").read_bytes() == written
    (guest.sys / "prop/my.flag").write_bytes(b"")
    if form != ["--"]:
        guest.run("prop", "set", *form, "my.flag", "--", value, stdin=b"in\0put")
        assert (guest.sys / "prop/my.flag").read_bytes() == written


@pytest.mark.parametrize("args", [
    ["--hex", "my.flag", "0"], ["--hex", "my.flag", "0g"], ["--u8", "my.flag", "256"], ["--u16", "my.flag", "65536"],
    ["--u8", "my.flag", "-1"], ["--u32", "my.flag", "1x"], ["--u64", "my.flag", "18446744073709551616"],
    ["--u8", "my.flag", ""], ["--file", "my.flag", "/none"], ["my.flag"], [], ["my.flag", "1", "2"],
    ["--u32", "my.flag", "0x0x1"], ["--u32", "my.flag", "0x"], ["--u32", "my.flag", "1e3"], ["--u8", "--u16", "my.flag", "1"],
    ["../prop/my.flag", "1"], ["", "1"], [".", "1"], ["..", "1"], ["x" * 64, "1"], ["--u128", "my.flag", "1"]])
def test_set_wrongly(guest, args):
    guest.run("prop", "set", *args, status=2)
    assert (guest.sys / "prop/my.flag").read_bytes() == b"7"


def test_names_that_are_too_long(guest):
    for args in ["get", "x" * 64], ["set", "x" * 64, "1"], ["watch", "x" * 64]:
        assert "is too long for a property's name: 64 bytes, of 63 at most" in guest.run("prop", *args, status=2)
    guest.prop("x" * 63, b"1")
    assert guest.run("prop", "get", "x" * 63) == b"1\n"


def test_options_anywhere(guest):
    assert guest.run("prop", "get", "my.flag", "--hex") == b"37\n"
    guest.prop("-v", b"1")
    guest.prop("--json", b"2")
    assert guest.run("prop", "get", "--hex", "--", "-v", "--json") == b"-v: 31\n--json: 32\n"
    assert guest.run("--", "prop", "get", "my.flag") == b"7\n"
    assert guest.run("prop", "watch", "my.flag", "--timeout=0.1") == b"my.flag: 7\n"
    for args in ["list", "-x"], ["links", "--x"], ["info", "-2"], ["console", "--fol"], ["prop", "list", "--hex"], \
            ["prop", "get", "--hex", "--raw", "my.flag"], ["prop", "watch", "--count", "1.5", "my.flag"], \
            ["prop", "watch", "--interval=0x1", "my.flag"]:
        guest.run(*args, status=2)


def test_version(guest):
    assert re.fullmatch(rb"nk 12\.1\.0(\+\d{14}\.[0-9a-f]+)?\n", guest.run("--version"))
    assert guest.run("--version").decode() == f"nk {guest.json('--version')['version']}\n"


@pytest.mark.parametrize("words, found", [
    ([""], {"list", "shutdown", "--json", "--version"}), (["pr"], {"prop"}), (["prop", "w"], {"watch"}),
    (["prop", "get", "nk."], {"nk.build-id", "nk.vm.2.state.running"}), (["prop", "set", "--u1"], {"--u16"}),
    (["stop", ""], {"2", "3", "5", "linux-a", "vm3", "vm5", "--wait"}), (["--json", "info", "li"], {"linux-a"}),
    (["stop", "--wait", "1", "v"], {"vm3", "vm5"}), (["help", "li"], {"list", "links"}), (["console", "--f"], {"--follow"}),
    (["trace", "d"], {"dump"}), (["stat", "lin"], {"linux-a"}), (["top", "--o"], {"--once"})])
def test_completion(guest, words, found):
    script = build.ROOT / "guest-linux/tools/nk/completion.bash"
    ask = f"""nk() {{ "{TOOL}" "$@"; }}; . "{script}"; COMP_WORDS=(nk "$@"); COMP_CWORD=$#
        complete -p nk | grep -q -- '-F _nk nk' && _nk && printf '%s ' "${{COMPREPLY[@]}}"
        """
    done = subprocess.run(["bash", "-c", ask, "bash", *words], env=guest.env(), capture_output=True, text=True,
                          check=False)
    assert not done.stderr
    assert set(done.stdout.split()) >= found
    assert all(word.startswith(words[-1]) for word in done.stdout.split())


def test_set_nothing(guest):
    assert "one byte at least" in guest.run("prop", "set", "my.flag", "", status=1)
    guest.prop("f", b"")
    assert "one byte at least" in guest.run("prop", "set", "--file", "my.flag", guest.sys / "prop/f", status=1)


def test_values_that_sysfs_would_cut(guest):
    """A file of sysfs in the property's place: this machine's own."""
    own = "/sys/kernel/uevent_seqnum"
    if not os.path.exists(own):
        pytest.skip("no sysfs here")
    os.symlink(own, guest.sys / "prop/real")
    too_long = "x" * (os.stat(own).st_size + 1)
    assert "too many" in guest.run("prop", "set", "real", too_long, status=1)


def test_prop_list(guest):
    guest.prop("nk.error.ignore-non-allowed-io-sharing", b"1\0\0\0")
    for name in "shared.prefix.0123456.a", "shared.prefix.0123456.b":
        guest.prop(name, b"0")
    props = {prop["name"]: prop for prop in guest.json("prop", "list")}
    assert sorted(props) == sorted(os.listdir(guest.sys / "prop"))
    assert props["my.flag"] == {"pid": 3, "attr": "rwn", "max": 1, "name": "my.flag", "size": 1, "set": True, "hex": "37",
                                "number": 55, "text": "7"}
    assert props["nk.vm.2.state.running"]["pid"] == 1
    assert props["nk.error.ignore-non-allowed-io-sharing"]["pid"] == 2
    assert props["nk.vm.3.cpus"]["attr"] == "rw?"  # not in the table
    assert props["shared.prefix.0123456.a"]["attr"] == "rw?"  # cut names that are the same
    assert "rwn      1      1  my.flag: 7\n" in guest.run("prop", "list").decode()
    guest.prop("none", b"")
    guest.prop("long", b"x" * 65)
    assert "rw?      0      0  none: not set\n" in guest.run("prop", "list").decode()
    assert "rw?     65     65  long\n" in guest.run("prop", "list").decode()
    props = {prop["name"]: prop for prop in guest.json("prop", "list")}
    assert props["long"] == {"attr": "rw?", "max": 65, "name": "long", "size": 65}
    assert props["none"] == {"attr": "rw?", "max": 0, "name": "none", "size": 0, "set": False, "hex": ""}
    (guest.proc / "props").unlink()
    assert guest.json("prop", "list")


HOSTILE = ['quote"back\\slash', "new\nline", "\x1b[31mred", "caf\u00e9", "bell\x07", "{}[],:", "$(id)", "%s%n",
           "x" * 63]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names(guest, name):
    guest.prop(name, b"1")
    assert guest.json("prop", "get", name)[0]["name"] == name
    assert name in [prop["name"] for prop in guest.json("prop", "list")]
    assert b"\x1b" not in guest.run("prop", "list")
    guest.write(guest.sys / f"vlinks/endpoints/server/{name}/0/vm2/vm3/info", name)
    end, = guest.json("links")
    assert (end["name"], end["info"]) == (name, name)
    guest.write(guest.sys / "device-trees/vlm/vm/vm3/name", name)
    assert len(guest.json("list")) == 3


def test_names_that_are_no_utf8(guest):
    (guest.sys / "prop" / os.fsdecode(b"bad\xff\xc0\x80\xed\xa0\x80")).write_bytes(b"1")
    assert "bad" + "\ufffd" * 6 in [prop["name"] for prop in guest.json("prop", "list")]


def test_links(guest):
    ends = guest.sys / "vlinks/endpoints"
    guest.write(ends / "client/veth2/0/vm2/vm3/info", "net0,,,16\n")
    guest.write(ends / "server/veth2/1/vm3/vm2/info", "\n")
    guest.write(ends / "server/loop/12/vm2/vm2/info", "x")
    guest.write(ends / "server/odd/NaN/vm2/vm3/info", "x")
    guest.write(ends / "server/odd/0/vm2x/vm3/info", "x")
    guest.write(ends / "server/odd/stray", "x")
    (ends / "server/empty/0/vm2/vm3").mkdir(parents=True)
    assert guest.json("links") == [
        {"role": "client", "name": "veth2", "link": 0, "peer": 3, "info": "net0,,,16"},
        {"role": "server", "name": "loop", "link": 12, "peer": 2, "info": "x"},
        {"role": "server", "name": "veth2", "link": 1, "peer": 3, "info": ""}]
    assert "client veth2              0  vm3   net0,,,16\n" in guest.run("links").decode()


def test_watch_by_looking(guest):
    """Files that are no sysfs cannot tell, so --interval; the guests' test waits to be told."""
    with subprocess.Popen([TOOL, "--json", "prop", "watch", "--interval", "0.02", "--count", "2", "my.flag",
                           "nk.build-id"], env=guest.env(), stdout=subprocess.PIPE, text=True) as watch:
        first = [json.loads(watch.stdout.readline()) for _ in range(2)]
        assert [v["text"] for v in first] == ["7", "nk 1.0"]
        for value in b"8", b"9":
            new = guest.sys / "prop/my.flag"
            with open(new, "r+b") as file:  # never empty, as a property would not be
                file.write(value)
            seen = json.loads(watch.stdout.readline())
            assert (seen["name"], seen["text"]) == ("my.flag", value.decode())
        assert watch.wait(30) == 0


def test_watch_ends(guest):
    assert guest.run("prop", "watch", "--timeout", "0.1", "my.flag") == b"my.flag: 7\n"
    assert "time is over" in guest.run("prop", "watch", "--timeout", "0.1", "--count", "1", "my.flag", status=1)
    for args in [], ["--count", "0", "my.flag"], ["--count", "x", "my.flag"], ["--bad", "1", "my.flag"], ["a/b"]:
        guest.run("prop", "watch", *args, status=2)
    guest.run("prop", "watch", "none", status=1)
    assert 'is not told' in (said := guest.run("prop", "watch", "my.flag", "nk.build-id", status=1))
    assert 'nk.build-id { allow-notify = "2"; };' in said
    guest.run("prop", "watch", *["my.flag"] * 65, status=2)


def test_console(guest):
    text = b'\x1b[36mvm3| hello "you"\r\nbad \xff\0byte\nno end'
    guest.write(guest.proc / "history", text)
    assert guest.run("console") == text
    assert guest.json("console") == ['\x1b[36mvm3| hello "you"', "bad \ufffd\0byte", "no end"]
    guest.write(guest.dev / "vlx-console", text)
    assert guest.run("console", "--follow") == text
    lines = guest.run("--json", "console", "-f").splitlines()
    assert [json.loads(line) for line in lines] == guest.json("console")
    guest.run("console", "-x", status=2)
    guest.write(guest.proc / "history", b"")
    assert guest.json("console") == [] and guest.run("console") == b""


@pytest.mark.parametrize("args, module", [
    (["list"], "vlx-vinfo"), (["info"], "vlx-vinfo"), (["stop", "3"], "vlx-vinfo"), (["console"], "vlx-history"),
    (["links"], "vlx-vinfo"), (["prop", "list"], "vlx-prop"), (["prop", "get", "x"], "vlx-prop"),
    (["prop", "set", "x", "1"], "vlx-prop"), (["prop", "watch", "x"], "vlx-prop"), (["console", "-f"], "vlx-history")])
def test_nothing_loaded(guest, args, module):
    guest.proc, guest.sys = guest.proc / "none", guest.sys / "none"
    complaint = guest.run(*args, status=1)
    assert f"modprobe {module}" in complaint


def test_part_missing(guest):
    assert re.search(r"none: .*/prop/none: No such file", guest.run("prop", "get", "none", status=1))
    for file in "id", "last", "state":
        text = (guest.proc / file).read_text()
        for wrong in "", "x", "12x":
            guest.write(guest.proc / file, wrong)
            guest.run("list", status=1)
        (guest.proc / file).unlink()
        assert f"/{file} is not there: module vlx-vinfo is not loaded: modprobe vlx-vinfo" in \
            guest.run("list", status=1)
        guest.write(guest.proc / file, text)
    guest.run("list")


def test_permissions(guest):
    """As somebody who may not do everything, as root may."""
    (guest.sys / "prop/my.flag").chmod(0)
    drop = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"] if os.getuid() == 0 else []
    for args in ["get", "my.flag"], ["set", "my.flag", "1"]:
        done = subprocess.run([*drop, TOOL, "prop", *args], env=guest.env(), capture_output=True, check=False)
        assert done.returncode == 1 and b"my.flag: not allowed" in done.stderr
        assert f'&hyp_property: my.flag {{ allow-{args[0]} = "2"; }};' in done.stderr.decode()
    (guest.proc / "restart").chmod(0)
    done = subprocess.run([*drop, TOOL, "restart", "3"], env=guest.env(), capture_output=True, check=False)
    assert done.returncode == 1 and b'nk.vm.3.state.running { allow-set = "2"; };' in done.stderr
    guest.write(guest.proc / "history", "")
    (guest.proc / "history").chmod(0)
    done = subprocess.run([*drop, TOOL, "console"], env=guest.env(), capture_output=True, check=False)
    assert done.returncode == 1 and b'nk.history { allow-get = "2"; };' in done.stderr


def test_what_may_not_be_seen(guest):
    """Another VM whose state is not this one's to read: unknown, and what that takes is said."""
    for name in "nk.vm.5.state.running", "nk.vm.3.cpus", "nk.build-id":
        (guest.sys / "prop" / name).chmod(0)
    drop = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"] if os.getuid() == 0 else []

    def run(*args):
        return subprocess.run([*drop, TOOL, *args], env=guest.env(), capture_output=True, check=False, text=True)

    done = run("list")
    assert done.returncode == 0
    assert [line.split() for line in done.stdout.splitlines()[2:]] == [
        ["3", "vm3", "paused", "2", "3", "?"], ["5", "vm5", "unknown", "?", "?", "5"]]
    assert done.stderr == ('nk: to show more, &hyp_property of the system tree needs allow-get = "2"; for: '
                           "nk.vm.3.cpus, nk.vm.5.state.running\n")
    done = run("--json", "list")
    assert not done.stderr and json.loads(done.stdout)[1:] == [
        {"id": 3, "name": "vm3", "self": False, "state": "paused", "starts": 2, "resumes": 3,
         "left_out": ["nk.vm.3.cpus"]},
        {"id": 5, "name": "vm5", "self": False, "state": "unknown", "cpus": [5],
         "left_out": ["nk.vm.5.state.running"]}]
    assert json.loads(run("--json", "info").stdout)["left_out"] == ["nk.build-id"]
    done = run("shutdown", "5")
    assert done.returncode == 1 and 'nk.vm.5.state.running { allow-get = "2"; };' in done.stderr
    assert "for: nk.build-id" in run("info").stderr
    done = run("stop", "--wait", "1", "5")
    assert done.returncode == 1 and '--wait: not allowed' in done.stderr
    assert 'nk.vm.5.state.running { allow-get = "2"; };' in done.stderr
    assert json.loads(run("--json", "stop", "5").stdout)["left_out"] == ["nk.vm.5.state.running"]
    (guest.sys / "prop/nk.vm.3.state.paused").chmod(0)
    assert 'nk.vm.3.state.paused { allow-get = "2"; };' in run("stop", "--wait", "1", "3").stderr
    guest.write(guest.proc / "last", "31")
    for vm in range(6, 32):
        guest.prop(f"nk.vm.{vm}.state.running", b"")
        (guest.sys / f"prop/nk.vm.{vm}.state.running").chmod(0)
    assert run("list").stderr.endswith(", ".join(f"nk.vm.{vm}.state.running" for vm in range(5, 32)) + "\n")


def test_usage(guest):
    top = guest.run("help").decode()
    assert guest.run("--help").decode() == guest.run("-h").decode() == top
    for command in COMMANDS:
        page = guest.run("help", command).decode()
        assert page == guest.run(command, "--help").decode()
        assert page.startswith(f"NAME\n    nk {command} - ")
        assert re.search(rf"^SYNOPSIS\n    nk .*{command}", page, re.M)
        assert max(map(len, page.splitlines())) <= 100
    for args in [], ["none"], ["help", "none"], ["help", "list", "x"], ["prop"], ["prop", "none"], ["list", "x"], \
            ["info", "2", "3"], ["links", "x"], ["prop", "get"], ["prop", "list", "x"], ["--json"]:
        guest.run(*args, status=2)


def test_manual_page(guest):
    """It names each command and option, and groff, where there is one, has nothing to say."""
    page = build.ROOT / "guest-linux/tools/nk/nk.1"
    text = page.read_text()
    for command in COMMANDS:
        assert re.search(rf"^\.It (?:.* )?{command}\b", text, re.M), command
    options = set(re.findall(r"--[a-z0-9]+", "".join(guest.run("help", c).decode() for c in COMMANDS)))
    for option in options:
        assert option.removeprefix("--") in text, option
    if shutil.which("groff"):
        done = subprocess.run(["groff", "-mandoc", "-z", "-ww", "-b", page], capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (0, b"")


def test_full_disk(guest):
    with open("/dev/full", "wb") as full:
        done = subprocess.run([TOOL, "list"], env=guest.env(), stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 1 and b"could not be written" in done.stderr
