"""Is the tree of a topology what a reader needs, and safe?"""

from __future__ import annotations

import re
import time

import pytest

from tests.inventory.facts import at, device
from tests.report.made_topologies import ATTACKS, graph_of, hostile, mesh, small
from vxlan_dissect.addresses import parse_ip
from vxlan_dissect.errors import UsageError
from vxlan_dissect.inventory import Inventory
from vxlan_dissect.inventory.graph.part import part_of
from vxlan_dissect.inventory.model import Address, FdbEntry, Host, Node, Route
from vxlan_dissect.report.layout import Screen, columns_of
from vxlan_dissect.report.neutral import clean
from vxlan_dissect.report.topology import FORMATS, render


def text(graph, shape="tree", screen=None, **options):
    """A graph in one shape."""
    return "".join(render(graph, shape, screen or Screen(), **options))


def test_tree():
    """Cards, gateway, tunnel with its far end, bridge with its ports, pods, services; what is plain is not repeated."""
    assert text(graph_of(small())) == (
        "node a\n"
        "├─ eth0 02:00:00:00:0a:02 ifindex 2 mtu 1500 10.0.0.1/24\n"
        "│  └─ default via 10.0.0.254\n"
        "├─ flannel.1 (tunnel device, vxlan, VNI 1, port 8472) 02:00:00:00:0a:03 ifindex 3 mtu 1450\n"
        "│  └─ tunnels to b at 10.0.0.2 for 10.1.2.0/24\n"
        "├─ cni0 (bridge, router of the pods) ifindex 4 10.1.1.1/24\n"
        "│  └─ ports veth9 (web-1)\n"
        "├─ pod proxy in namespace kube-system shares the node's network Pending\n"
        "└─ pod web-1 in namespace shop\n"
        "   └─ eth0 02:00:00:00:0c:02 ifindex 2 10.1.1.5/24\n"
        "      ├─ veth pair with veth9 02:00:00:00:0a:09 ifindex 9 port of cni0\n"
        "      └─ default via 10.1.1.1 (a)\n"
        "\n"
        "node b\n"
        "├─ eth0 10.0.0.2/24\n"
        "├─ flannel.1 (tunnel device, vxlan, VNI 1, port 8472) 02:00:00:00:0b:03 ifindex 3\n"
        "└─ pod db-1 in namespace shop\n"
        "   └─ 10.1.2.7 on no interface that is known\n"
        "\n"
        "host switch\n"
        "└─ br0 (bridge) ifindex 1\n"
        "\n"
        "service shop/front ClusterIP 10.96.0.5 80/TCP\n"
        "├─ 192.0.2.9 8080/TCP not ready\n"
        "└─ pod web-1 on a 8080/TCP\n"
    )


def test_nothing():
    """An empty inventory is said to be."""
    assert text(Inventory().graph) == "nothing is known\n"


def test_order_of_reading_does_not_matter():
    """The same facts in another order give the same tree and pictures."""
    one, other = graph_of(small()), graph_of(small()[::-1])
    for shape in ("tree", "dot", "mermaid"):
        assert text(one, shape) == text(other, shape)


@pytest.mark.parametrize("width", [60, 80, 100])
@pytest.mark.parametrize("facts", [small, hostile], ids=["small", "hostile"])
def test_width(facts, width):
    """No line is wider than the screen, whatever the names, and none ends in blanks."""
    for line in text(graph_of(facts()), screen=Screen(width)).splitlines():
        assert columns_of(line) <= width
        assert line == line.rstrip()


@pytest.mark.parametrize("attack", ATTACKS, ids=range(len(ATTACKS)))
def test_names_are_shown_whole(attack):
    """A name is wrapped, not cut, and what is not printable is shown as its escape."""
    shown = re.sub(r"[\s│├└─]", "", text(graph_of(hostile()), screen=Screen(80)))
    for name in (attack, f"pod {attack}", f"nic {attack}", f"svc {attack}"):
        assert re.sub(r"[\s│├└─]", "", clean(name)) in shown


@pytest.mark.parametrize("shape", FORMATS)
def test_no_control_characters(shape):
    """What leaves is printable, but for line feeds and, in the tree, our own colours."""
    shown = text(graph_of(hostile()), shape)
    assert {letter for letter in shown if not letter.isprintable()} <= {"\n"}
    shown.encode()  # no lone surrogates


