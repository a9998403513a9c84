"""Does each fact get its host, and are facts that agree one thing and facts that disagree two?"""

from __future__ import annotations

from tests.inventory.facts import at, inventory_of
from vxlan_dissect.addresses import parse_ip, parse_mac
from vxlan_dissect.inventory import Inventory
from vxlan_dissect.inventory.model import Address, Host, Hostname, Interface, Node, Pod, Service, Source

NODE, POD = Host("node-7"), Host(None, "web-1")
PODS = """root@admin:~# kubectl get pods -A -o wide
NAMESPACE NAME READY STATUS RESTARTS AGE IP NODE NOMINATED NODE READINESS GATES
shop web-1 1/1 Running 0 1m 10.0.0.9 node-7 <none> <none>
"""


def interface(host, name, line, **more):
    """An interface fact."""
    return Interface(host, name, more.pop("index", None), more.pop("mac", None), Source("f", line), **more)


def test_a_pod_s_node_is_filled_in():
    """A pod that answered before the table of pods came gets its node from it, in every fact."""
    inventory = inventory_of(
        "web-1~$ ip a\n2: eth0@if9: <UP> mtu 1500 x y\ninet 10.0.0.9/32 scope global eth0\n" + PODS
    )
    assert inventory.hosts() == (Host("node-7", "web-1"),)
    assert {fact.host for fact in inventory.facts if isinstance(fact, Interface | Address)} == {Host("node-7", "web-1")}


def test_a_pod_s_node_comes_from_a_folder():
    """A layout that names the node serves facts of the same pod that came without it."""
    facts = [interface(POD, "eth0", 1), interface(Host("node-7", "web-1"), "eth0", 2)]
    assert Inventory(facts).hosts() == (Host("node-7", "web-1"),)


def test_nodes_are_not_guessed():
    """Two pods of one name on two nodes leave the node open."""
    facts = [
        interface(POD, "eth0", 1),
        Pod("web-1", Source("f", 2), node="node-7"),
        Pod("web-1", Source("f", 3), node="node-8"),
    ]
    inventory = Inventory(facts)
    assert inventory.hosts() == (POD,)
    assert inventory.node_of_pod("web-1") is None


def test_names_that_devices_decide():
    """A prompt's name without a table is a pod's if its only device is the far end of another host's pair."""
    pod = interface(Host("web-1"), "eth0", 1, index=18, peer_index=19)
    far = interface(NODE, "lxc1", 2, index=19, peer_index=18)
    assert Inventory([pod, far]).hosts() == (POD, NODE)
    # Another index, no such pair, or devices of a node: the name stays a node's.
    assert Inventory([pod, far._replace(index=20)]).hosts() == (Host("web-1"), NODE)
    assert Inventory([pod]).hosts() == (Host("web-1"),)
    both = [pod, far, interface(Host("web-1"), "lxc2", 3, index=20, peer_index=2)]
    assert Inventory(both).hosts() == (Host("web-1"), NODE)


def test_pods_in_the_network_of_their_node():
    """What an agent's pod says of the node's devices, the node says."""
    table = PODS.replace("web-1", "cilium-x")
    text = table + "root@admin:~# kubectl exec cilium-x -- ip a\n3: cilium_host@cilium_net: <UP> mtu 1500 x y\n"
    assert inventory_of(text).hosts() == (NODE,)
    # Without its node the pod is all that is known.
    assert inventory_of(text.replace(table, "")).hosts() == (Host(None, "cilium-x"),)


def test_names_that_a_machine_calls_itself():
    """An agent's node is the one that the cluster names; else what the machine calls itself."""
    agent = Host(None, "cilium-7t9p4")
    device = interface(agent, "cilium_host", 1)
    own = Hostname(agent, "ip-10-0-0-1", Source("hostname.md", 1))
    pod = Pod("cilium-7t9p4", Source("pods", 1), node="ip-10-0-0-1.ec2.internal")
    probed = Hostname(agent, "ip-10-0-0-1.ec2.internal", Source("health", 1))
    node = Node("ip-10-0-0-1.ec2.internal", Source("nodes", 1))
    for facts, name in (
        ([device, own], "ip-10-0-0-1"),
        ([device, own, pod], "ip-10-0-0-1.ec2.internal"),
        ([device, own, probed, node], "ip-10-0-0-1.ec2.internal"),
    ):
        assert Inventory(facts, []).interfaces[0].host == Host(name)


