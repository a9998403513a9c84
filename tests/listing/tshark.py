"""What does tshark say of the same frames?"""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

needed = pytest.mark.skipif(
    shutil.which("tshark") is None, reason="tshark is not installed, so there is nothing to compare with"
)


def fields(capture, *names, options=(), zone="UTC"):
    """A list of cells for each frame; of several values in a frame the innermost."""
    command = [
        "tshark",
        "-r",
        str(capture),
        "-d",
        "udp.port==8472,vxlan",
        "-T",
        "fields",
        "-E",
        "occurrence=l",
        *options,
    ]
    for name in names:
        command += ["-e", name]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ | {"TZ": zone})
    return [line.split("\t") for line in done.stdout.splitlines()]
