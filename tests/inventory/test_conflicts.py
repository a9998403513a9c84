"""Which facts contradict each other, which of them is believed, and why?"""

from __future__ import annotations

import pytest

from tests.inventory.facts import NODE, POD, address, at, device
from vxlan_dissect.addresses import parse_ip, parse_prefix
from vxlan_dissect.inventory import Inventory
from vxlan_dissect.inventory.answers.conflicts import KINDS
from vxlan_dissect.inventory.model import CacheEntry, CiliumEndpoint, Collected, Host, Neighbour, Pod, Setting, Source

IP = parse_ip("10.0.0.9")
WHOLE = parse_prefix("10.0.0.9/32")


def found(*facts):
    """The contradictions among facts: kind, lines of the facts, line of the winner and the reason."""
    conflicts = Inventory(facts).conflicts
    assert {each.kind for each in conflicts} <= set(KINDS)
    return [
        (each.kind, [fact.source.line for fact in each.facts], each.winner and each.winner.source.line, each.why)
        for each in conflicts
    ]


def entry(line, identity, host=NODE, prefix=WHOLE):
    """A line of a node's map."""
    return CacheEntry(host, prefix, at(line), identity=identity)


def test_identities():
    """An endpoint and a map, or two maps, that give an address two identities contradict each other."""
    endpoint = CiliumEndpoint(NODE, at(1), ips=(IP,), id=7, identity=300, pod="web-1")
    assert found(endpoint, entry(2, 301)) == [("identity", [1, 2], 1, "it names more")]
    assert found(entry(2, 301), entry(3, 302, Host("node-8"))) == [("identity", [2, 3], None, None)]
    assert str(Inventory([entry(2, 301), entry(3, 302, Host("node-8"))]).conflicts[0]) == (
        "10.0.0.9 has the identities 301, 302 [f:2, f:3]"
    )


@pytest.mark.parametrize(
    "facts",
    [
        (entry(1, 300), entry(2, 300, Host("node-8"))),
        (entry(1, 1), entry(2, 6, Host("node-8"))),  # host on the node itself, remote-node on others
        (entry(1, 300), entry(2, None, Host("node-8"))),
        (entry(1, 300), entry(2, 2, prefix=parse_prefix("10.0.0.0/24"))),
        (CiliumEndpoint(NODE, at(1), ips=(IP,), identity=300, until=5), entry(2, 301)._replace(since=5)),
    ],
    ids=["the same", "host and remote-node", "a map without identities", "a range", "one after another"],
)
def test_identities_that_fit(facts):
    """What maps say on purpose, of ranges or one after another is no contradiction."""
    assert found(*facts) == []


def test_an_identity_at_one_time():
    """Two identities whose times overlap by a moment contradict each other."""
    first = CiliumEndpoint(NODE, at(1), ips=(IP,), identity=300, until=6)
    assert [kind for kind, *_ in found(first, entry(2, 301)._replace(since=5))] == ["identity"]


def test_settings():
    """Two values of one key of one origin contradict each other; of two hosts, origins or keys they do not."""
    one = Setting("cilium-config", "tunnel", "vxlan", at(1))
    assert found(one, one._replace(value="geneve", source=at(2))) == [("setting", [1, 2], None, None)]
    text = str(Inventory([one, one._replace(value="g" * 500, source=at(2))]).conflicts[0])
    assert text.startswith("tunnel of cilium-config is vxlan, ggg")
    assert len(text) < 200
    for other in (
        one._replace(source=at(2)),
        one._replace(value="geneve", source=at(2), origin="helm"),
        one._replace(value="geneve", source=at(2), key="tunnel-protocol"),
        one._replace(value="geneve", source=at(2), host=NODE),
    ):
        assert found(one, other) == []
    seen = Setting("capture", "network", "Calico", Source("1.cap", 0, (3,)))
    assert found(seen, seen._replace(value="flannel", source=Source("1.cap", 0, (9,)))) == []


def test_the_newer_setting_is_believed():
    """A setting collected later is believed, and the text says so with its line."""
    old, new = Source("old/config.yaml", 1), Source("new/config.yaml", 2)
    facts = [
        Setting("cilium-config", "tunnel", "vxlan", old),
        Setting("cilium-config", "tunnel", "geneve", new),
        Collected(1, old, "old"),
        Collected(2, new, "new"),
    ]
    assert found(*facts) == [("setting", [1, 2], 2, "it was collected later")]
    assert str(Inventory(facts).conflicts[0]).endswith("; believed: new/config.yaml:2, since it was collected later")


def test_the_pod_itself_is_believed():
    """Where the cluster lists a pod on another node than where it answered, its own interface is believed."""
    listed = Pod("web-1", at(1), namespace="shop", node="node-8", labels=("a=b",))
    assert found(listed, device(POD, "eth0", 2, mac=5)) == [("pod-node", [1, 2], 2, "it stands closer to the kernel")]
    assert found(listed, device(POD, "lo", 2, mac=0)) == []
    assert found(listed._replace(node="node-7"), device(POD, "eth0", 2, mac=5)) == []


def test_a_gateway_that_answers_from_a_device_that_is_not_shown():
    """Only a node that lists all its devices can be contradicted by a MAC that none of them has."""
    gateway = [device(NODE, "cilium_host", 1, mac=1), address(NODE, "cilium_host", "10.0.0.1", 2)]
    entry = Neighbour(POD, parse_ip("10.0.0.1"), 9, at(3), device="eth0")
    assert found(*gateway, entry) == []
    assert found(*gateway, entry._replace(host=Host(None, "web-1"))) == []
    loopback = device(NODE, "lo", 4, mac=0)
    assert [kind for kind, *_ in found(*gateway, entry, loopback)] == ["neighbour-mac"]
    assert found(*gateway, entry, loopback, device(NODE, "lxc1", 5, mac=9)) == []
    # A pod of another node has the gateway of that node.
    assert [kind for kind, *_ in found(*gateway, entry._replace(host=Host("node-8", "web-2")))] == ["neighbour-mac"]


def test_one_pod_after_another():
    """An address, a MAC or a node in turn is no contradiction; at one moment it is."""
    first = address(POD, "eth0", "10.0.0.9", 1)._replace(until=5)
    second = address(Host("node-8", "web-2"), "eth0", "10.0.0.9", 2)
    assert found(first, second._replace(since=5)) == []
    assert [kind for kind, *_ in found(first, second._replace(since=4))] == ["address-twice"]
    mac = device(NODE, "eth0", 1, mac=1, until=5)
    assert found(mac, device(NODE, "eth0", 2, mac=2, since=5)) == []
    assert [kind for kind, *_ in found(mac, device(NODE, "eth0", 2, mac=2))] == ["interface-mac"]
    pod = Pod("web-1", at(1), namespace="a", node="node-7", until=5)
    assert found(pod, pod._replace(source=at(2), node="node-8", since=5, until=None)) == []
    assert [kind for kind, *_ in found(pod, pod._replace(source=at(2), node="node-8"))] == ["pod-node"]
