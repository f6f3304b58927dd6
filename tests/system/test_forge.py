# SPDX-License-Identifier: Apache-2.0
"""No VM can make a line look like nk's or another VM's: hostile output (forge.c) on an emulated terminal."""

import re
import subprocess

import pyte
import pytest
from nklib import build
from nklib.demux import NK, Demux

pytestmark = pytest.mark.unit

PROGRAM = build.BUILD / "unit/forge/forge"
STEPS = 4000
COLUMNS, ROWS = 80, 24
OWNER = re.compile(r"nk: |nk> |vm2 linux-a\| |vm3 linux-b\| ")
# What only the other VM writes.
FOREIGN = {"vm2": "Z", "vm3": "Q", "nk:": "QZ", "nk>": "QZ"}


class Terminal:
    """What a person sees; columns as wide as the window is, whatever nk was told."""

    def __init__(self, columns=COLUMNS):
        self.screen = pyte.HistoryScreen(columns, ROWS, history=1000000)
        self.stream = pyte.ByteStream(self.screen)

    def feed(self, data):
        self.stream.feed(data)

    def feed_anything(self, data):
        """pyte does not like each sequence that there may be."""
        for at in range(len(data)):
            try:
                self.stream.feed(data[at:at + 1])
            except (TypeError, IndexError, KeyError, ValueError, AssertionError, UnboundLocalError):
                self.stream.detach(self.screen)
                self.stream.attach(self.screen)

    def rows(self):
        """All rows, those that have scrolled off first, without the blanks behind them."""
        screen = self.screen
        lines = [*screen.history.top, *(screen.buffer[y] for y in range(ROWS))]
        return ["".join(line[x].data for x in range(screen.columns)).rstrip() for line in lines]

    def hidden(self):
        """Whether the rows' prefixes are as nk draws them: no attribute but the colour."""
        return any(line[x].reverse or line[x].bold or line[x].bg != "default"
                   for line in (self.screen.buffer[y] for y in range(ROWS)) for x in range(3))


def wrong_rows(rows):
    """Rows that are not plainly one source's."""
    wrong = []
    for row in rows:
        match = OWNER.match(row + " ")
        if row and (not match or set(row) & set(FOREIGN[row[:3]])):
            wrong.append(row)
    return wrong


def nk_rows(rows):
    return [row for row in rows if row.startswith("nk: ")]


def forge(*args):
    done = subprocess.run([PROGRAM, *map(str, args)], capture_output=True, check=True)
    return done.stdout, done.stderr.decode().splitlines()


@pytest.fixture(scope="module", autouse=True)
def program():
    build.make(PROGRAM)


@pytest.mark.parametrize("seed, columns, told", [(1, 80, 0), (2, 80, 0), (3, 132, 0), (4, 40, 0), (5, 80, 80), (6, 60, 80)])
def test_lines(seed, columns, told):
    wire, said = forge(seed, STEPS, "lines", told)
    terminal = Terminal(columns)
    for at in range(0, len(wire), 997):
        terminal.feed(wire[at:at + 997])
        here = terminal.screen.cursor.y
        assert not wrong_rows(terminal.rows()[-ROWS:][:here])
        assert not terminal.hidden()
    rows = terminal.rows()
    assert not wrong_rows(rows)
    assert nk_rows(rows) == said
    assert sum(row.startswith("vm") for row in rows) > 500


@pytest.mark.parametrize("seed", [11, 12])
def test_demux(seed):
    """A program that reads the stream sees the same, also when VMs have had the screen."""
    wire, said = forge(seed, STEPS, "screen")
    assert wire.count(b"\x1b[0m\x1b[?7h") > 3
    lines = []
    demux = Demux(lambda vm, name, text: lines.append((vm, text)))
    for at in range(0, len(wire), 61):
        demux.feed(wire[at:at + 61])
    demux.close()
    assert [f"{text}" for vm, text in lines if vm == NK and text.startswith("nk: ")] == said
    assert not [text for vm, text in lines if vm < 2 and set(text) & set("QZ")]
    assert not [text for vm, text in lines if vm == 2 and "Z" in text or vm == 3 and "Q" in text]


def test_screen_leaves_nothing_behind():
    """After screen mode the terminal is as new: what was drawn, its modes and its margins are gone."""
    wire, _ = forge(21, STEPS, "screen")
    leave = b"\x18\x1b\\\x1bc"
    pieces = wire.split(leave)
    assert len(pieces) > 3
    terminal = Terminal()
    for piece in pieces[:-1]:
        terminal.feed_anything(piece)
        terminal.feed(leave)
        assert not any(terminal.rows()[-ROWS:])
        assert terminal.screen.cursor.y == 0 and not terminal.screen.margins
    terminal.feed(pieces[-1])
    assert not wrong_rows(terminal.rows()[-ROWS:])


@pytest.mark.parametrize("text", [b"\x1b[A\rnk: x", b"\r\nnk: x", b"\x1b[1G\x1b[Knk: x", b"Z", b"a" * 70 + b"nk: panic",
                                  b"\x1b[99D\rnk: ", b"\x1bMQ"])
def test_the_test_itself(text):
    """Each of these, let through as it is, would be seen."""
    terminal = Terminal()
    terminal.feed(b"vm3 linux-b| first\r\n")
    terminal.feed(b"vm2 linux-a| " + text + b"\r\n")
    assert wrong_rows(terminal.rows()) or nk_rows(terminal.rows())
