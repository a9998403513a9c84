"""Where does a packet end that an ICMP error is about?"""

from __future__ import annotations

import pytest

import vxlan_dissect as vxd
from tests.explain.made import FAR_NIC, FAR_NODE_IP, NIC, NODE_IP, packets
from vxlan_dissect import Inventory

HOSTS = """root@admin:~# kubectl get nodes -o wide
NAME      STATUS   ROLES    AGE   VERSION   INTERNAL-IP   EXTERNAL-IP   OS-IMAGE   KERNEL-VERSION   CONTAINER-RUNTIME
worker    Ready    <none>   29m   v1.32.0   172.18.0.4    <none>        Debian     6.1              containerd://2.0
worker2   Ready    <none>   29m   v1.32.0   172.18.0.3    <none>        Debian     6.1              containerd://2.0
root@worker2:/# ip a
5: eth0@if4: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default qlen 1000
    link/ether 02:42:ac:12:00:03 brd ff:ff:ff:ff:ff:ff link-netnsid 0
    inet 172.18.0.3/16 brd 172.18.255.255 scope global eth0
root@admin:~# exit
"""
VXLAN = {
    "ip.src": NODE_IP, "ip.dst": FAR_NODE_IP, "ip.id": 9, "ip.proto": 17, "udp.srcport": 40000, "udp.dstport": 8472,
    "udp.length": 100, "vxlan.vni": 10398,
}  # fmt: skip


def error(reporter, code, quoted=VXLAN):
    """An ICMP unreachable to the node that sent the tunnel packet."""
    return {
        "frame.layers": 1, "eth.src": FAR_NIC, "eth.dst": NIC, "ip.src": reporter, "ip.dst": NODE_IP, "ip.ttl": 64,
        "icmp.type": 3, "icmp.code": code, **{f"quoted.{name}": value for name, value in quoted.items()},
    }  # fmt: skip


def said(tmp_path, *rows):
    """What rules of errors say of the last of these frames, where it is more than information."""
    hosts = tmp_path / "hosts.txt"
    hosts.write_text(HOSTS, encoding="utf-8")
    frames = list(vxd.explain(packets(*rows), Inventory.load(str(hosts))))
    of_errors = [one for one in frames[-1].statements if one.rule.startswith(("icmp.", "policy."))]
    return [one for one in of_errors if one.severity in ("warning", "error")]


def sent():
    """The tunnel packet, as it passed before the error."""
    outer = {f"outer.{name}": value for name, value in VXLAN.items() if name != "ip.proto"}
    return {
        "frame.tunnels": 1,
        "frame.layers": 4,
        "ipv6.src": "fd00::1",
        "ipv6.dst": "fd00::2",
        "ipv6.hlim": 64,
        **outer,
    }


@pytest.mark.parametrize(("code", "cause"), [(3, "tunnel-mismatch"), (1, "wrong-tunnel-endpoint"), (0, "no-route")])
def test_a_tunnel_packet_ends_at_the_node_that_reports(tmp_path, code, cause):
    """The place is the card of that node, and the cause follows from the reason given."""
    (found,) = said(tmp_path, sent(), error(FAR_NODE_IP, code))
    assert found.causes[0].cause == cause
    assert found.place.as_dict() == {"node": "worker2", "interface": "eth0", "pod": None}


def test_a_router_that_nobody_knows_is_no_place(tmp_path):
    """Who reports is not in the inventory: the cause is named, the place is not."""
    (found,) = said(tmp_path, sent(), error("172.18.0.1", 1))
    assert found.place is None


def test_prohibited_by_the_node_that_says_so(tmp_path):
    """The rule is at the node that rejects."""
    (found,) = said(tmp_path, error(FAR_NODE_IP, 13, {"ip.src": NODE_IP, "ip.dst": "10.0.0.9", "ip.proto": 6}))
    assert (found.rule, found.place.at.node) == ("policy.rejected", "worker2")
