"""Is an output that nobody names given to whom its addresses belong, and to nobody else?"""

from __future__ import annotations

from tests.inventory.facts import loaded
from vxlan_dissect.inventory.model import Address, Host, Interface, Route

PODS = """NAME READY STATUS RESTARTS AGE IP NODE
web-1 1/1 Running 0 5d 10.244.1.9 node-7
web-2 1/1 Running 0 5d 10.244.1.10 node-7
agent 1/1 Running 0 5d 192.0.2.7 node-7
"""
NODES = """NAME STATUS ROLES AGE VERSION INTERNAL-IP
node-7 Ready <none> 5d v1.33.4 192.0.2.7
node-8 Ready <none> 5d v1.33.4 192.0.2.8
"""


def ip_a(ip, index=2):
    """What `ip a` prints of a host with one address."""
    return f"""1: lo: <LOOPBACK,UP> mtu 65536 qdisc noqueue state UNKNOWN
    inet 127.0.0.1/8 scope host lo
{index}: eth0@if9: <UP> mtu 1500 qdisc noqueue state UP
    inet {ip}/32 scope global eth0
"""


def hosts(inventory):
    """The hosts of the addresses that are not loopback, in the order read."""
    return [fact.host for fact in inventory.facts if isinstance(fact, Address) and not fact.ip.is_loopback]


def how(inventory):
    """How each output's host is known."""
    return [(place.host.name, place.how, place.confidence) for place in inventory.attributions]


def test_a_pod_by_its_address():
    """An output with the address that kubectl gives a pod is that pod's, likely."""
    inventory = loaded({"a.txt": ip_a("10.244.1.9"), "pods.txt": PODS})
    assert hosts(inventory) == [Host("node-7", "web-1")]
    assert how(inventory) == [("web-1", "content", "likely")]
    assert {fact.host for fact in inventory.facts if isinstance(fact, Interface)} == {Host("node-7", "web-1")}


def test_a_node_by_its_address():
    """A node's address, which its pods on its own network have too, is the node's."""
    inventory = loaded({"a.txt": ip_a("192.0.2.7"), "pods.txt": PODS, "nodes.txt": NODES})
    assert hosts(inventory) == [Host("node-7")]


def test_an_address_that_another_output_has():
    """What a named host showed is recognised where it is shown again without a name."""
    inventory = loaded({"a.txt": "root@node-9:~# ip a\n" + ip_a("192.0.2.9"), "b.txt": ip_a("192.0.2.9")})
    assert set(hosts(inventory)) == {Host("node-9")}


def test_two_hosts_in_one_paste():
    """Two lists of interfaces below each other are two hosts', each with its own."""
    inventory = loaded({"a.txt": ip_a("10.244.1.9") + ip_a("10.244.1.10", 3), "pods.txt": PODS})
    assert hosts(inventory) == [Host("node-7", "web-1"), Host("node-7", "web-2")]


def test_one_shell():
    """What a shell prints besides belongs to the host that one of its outputs tells; another shell's does not."""
    text = (
        "/ # ip a\n"
        + ip_a("10.244.1.9")
        + "/ # ip r\ndefault via 10.244.1.1 dev eth0\n$ ip r\ndefault via 10.9.9.9 dev eth0\n"
    )
    inventory = loaded({"a.txt": text, "pods.txt": PODS})
    assert [(str(fact.via), fact.host) for fact in inventory.facts if isinstance(fact, Route)] == [
        ("10.244.1.1", Host("node-7", "web-1")),
        ("10.9.9.9", Host(None)),
    ]


def test_two_shells_that_look_the_same():
    """What was typed after `exit` in a shell of the same look is not the first host's."""
    opened = "root@admin:~# kubectl exec -it deploy/{} -- sh\n"
    first, second = (opened.format(name) + "/ # " for name in "ab")
    text = f"{first}ip a\n{ip_a('10.244.1.9')}/ # exit\n{second}ip r\ndefault via 10.9.9.9 dev eth0\n"
    inventory = loaded({"a.txt": text, "pods.txt": PODS})
    assert [fact.host for fact in inventory.facts if isinstance(fact, Route)] == [Host(None)]
    assert hosts(inventory) == [Host("node-7", "web-1")]
    asked = f"$ kubectl exec deploy/a -- ip a\n{ip_a('10.244.1.9')}$ ip r\ndefault via 10.9.9.9 dev eth0\n"
    inventory = loaded({"a.txt": asked, "pods.txt": PODS})
    assert [fact.host for fact in inventory.facts if isinstance(fact, Route)] == [Host(None)]


def test_nobody():
    """An address that nobody lists, or that two have, tells nothing."""
    assert hosts(loaded({"a.txt": ip_a("10.9.9.9"), "pods.txt": PODS})) == [Host(None)]
    twice = PODS.replace("10.244.1.10", "10.244.1.9")
    assert hosts(loaded({"a.txt": ip_a("10.244.1.9"), "pods.txt": twice})) == [Host(None)]


def test_a_contradiction():
    """A prompt is believed where an address speaks against it, and a note says so with the line."""
    inventory = loaded({"a.txt": "web-1~$ ip a\n" + ip_a("10.244.1.10"), "pods.txt": PODS})
    assert hosts(inventory) == [Host("node-7", "web-1")]
    notes = [(note.line, note.why) for note in inventory.notes if note.kind == "host"]
    assert notes == [(5, "by prompt this is web-1, but 10.244.1.10 is an address of web-2")]


def test_a_node_that_shows_its_pods_network():
    """An agent's pod on its node's network shows the node's address, which contradicts nothing."""
    inventory = loaded({"a.txt": "agent~$ ip a\n" + ip_a("192.0.2.7"), "pods.txt": PODS, "nodes.txt": NODES})
    assert [note for note in inventory.notes if note.kind == "host"] == []


def test_names_by_address_and_first_part():
    """ssh by address, and prompts with the first part of a long name, mean the node."""
    nodes = NODES.replace("node-7 ", "node-7.example.com ")
    text = f"admin@laptop:~$ ssh root@192.0.2.8 ip a\n{ip_a('192.0.2.8')}[root@node-7 ~]# ip a\n{ip_a('192.0.2.7')}"
    assert hosts(loaded({"a.txt": text, "nodes.txt": nodes})) == [Host("node-8"), Host("node-7.example.com")]
