"""What is known in halves, and what is whole?"""

from __future__ import annotations

from tests.inventory.facts import NODE, POD, at, device
from vxlan_dissect.inventory import Inventory
from vxlan_dissect.inventory.answers.orphans import KINDS, orphans
from vxlan_dissect.inventory.model import Host, Node, Pod


def found(*facts):
    """The halves among facts: kind, text and line."""
    halves = orphans(Inventory(facts))
    assert {each.kind for each in halves} <= set(KINDS)
    return [(each.kind, each.text, each.fact and each.fact.source.line) for each in halves]


LXC = device(NODE, "lxc1", 1, index=9, peer_index=2)
ETH0 = device(POD, "eth0", 2, index=2, peer_index=9)


def test_one_end_of_a_pair():
    """A host end or a veth without its other end is a half, which names the index to look for."""
    text = "lxc1 of node-7: no file shows the other end of the pair, which has ifindex 2"
    assert found(LXC) == [("veth-end", text, 1)]
    assert found(LXC, ETH0) == []
    veth = device(NODE, "p1", 3, kind="veth")
    assert [kind for kind, *_ in found(veth)] == ["veth-end"]
    assert found(veth._replace(kind="vxlan")) == []
    nobody = device(Host(None), "lxc1", 4)
    assert found(nobody) == [("veth-end", "lxc1: no file shows the other end of the pair", 4)]
    # Where the agent says whose host end it is, the pod's end is known by that.
    assert found(LXC._replace(serves=POD)) == []


def test_pods():
    """A listed pod without an interface and a pod without a node are halves; one in its node's network is none."""
    pod = Pod("web-1", at(1), node="node-7")
    seen = device(NODE, "eth0", 3)
    assert found(pod, seen) == [("pod-interface", "pod web-1: no file shows its interface", 1)]
    assert found(pod, seen, device(POD, "lo", 4))[0][0] == "pod-interface"
    assert found(pod, seen, device(POD, "eth0", 4)) == []
    assert found(pod._replace(host_network=True), seen) == []
    lost = Pod("web-1", at(1))
    assert ("pod-node", "pod web-1: nothing says on which node it runs", 1) in found(lost, seen)


def test_nodes():
    """A node of which no interface is shown is a half, with its line where one lists it."""
    assert found(Node("node-7", at(1))) == [("node-interface", "node node-7: no file shows its interfaces", 1)]
    assert found(Node("node-7", at(1)), device(NODE, "eth0", 2)) == []
    assert found(Pod("web-1", at(1), node="node-7"), device(POD, "eth0", 2)) == [
        ("node-interface", "node node-7: no file shows its interfaces", None)
    ]


def test_text():
    """A half ends with the line that it stands on, where there is one."""
    (half,) = orphans(Inventory([Node("node-7", at(1))]))
    assert str(half) == "node node-7: no file shows its interfaces [f:1]"
    assert str(half._replace(fact=None)) == "node node-7: no file shows its interfaces"
