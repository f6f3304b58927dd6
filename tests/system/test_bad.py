# SPDX-License-Identifier: Apache-2.0
"""Wrong configurations and bundles: nk says one line, and ends with status 1."""

import re
import subprocess
import time

import pytest
from nklib import build, bundle, qemu
from nklib.machine import NK, TIME_SCALE

pytestmark = pytest.mark.bad

BAD = build.ROOT / "tests/bad"
FDT_MAGIC = b"\xd0\x0d\xfe\xed"
MARK = b"nk test payload "
GOOD = """
&vm2 {
	name = "a";
	kernel = "linux";
	initrd = "rootfs";
	memory { size = <0x0 0x04000000>; };
};
&vm2_vcpus { #count = <1>; affinity = "0"; migration = "off"; };
"""


def comment(file, key):
    """What a case says behind "// KEY: "; None when it does not."""
    match = re.search(rf"^// {key}: (.*)$", file.read_text(), re.M)
    return match[1] if match else None


def complaint(file):
    """What nk says is right, without the place, names and numbers: as good as one line of its source."""
    right = comment(file, "error").rpartition(": ")[2]
    return re.sub(r'"[^"]*"|\S*\d\S*|/\S*', "", right).split()


def cases(*kinds):
    """The cases that QEMU's machine can show; those for other boards are host unit tests only, which have them all.

    As the same code answers there, here one case of each complaint boots; the others do so when nk is soaked.
    """
    seen, params = [], []
    for file in (file for kind in kinds for file in sorted((BAD / kind).glob("*.dts"))):
        if comment(file, "board"):
            continue
        marks = [pytest.mark.soak] if (said := complaint(file)) in seen else []
        seen.append(said)
        params.append(pytest.param(file, id=f"{file.parent.name}/{file.stem}", marks=marks))
    return params


def blob(file):
    """The blob that unit.mk makes of a case."""
    return build.BUILD / "unit/dtb" / file.relative_to(build.ROOT / "tests").with_suffix(".dtb")


@pytest.fixture(scope="module")
def blobs():
    files = [case.values[0] for case in cases("system", "forced")]
    build.make(*map(blob, files))


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    """Small files for the images' names: {name: file}; linux has the header of an arm64 Image."""
    directory = tmp_path_factory.mktemp("images")
    files = {name: directory / name for name in ("linux", "rootfs", "guest", "dtb")}
    for name, file in files.items():
        file.write_bytes(MARK + name.encode() * 1000)
    for name, flags in ("linux", 0xa), ("linux-16k", 0xc), ("linux-64k", 0xe):
        files[name] = directory / name
        # b ., then text offset 0, image size 64 KiB, flags with the page size and anywhere, magic.
        header = (b"\x00\x00\x00\x14" + bytes(12) + (0x10000).to_bytes(8, "little")
                  + flags.to_bytes(8, "little") + bytes(24) + b"ARM\x64" + bytes(4))
        files[name].write_bytes(header + MARK * 100)
    return files


@pytest.fixture
def pack(tmp_path, images):
    """pack(system, names=[...], internal=False): a bundle of those images, whether good or not."""

    def make(system, names=("linux", "rootfs", "guest"), internal=False):
        output = tmp_path / "system.itb"
        bundle.make(system, [f"{name}={images[name]}" for name in names], output, internal=internal, checked=False)
        return output

    return make


@pytest.fixture
def refused(machines, nk):
    """refused(bundle): boots nk with that; returns the one error line behind "nk: error: "."""

    def boot(bundle, **options):
        machine = machines(qemu.argv(nk, bundle, "nk.panic=off", **options))
        code = machine.wait_end(30)
        errors = [line for line in machine.lines(NK) if "error" in line]
        assert len(errors) == 1, machine.consoles()
        assert errors[0].startswith("nk: error: ")
        assert code == 1
        started = [line for vm in range(2, 32) for line in machine.lines(vm)]
        assert not started, "half a system was started"
        return errors[0].removeprefix("nk: error: ")

    return boot


@pytest.mark.parametrize("case", cases("system", "forced"))
def test_system_tree(blobs, refused, pack, case):
    assert refused(pack(blob(case))) == comment(case, "error")


