"""Do other capture points confirm what the datapath predicts from one of them?

Law: every packet is followed by what no hop changes (addresses, ports, sequence numbers, identifiers) through all
points of its scenario, which share one clock and one network. Left out is what the inventory cannot know: scenarios in
which the network was changed (they have a folder `during`), and frames whose address or size a hop changes.
"""

from __future__ import annotations

from collections import defaultdict

import pytest

import vxlan_dissect as vxd
from tests.datapath.labs import families, scenarios, stored
from vxlan_dissect import Inventory

SAME = (
    "ip.src", "ip.dst", "ipv6.src", "ipv6.dst", "icmp.type", "icmp.ident", "icmp.seq", "icmpv6.type",
    "icmpv6.echo.identifier", "icmpv6.echo.sequence_number", "udp.srcport", "udp.dstport", "udp.length", "tcp.srcport",
    "tcp.dstport", "tcp.seq_raw", "tcp.ack_raw", "tcp.flags", "tcp.len", "ip.id", "ip.frag_offset",
    "ipv6.fraghdr.offset", "ipv6.fraghdr.ident",
)  # fmt: skip
LINK = ("arp", "icmpv6.neighbor", "icmpv6.router", "icmpv6.multicast", "icmpv6.redirect")
PARTS = ("whole", "fragment")
ECHOES = ("icmp.echo", "icmpv6.echo")
# What no line of these inventories says.
UNTOLD = {
    "proxy-gateway-25-two-gateways-answer": "the pod believes the wrong one of two answers",
    "calico-vxlan-37-asymmetric-return": "a third way back, set for this scenario",
    "kindnet-hostgw-25-asymmetric-return": "a third way back, set for this scenario",
    "flannel-41-late-capture": "replies outside the tunnel, left over from the scenario before",
    "flannel-43-rs-mld-noise": "replies outside the tunnel, left over from the scenario before",
    "flannel-35-clusterip-same-node": "translated on the bridge, so that one way is routed and one is bridged",
    "flannel-25-vtep-mac-mismatch": "another MAC of the far tunnel device, set for this scenario",
    "flannel-31-asymmetric-rp-filter": "replies outside the tunnel, set for this scenario",
    "flannel-33-stale-gateway-neighbour": "another MAC of the gateway, set for this scenario",
}

# Scenarios in which a point does not show all that passed it: tcpdump dropped frames, began late or cut them short, or
# a hop joins fragments.
INCOMPLETE = ("capture-tool-drops", "late-capture", "snaplen", "formats", "big-ping", "pod-mtu")


class Scenario:
    """The explanations of each point of a scenario, and where each packet was captured."""

    def __init__(self, folder, inventory):
        self.frames = []
        self.seen = defaultdict(lambda: defaultdict(list))
        for path in sorted(folder.glob("*.pcap")):
            if ".any" in path.name:
                continue
            explained = vxd.explain(str(path), inventory)
            for one, packet in zip(explained, explained.packets, strict=True):
                key = tuple(packet.get(name) for name in SAME)
                if one.capture_point is not None and not one.kind.startswith(LINK):
                    self.frames.append((f"{folder.name}/{path.name}:{one.frame}", one, key))
                    place = one.capture_point
                    self.seen[place.node, place.pod, place.interface][key].append(packet)

    def at(self, hop, key):
        """The frames of a packet at a hop; None where nothing was captured there."""
        pod = hop.owner if hop.role == "pod" else None
        found = self.seen.get((hop.node, pod, hop.interface))
        return None if found is None else found.get(key, [])


def contradictions(scenario):
    """What was predicted at a hop and is otherwise in every capture of this packet there."""
    wrong = []
    for where, one, key in scenario.frames:
        for hop in one.hops:
            for column, value in hop.predicted.items():
                there = {packet.text(column) for packet in scenario.at(hop, key) or ()}
                if there and value not in there:
                    wrong.append(
                        f"{where}: {column} {value} at {hop.interface} of {hop.node}, captured {sorted(there)}"
                    )
    return wrong


def confirmed(scenario):
    """How many predictions some capture confirms at another place than the one they were made from."""
    return sum(
        value in {packet.text(column) for packet in scenario.at(hop, key) or ()}
        for _, one, key in scenario.frames
        for hop in one.hops
        for column, value in hop.predicted.items()
        if hop.seen != "here"
    )


def misplaced(scenario):
    """Hops that are called visible and show nothing of a packet that gets further, or are called blind and show it.

    Only of messages that no hop translates, and no segment that offloads may join or cut.
    """
    wrong = []
    for where, one, key in scenario.frames:
        in_parts = key[SAME.index("ipv6.fraghdr.ident")] or any(item.relation in PARTS for item in one.related)
        if not one.kind.startswith(ECHOES) or in_parts:
            continue
        passed = [bool(scenario.at(hop, key)) for hop in one.hops]
        for index, hop in enumerate(one.hops):
            there = scenario.at(hop, key)
            if there is None or hop.action in ("translate", "drop") or "which is not known" in hop.detail:
                continue
            seen, visible = bool(there), hop.visibility == "visible"
            if seen != visible and (seen or any(passed[index:])):
                wrong.append(f"{where}: {hop.interface} of {hop.node} is called {hop.visibility}")
    return wrong


def of_stored(folder):
    """A stored scenario; skips those of which the inventory does not tell enough."""
    if folder.name in UNTOLD:
        pytest.skip(UNTOLD[folder.name])
    return Scenario(folder, Inventory.load(folder.parent / "inventory"))


def shown(wrong):
    """The first few of many."""
    return wrong[:3], len(wrong)


@pytest.mark.parametrize("folder", stored(), ids=lambda folder: folder.name)
def test_stored_captures_confirm(folder):
    """No prediction on a stored scenario is contradicted by another of its points."""
    assert shown(contradictions(of_stored(folder))) == ([], 0)


CROSS_NODE = [folder for folder in stored() if "cross-node" in folder.name or "ping4" in folder.name]


@pytest.mark.parametrize("folder", CROSS_NODE, ids=lambda folder: folder.name)
def test_pings_across_nodes_are_predicted(folder):
    """Each ping between nodes has predictions that the captures at its other hops confirm."""
    assert confirmed(Scenario(folder, Inventory.load(folder.parent / "inventory"))) >= 6


@pytest.mark.parametrize("folder", stored(), ids=lambda folder: folder.name)
def test_stored_packets_were_visible_on_their_way(folder):
    """A packet that gets further was captured at every hop before that is called visible, and at none called blind."""
    if "snaplen" in folder.name:
        pytest.skip("what tells one ping from another is cut off on the wire")
    assert shown(misplaced(of_stored(folder))) == ([], 0)


@pytest.mark.parametrize("family", families())
def test_captures_beside_the_project_confirm(shared_dir, family):
    """No prediction on a healthy scenario of this family is contradicted by another of its points."""
    wrong = []
    for folder, inventory in scenarios(shared_dir, family):
        if not (folder / "during").exists() and folder.name not in UNTOLD:
            wrong += contradictions(Scenario(folder, inventory))
    assert shown(wrong) == ([], 0)


@pytest.mark.parametrize("family", families())
def test_packets_beside_the_project_were_visible_on_their_way(shared_dir, family):
    """Of no packet of this family is it wrong to say where on its way a capture sees it."""
    wrong = []
    for folder, inventory in scenarios(shared_dir, family):
        left_out = any(word in folder.name for word in INCOMPLETE)
        if not (folder / "during").exists() and folder.name not in UNTOLD and not left_out:
            wrong += misplaced(Scenario(folder, inventory))
    assert shown(wrong) == ([], 0)
