"""Do the answers in words and the conflicts say what the facts say?"""

from __future__ import annotations

import pytest

from tests.inventory.facts import NODE, POD, WORKER, address, at, device
from vxlan_dissect.addresses import parse_ip, parse_mac
from vxlan_dissect.errors import UsageError
from vxlan_dissect.inventory import Inventory
from vxlan_dissect.inventory.model import Host, Neighbour, Node, Pod, Route, Service


@pytest.fixture(scope="module")
def article(shared_dir):
    """The article that the project started from, as it stands."""
    return Inventory.load(shared_dir / "seed.txt")


def cited(article, line):
    """A place in the article."""
    return f"[{article.interfaces[0].source.file}:{line}"


def test_who_has_the_gateway_s_mac(article):
    """The host end of the veth, both ifindexes with their lines, its addresses, and for what it answers."""
    answer = article.who("a2:79:14:47:80:b3")
    ends = f"ifindex 19 with peer 18 {cited(article, 350)}], and ifindex 18 with peer 19 {cited(article, 226)}]"
    absent = "an address that is on no interface with this MAC"
    assert [owner.interface for owner in answer.owners] == ["lxc237a31216c0f"]
    assert str(answer).split("\n  ") == [
        "a2:79:14:47:80:b3",
        f"lxc237a31216c0f of node {WORKER}: host end of the veth pair of pod cni-7t9p4 {cited(article, 351)}]",
        f"lxc237a31216c0f and eth0 of pod cni-7t9p4 are the ends of one veth pair: {ends}",
        f"lxc237a31216c0f has fe80::a079:14ff:fe47:80b3/64 {cited(article, 352)}]",
        f"pod cni-7t9p4 has it for fd00:10:244:1::22f1 in its neighbour table, {absent} {cited(article, 363)}]",
    ]


def test_who_is_the_gateway(article):
    """The gateway of the pods, by which lines, and that no interface has it."""
    answer = str(article.who("fd00:10:244:1::22f1"))
    assert f"node {WORKER}: gateway of the pods of that node" in answer
    assert f"pod cni-7t9p4 sends to it by default {cited(article, 361)}]" in answer
    assert "no interface in the inventory has it" in answer
    assert (
        f"pod cni-7t9p4 has a2:79:14:47:80:b3 for it in its neighbour table, a router {cited(article, 363)}]" in answer
    )


def test_who_repeats_nothing(article):
    """What three outputs say is one line, which counts the others."""
    lines = article.who("4e:5b:57:45:63:3b").lines
    assert len(set(lines)) == len(lines) == 3
    assert f"{cited(article, 227)}, and 2 more lines]" in lines[0]


def test_who_takes_every_spelling(article):
    """Text, numbers and addresses ask the same."""
    answer = article.who("a2:79:14:47:80:b3")
    assert article.who("A2-79-14-47-80-B3") == article.who(0xA279144780B3) == article.who(" a279.1447.80b3 ") == answer
    assert article.who(parse_ip("10.244.1.154")) == article.who("10.244.1.154")
    assert article.who("FD00:10:244:1:0::22F1").query == "fd00:10:244:1::22f1"


@pytest.mark.parametrize("address", ["", "10.0.0.300", "a2:79:14:47:80", -1, 1 << 48])
def test_who_is_no_address(address):
    """What is no address is a usage error."""
    with pytest.raises(UsageError):
        Inventory().who(address)


def test_who_knows_nothing():
    """An address that no line speaks of gets an answer that says so."""
    answer = Inventory().who("10.0.0.1")
    assert (answer.owners, answer.lines) == ((), ())
    assert str(answer) == "10.0.0.1\n  nothing in the inventory speaks of it"
    assert "nothing" in answer._repr_html_()


def test_who_of_many():
    """A MAC of a hundred interfaces is not told a hundred times."""
    facts = [device(Host(f"node-{number}"), "cali1", number, mac=5) for number in range(1, 101)]
    answer = Inventory(facts).who(5)
    assert len(answer.owners) == 100
    assert "and 88 more like that" in answer.lines
    assert len(answer.lines) < 30


def test_who_of_other_kinds():
    """Proxy entries, unresolved entries, services and listed pods are told in their own words."""
    ip = parse_ip("10.77.255.1")
    facts = [
        Neighbour(NODE, ip, None, at(1), device="vp1", state="PROXY"),
        Neighbour(POD, ip, None, at(2), device="eth0", state="FAILED"),
        Service("front", at(3), namespace="shop", cluster_ips=(ip,)),
        Pod("web-1", at(4), namespace="shop", node="node-7", ips=(parse_ip("10.0.0.9"),)),
    ]
    lines = Inventory(facts).who(ip).lines
    assert lines == (
        "service front in namespace shop: service address [f:3]",
        "no interface in the inventory has it",
        "node node-7 answers for it on vp1: a proxy entry [f:1]",
        "pod web-1 could not resolve it: FAILED [f:2]",
    )
    assert Inventory(facts).who("10.0.0.9").lines == (
        "pod web-1 in namespace shop on node node-7: interface of a pod [f:4]",
    )


