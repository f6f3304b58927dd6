# SPDX-License-Identifier: Apache-2.0
"""Builds what a run needs: by make, and by nk-bundle for the system bundle."""

import contextlib
import fcntl
import hashlib
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / os.environ.get("BUILD", "build")
NK = BUILD / "nk.bin"
INITRAMFS = BUILD / "initramfs.cpio"
NK_BUNDLE = ROOT / "scripts/nk-bundle"


class BuildError(Exception):
    """Something could not be built; str() is what to tell the user."""


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


@contextlib.contextmanager
def alone():
    """Nobody else builds in this build directory meanwhile: tests run side by side."""
    BUILD.mkdir(parents=True, exist_ok=True)
    with open(BUILD / ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


_made = set()  # by this process, under whose feet no source changes


def make(*targets):
    """Makes the targets: absolute paths, or names. Shows what make says."""
    build = os.environ.get("BUILD", "build")
    names = [str(t) for t in targets if str(t) not in _made]
    if not names:
        return
    if not os.path.isabs(build):  # then make knows its files by relative names
        names = [os.path.relpath(t, ROOT) if os.path.isabs(t) else t for t in names]
    # A make that called us must not pass on its flags, nor its variables but BUILD.
    env = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    command = ["make", "-s", f"-j{os.cpu_count()}", "--no-print-directory", f"BUILD={build}"]
    with alone():
        done = subprocess.run(command + names, cwd=ROOT, env=env, stdout=sys.stderr, check=False)
    if done.returncode:
        raise BuildError(f"make {' '.join(names)} failed")
    _made.update(map(str, targets))


DTC = ["dtc", "-q", "-E", "no-name_properties"]  # a VM's name is a property of that name


def system_source(system):
    """A system device tree, .dts or .dtb, with all that it includes: (text or blob, dtc's word for it)."""
    if system.suffix != ".dts":
        return system.read_bytes(), "dtb"
    cpp = subprocess.run(["cpp", "-nostdinc", "-undef", "-D__DTS__", "-I", ROOT / "dts/include",
                          "-x", "assembler-with-cpp", system], capture_output=True, check=False)
    if cpp.returncode:
        raise BuildError(cpp.stderr.decode().strip())
    return cpp.stdout, "dts"


def image_names(system, source, form):
    """The images that the VMs of a system device tree ask for. The rest: what system_source() said of it."""
    done = subprocess.run(DTC + ["-i", system.parent, "-I", form, "-O", "dts", "-"], input=source,
                          capture_output=True, check=False)
    if done.returncode:
        raise BuildError(f"{system}:\n{done.stderr.decode().strip()}")
    text = done.stdout.decode()
    return sorted(set(re.findall(r'^\s*(?:kernel|initrd|dtb) = "([^"]*)";', text, re.M)))


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
    if name == "guest":
        return BUILD / "guests" / "hello.bin"
    if (ROOT / "tests/guests" / f"{name}.c").exists():
        return BUILD / "guests" / f"{name}.bin"
    raise BuildError(f"no file for the bundle's image '{name}'; give one with --image {name}=FILE")


def _is_made(bundle, images):
    """Whether it is there, and newer than what it was made of and by; its name says what the system is."""
    if not bundle.exists():
        return False
    made = bundle.stat().st_mtime_ns
    return all(pathlib.Path(file).stat().st_mtime_ns < made for file in [*images.values(), NK_BUNDLE])


def bundle(system, images=None, flavour="cloud"):
    """Makes the system bundle of a .dts or .dtb, or finds it; returns its path. images: {name: file}."""
    images = dict(images or {})
    system = pathlib.Path(system)
    if not system.exists():
        raise BuildError(f"{system}: no such system device tree")
    work = BUILD / "run"
    work.mkdir(parents=True, exist_ok=True)
    source, form = system_source(system)
    wanted = [name for name in image_names(system, source, form) if name not in images]
    files = {name: image_file(name, flavour) for name in wanted}
    if files:
        make(*sorted(set(files.values())))
    images.update(files)
    # Equal systems have one bundle, wherever they lie: with kernels in them, they are large.
    lines = source if form == "dtb" else re.sub(rb"^# .*\n", b"", source, flags=re.M)
    what = hashlib.sha256(lines)
    what.update(f"{sorted((name, str(file)) for name, file in images.items())}".encode())
    output = work / f"{system.stem}-{what.hexdigest()[:8]}.itb"
    if _is_made(output, images):
        return output
    new = output.with_suffix(f".{os.getpid()}")  # another run may have the old one open
    command = [NK_BUNDLE, "--system", system, "--output", new]
    for name, file in sorted(images.items()):
        command += ["--image", f"{name}={file}"]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode:
        raise BuildError((done.stderr or done.stdout).decode().strip())
    new.replace(output)
    return output
