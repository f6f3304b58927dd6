# SPDX-License-Identifier: Apache-2.0
"""Builds what a run needs: by make, and as nk-bundle does for the system bundle."""

import contextlib
import fcntl
import hashlib
import os
import pathlib
import subprocess
import sys

from nklib import dts
from nklib.tool import ToolError

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / os.environ.get("BUILD", "build")
NK = BUILD / "nk.bin"
INITRAMFS = BUILD / "initramfs.cpio"
POOL_KERNEL = BUILD / "deps/linux-pool/vmlinuz"  # of our own configuration; Debian's have no restricted DMA pools
NK_BUNDLE = ROOT / "scripts/nk-bundle"
BUNDLERS = ROOT / "scripts/nklib/bundle.py", ROOT / "scripts/nklib/dts.py"


def flavours():
    """The names of Debian's kernels, as nk-setup knows them."""
    return subprocess.run([ROOT / "scripts/nk-setup", "--list", "kernels"], capture_output=True, text=True,
                          check=True).stdout.split()


def kernel(flavour="cloud"):
    """Debian's kernel of that flavour, whether it is there yet or not."""
    return BUILD / "deps" / f"linux-{flavour}" / "vmlinuz"


def initramfs_nk(flavour="cloud"):
    """The initramfs with our modules for that kernel and our tools, whether it is there yet or not."""
    return BUILD / f"initramfs-nk-{flavour}.cpio"


def initramfs_virtio(flavour="cloud"):
    """The initramfs with that kernel's modules for virtio-mmio, whether it is there yet or not."""
    return BUILD / f"initramfs-virtio-{flavour}.cpio"


def initramfs_work(flavour="cloud"):
    """initramfs_nk() with programs of Debian's for tests of real workloads, whether it is there yet or not."""
    return BUILD / f"initramfs-work-{flavour}.cpio"


def initramfs_back(flavour="cloud"):
    """initramfs_nk() with back-ends of VirtIO devices, whether it is there yet or not."""
    return BUILD / f"initramfs-back-{flavour}.cpio"


def initramfs_sound(flavour="full"):
    """initramfs_nk() with ALSA's programs, whether it is there yet or not; kernels for the cloud have no sound."""
    return BUILD / f"initramfs-sound-{flavour}.cpio"


@contextlib.contextmanager
def alone():
    """Nobody else builds in this build directory meanwhile: tests run side by side."""
    BUILD.mkdir(parents=True, exist_ok=True)
    with open(BUILD / ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def make_environ():
    """For a make that is started here: one that called us must not pass on its flags, nor its variables but BUILD."""
    return {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}


_made = set()  # by this process, under whose feet no source changes


def make(*targets):
    """Makes the targets: absolute paths, or names. Shows what make says."""
    build = os.environ.get("BUILD", "build")
    names = [str(t) for t in targets if str(t) not in _made]
    if not names:
        return
    if not os.path.isabs(build):  # then make knows its files by relative names
        names = [os.path.relpath(t, ROOT) if os.path.isabs(t) else t for t in names]
    command = ["make", "-s", f"-j{os.cpu_count()}", "--no-print-directory", f"BUILD={build}"]
    with alone():
        done = subprocess.run(command + names, cwd=ROOT, env=make_environ(), stdout=sys.stderr, check=False)
    if done.returncode:
        raise ToolError(f"make {' '.join(names)} failed")
    _made.update(map(str, targets))


def image_file(name, flavour="cloud"):
    """The file that an image's name means when nobody says otherwise."""
    if name == "linux":
        return kernel(flavour)
    if name == "rootfs":
        return INITRAMFS
    if name == "rootfs-nk":
        return initramfs_nk(flavour)
    if name == "rootfs-virtio":
        return initramfs_virtio(flavour)
    if name == "rootfs-back":
        return initramfs_back(flavour)
    if name == "rootfs-sound":
        if flavour.startswith("cloud"):
            raise ToolError(f"rootfs-sound: the kernel {flavour} has no sound; full and full-13 have")
        return initramfs_sound(flavour)
    if name == "rootfs-work":
        return initramfs_work(flavour)
    if name == "guest":
        return BUILD / "guests" / "hello.bin"
    if name.endswith(".elf") and (ROOT / "tests/guests" / f"{name[:-4]}.c").exists():
        return BUILD / "guests" / name
    if (ROOT / "tests/guests" / f"{name}.c").exists():
        return BUILD / "guests" / f"{name}.bin"
    raise ToolError(f"no file for the bundle's image '{name}'; give one with --image {name}=FILE")


def _is_made(bundle, images):
    """Whether it is there, and newer than what it was made of and by; its name says what the system is."""
    if not bundle.exists():
        return False
    made = bundle.stat().st_mtime_ns
    return all(pathlib.Path(file).stat().st_mtime_ns < made for file in [*images.values(), *BUNDLERS])


def bundle(system, images=None, flavour="cloud", check=True):
    """Makes the system bundle of a .dts or .dtb, or finds it; returns its path. images: {name: file}.

    check: whether nk-bundle refuses what no board can run.
    """
    from nklib import bundle as making  # which asks here for its checker

    images = dict(images or {})
    system = pathlib.Path(system)
    work = BUILD / "run"
    work.mkdir(parents=True, exist_ok=True)
    blob, warnings = dts.compile_system(system)
    files = {name: image_file(name, flavour) for name in dts.wanted_images(blob) if name not in images}
    if files:
        make(*sorted(set(files.values())))
    images.update(files)
    # Equal systems have one bundle, wherever they lie: with kernels in them, they are large.
    what = hashlib.sha256(blob)
    what.update(f"{sorted((name, str(file)) for name, file in images.items())}".encode())
    output = work / f"{system.stem}-{what.hexdigest()[:8]}.itb"
    if _is_made(output, images):
        return output
    new = output.with_suffix(f".{os.getpid()}")  # another run may have the old one open
    specs = [f"{name}={file}" for name, file in sorted(images.items())]
    print(warnings, end="", file=sys.stderr)
    making.pack(system, blob, specs, new, checked=check)
    new.replace(output)
    return output