def kinds(facts):
    """The kinds of conflicts among facts, with the lines that each names."""
    return [(conflict.kind, [fact.source.line for fact in conflict.facts]) for conflict in Inventory(facts).conflicts]


def test_conflicts():
    """Contradictions name the facts on both sides, which are all kept."""
    mac = [device(NODE, "eth0", 1, mac=1), device(NODE, "eth0", 2, mac=2)]
    assert kinds(mac) == [("interface-mac", [1, 2])]
    twice = [address(POD, "eth0", "10.0.0.9", 1), address(Host("node-8", "web-2"), "eth0", "10.0.0.9", 2)]
    assert kinds(twice) == [("address-twice", [1, 2])]
    assert str(Inventory(twice).conflicts[0]) == "10.0.0.9 is on web-1 (eth0), web-2 (eth0) [f:1, f:2]"
    placed = [Pod("web-1", at(1), namespace="a", node="node-7"), Pod("web-1", at(2), namespace="a", node="node-8")]
    assert kinds(placed) == [("pod-node", [1, 2])]
    assert kinds([placed[1], device(POD, "eth0", 3)]) == [("pod-node", [2, 3])]
    stale = [
        device(Host("node-8"), "eth0", 1, mac=8),
        address(Host("node-8"), "eth0", "10.0.0.8", 2),
        Neighbour(NODE, parse_ip("10.0.0.8"), 9, at(3), device="eth0", state="STALE"),
    ]
    assert kinds(stale) == [("neighbour-mac", [3, 1])]
    assert len(Inventory(mac).owners_of_mac(1)) == len(Inventory(mac).owners_of_mac(2)) == 1


def test_what_is_no_conflict():
    """What networks do on purpose, and hosts that nobody names, are no contradictions."""
    mac = parse_mac("02:00:00:00:00:02")
    fine = [
        # The same on every node.
        *(address(Host(node), "docker0", "172.17.0.1", line) for line, node in enumerate(("node-7", "node-8"), 1)),
        *(
            address(Host(node), "cali1", "fe80::ecee:eeff:feee:eeee", line)
            for line, node in enumerate(("node-7", "node-8"), 3)
        ),
        # Two pastes of unknown hosts.
        device(Host(None), "eth0", 5, mac=1),
        device(Host(None), "eth0", 6, mac=2),
        # The gateway answers with the MAC of another interface of its node.
        device(NODE, "cilium_host", 7, mac=3),
        address(NODE, "cilium_host", "10.244.1.154", 8),
        device(NODE, "lxc1", 9, mac=mac),
        Neighbour(POD, parse_ip("10.244.1.154"), mac, at(10), device="eth0", state="REACHABLE"),
        Route(POD, None, 4, at(11), via=parse_ip("10.244.1.154")),
        Node("node-7", at(12)),
    ]
    assert kinds(fine) == []


def test_who_claims_no_more_than_is_shown():
    """A MAC of a device of which no output shows an address is told so, not that it has none."""
    lines = Inventory([device(NODE, "eth0", 1, mac=5)]).who(5).lines
    assert lines[1:] == ("no address of eth0 is known",)
    assert Inventory([device(NODE, "eth0", 1, mac=5), address(NODE, "eth0", "10.0.0.9", 2)]).who(5).lines[1:] == (
        "eth0 has 10.0.0.9/32 [f:2]",
    )


def test_the_article_in_pieces(article, tmp_path):
    """The article's outputs as files called after their hosts answer as the article does."""
    source = article.interfaces[0].source.file
    with open(source, encoding="utf-8") as file:
        text = file.read().split("\n")
    pieces = {
        "pods.txt": (210, 212),
        "services.txt": (246, 249),
        "cni-7t9p4.ip-a.txt": (220, 233),
        "cni-7t9p4.ip-6-r.txt": (358, 361),
        "cni-7t9p4.ip-6-n.txt": (363, 363),
        f"{WORKER}.ip-a.txt": (341, 353),
        "cni-8qgcs.ip-a.txt": (391, 398),
    }
    for name, (first, last) in pieces.items():
        (tmp_path / name).write_text("\n".join(text[first - 1 : last]) + "\n", encoding="utf-8")
    inventory = Inventory.load(tmp_path)
    assert (inventory.node_names(), inventory.pod_names()) == (article.node_names(), article.pod_names())
    assert inventory.conflicts == ()
    assert {note.kind for note in inventory.notes} <= {"prose"}
    for asked in ("a2:79:14:47:80:b3", "fd00:10:244:1::22f1", "b6:61:48:ae:63:f5"):
        owners = [[owner._replace(fact=None) for owner in one.who(asked).owners] for one in (article, inventory)]
        assert owners[0] == owners[1]
    assert [owner.service for owner in inventory.who("fd00:10:96::f38d").owners] == ["cni"]
