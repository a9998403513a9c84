"""Frames, captures and a small cluster made by hand.

Law: two nodes, worker with the pods client and side, worker2 with the pod web; all frames are of scapy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.inet6 import ICMPv6EchoRequest, IPv6
from scapy.layers.l2 import Ether
from scapy.layers.vxlan import VXLAN

import vxlan_dissect as vxd
from tests.capture.writers import START, Frame, write_pcap
from tests.explain.made import address, hosts, interface, veth
from vxlan_dissect.inventory.model import Host

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from typing import Any

A, B, C = "10.0.0.1", "10.0.1.2", "10.0.2.3"
SIX, SIX_B, SIX_C = "fd00::1", "fd00:1::2", "fd00:2::3"
MAC, OTHER_MAC = "02:00:00:00:00:01", "02:00:00:00:00:02"
PAYLOAD = bytes(range(64))


# The files of the places, by short names.
POD, LXC, NIC = "worker.pod-client.eth0.pcap", "worker.lxc1.pcap", "worker.eth0.pcap"
SIDE, SIDE_LXC = "worker.pod-side.eth0.pcap", "worker.lxc2.pcap"
FAR_NIC, FAR_LXC, WEB = "worker2.eth0.pcap", "worker2.lxc3.pcap", "worker2.pod-web.eth0.pcap"
SIDE_IP, NODE, FAR_NODE, WORLD, SERVICE = "10.0.0.5", "172.18.0.2", "172.18.0.3", "203.0.113.9", "10.96.0.10"


def cluster():
    """The inventory: A is the pod client, SIDE_IP the pod side, B the pod web."""
    worker, worker2 = Host("worker"), Host("worker2")
    client, side, web = Host("worker", "client"), Host("worker", "side"), Host("worker2", "web")
    return hosts(
        veth(client, worker, "lxc1", index=11, mac="02:00:00:00:00:01", host_mac="02:00:00:00:00:11"),
        veth(side, worker, "lxc2", index=12, mac="02:00:00:00:00:02", host_mac="02:00:00:00:00:12"),
        veth(web, worker2, "lxc3", index=13, mac="02:00:00:00:00:03", host_mac="02:00:00:00:00:13"),
        interface(worker, "eth0", "02:00:00:00:01:01", 2), interface(worker2, "eth0", "02:00:00:00:01:02", 2),
        address(client, "eth0", f"{A}/32"), address(side, "eth0", f"{SIDE_IP}/32"), address(web, "eth0", f"{B}/32"),
        address(worker, "eth0", f"{NODE}/24"), address(worker2, "eth0", f"{FAR_NODE}/24"),
    )  # fmt: skip


def traced(folder: Path, captures: Mapping[str, Sequence[tuple[int, Any]]], **options: Any):
    """The trace of captures by file name, each of (microseconds, frame)."""
    for name, frames in captures.items():
        made = [Frame(bytes(frame), START + time * 1000) for time, frame in frames]
        (folder / name).write_bytes(write_pcap(made))
    return vxd.trace([folder / name for name in captures], cluster(), **options)


def ways(trace: Any) -> list[list[str]]:
    """Where each packet was seen, as the files without their endings and the number of the frame."""
    return [[f"{one.capture.removesuffix('.pcap')} {one.frame}" for one in each.sightings] for each in trace.journeys]


def ether(packet, src=MAC, dst=OTHER_MAC):
    """A frame of Ethernet."""
    return Ether(src=src, dst=dst) / packet


def tcp(src=A, dst=B, sport=40000, dport=80, payload=PAYLOAD, *, ip=None, **changed):
    """A segment."""
    fields = {"seq": 1000, "ack": 2000, "flags": "PA"} | changed
    return ether(IP(src=src, dst=dst, id=7, **(ip or {})) / TCP(sport=sport, dport=dport, **fields) / payload)


def udp(payload=PAYLOAD, sport=40000, dport=53, **ip):
    """A datagram."""
    return ether(IP(**{"src": A, "dst": B, "id": 7} | ip) / UDP(sport=sport, dport=dport) / payload)


def ping(number=1, payload=PAYLOAD, identifier=9, **ip):
    """An echo request of ICMP."""
    return ether(IP(**{"src": A, "dst": B, "id": 7} | ip) / ICMP(id=identifier, seq=number) / payload)


def ping6(number=1, payload=PAYLOAD, identifier=9, kind=ICMPv6EchoRequest, **ip):
    """An echo of ICMPv6."""
    return ether(IPv6(**{"src": SIX, "dst": SIX_B} | ip) / kind(id=identifier, seq=number, data=payload))


def vxlan(frame):
    """A frame in the tunnel, as the node's card shows it."""
    head = Ether(src="02:00:00:00:01:01", dst="02:00:00:00:01:02") / IP(src="172.18.0.2", dst="172.18.0.3", id=99)
    return head / UDP(sport=51111, dport=4789, chksum=0) / VXLAN(vni=17, flags=8) / frame
