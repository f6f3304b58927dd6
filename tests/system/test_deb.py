# SPDX-License-Identifier: Apache-2.0
"""The Debian packages for guests: what is in them, and that the modules build from nothing else."""

import gzip
import os
import re
import shutil
import subprocess

import pytest
from nklib import build
from nklib.machine import TIME_SCALE

pytestmark = pytest.mark.system

TOOL = build.BUILD / "guest-linux/deb/nk"
LIST = r"""kernel_source_dir=/headers kernelver=6.1 arch=aarch64; . "$0"/dkms.conf
echo "$PACKAGE_NAME $PACKAGE_VERSION ${MAKE[0]}"
for i in "${!BUILT_MODULE_NAME[@]}"; do
    echo "${BUILT_MODULE_LOCATION[i]}/${BUILT_MODULE_NAME[i]}.ko ${DEST_MODULE_LOCATION[i]}"
done"""


# A make that called us must not pass on its flags.
ENVIRONMENT = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
ENVIRONMENT["BUILD"] = str(build.BUILD)


def run(*command, **options):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=300 * TIME_SCALE, check=False, env=ENVIRONMENT, **options)
    assert done.returncode == 0, done.stdout
    return done.stdout


def make_packages(place):
    """Both packages, in that directory: {name: file}, and their version."""
    build.make(TOOL)
    made = run("scripts/nk-deb", "--tool", str(TOOL), "--output",
               str(place), cwd=build.ROOT).split()
    version, = {os.path.basename(file).split("_")[1] for file in made}
    return {os.path.basename(file).split("_")[0]: file for file in made}, version


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    return make_packages(tmp_path_factory.mktemp("deb"))


@pytest.fixture(scope="module")
def sources(packages, tmp_path_factory):
    """What dkms finds in /usr/src once the package is installed."""
    files, version = packages
    root = tmp_path_factory.mktemp("root")
    run("dpkg-deb", "-x", files["nk-guest-dkms"], str(root))
    return root / "usr/src" / f"nk-guest-{version}"


def test_packages(packages):
    files, version = packages
    assert run("scripts/nk-deb", "--print-version", cwd=build.ROOT) == f"{version}\n"
    assert os.path.basename(files["nk-guest-dkms"]) == f"nk-guest-dkms_{version}_all.deb"
    assert os.path.basename(files["nk-tools"]) == f"nk-tools_{version}_arm64.deb"
    run("dpkg", "--validate-version", version)
    for name, file in files.items():
        assert run("dpkg-deb", "-f", file, "Package", "Version") == \
            f"Package: {name}\nVersion: {version}\n"
    listing = run("dpkg-deb", "-c", files["nk-tools"])
    assert re.search(r"^-rwxr-xr-x root/root .* \./usr/bin/nk$", listing, re.M)
    assert "./usr/share/man/man1/nk.1.gz" in listing
    assert "./usr/share/bash-completion/completions/nk\n" in listing


def test_scripts(packages, tmp_path):
    """What they have dkms do, and what makes initrds, which only write that down here; test_deb_guest.py has the real ones."""
    files, version = packages
    run("dpkg-deb", "-e", files["nk-guest-dkms"], str(tmp_path))
    (tmp_path / "dkms").write_text('#!/bin/sh\n[ "$1" != status ] || cat "$0".status\necho "$@" >>"$0".did\n')
    (tmp_path / "update-initramfs").write_text('#!/bin/sh\necho "$@" >"$0".did\n')
    for program in "dkms", "update-initramfs":
        (tmp_path / program).chmod(0o755)
    this = f"-m nk-guest -v {version}"
    run("sh", "-c", 'PATH=$0:$PATH exec "$0/postrm" remove', str(tmp_path))
    initrds = tmp_path / "update-initramfs.did"
    assert initrds.read_text() == "-u -k all\n"
    for status, script, why, did in (("", "postinst", "configure", f"add {this}"),
                                     ("", "postinst", "abort-upgrade", f"add {this}"),
                                     ("", "postinst", "abort-remove", f"add {this}"),
                                     ("there", "prerm", "upgrade", f"remove {this} --all"),
                                     ("there", "prerm", "remove", f"remove {this} --all")):
        (tmp_path / "dkms.status").write_text(status)
        (tmp_path / "dkms.did").write_text("")
        initrds.write_text("")
        run("sh", "-c", 'PATH=$0:$PATH exec "$0/$1" "$2"', str(tmp_path), script, why)
        first, second, *others = (tmp_path / "dkms.did").read_text().splitlines()
        assert (first, second) == (f"status {this}", did)
        assert all(line.startswith(f"install {this} -k ") for line in others)
        assert initrds.read_text() == ("-u -k all\n" if script == "postinst" else "")


def test_lintian(packages):
    """Nothing that is not overridden, with a reason, in the package."""
    said = run("lintian", "--allow-root", "--fail-on", "error,warning", "--tag-display-limit", "0", *packages[0].values())
    assert not said, said


def test_no_test_modules(sources):
    assert (sources / "drivers/svec/device.c").exists()
    # The manual's headers of commands for tests are part of the interface.
    assert not [file for file in sources.rglob("*") if "test" in file.name and not file.name.endswith("_test_uapi.h")]
    for kbuild in sources.rglob("Kbuild"):
        assert "test" not in kbuild.read_text(), kbuild