@pytest.mark.parametrize("gic", [2, 3])
def test_more_memory_than_there_is(refused, pack, system_dts, gic):
    system = system_dts(GOOD.replace("0x04000000", "0x20000000"))
    assert "vm2" in refused(pack(system), gic=gic, mem=256)


@pytest.mark.parametrize("gic", [2, 3])
def test_affinity_to_a_missing_cpu(refused, pack, system_dts, gic):
    assert "affinity" in refused(pack(system_dts(GOOD.replace('"0"', '"1"'))), gic=gic, cpus=1)


@pytest.fixture
def board(tmp_path, nk):
    """board(gic, kind, node, property, values): QEMU's tree with that one changed: arguments for QEMU."""

    def make(gic, kind, *change):
        file = tmp_path / "board.dtb"
        argv = qemu.argv(nk, machine=f"virt,dumpdtb={file}", gic=gic)
        subprocess.run(argv, capture_output=True, check=True)
        subprocess.run(["fdtput", "-t", kind, file, *change], check=True)
        return ["-dtb", str(file)]

    return make


@pytest.mark.parametrize("gic", [2, 3])
def test_affinity_to_a_cpu_that_does_not_start(refused, pack, system_dts, board, gic):
    system = system_dts(GOOD.replace('"0"', '"3"'))
    error = refused(pack(system), gic=gic, extra=board(gic, "x", "/cpus/cpu@3", "reg", "7"))
    assert re.match("/vm/vm2: vcpus: CPU 3 did not start", error)


def test_mistake_in_the_boards_tree(refused, board):
    """nk's options and the way to end the machine are read before anything that can be a mistake."""
    assert refused(None, gic=3, cpus=20) == "/cpus/cpu@16: reg: <0x100>: at most 16 CPUs"
    assert refused(None, gic=2, extra=board(2, "s", "/timer", "compatible", "sundial")).startswith("/timer: ")


def test_interrupt_controller_without_the_boot_cpu(machines, nk, pack, system_dts, board):
    extra = board(3, "x", "/intc@8000000", "reg", *"0 8000000 0 10000 0 80c0000 0 f40000".split())
    machine = machines(qemu.argv(nk, pack(system_dts(GOOD)), "nk.panic=off", gic=3, extra=extra))
    assert machine.wait_end(30) == 2
    assert any("panic: cpu0: the interrupt controller has nothing for this CPU" in line
               for line in machine.lines(NK)), machine.consoles()


@pytest.mark.parametrize("gic, cpu, level", [(2, "cortex-a57", 1), (3, "max", 1), (3, "cortex-a57", 3)])
def test_entered_at_another_level(machines, nk, tmp_path, gic, cpu, level):
    """One line, though neither the MMU is on nor nk where it is linked."""
    machine = f"virt,secure={'on' if level == 3 else 'off'}"
    argv = qemu.argv(nk, gic=gic, cpu=cpu, cpus=2, mem=512, machine=machine, el2=False)
    if level == 3:  # as a firmware would leave it: x0 = QEMU's tree, at the start of RAM
        start = tmp_path / "start.bin"
        code = (0xd2a80000, 0xd2a80401, 0xd61f0020)  # mov x0, #0x40000000; mov x1, #0x40200000; br x1
        start.write_bytes(b"".join(word.to_bytes(4, "little") for word in code))
        at = argv.index("-kernel")
        argv[at:at + 2] = ["-device", f"loader,file={nk},addr=0x40200000,force-raw=on",
                           "-device", f"loader,file={start},addr=0x48000000,cpu-num=0,force-raw=on"]
    machine = machines(argv)
    machine.wait_line(NK, rf"^nk: error: entered at EL{level}: nk needs EL2 "
                          + (r"\(QEMU: -M virt,virtualization=on\)$" if level == 1 else "and a firmware at EL3$"))
    assert len(machine.lines(NK)) == 1


def test_no_bundle(refused):
    assert "linux,initrd-start" in refused(None)


