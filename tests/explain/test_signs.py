"""What do packets give away of a Cilium: host routing, release?"""

from __future__ import annotations

import pytest

import vxlan_dissect as vxd
from tests.explain.made import (
    FAR_IP,
    GATEWAY,
    LXC,
    POD,
    POD_IP,
    SIDE_IP,
    advertise,
    echo,
    macs,
    packets,
)
from vxlan_dissect import Inventory
from vxlan_dissect.inventory.model import Agent, Host, Source

AT = "worker:lxc237a31216c0f"
ASKED = echo(**macs(POD, LXC))
REPLIES = echo(POD_IP, FAR_IP, reply=True, **macs(POD, LXC))
DELIVERED = echo(FAR_IP, POD_IP, **macs(LXC, POD), **{"ipv6.hlim": 63})


@pytest.fixture(scope="module")
def cilium(captures_dir):
    """The hosts of captures/cilium-1.16."""
    return Inventory.load(captures_dir / "cilium-1.16" / "inventory")


def network(inventory, *rows, at=AT, **more):
    """The line on the network."""
    (told,) = [note for note in vxd.explain(packets(*rows), inventory, at=at, **more).notes if "network: " in note]
    return told


def test_a_pod_answers_what_its_host_end_never_showed(cilium):
    """An echo reply of the pod without the request: it was delivered past the host end."""
    assert "; BPF host routing (likely: in frame 1" in network(cilium, REPLIES)


def test_a_pod_is_reached_through_its_host_end(cilium):
    """A packet of another pod that passes the host end shows legacy host routing, whatever else is missing."""
    assert "; legacy host routing (likely: frame 2 reaches" in network(cilium, REPLIES, DELIVERED)


@pytest.mark.parametrize("rows", [(ASKED,), (advertise(),), (echo(GATEWAY, POD_IP, **macs(LXC, POD)),)])
def test_what_both_show_is_no_sign(cilium, rows):
    """Questions of the pod, neighbour answers and packets of the node itself are seen there with either routing."""
    told = network(cilium, *rows)
    assert "BPF host routing" not in told
    assert "legacy host routing (likely" not in told


def test_elsewhere_it_is_no_sign(cilium):
    """In the pod a reply without a request only says that the capture began late."""
    assert "BPF host routing" not in network(cilium, REPLIES, at="cni-7t9p4:eth0")


def test_what_the_user_says_is_not_refined(cilium):
    """With --datapath no sign changes the network."""
    assert network(cilium, REPLIES, datapath="cilium") == "network: Cilium (certain: --datapath cilium)"


@pytest.mark.parametrize(
    ("row", "told"),
    [
        pytest.param(advertise(SIDE_IP, **{"ipv6.src": SIDE_IP}), "version 1.18 or later", id="from the target"),
        pytest.param(advertise(SIDE_IP, **{"ipv6.src": GATEWAY}), "version up to 1.17", id="from the gateway"),
        pytest.param(
            echo(GATEWAY, POD_IP, reply=True, **macs(LXC, POD)), "version up to 1.13", id="gateway's hop limit copied"
        ),
    ],
)
def test_release(cilium, row, told):
    """What differs between releases dates the agent (bpf/lib/icmp6.h)."""
    assert told in network(cilium, row)


def test_a_lowered_reply_of_the_gateway_dates_nothing(cilium):
    """The node's own kernel answers since v1.14, and delivery takes one."""
    row = echo(GATEWAY, POD_IP, reply=True, **macs(LXC, POD), **{"ipv6.hlim": 63})
    assert "version" not in network(cilium, row)


def test_release_decides_the_way_to_the_node_itself(cilium):
    """Up to v1.18 a packet for the node passes cilium_net and cilium_host, since v1.19 cilium_host alone."""
    for release, wanted in (("1.16.19", ["cilium_net", "cilium_host"]), ("1.19.1", ["cilium_host"])):
        agent = Agent(Host("worker"), "Cilium", f"Ok {release} (v{release}-abc)", Source("status.txt", 1))
        row = echo(POD_IP, "fd00:10:244:2::5d0e", **macs(POD, LXC))
        found = vxd.explain(packets(row), Inventory([*cilium.facts, agent]), at="worker2:cilium_vxlan")[0].hops
        assert [hop.interface for hop in found[6:]] == wanted