def test_changelog_and_licences(packages, tmp_path):
    for name, file in packages[0].items():
        run("dpkg-deb", "-x", file, str(tmp_path))
        doc = tmp_path / "usr/share/doc" / name
        assert gzip.decompress((doc / "changelog.gz").read_bytes()).decode().startswith(f"{name} ({packages[1]}) ")
        said = (doc / "copyright").read_text()
        assert "Copyright: 2026 " in said and "License: GPL-2\n" in said and "License: Apache-2.0\n" in said
    assert "libc6 (>= 2." in run("dpkg-deb", "-f", packages[0]["nk-tools"], "Depends")
    loaded = re.search(r"^softdep nk-core post: (.*)", (tmp_path / "usr/lib/modprobe.d/nk-guest.conf").read_text(), re.M)
    build.make(build.BUILD / "guest-linux/full.stamp")  # a kernel for the cloud has less, and so have we for it
    built = {file.stem for file in (build.BUILD / "guest-linux/full").glob("*.ko")}
    assert set(loaded[1].split()) < built


def test_licences_are_those_of_the_files(sources):
    """What the copyright file says of both licences, each source's SPDX line says too."""
    root = sources.parents[2]
    said = (root / "usr/share/doc/nk-guest-dkms/copyright").read_text()
    both = re.search(r"^Files: (usr(?:.|\n )*)\nCopyright: .*\nLicense: GPL-2 or Apache-2.0$", said, re.M)[1].split()
    files = [file for file in sources.rglob("*.[ch]")]
    assert len(files) > 50
    for file in files:
        dual = any(file.relative_to(root).match(pattern) for pattern in both)
        assert ("Apache-2.0 OR GPL-2.0-only" in file.read_text()) == dual, file


def test_same_again(packages, tmp_path):
    files, _ = packages
    again = run("scripts/nk-deb", "--tool", str(TOOL), "--output",
                str(tmp_path), cwd=build.ROOT).split()
    assert len(again) == 2
    for old, new in zip(files.values(), again):
        with open(old, "rb") as one, open(new, "rb") as two:
            assert one.read() == two.read(), new


def test_sources_are_those_of_the_modules(sources):
    """What builds for each of Debian's kernels, builds there from the package as well."""
    tree = build.ROOT / "guest-linux"

    def origin(file):
        name = file.relative_to(sources)
        return tree / ("tests" / name if name.parts[0] == "bench" else name)

    files = {file: origin(file) for file in sources.rglob("*") if file.is_file()}
    changed = [file.name for file, ours in files.items() if file.read_bytes() != ours.read_bytes()]
    assert changed == ["dkms.conf"]
    missing = {file.relative_to(tree) for file in tree.rglob("Kbuild")} - {ours.relative_to(tree) for ours in files.values()}
    assert missing and all(file.parts[0] == "tests" and file.parts[1] != "bench" for file in missing)


def test_modules_build(packages, sources):
    """By the line that dkms has: make builds one kernel's modules so, from what the package has and nothing else.
    They are those that dkms will look for."""
    flavour = "full"
    built = build.BUILD / "guest-linux/src" / flavour
    build.make(build.BUILD / f"guest-linux/{flavour}.stamp")
    ours = {file.relative_to(sources) for kind in ("*.[ch]", "Kbuild", "Makefile") for file in sources.rglob(kind)}
    theirs = {file.relative_to(built) for kind in ("*.[ch]", "Kbuild", "Makefile") for file in built.rglob(kind)
              if not file.name.endswith(".mod.c")}
    assert theirs == ours
    assert not [name for name in ours if (built / name).read_bytes() != (sources / name).read_bytes()]
    first, *modules = run("bash", "-euc", LIST, str(sources)).splitlines()
    assert first == f"nk-guest {packages[1]} make KDIR='/headers'"
    wanted = {line.split()[0] for line in modules}
    assert "core/nk-core.ko" in wanted and "info/prop/vlx-prop.ko" in wanted and "bench/xirq-bench.ko" in wanted
    assert {line.split()[1] for line in modules} == {"/updates/dkms"}
    made = {str(file.relative_to(built)) for file in built.rglob("*.ko")}
    assert made == wanted
    release = (build.BUILD / f"deps/headers-{flavour}/release").read_text().strip()
    for name in made:
        assert f"vermagic={release} ".encode() in (built / name).read_bytes()


@pytest.mark.parametrize("driver", ["tests/outside", "guest-linux/tests/old"])
def test_driver_out_of_the_tree(sources, tmp_path, driver):
    """Somebody else's driver needs nothing but the package, and what dkms keeps of its build (the same sources; see above)."""
    flavour = "full"
    build.make(build.BUILD / f"guest-linux/{flavour}.stamp")
    shutil.copytree(build.ROOT / driver, tmp_path / "driver")
    if not (tmp_path / "driver/Makefile").exists():
        shutil.copy(build.ROOT / "tests/outside/Makefile", tmp_path / "driver")
        with open(tmp_path / "driver/Kbuild", "a", encoding="utf-8") as kbuild:
            kbuild.write("ccflags-y := -I$(NK)/include\n")
    run("make", "-C", str(tmp_path / "driver"), f"KDIR={build.BUILD}/deps/headers-{flavour}/build", f"NK={sources}",
        f"SYMVERS={build.BUILD}/guest-linux/src/{flavour}/Module.symvers", "ARCH=arm64", "CROSS_COMPILE=aarch64-linux-gnu-")
    module, = (tmp_path / "driver").glob("*.ko")
    depends = re.search(rb"depends=(\S*?)\0", module.read_bytes())[1].decode().split(",")
    assert sorted(depends) == {"outside": ["nk-core", "vlink-lib"], "old-test": ["nk-core"]}[module.stem]
