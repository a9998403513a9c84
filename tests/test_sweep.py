"""Does every capture that is at hand explain, and does every explanation keep what all must keep?"""

from __future__ import annotations

from collections import defaultdict

import pytest

import vxlan_dissect as vxd
from tests.checks import doubled, faults
from tests.datapath.labs import ROOT, families, scenarios
from vxlan_dissect import Inventory
from vxlan_dissect.rules import RULES

SUFFIXES = {".pcap", ".cap", ".pcapng"}
STORED = sorted({path.parent for path in (ROOT / "captures").rglob("*") if path.suffix in SUFFIXES})
# The words that say that the other half of an exchange is nowhere in the capture.
DENIALS = ("No reply", "No answer", "The request is not in this capture")
SECOND = 1_000_000_000


def points(folder):
    """The captures of a scenario."""
    return sorted(path for path in folder.iterdir() if path.suffix in SUFFIXES)


def inventory_of(folder):
    """The inventory of a stored scenario."""
    own = folder / "inventory"
    return Inventory.load(own if own.is_dir() else folder.parent / "inventory")


def half_of(packet):
    """What a question and its answer share, and whether this is the answer; None for other frames."""
    get = packet.get
    kind = get("icmpv6.type")
    if kind in {128, 129}:
        ends = (get("ipv6.src"), get("ipv6.dst"))
        numbers = (get("icmpv6.echo.identifier"), get("icmpv6.echo.sequence_number"))
        return (*(ends if kind == 128 else ends[::-1]), *numbers), kind == 129
    if get("icmp.type") in {8, 0}:
        ends = (get("ip.src"), get("ip.dst"))
        return (*(ends if get("icmp.type") else ends[::-1]), get("icmp.ident"), get("icmp.seq")), not get("icmp.type")
    if kind in {135, 136}:
        side, which = ("src", "ns") if kind == 135 else ("dst", "na")
        return (get(f"ipv6.{side}"), get(f"icmpv6.nd.{which}.target_address")), kind == 136
    if get("arp.opcode") in {1, 2}:
        ends = (get("arp.src.proto_ipv4"), get("arp.dst.proto_ipv4"))
        return (ends if get("arp.opcode") == 1 else ends[::-1]), get("arp.opcode") == 2
    return None


def denials(result):
    """Statements that the other half of an exchange is missing, though it stands in the capture, near in time."""
    times, halves, said = result.packets.times().tolist(), defaultdict(list), []
    for row, (one, packet) in enumerate(zip(result, result.packets, strict=True)):
        half = half_of(packet)
        if half is None:
            continue
        halves[half].append(row)
        texts = [told.text for told in one.statements if any(words in told.text for words in DENIALS)]
        said += [(row, half, text) for text in texts]
    for row, (key, answers), text in said:
        for other in halves.get((key, not answers), ()):
            if (other < row if answers else other > row) and abs(times[other] - times[row]) < SECOND:
                yield f"{row + 1}: {text} But see frame {other + 1}."
                break


def wrong_of(paths, inventory):
    """What is wrong with the explanations of captures, by kind of fault: the first few, and how many."""
    wrong = defaultdict(list)
    for path in paths:
        result = vxd.explain(str(path), inventory)
        place = f"{path.parent.name}/{path.name}"
        if result.problem is not None or [one.frame for one in result] != list(range(1, len(result.packets) + 1)):
            wrong["frames that are missing"].append(place)
        for one in result:
            wrong["faults"] += [f"{place}:{one.frame}: {fault}" for fault in faults(one, RULES)]
            if (place_twice := doubled(one)) is not None:
                wrong["an interface twice on the way"].append(f"{place}:{one.frame}: {place_twice}")
        wrong["a part of an exchange denied"] += [f"{place}:{denied}" for denied in denials(result)]
    return {kind: (found[:3], len(found)) for kind, found in wrong.items() if found}


@pytest.mark.parametrize("known", [True, False], ids=["with inventory", "without"])
@pytest.mark.parametrize("folder", STORED, ids=lambda folder: folder.name)
def test_stored_captures(folder, known):
    """Every point of a stored scenario explains without an error or a fault."""
    assert wrong_of(points(folder), inventory_of(folder) if known else Inventory()) == {}


@pytest.mark.parametrize("known", [True, False], ids=["with inventory", "without"])
@pytest.mark.parametrize("family", families())
def test_captures_beside_the_project(shared_dir, family, known):
    """Every point of every scenario of a family explains without an error or a fault."""
    found = list(scenarios(shared_dir, family))
    inventory = found[0][1] if known else Inventory()
    assert wrong_of([path for folder, _ in found for path in points(folder)], inventory) == {}
