# SPDX-License-Identifier: Apache-2.0
"""scripts/nk-check, and nk-run, which asks the same before anything starts."""

import os
import re
import subprocess

import pytest
from nklib import board, build, check, dts, qemu
from nklib.tool import ToolError

pytestmark = pytest.mark.harness

TOOL = build.ROOT / "scripts/nk-check"
RUN = build.ROOT / "scripts/nk-run"
BAD = build.ROOT / "tests/bad"
VM = '&vm2 { kernel = "linux"; memory { size = <0x200000>; }; };\n&vm2_vcpus { #count = <1>; };\n'
ADVICE = '/vm/vm2: kernl: unknown: a name known here, perhaps "kernel"'


def nk_check(*args, cwd=build.ROOT):
    return subprocess.run([TOOL, *args], cwd=cwd, capture_output=True, text=True, check=False)


def refusal(*args, **options):
    """What nk-check says of a mistake, in one line."""
    done = nk_check(*args, **options)
    assert (done.returncode, done.stdout) == (1, "")
    assert re.fullmatch("nk-check: .*\n", done.stderr), done.stderr
    return done.stderr.removeprefix("nk-check: ").strip()


def comment(file, key):
    return re.search(rf"^// {key}: (.*)$", file.read_text(), re.M)[1]


def test_a_line_for_the_board_and_each_vm():
    done = nk_check("dts/examples/nkddi2.dts")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == ("board linux,dummy-virt: GICv3, 4 CPUs, 2048 MiB\n"
                           "vm2 linux-a: CPUs 0,1; 256 MiB; 9 vlinks\n"
                           "vm3 linux-b: CPUs 2,3; 256 MiB; 8 vlinks\n")


def test_devices_and_bases_are_told(system_dts):
    system = system_dts(VM + '&vm2 { devices = "/pl031@9010000"; memory { base = <0x40000000>; }; };')
    assert nk_check(system).stdout.splitlines()[1] == "vm2 vm2: CPU 0; 2 MiB at 0x40000000; 1 device"
    system = system_dts(VM + "&vm2 { memory@3 { size = <0x400000>; base = <0x80000000>; }; };")
    assert nk_check(system).stdout.splitlines()[1] == "vm2 vm2: CPU 0; 2 MiB + 4 MiB at 0x80000000"


def test_boot_order_is_told(system_dts):
    assert nk_check(system_dts(VM + "&vm2 { boot-order = <7>; };")).stdout.splitlines()[1] == (
        "vm2 vm2: CPU 0; 2 MiB; boot-order 7")


def test_the_machine_is_that_of_nk_run():
    done = nk_check("--gic", "2", "--cpus", "3", "--mem", "1024", "dts/examples/linux1.dts")
    assert done.stdout.startswith("board linux,dummy-virt: GICv2, 3 CPUs, 1024 MiB\n")
    assert refusal("--cpus", "2", "dts/examples/nkddi2.dts") == (
        'dts/examples/nkddi2.dts: /vm/vm3/vcpus: affinity: "2,3": CPUs of the board, as "0,2-3", or "*", from 0 to 1')


@pytest.mark.parametrize("args, says", [
    (["--gic", "2", "--cpus", "9"], "8 CPUs at most"),
    (["--machine", "virt,virtualization=off"], "nk needs EL2"),
])
def test_a_machine_that_nk_cannot_have(args, says):
    done = nk_check(*args, "dts/examples/linux1.dts")
    assert done.returncode == 2
    assert says in done.stderr


def test_qemu_without_a_tree_of_its_own():
    assert "give one with --board" in refusal("--machine", "xlnx-versal-virt", "dts/examples/linux1.dts")


