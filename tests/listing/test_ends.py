"""Who is named as the sender and receiver of a frame?"""

from __future__ import annotations

import numpy as np
import pytest

from tests.wire.frames import LXC, POD, decode_all, echo6, ether, ip4, ipv6, mac, overlay
from vxlan_dissect import pipeline
from vxlan_dissect.beside import beside
from vxlan_dissect.inventory import Inventory
from vxlan_dissect.inventory.model import Host, Owner
from vxlan_dissect.listing import info
from vxlan_dissect.listing.batches import Batch, named
from vxlan_dissect.listing.ends import called, ends

ECHO = ether(ipv6(echo6()))
ARP = ether(bytes.fromhex("0001080006040001") + mac(POD) + ip4("10.0.0.1") + bytes(6) + ip4("10.0.0.2"), 0x0806,
            destination="ff:ff:ff:ff:ff:ff")  # fmt: skip


def test_addresses():
    """IP addresses of the innermost packet, MACs where there are none, broadcast by name."""
    batch = Batch.of(decode_all([ECHO, overlay(ECHO), ARP, b""]))
    assert ends(batch, "src") == ["fd00:10:244:1::4749", "fd00:10:244:1::4749", POD, ""]
    assert ends(batch, "dst") == ["fd00:10:244:2::9461", "fd00:10:244:2::9461", "broadcast", ""]
    assert ends(batch, "src", "outer.") == ["", "172.18.0.4", "", ""]


@pytest.mark.parametrize(("kind", "destination"), [(0, ""), (1, "broadcast"), (2, "multicast"), (3, ""), (4, "")])
def test_a_cooked_header(kind, destination):
    """It has a sender and, in place of a receiver, a kind of packet."""
    header = kind.to_bytes(2, "big") + b"\0\1\0\6" + mac(LXC) + b"\0\0\x08\x06"
    batch = Batch.of(decode_all([header + ARP[14:]], 113))
    assert (ends(batch, "src"), ends(batch, "dst")) == ([LXC], [destination])


def test_a_tunnel_of_nothing():
    """Where nothing inside a tunnel could be read, the tunnel's own ends are those of the frame."""
    batch = Batch.of(decode_all([overlay(b"")]))
    assert (ends(batch, "src"), ends(batch, "dst")) == (["172.18.0.4"], ["172.18.0.3"])
    assert info.tunnels(batch.packets, ["a"], ["b"]) == ["VXLAN 10398 a → b"]


def test_no_frames():
    """A batch of nothing names nobody."""
    assert ends(Batch.of(decode_all([])), "dst") == []


def test_names(captures_dir):
    """Pods and nodes by name, an ARP by the holder of its MAC, groups by address."""
    path = captures_dir / "cilium-1.16" / "cilium-31-ndp-variants" / "worker.any.pcap"
    inventory = beside(str(path))
    (batch,) = named(str(path), Inventory.load(inventory))
    assert ends(batch, "src")[:2] == ["cni-7t9p4", "worker/gateway"]
    assert ends(batch, "dst")[:2] == ["ff02::1:ff00:22f1", "cni-7t9p4"]
    assert ends(batch, "src")[10:12] == ["cni-7t9p4", "worker/lxc237a31216c0f"]


def test_names_of_the_frames_that_are_shown(captures_dir):
    """Names stay with their frames where a filter leaves some out."""
    path = str(captures_dir / "dual-stack-ping6" / "pod-eth0.pcap")
    explained = pipeline.explain(path)
    batch = Batch.of(explained.packets, np.array([5, 1]), explained)
    assert ends(batch, "src") == ["cni-8qgcs", "cilium-dual-stack-worker/gateway"]


def test_names_of_the_tunnel(captures_dir):
    """The nodes at both ends of a tunnel."""
    explained = pipeline.explain(str(captures_dir / "dual-stack-ping6" / "1.cap"))
    batch = Batch.of(explained.packets, None, explained)
    assert ends(batch, "src", "outer.") == ["cilium-dual-stack-worker", "cilium-dual-stack-worker2"]


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (None, None),
        (Owner(Host("w", "web-1"), "eth0", "pod", None), "web-1"),
        (Owner(Host("w"), "eth0", "node", None), "w"),
        (Owner(Host("w"), "cilium_host", "router", None), "w/gateway"),
        (Owner(Host("w"), "lxc1", "lxc", None, serves="web-1"), "w/lxc1"),
        (Owner(Host("w"), None, "lxc", None, serves="web-1"), "w"),
        (Owner(Host("w"), "cilium_vxlan", "tunnel", None), "w/cilium_vxlan"),
        (Owner(None, None, "service", None, "kube-system", "kube-dns"), "kube-dns"),
        (Owner(None, None, "group", None, inferred="a group"), None),
    ],
)
def test_short_names(owner, name):
    """Short enough for a column."""
    assert called(owner) == name
