# SPDX-License-Identifier: Apache-2.0
"""scripts/nk-syms: what it refuses, and how it makes its table fit. The format itself is read back
by test_symbols.c."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[4]
NM = ROOT.joinpath("tests/unit/core/debug/symbols.nm").read_text(encoding="ascii")

pytestmark = pytest.mark.unit


def syms(text, *args):
    return subprocess.run([ROOT / "scripts/nk-syms", *args], input=text, capture_output=True,
                          text=True, check=False)


def table_size(assembly):
    """Bytes of the table: two words, then the bytes."""
    return 8 + len(re.findall(r"0x[0-9a-f]{2}\b", assembly))


def many(count):
    """The output of nm for count functions with names like those of C programs."""
    parts = ["console", "vm", "stage2", "gic", "timer", "write", "read", "init", "find", "page"]
    lines = ["0000400000000000 T __text_start", f"{0x400000000000 + 16 * count:016x} T __text_end"]
    for i in range(count):
        name = "_".join(parts[(i * k + i // k) % 10] for k in (1, 3, 7)) + f"_{i}"
        lines.append(f"{0x400000000000 + 16 * i:016x} {'tT'[i % 2]} {name}")
    return "\n".join(lines)


def test_output_does_not_depend_on_the_order():
    lines = NM.splitlines()
    assert syms(NM).stdout == syms("\n".join(reversed(lines))).stdout


def test_fits():
    for count in (0, 1, 500, 1000):
        done = syms(many(count))
        assert done.returncode == 0, done.stderr
        assert table_size(done.stdout) <= 16384


def test_cuts_names_to_fit():
    done = syms(many(2600))
    assert done.returncode == 0
    assert "names cut to" in done.stderr
    assert table_size(done.stdout) <= 16384


def test_refuses_what_cannot_fit():
    done = syms(many(5000))
    assert done.returncode != 0
    assert "5000 functions do not fit in 16384 bytes" in done.stderr


@pytest.mark.parametrize("missing", ["__text_start", "__text_end"])
def test_refuses_input_without_bounds(missing):
    done = syms("\n".join(line for line in NM.splitlines() if missing not in line))
    assert done.returncode != 0
    assert f"no symbol {missing}" in done.stderr


def test_refuses_code_beyond_16_bit_offsets():
    done = syms(NM.replace("0000000000406000 T __text_end", "0000000000501000 T __text_end"))
    assert done.returncode != 0
    assert "at most 256 KiB" in done.stderr


def test_check_finds_moved_functions(tmp_path):
    other = tmp_path / "second.nm"
    other.write_text(NM, encoding="ascii")
    assert syms(NM, "--check", other).returncode == 0
    other.write_text(NM.replace("401240 T vuart_reset", "401244 T vuart_reset"), encoding="ascii")
    done = syms(NM, "--check", other)
    assert done.returncode != 0
    assert "moved" in done.stderr