def test_qemu_makes_a_tree_once(tmp_path, monkeypatch):
    """As long as neither the machine nor QEMU changes."""
    real, runs = qemu.program(), tmp_path / "runs"
    wrapper = tmp_path / "qemu"
    wrapper.write_text(f'#!/bin/sh\necho run >>"{runs}"\nexec {real} "$@"\n')
    wrapper.chmod(0o755)
    monkeypatch.setenv("QEMU", str(wrapper))
    monkeypatch.setattr(build, "BUILD", tmp_path / "build")
    first = board.tree(cpus=2, mem=512)
    assert first.read_bytes()[:4] == dts.MAGIC
    assert board.tree(cpus=2, mem=512) == first
    assert runs.read_text() == "run\n"
    assert board.tree(cpus=1, mem=512) != first
    os.utime(wrapper, (1, 1))
    assert board.tree(cpus=2, mem=512) != first
    assert len(list((tmp_path / "build/boards").iterdir())) == 3


@pytest.mark.parametrize("name", ["system/vm-property", "system/vm-node", "system/memory-size-huge", "system/device-gic",
                                  "system/on-stray-name"])
def test_what_nk_says_and_advice(name):
    case = BAD / f"{name}.dts"
    want = comment(case, "error")
    if "unknown" in want:
        want += f', perhaps "{comment(case, "advice")}"'
    assert refusal("-I", "tests/bad/include", case) == f"{case}: {want}"


def test_another_board():
    case = BAD / "board/cpu-17.dts"
    blob = build.BUILD / "unit/dtb/bad/board/cpu-17.dtb"
    build.make(blob)
    assert refusal("--board", blob, "dts/examples/linux1.dts") == f"{blob}: {comment(case, 'error')}"
    good = build.BUILD / "unit/dtb/virt8-gicv3.dtb"
    build.make(good)
    done = nk_check("--board", good, "dts/examples/linux1.dts")
    assert done.stdout.startswith("board linux,dummy-virt: GICv3, 8 CPUs, ")


def test_images():
    system = "dts/examples/linux1.dts"
    assert nk_check("--image", "linux", "--image", "rootfs=x.cpio", system).returncode == 0
    assert refusal("--image", "linux", system).startswith(
        f'{system}: /vm/vm2: initrd: "rootfs": the bundle has no such image')


