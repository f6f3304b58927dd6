# SPDX-License-Identifier: Apache-2.0
"""Takes nk's one console apart again: which line is whose."""

import re

NK = 1  # nk's own lines, as VM id 1 is the hypervisor
OTHER = 0  # what nobody signed: firmware, QEMU, a bare guest

# Colours, and what the terminal is told of its right edge.
_CODES = rb"(?:\x1b\[(?:[0-9;]*m|\?7[lh]))*"
_PREFIX = re.compile(_CODES + rb"vm(\d+) ([^|\x1b]*)\| ?(?:\x1b\[0?m)?")
_NK_LINE = re.compile(_CODES + rb"(?=nk(?:: |> ))")
# The start of a prefix that has not come in whole yet.
_PARTIAL_PREFIX = re.compile(rb"(?:\x1b(?:\[[0-9;?]*)?[mlh]?)*(?:n|nk|nk:|nk>|v|vm|vm\d+|vm\d+ [^|]*)?$")
_ERASE = b"\r\x1b[K"
# Between these a VM has the screen to itself: nothing of that is anybody's line.
_SCREEN_ENTER = b"\x1b[0m\x1b[?7h"
_SCREEN_LEAVE = b"\x18\x1b\\\x1bc"
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[78=>]")


def plain(text):
    """The text without terminal escape codes."""
    return _ESCAPES.sub("", text)


class Demux:
    """Feed it the bytes of nk's UART; it calls on_line(vm, name, text) for every whole line.

    vm is a VM's id, NK for nk's own lines and OTHER for the rest. The unfinished line at the end,
    if any, is unfinished(): (vm, text). With bare=True everything belongs to that VM id.
    """

    def __init__(self, on_line, bare=None):
        self._on_line = on_line
        self._bare = bare
        self._line = b""
        self._screen = False
        self._screen_begin = 0  # where in the line
        self._erased_by = None  # who had the unfinished line that was erased last

    def feed(self, data):
        self._line += data
        if self._bare is None:
            self._take_screens()
        while True:
            end = self._line.find(b"\n")
            if end < 0 or (self._screen and end >= self._screen_begin):
                break
            self._screen_begin -= end + 1
            line, self._line = self._line[:end], self._line[end + 1:]
            self._finish(line)
        self._forget_erased()

    def unfinished(self):
        """The line that has not ended: (vm, text)."""
        vm, _, text = self._owner(self._line)
        return vm, text

    def close(self):
        """At the end of the stream: what is unfinished is a line too."""
        if self._screen:
            self._line = self._line[:self._screen_begin]
        if plain(self._line.decode("utf-8", "replace")):
            line, self._line = self._line, b""
            self._finish(line)

    def _take_screens(self):
        """Cuts out what was sent in screen mode, as far as it has come in."""
        while True:
            if self._screen:
                end = self._line.find(_SCREEN_LEAVE, self._screen_begin)
                if end < 0:
                    keep = len(_SCREEN_LEAVE) - 1
                    self._line = self._line[:self._screen_begin] + self._line[self._screen_begin:][-keep:]
                    return
                self._line = self._line[:self._screen_begin] + self._line[end + len(_SCREEN_LEAVE):]
                self._screen = False
            begin = self._line.find(_SCREEN_ENTER)
            if begin < 0:
                return
            self._line = self._line[:begin] + self._line[begin + len(_SCREEN_ENTER):]
            self._screen, self._screen_begin = True, begin

    def _forget_erased(self):
        if self._bare is not None or self._screen:
            return
        cut = self._line.rfind(_ERASE)
        if cut >= 0:
            self._erased_by = self._owner(self._line[:cut])[:2]
            self._line = self._line[cut + len(_ERASE):]

    def _finish(self, line):
        if self._bare is None:
            cut = line.rfind(_ERASE)
            if cut >= 0:
                self._erased_by = self._owner(line[:cut])[:2]
                line = line[cut + len(_ERASE):]
        vm, name, text = self._owner(line)
        self._erased_by = None
        self._on_line(vm, name, text)

    def _owner(self, line):
        text = line.rstrip(b"\r")
        if self._bare is not None:
            return self._bare, "", text.decode("utf-8", "replace")
        cut = text.rfind(_ERASE)
        if cut >= 0:
            text = text[cut + len(_ERASE):]
        match = _PREFIX.match(text)
        if match:
            rest = text[match.end():].decode("utf-8", "replace")
            return int(match[1]), match[2].decode("utf-8", "replace"), rest
        match = _NK_LINE.match(text)
        if match:
            return NK, "nk", text[match.end():].decode("utf-8", "replace")
        text = text.decode("utf-8", "replace")
        # A guest may send the erase code itself; then what follows is still the guest's.
        if self._erased_by and self._erased_by[0] >= 2 and not _PARTIAL_PREFIX.match(line):
            return self._erased_by[0], self._erased_by[1], text
        return OTHER, "", text
