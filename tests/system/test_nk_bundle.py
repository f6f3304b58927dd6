# SPDX-License-Identifier: Apache-2.0
"""scripts/nk-bundle: what it makes, and what it says when it cannot."""

import gzip
import hashlib
import re
import struct
import subprocess

import pytest
from nklib import build

pytestmark = pytest.mark.harness

TOOL = build.NK_BUNDLE
SYSTEM = """/dts-v1/;
#include <nk/vlm.dtsi>
&vm2 { name = "a"; kernel = "linux"; initrd = "rootfs"; memory { size = <0x200000>; }; };
"""
IMAGE = bytes(0x38) + b"ARM\x64" + bytes(range(256)) * 5 + b"end"


@pytest.fixture
def files(tmp_path):
    """A good system and images, in a directory of their own."""
    (tmp_path / "system.dts").write_text(SYSTEM)
    (tmp_path / "Image").write_bytes(IMAGE)
    (tmp_path / "root.cpio.gz").write_bytes(gzip.compress(b"070701" * 100))
    return tmp_path


def nk_bundle(directory, *args, system="system.dts"):
    return subprocess.run([TOOL, "--system", system, "-o", "out/system.itb", *args],
                          cwd=directory, capture_output=True, text=True, check=False)


def good(directory, *args):
    """{image: data} of the bundle, by other means than the tool's: dumpimage and fdtget."""
    done = nk_bundle(directory, "--image", "linux=Image", "--image", "rootfs=root.cpio.gz", *args)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    bundle = directory / "out/system.itb"
    names = subprocess.run(["fdtget", "-l", bundle, "/images"], capture_output=True, text=True,
                           check=True).stdout.split()
    images = {}
    for number, name in enumerate(names):
        part = directory / f"part-{name}"
        subprocess.run(["dumpimage", "-T", "flat_dt", "-p", str(number), "-o", part, bundle],
                       capture_output=True, check=True)
        images[name] = part.read_bytes()
        digest = subprocess.run(["fdtget", "-t", "bx", bundle, f"/images/{name}/hash-1", "value"],
                                capture_output=True, text=True, check=True).stdout.split()
        assert bytes(int(x, 16) for x in digest) == hashlib.sha256(images[name]).digest()
    return images


def test_made_once(files, monkeypatch):
    """What runs and tests boot is made anew when the system, an image, or what names either changed."""
    monkeypatch.setattr(build, "BUILD", files / "build")
    system, images = files / "system.dts", {"linux": files / "Image", "rootfs": files / "root.cpio.gz"}
    first = build.bundle(system, images)
    made = first.stat()
    assert build.bundle(system, images) == first
    assert first.stat().st_ino == made.st_ino
    images["linux"].write_bytes(IMAGE + b"more")
    assert build.bundle(system, images) == first
    assert b"endmore" in first.read_bytes()
    assert build.bundle(system, {**images, "rootfs": files / "Image"}) != first
    system.write_text(SYSTEM.replace('"a"', '"b"'))
    assert build.bundle(system, images) != first


@pytest.mark.parametrize("internal", [False, True])
def test_images_are_in_it(files, internal):
    images = good(files, *["--internal"] * internal)
    assert list(images) == ["system", "linux", "rootfs"]
    assert images["linux"] == IMAGE
    assert gzip.decompress(images["rootfs"]) == b"070701" * 100
    assert images["system"][:4] == b"\xd0\x0d\xfe\xed"


@pytest.mark.parametrize("internal", [False, True])
def test_data_is_aligned(files, internal):
    for extra in range(4):
        (files / "Image").write_bytes(IMAGE + bytes(extra))
        images = good(files, *["--internal"] * internal)
        bundle = (files / "out/system.itb").read_bytes()
        for data in images.values():
            assert bundle.rindex(data) % (8 if internal else 4096) == 0


def test_ends_with_the_last_image(files):
    images = good(files)
    assert (files / "out/system.itb").read_bytes().endswith(images["rootfs"])


def test_the_same_again(files):
    good(files)
    first = (files / "out/system.itb").read_bytes()
    good(files)
    assert (files / "out/system.itb").read_bytes() == first


def test_dtb_as_system(files):
    images = good(files)
    (files / "system.dtb").write_bytes(images["system"])
    (files / "system.dts").unlink()
    done = nk_bundle(files, "--image", "linux=Image", "--image", "rootfs=root.cpio.gz",
                     system="system.dtb")
    assert done.returncode == 0, done.stderr


def zboot(kind):
    packed = gzip.compress(IMAGE)
    return b"MZ\0\0zimg" + struct.pack("<II8x", 64, len(packed)) + kind.ljust(40, b"\0") + packed


@pytest.mark.parametrize("kernel", [gzip.compress(IMAGE), zboot(b"gzip")], ids=["gzip", "zboot"])
def test_compressed_kernel_is_unpacked(files, kernel):
    (files / "Image").write_bytes(kernel)
    assert good(files)["linux"] == IMAGE