@pytest.mark.parametrize("name, file", [
    ("kernel", "linux"), ("initrd", "rootfs"),
])
def test_unknown_image(refused, pack, system_dts, images, name, file):
    error = refused(pack(system_dts(GOOD), [image for image in images if image != file]))
    assert re.match(rf'/vm/vm2: {name}: "{file}": ', error)


def test_kernel_without_header_or_offset(refused, pack, system_dts):
    error = refused(pack(system_dts(GOOD.replace('"linux"', '"guest"'))))
    assert re.match(r'/vm/vm2: kernel: "guest": .*kernel-offset', error)


def test_kernel_of_a_page_size_the_cpus_have_not(refused, pack, system_dts):
    """QEMU's cortex-a57 has pages of 4 and 64 KiB."""
    system = GOOD.replace('"linux"', '"linux-16k"').replace('"0"', '"2"')
    error = refused(pack(system_dts(system), ["linux-16k", "rootfs"]), cpu="cortex-a57")
    assert error == '/vm/vm2: kernel: "linux-16k": needs 16 KiB pages, which CPU 2 has not'


@pytest.mark.parametrize("size, cpu", [("64k", "cortex-a57"), ("16k", "max")])
def test_kernel_of_a_page_size_the_cpus_have(machines, nk, pack, system_dts, size, cpu):
    bundle = pack(system_dts(GOOD.replace('"linux"', f'"linux-{size}"')), [f"linux-{size}", "rootfs"])
    machine = machines(qemu.argv(nk, bundle, "nk.panic=off", cpu=cpu))
    machine.wait_up()
    end = time.monotonic() + 20 * TIME_SCALE  # nk's prompt answers while the VM is still loaded
    while not re.match("nk: vm2 a: running, 1 of 1 vCPUs on", machine.nk_prompt("vm 2")[0]):
        assert time.monotonic() < end, machine.nk_prompt("vm 2")
    assert machine.quit() == 0


@pytest.mark.parametrize("internal", [False, True])
@pytest.mark.parametrize("name", ["linux", "rootfs", "system"])
def test_wrong_hash(refused, pack, system_dts, images, name, internal):
    bundle = pack(system_dts(GOOD), internal=internal)
    data = bytearray(bundle.read_bytes())
    if name == "system":
        at = data.index(b"linux\0", data.index(FDT_MAGIC, 4))  # in its kernel property
    else:
        at = data.index(images[name].read_bytes()) + 100
    data[at] ^= 1
    bundle.write_bytes(data)
    assert re.match(rf"image {name}: sha256 ", refused(bundle))


@pytest.mark.parametrize("keep", [0, 3, 40, 0.25, 0.5, 0.75, 0.9, 0.99, -1])
@pytest.mark.parametrize("internal", [False, True])
def test_truncated_bundle(refused, pack, system_dts, keep, internal):
    bundle = pack(system_dts(GOOD), ["linux", "rootfs"], internal=internal)
    data = bundle.read_bytes().rstrip(b"\0")  # what is behind the last image is padding
    end = int(len(data) * keep) if isinstance(keep, float) else keep
    bundle.write_bytes(data[:end] or b"\0")
    assert re.match(r"bundle|image", refused(bundle))


@pytest.mark.parametrize("seed", range(4))
def test_bundle_of_noise(refused, tmp_path, seed):
    bundle = tmp_path / "noise.itb"
    noise = bytes((i * i * 31 + i * 7 + seed * 97) & 0xff for i in range(100000))
    bundle.write_bytes((FDT_MAGIC if seed % 2 else b"") + noise)
    assert refused(bundle)


@pytest.mark.parametrize("keep", [0, 30, 0.3, 0.6, 0.9, -1])
def test_truncated_system_tree(refused, pack, system_dts, tmp_path, keep):
    good = pack(system_dts(GOOD))
    tree = tmp_path / "system.dtb"
    data = bytes(good.read_bytes())
    start = data.index(FDT_MAGIC, 4)
    size = int.from_bytes(data[start + 4:start + 8], "big")
    end = int(size * keep) if isinstance(keep, float) else keep
    tree.write_bytes(data[start:start + size][:end] or b"\0")
    assert refused(pack(tree))
