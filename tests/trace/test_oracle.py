"""Does the oracle agree with what the labs' own scripts counted?

Law: `tracked` of a scenario.json was written by the lab, by another program: for some flows how many frames each point
shows, with which MACs and hop limits.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from tests.diagnose.truth import SHARED, table
from tests.trace.oracle import Journey, journeys

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = SHARED / "captures-others"
DISCOVERY = {"icmpv6 135", "icmpv6 136"}
NAMES = [name for name in table() if (FOLDER / name / "scenario.json").exists()]


def differences(name: str) -> Iterator[str]:
    """Where frames of tracked flows are otherwise than the lab counted."""
    folder = FOLDER / name
    told = json.loads((folder / "scenario.json").read_text(encoding="utf-8"))
    every = journeys(folder, FOLDER / "inventory" / table()[name].family)
    for flow in told.get("tracked", ()):
        for way in ("request", "reply"):
            src, dst = (flow["src"], flow["dst"]) if way == "request" else (flow["dst"], flow["src"])
            mine = [one for one in every if _is_of(one, src, dst, flow)]
            for point in flow[way]["points"]:
                found = Counter(_frames(mine, f"{point['point']}.pcap", src, dst, flow))
                wanted = Counter()
                for seen in point["seen"]:
                    wanted[seen.get("eth_src"), seen.get("eth_dst"), seen.get("hop_limit")] += seen["n"]
                # The lab wrote down the first of the ways in which a packet looked there, and counted all.
                if found.total() != point["count"] or any(found[look] != count for look, count in wanted.items()):
                    yield f"{flow['label']} {way} at {point['point']}: {dict(found)} for {dict(wanted)}"


def _is_of(journey: Journey, src: list[str], dst: list[str], flow: dict[str, Any]) -> bool:
    return any(
        frame.packet.src in src and frame.packet.dst in dst and frame.packet.protocol == flow["proto"]
        for frame in journey.frames
    )


def _frames(mine: list[Journey], capture: str, src: list[str], dst: list[str], flow: dict[str, Any]) -> Iterator[Any]:
    for frame in (frame for journey in mine for frame in journey.frames):
        packet = frame.packet
        size = (packet.length or 0) + (20 if packet.version == 4 else 40)
        later = frame.piece is not None and frame.piece.offset > 0 and len(packet.tunnels) > len(frame.piece.tunnels)
        of_flow = packet.src in src and packet.dst in dst and packet.protocol == flow["proto"]
        of_flow = of_flow and size >= flow.get("minlen", 0)
        if frame.record.capture == capture and of_flow and not later and packet.kind not in DISCOVERY:
            # In IPIP there is no Ethernet header, in a capture of IP neither.
            bare = packet.tunnels and packet.tunnels[-1].kind == "ipip"
            yield (*((None, None) if bare else packet.macs), packet.hop_limit)


@pytest.mark.parametrize("name", NAMES)
def test_tracked_flows(name):
    """Counts, MACs and hop limits of tracked flows are at every point those that the lab wrote down."""
    assert list(differences(name)) == []


def test_tracked_flows_are_here(shared_dir):
    """Where the captures lie beside the project, the lab's own counts do too."""
    assert len(NAMES) > 100