def test_quiet(files):
    done = nk_bundle(files, "-q", "--image", "linux=Image", "--image", "rootfs=root.cpio.gz")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_unused_image_is_noted(files):
    done = nk_bundle(files, "--image", "linux=Image", "--image", "rootfs=root.cpio.gz",
                     "--image", "more=Image")
    assert done.returncode == 0
    assert "no VM uses the image more" in done.stdout


BOTH = ["--image", "linux=Image", "--image", "rootfs=root.cpio.gz"]
WRONG = {
    "missing image": (["--image", "linux=Image"], '/vm/vm2: initrd: "rootfs": .*--image rootfs=FILE'),
    "no equals sign": (["--image", "linux"], "NAME=FILE"),
    "bad name": (["--image", "a b=Image"], "NAME=FILE"),
    "long name": (["--image", "a" * 32 + "=Image"], "31 characters"),
    "missing file": (["--image", "linux=nowhere"], "nowhere: No such file"),
    "twice": (BOTH + ["--image", "linux=Image"], "linux: there is one already"),
    "system": (BOTH + ["--image", "system=Image"], "system: there is one already"),
    "empty": (BOTH + ["--image", "more=empty"], "more: empty is empty"),
    "other zboot": (["--image", "linux=zstd"], "zstd"),
    "broken gzip": (["--image", "linux=cut.gz"], "broken gzip"),
}


@pytest.mark.parametrize("args, text", WRONG.values(), ids=WRONG)
def test_wrong_images(files, args, text):
    (files / "empty").write_bytes(b"")
    (files / "zstd").write_bytes(zboot(b"zstd"))
    (files / "cut.gz").write_bytes(gzip.compress(IMAGE)[:-9])
    done = nk_bundle(files, *args)
    assert done.returncode == 1
    assert re.search(text, done.stderr), done.stderr
    assert done.stderr.startswith("nk-bundle: ")
    assert not (files / "out/system.itb").exists()


@pytest.mark.parametrize("text, says", [
    ("nonsense", "syntax error"),
    ("/dts-v1/;\n#include <nk/nowhere.dtsi>\n", "nowhere.dtsi"),
    (SYSTEM + "&vm99 { };", "vm99"),
])
def test_wrong_system(files, text, says):
    (files / "system.dts").write_text(text)
    done = nk_bundle(files, *BOTH)
    assert done.returncode == 1
    assert says in done.stderr


BAD = SYSTEM + "&vm2 { kernl = \"linux\"; };"
BAD_LINE = 'nk-bundle: system.dts: /vm/vm2: kernl: unknown: a name known here, perhaps "kernel"\n'


def test_a_system_that_no_board_can_run(files):
    (files / "system.dts").write_text(BAD)
    done = nk_bundle(files, *BOTH)
    assert (done.returncode, done.stderr) == (1, BAD_LINE)
    assert not (files / "out/system.itb").exists()
    assert nk_bundle(files, "--no-check", *BOTH).returncode == 0
    assert (files / "out/system.itb").exists()


def test_a_system_for_some_boards(files):
    """Of a board that nobody has named nothing is known, so nothing is wrong."""
    (files / "system.dts").write_text(SYSTEM + """
        &vm2 { devices = "/soc/uart@1"; memory { size = <0x1f 0x0>; base = <0x0 0x8000000>; }; };
        &vm2_vcpus { affinity = "0,1"; };
        &vm3 { kernel = "linux"; memory { size = <0x200000>; }; };
        &vm3_vcpus { #count = <1>; affinity = "15"; };""")
    assert nk_bundle(files, *BOTH).returncode == 0
    board = build.BUILD / "unit/dtb/virt-gicv3.dtb"
    build.make(board)
    done = nk_bundle(files, "--board", board, *BOTH)
    assert done.returncode == 1
    assert "nk-bundle: system.dts: /vm/vm2/memory: size: " in done.stderr


def test_a_system_for_another_board(files):
    (files / "board.dtb").write_bytes(b"no tree")
    done = nk_bundle(files, "--board", "board.dtb", *BOTH)
    assert done.returncode == 1
    assert done.stderr.startswith("nk-bundle: board.dtb: board device tree: ")


def test_no_system(files):
    assert nk_bundle(files, system="nowhere.dts").returncode == 1
    (files / "system.dtb").write_bytes(b"no tree")
    assert "no device tree blob" in nk_bundle(files, system="system.dtb").stderr
    assert nk_bundle(files, "--no-check", *BOTH, system="system.dtb").returncode == 0


def test_no_check_lets_all_pass(files):
    assert nk_bundle(files, "--no-check").returncode == 0


def test_an_old_bundle_stays_when_a_new_one_fails(files):
    good(files)
    first = (files / "out/system.itb").read_bytes()
    assert nk_bundle(files, "--image", "linux=Image").returncode == 1
    assert (files / "out/system.itb").read_bytes() == first


def test_help_names_every_option():
    text = subprocess.run([TOOL, "--help"], capture_output=True, text=True, check=True).stdout
    for option in ["--system", "--image", "--output", "--include", "--define", "--internal",
                   "--board", "--no-check", "--quiet"]:
        assert option in text
