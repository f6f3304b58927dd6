# SPDX-License-Identifier: Apache-2.0
"""Debian's U-Boot starts nk from a signed image, by itself, and nothing that was changed, by anybody, at any place."""

import hashlib
import shutil
import struct
import subprocess

import pytest
from linuxvm import small
from nklib import board, boards, build, dts, image, qemu
from nklib.demux import NK, OTHER
from nklib.machine import STATUS_ENDED

pytestmark = pytest.mark.system

UBOOT = boards.facts(boards.DEFAULT)["uboot"]
SIGNED = r"Verifying Hash Integrity \.\.\. sha256,rsa2048:nk\+ OK"
REDIST_1 = 0x080c0000  # of the second CPU, where QEMU's machine has it
HELLO = """
&vm2 {
	name = "hello";
	kernel = "hello";
	kernel-offset = <0x80000>;
	memory { size = <0x0 0x01000000>; };
};
&vm2_vcpus { #count = <1>; affinity = "0"; migration = "off"; };
"""


@pytest.fixture(scope="session")
def keys(tmp_path_factory):
    return image.make_keys(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def signed(nk, keys, tmp_path):
    """signed(bundle, append, ...): an image and U-Boot's tree with its key, for that machine: (image, tree)."""

    def make(bundle, append="nk.panic=off", **on):
        build.make(boards.UBOOT)
        itb = tmp_path / "nk.itb"
        return itb, image.make_pair(nk, board.tree(**on), bundle, itb, UBOOT, keys, append)

    return make


@pytest.fixture
def start(machines):
    def run(itb, control, **on):
        return machines(qemu.argv(None, extra=boards.uboot_argv(UBOOT, itb, control), **on))

    return run


@pytest.fixture
def hello(guest_programs, system_dts):
    return build.bundle(system_dts(HELLO, "hello"), {"hello": guest_programs["hello"]})


@pytest.mark.parametrize("gic", [2, 3])
def test_started(signed, start, hello, gic):
    on = {"gic": gic, "cpus": 2, "mem": 1024}
    machine = start(*signed(hello, **on), **on)
    machine.wait_line(OTHER, SIGNED)
    machine.wait_line(2, "^hello from EL1, 1 cpu, .* under nk")
    assert machine.wait_end(20) == 0
    assert machine.lines(NK)[0].endswith(f"GICv{gic}, 2 CPUs")


def test_two_guests(signed, start, linux_modules, tmp_path):
    """As `make run BOOT=uboot` has it, with nk's options and the board's tree under the signature too."""
    system = tmp_path / "nkddi2.dts"
    system.write_text(small(boards.system(boards.DEFAULT).read_text()))
    machine = start(*signed(build.bundle(system, linux_modules()), "nk.panic=off nk.unheard"))
    for vm in 2, 3:
        machine.wait_ready(vm, 60)
        assert machine.check(vm, "nproc") == "2"
    assert "linux-b" in machine.check(2, "nk list")
    assert any("nk.unheard" in line for line in machine.lines(NK))
    assert machine.quit() == 0


def test_lpis_left_on(nk, start, hello, tmp_path):
    """What a loader had a redistributor do is over, and nk says so."""
    build.make(boards.UBOOT)
    on = {"gic": 3, "cpus": 2, "mem": 1024}
    itb, control = tmp_path / "nk.itb", tmp_path / "u-boot.dtb"
    image.control_tree(board.tree(**on), f"mw.l {REDIST_1:#x} 1; {boards.bootcmd(UBOOT)}", control)
    image.make(nk, board.tree(**on), hello, itb, UBOOT["load"], append="nk.panic=off")
    machine = start(itb, control, **on)
    machine.wait_line(2, "^hello from EL1, 1 cpu, .* under nk")
    assert machine.wait_end(20) == 0
    assert [line for line in machine.lines(NK) if "LPIs" in line] == ["nk: cpu1: the loader had LPIs on: off"]


def parts(blob):
    """{(path, property): (offset, value)} of an image; (path, "data") is what lies behind the tree."""
    found = {(path, name): (at, value) for path, name, at, value in dts.walk(blob)}
    base = (struct.unpack_from(">4xI", blob)[0] + 3) & ~3
    for path in {path for path, name in found if name == "data-offset"}:
        offset, size = (struct.unpack(">I", found[path, name][1])[0] for name in ("data-offset", "data-size"))
        found[path, "data"] = base + offset, blob[base + offset:base + offset + size]
    return found


def replace(itb, path, name, new):
    blob = itb.read_bytes()
    at, old = parts(blob)[path, name]
    assert len(new(old)) == len(old) and new(old) != old
    itb.write_bytes(blob[:at] + new(old) + blob[at + len(old):])


def flip(value):
    """One bit of it, in its middle."""
    middle = len(value) // 2
    return value[:middle] + bytes([value[middle] ^ 1]) + value[middle + 1:]


def flip_data(part):
    return lambda itb, _: replace(itb, f"/images/{part}", "data", flip)


def flip_data_and_hash(part):
    """By somebody who knows how a FIT is made, but has no key."""

    def change(itb, _):
        replace(itb, f"/images/{part}", "data", flip)
        data = parts(itb.read_bytes())[f"/images/{part}", "data"][1]
        replace(itb, f"/images/{part}/hash-1", "value", lambda _: hashlib.sha256(data).digest())

    return change


def flip_property(path, name):
    return lambda itb, _: replace(itb, path, name, flip)


def sign_again(itb, keys):
    """The parts of an image, packed anew; keys: None for no signature."""
    work = itb.parent / "again"
    work.mkdir()
    for part in image.PARTS:
        (work / part).write_bytes(parts(itb.read_bytes())[f"/images/{part}", "data"][1])
    image.make(work / "nk", work / "board", work / "system", itb, UBOOT["load"], keys)


def not_signed(itb, _):
    sign_again(itb, None)


def signed_by_others(itb, tmp_path):
    sign_again(itb, image.make_keys(tmp_path / "others"))


CHANGES = {
    "nk": (flip_data("nk"), "Bad hash value for 'hash-1' hash node in 'nk' image node"),
    "board": (flip_data("board"), "Bad hash value for 'hash-1' hash node in 'board' image node"),
    "system": (flip_data("system"), "Bad hash value for 'hash-1' hash node in 'system' image node"),
    "nk-hash": (flip_data_and_hash("nk"), "Failed to verify required signature 'key-nk'"),
    "board-hash": (flip_data_and_hash("board"), "Failed to verify required signature 'key-nk'"),
    "system-hash": (flip_data_and_hash("system"), "Failed to verify required signature 'key-nk'"),
    "entry": (flip_property("/images/nk", "entry"), "Failed to verify required signature 'key-nk'"),
    "signature": (flip_property("/configurations/nk/signature-1", "value"), "Failed to verify required signature 'key-nk'"),
    "none": (not_signed, "Failed to verify required signature 'key-nk'"),
    "others": (signed_by_others, "Failed to verify required signature 'key-nk'"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_refused(signed, start, hello, tmp_path, what):
    on = {"cpus": 1, "mem": 1024}
    itb, control = signed(hello, **on)
    change, why = CHANGES[what]
    change(itb, tmp_path)
    machine = start(itb, control, **on)
    assert machine.wait_end(30) == STATUS_ENDED  # U-Boot turns it off
    assert why in "\n".join(machine.lines(OTHER))
    assert not machine.lines(NK) and not machine.lines(2)


def test_bundle_changed_before(signed, start, hello, tmp_path):
    """Whoever signs what is wrong already: nk itself does not start that VM."""
    changed = tmp_path / "changed.itb"
    shutil.copy(hello, changed)
    replace(changed, "/images/hello", "data", flip)
    on = {"cpus": 1, "mem": 1024}
    machine = start(*signed(changed, **on), **on)
    machine.wait_line(OTHER, SIGNED)
    assert machine.wait_end(20) == 1
    assert "nk: error: image hello: sha256 does not match: must be as it was bundled" in machine.lines(NK)
    assert not machine.lines(2)


def test_keys_are_kept(tmp_path):
    """They are made once; half of them is a mistake."""
    first = (image.make_keys(tmp_path / "keys") / "nk.key").read_bytes()
    assert (image.make_keys(tmp_path / "keys") / "nk.key").read_bytes() == first
    assert (tmp_path / "keys/nk.key").stat().st_mode & 0o077 == 0
    (tmp_path / "keys/nk.crt").unlink()
    done = subprocess.run([build.ROOT / "scripts/nk-image", "--keys", tmp_path / "keys", "--only-keys"],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "a key or a certificate without the other" in done.stderr
