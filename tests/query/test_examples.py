"""Do the worked examples of docs/filters.md match the frames that they state, here and in tshark?"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

import vxlan_dissect as vxd

ROOT = Path(__file__).resolve().parents[2]
ROW = re.compile(r"\| ([\d ]+) \| `([^`]+)` \|(?: (?:`([^`]+)`|(the same)) \|)?")


def examples():
    """Each example as (capture, frames, filter, the filter in Wireshark or None)."""
    capture = None
    for line in (ROOT / "docs" / "filters.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("### captures/"):
            capture = line[4:]
        elif match := ROW.fullmatch(line):
            frames = [int(number) for number in match[1].split()]
            yield capture, frames, match[2], match[2] if match[4] else match[3]


EXAMPLES = list(examples())
OF_PACKETS = [example for example in EXAMPLES if example[3]]
WITH_NAMES = [example for example in EXAMPLES if not example[3]]


def test_examples_are_found():
    """The page has at least twenty examples on packets and some with names."""
    assert len(OF_PACKETS) >= 20
    assert len(WITH_NAMES) >= 5


@pytest.mark.parametrize(("capture", "frames", "expression", "_wireshark"), OF_PACKETS)
def test_example_on_packets(capture, frames, expression, _wireshark):
    """`Packets.where` keeps the stated frames."""
    packets = vxd.read(str(ROOT / capture))
    assert [packet.number for packet in packets.where(expression)] == frames


@pytest.mark.parametrize(("capture", "frames", "expression", "_wireshark"), WITH_NAMES)
def test_example_with_names(capture, frames, expression, _wireshark):
    """`explain(where=...)` keeps the stated frames, with names from the inventory beside the capture."""
    explained = vxd.explain(str(ROOT / capture), where=expression)
    assert [explanation.frame for explanation in explained] == frames


@pytest.mark.skipif(
    shutil.which("tshark") is None, reason="tshark is not installed, so there is nothing to compare with"
)
@pytest.mark.parametrize(("capture", "frames", "_expression", "wireshark"), OF_PACKETS)
def test_example_in_tshark(capture, frames, _expression, wireshark):
    """tshark keeps the stated frames with the filter that the page gives for it."""
    command = ["tshark", "-r", str(ROOT / capture), "-d", "udp.port==8472,vxlan", "-Y", wireshark]
    done = subprocess.run([*command, "-T", "fields", "-e", "frame.number"], capture_output=True, text=True, check=True)
    assert [int(number) for number in done.stdout.split()] == frames