def test_host_network():
    """A pod whose address is its node's shares the node's network."""
    pod, node = Pod("web-1", Source("f", 1), node="node-7", ips=(parse_ip("10.0.0.9"),)), Node("node-7", Source("f", 2))
    assert not Inventory([pod, node]).pods[0].host_network
    assert Inventory([pod, node._replace(ips=pod.ips)]).pods[0].host_network
    address = Address(NODE, "eth0", pod.ips[0], 24, Source("f", 3))
    assert Inventory([pod, address]).pods[0].host_network
    assert not Inventory([pod, address._replace(host=Host("node-8"))]).pods[0].host_network


def test_facts_that_agree():
    """Lines on one interface are one interface, with what each of them adds, and all lines are remembered."""
    mac = parse_mac("02:00:00:00:00:02")
    facts = [
        interface(NODE, "eth0", 1, index=2),
        interface(NODE, "eth0", 2, index=2, mac=mac, index_source=Source("f", 3)),
        interface(NODE, "eth0", 4, kind="veth", mac=mac),
    ]
    (joined,) = Inventory(facts).interfaces
    # The line that is cited is the one with the MAC.
    assert joined == interface(NODE, "eth0", 2, index=2, mac=mac, index_source=Source("f", 3), kind="veth")
    assert [source.line for source in Inventory(facts).sources_of(joined)] == [2, 1, 4]
    assert Inventory(facts).facts == tuple(facts)


def test_facts_that_disagree():
    """Two MACs of one interface, and two namespaces of pods of one name, stay two facts."""
    facts = [interface(NODE, "eth0", 1, mac=1), interface(NODE, "eth0", 2, mac=2)]
    assert Inventory(facts).interfaces == tuple(facts)
    pods = [Pod("web-1", Source("f", line), namespace=name) for line, name in ((1, "a"), (2, "b"), (3, None))]
    inventory = Inventory(pods)
    assert [pod.namespace for pod in inventory.pods] == ["a", "b"]
    assert inventory.namespace_of_pod("web-1") is None


def test_tables_that_say_more():
    """A narrow table and a wide one speak of one pod."""
    narrow = PODS.replace(" -o wide", "").replace(" IP NODE NOMINATED NODE READINESS GATES", "")
    narrow = narrow.replace(" 10.0.0.9 node-7 <none> <none>", "")
    inventory = inventory_of(narrow + PODS)
    assert [(pod.namespace, pod.node, len(pod.ips)) for pod in inventory.pods] == [("shop", "node-7", 1)]
    assert [source.line for source in inventory.sources_of(inventory.pods[0])] == [6, 3]


def test_the_first_address_of_two():
    """kubectl's table shows the first address of a dual-stack pair: the object says the same and more, in any order."""
    few, many = parse_ip("10.0.0.9"), (parse_ip("10.0.0.9"), parse_ip("fd00::9"))
    for kind, name in ((Pod, "ips"), (Node, "ips"), (Service, "cluster_ips")):
        named, table, whole = kind("a", at(1)), kind("a", at(2), **{name: (few,)}), kind("a", at(3), **{name: many})
        for facts in ((named, table, whole), (whole, table, named)):
            inventory = Inventory(facts)
            (fact,) = inventory.of(kind)
            assert getattr(fact, name) == many
            # The line that is cited is one with an address.
            assert inventory.sources_of(fact)[0] == fact.source != at(1)
            assert len(inventory.sources_of(fact)) == 3
        other = kind("a", at(4), **{name: (parse_ip("10.0.0.8"),)})
        assert len(Inventory([table, other]).of(kind)) == 2