def test_colours():
    """The colours are ours alone and change nothing else."""
    graph = graph_of(hostile())
    coloured = text(graph, screen=Screen(100, colour=True))
    assert re.sub("\x1b\\[[0-9;]*m", "", coloured) == text(graph)
    assert set(re.findall("\x1b\\[[0-9;]*m", coloured)) == {
        f"\x1b[{code}m" for code in ("0", "1", "2", "32", "33", "36")
    }


def test_ascii_screen():
    """A terminal without the strokes gets plain ones."""
    shown = text(graph_of(small()), screen=Screen(encoding="ascii"))
    assert shown.isascii()
    assert "|- eth0 02:00:00:00:0a:02" in shown
    assert "`- default via 10.0.0.254" in shown


def test_far_ends_are_counted():
    """Of a mesh some far ends are shown and the others counted."""
    shown = text(graph_of(mesh(30, 30)))
    assert shown.count("└─ and to 17 more; -T json has them all") == 30
    assert shown.count("tunnels to node-") == 30 * 12


def test_far_ends_of_which_the_same_is_said():
    """Nodes that are likely in one mesh are one line with the reason said once; a group address is said once."""
    facts = [
        device(Host("node-1"), "vxlan.calico", 1, mac=1, kind="vxlan"),
        *(Node(f"node-{number}", at(number)) for number in (2, 3, 4)),
    ]
    shown = " ".join(text(Inventory(facts).graph).partition("\n\n")[0].replace("│", " ").split())
    assert "tunnels to node-2, node-3, node-4 (likely: " in shown
    assert shown.count("tunnels to") == shown.count("the CNI tells each of all others") == 1
    group = parse_ip("ff05::4321")
    facts = [
        device(Host("node-1"), "vx", 1, kind="vxlan", vni=7),
        FdbEntry(Host("node-1"), 0, "vx", at(2), remote=group),
    ]
    assert "tunnels to ff05::4321\n" in text(Inventory(facts).graph)


def test_what_is_inferred_says_so():
    """A route to addresses of another node tells of a tunnel, likely."""
    assert "(likely: the route by cilium_host to addresses of node-1)" in text(graph_of(mesh(2, 2))).replace(
        "\n│        ", " "
    )


@pytest.mark.parametrize("shape", FORMATS)
def test_without_names(shape):
    """Hosts, pods, namespaces and services go by their addresses; names of files stay."""
    shown = text(graph_of(small()), shape, names=False)
    without_files = re.sub(r'"sources": \[[^]]*\]', "", shown)
    for name in ("web-1", "db-1", "proxy", "front", "shop", "switch", "kube-system"):
        assert name not in without_files, name
    for ip in ("10.0.0.1", "10.1.1.5", "10.1.2.7", "10.96.0.5", "flannel.1"):
        assert ip in shown


def test_part():
    """A node with what is on it whole, and of the others what it is joined to."""
    graph = graph_of(small())
    part = part_of(graph, ["a"])
    hosts = {host for host in part if isinstance(host, Host)}
    assert hosts == {Host("a"), Host("a", "web-1"), Host("a", "proxy"), Host("b")}
    assert set(part.out_edges(Host("a", "web-1"), keys=True)) == set(graph.out_edges(Host("a", "web-1"), keys=True))
    assert ("service", "shop", "front") in part
    assert (Host("b"), "flannel.1") in part
    assert (Host("b"), "eth0") not in part
    with pytest.raises(UsageError, match=r"no node 'c'; there are a, b, switch$"):
        part_of(graph, ["a", "c"])
    with pytest.raises(UsageError, match="and 10 more"):
        part_of(graph_of(mesh(20, 0)), ["c"])
    with pytest.raises(UsageError, match="there are none"):
        part_of(Inventory().graph, ["c"])


@pytest.mark.parametrize("shape", ["tree", "dot"])
def test_a_gateway_that_all_have(shape):
    """An address that thousands of interfaces have, and that thousands of pods send to, is looked up once."""
    shared = parse_ip("fe80::ecee:eeff:feee:eeee")
    facts = []
    for number in range(4000):
        pod = Host("node-7", f"pod-{number}")
        facts += [
            Address(Host("node-7"), f"cali{number}", shared, 64, at(1)),
            Route(pod, None, 6, at(2), shared, "eth0"),
        ]
    graph = graph_of(facts)
    begun = time.process_time()
    shown = text(graph, shape)
    assert time.process_time() - begun < 10
    assert shown.count("cali") >= 4000


def test_large():
    """200 nodes that tunnel to all others, with 5,000 pods, become a tree in some seconds."""
    begun = time.process_time()
    size = sum(map(len, render(graph_of(mesh(200, 5000)), "tree", Screen())))
    assert time.process_time() - begun < 30
    assert size > 500_000