def test_files_that_are_none(tmp_path):
    assert refusal("nowhere.dts", cwd=tmp_path) == "nowhere.dts: no such system device tree"
    assert refusal(".", cwd=tmp_path) == ".: no such system device tree"
    system = build.ROOT / "dts/examples/linux1.dts"
    assert refusal("--board", "nowhere.dtb", system, cwd=tmp_path) == "nowhere.dtb: No such file or directory"
    (tmp_path / "empty.dtb").touch()
    assert refusal("empty.dtb", cwd=tmp_path).startswith("empty.dtb: system device tree: ")
    blob, _ = dts.compile_system(system)
    for size in (30, len(blob) // 2, len(blob) - 1):
        (tmp_path / "cut.dtb").write_bytes(blob[:size])
        assert refusal("cut.dtb", cwd=tmp_path).startswith("cut.dtb: system device tree: ")
    (tmp_path / "nonsense.dts").write_text("nonsense")
    done = nk_check("nonsense.dts", cwd=tmp_path)
    assert done.returncode == 1
    assert "syntax error" in done.stderr


def test_a_compiled_system(tmp_path):
    blob, _ = dts.compile_system(build.ROOT / "dts/examples/linux1.dts")
    (tmp_path / "system.dtb").write_bytes(blob)
    assert nk_check("system.dtb", cwd=tmp_path).stdout == nk_check("dts/examples/linux1.dts").stdout


def good_systems():
    folders = "dts/examples", "tests/fragments"
    return [file for folder in folders for file in sorted((build.ROOT / folder).glob("*.dts"))]


@pytest.mark.parametrize("system", good_systems(), ids=lambda file: file.stem)
def test_no_good_system_is_refused_without_a_board(system):
    blob, _ = dts.compile_system(system)
    assert check.system(system, blob) == []


@pytest.mark.parametrize("more", [
    '&vm2 { devices = "/soc/uart@1"; };', "&vm2 { memory { base = <0x8000000>; }; };",
    '&vm2_vcpus { affinity = "15"; };', '&vm2_vcpus { #count = <2>; affinity = "0,15"; handover-affinity = "15"; };',
    "&hyp { pmem-size = <0x7f 0x0>; };",
])
def test_what_one_board_can_run_is_right_without_a_board(system_dts, more):
    blob, _ = dts.compile_system(system_dts(VM + more))
    assert check.system("x", blob) == []


@pytest.mark.parametrize("more, says", [
    ('&vm2 { kernl = "a"; };', ADVICE), ("&vm2 { devices = <1>; };", "/vm/vm2: devices: <0x1>: "),
    ('&vm2_vcpus { affinity = "16"; };', "/vm/vm2/vcpus: affinity: "),
    ('&vm3 { kernel = "a"; memory { size = <0x200000>; }; };\n'
     '&vm3_vcpus { affinity = "0"; };', "CPU 0 is taken by vCPU 0 of vm2"),
])
def test_what_no_board_can_run_is_wrong_without_a_board(system_dts, more, says):
    blob, _ = dts.compile_system(system_dts(VM + more))
    with pytest.raises(ToolError) as error:
        check.system("x", blob)
    assert says in str(error.value)


@pytest.mark.parametrize("args, status, says", [
    (["SYSTEM=dts/examples/linux1.dts", "CPUS=1"], 0, "GICv3, 1 CPU, "),
    (["SYSTEM=dts/examples/nkddi2.dts", "CPUS=1"], 2, "/vm/vm2/vcpus: affinity: "),
])
def test_make_check(args, status, says):
    done = subprocess.run(["make", "--no-print-directory", "check", *args], cwd=build.ROOT, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    assert done.returncode == status
    assert says in done.stdout


def test_help_names_every_option():
    text = nk_check("--help").stdout
    for option in ["--image", "--include", "--define", "--board", "--gic", "--cpus", "--mem", "--cpu", "--machine"]:
        assert option in text


@pytest.fixture
def nk_run(tmp_path, system_dts):
    """nk_run(system's text, options): nk-run with images of no worth."""
    image = tmp_path / "image"
    image.write_bytes(b"image")

    def run(text, *options, **environ):
        return subprocess.run([RUN, "--system", system_dts(text), "--image", f"linux={image}", *options],
                              env={**os.environ, **environ}, capture_output=True, text=True, check=False)

    return run


def test_nk_run_says_it_before_qemu_starts(nk_run, tmp_path):
    fake, started = tmp_path / "qemu", tmp_path / "started"
    fake.write_text(f'#!/bin/sh\ntouch "{started}"\n')
    fake.chmod(0o755)
    options = ["--nk", "/dev/null", "--batch", "--qemu-args=-s"]  # with more arguments, the board is not known
    done = nk_run(VM + '&vm2 { kernl = "linux"; };', *options, QEMU=str(fake))
    assert done.returncode == 2
    assert re.fullmatch(rf"nk-run: \S*: {ADVICE}\n", done.stderr), done.stderr
    assert not started.exists()
    nk_run(VM, *options, QEMU=str(fake))
    assert started.exists()


def test_nk_run_knows_its_machine(nk_run):
    system, options = VM + '&vm2_vcpus { affinity = "3"; };', ["--nk", "/dev/null", "--dry-run"]
    assert nk_run(system, *options).returncode == 0
    done = nk_run(system, *options, "--cpus", "2")
    assert done.returncode == 2
    assert '/vm/vm2/vcpus: affinity: "3": ' in done.stderr
    assert nk_run(system, *options, "--cpus", "2", "--no-check").returncode == 0
    assert nk_run(system, *options, "--cpus", "2", "--qemu-args=-s").returncode == 0


def test_nk_says_it_when_nk_run_does_not(nk_run):
    """A tree that no board can run gets to EL2, which gives no advice."""
    done = nk_run(VM + '&vm2 { kernl = "linux"; };', "--no-check", "--batch")
    assert done.returncode == 1
    assert f"nk: error: {ADVICE.partition(',')[0]}\n" in done.stdout
