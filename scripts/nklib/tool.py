# SPDX-License-Identifier: Apache-2.0
"""Running other programs, whose complaints become ours."""

import shutil
import subprocess


class ToolError(Exception):
    """What was asked for cannot be done; str() is one message for the user."""


def run(command, what, **kwargs):
    """Runs a tool; gives what it wrote on stdout and stderr."""
    if not shutil.which(command[0]):
        raise ToolError(f"{command[0]} is not installed; scripts/nk-setup --for build does that")
    done = subprocess.run(command, capture_output=True, check=False, **kwargs)
    if done.returncode:
        text = (done.stderr or done.stdout).decode(errors="replace").strip()
        raise ToolError(f"{what}: {command[0]} failed:\n{text}")
    return done.stdout, done.stderr.decode(errors="replace")
