"""Packets and hosts made by hand, column by column, for tests of the parts that explain.

Names and addresses are those of captures/cilium-1.16/topology.json: two nodes, a pod on each and one more on the first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect import schema
from vxlan_dissect.addresses import parse_ip, parse_mac, parse_prefix
from vxlan_dissect.inventory import Inventory
from vxlan_dissect.inventory.model import Address, Host, Interface, Route, Source
from vxlan_dissect.packets import CaptureInterface, Packets, empty

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vxlan_dissect.packets import Column

MS, S = 1_000_000, 1_000_000_000
START = 1_700_000_000 * S
POD, LXC, POD_IP, POD_IP4 = "4e:5b:57:45:63:3b", "a2:79:14:47:80:b3", "fd00:10:244:1::4749", "10.244.1.233"
FAR, FAR_LXC, FAR_IP, FAR_IP4 = "b6:61:48:ae:63:f5", "de:40:65:1b:fa:92", "fd00:10:244:2::9461", "10.244.2.245"
SIDE, SIDE_LXC, SIDE_IP = "76:d2:08:fa:4c:19", "0e:8f:c3:2b:77:54", "fd00:10:244:1::b3c"
NIC, NODE_IP, FAR_NIC, FAR_NODE_IP = "02:42:ac:12:00:04", "172.18.0.4", "02:42:ac:12:00:03", "172.18.0.3"
GATEWAY, GATEWAY4, POD_LINK = "fd00:10:244:1::22f1", "10.244.1.154", "fe80::4c5b:57ff:fe45:633b"
ALL_NODES = "ff02::1"

LAYERS = (
    ("eth", "ipv6", "icmpv6"), ("eth", "ip", "icmp"), ("eth", "arp"), ("eth", "ip", "udp"),
    ("eth", "ip", "udp", "vxlan", "eth", "ipv6", "icmpv6"),
)  # fmt: skip


def packets(
    *rows: Mapping[str, object], name: str = "made.pcap", interfaces: tuple[CaptureInterface, ...] = (), first: int = 1
) -> Packets:
    """Packets of one mapping a frame: column name to an int, a bool or the text of an address.

    `ms` gives the time in milliseconds after START, by default one millisecond a frame.
    """
    columns: dict[str, Column] = {}
    for row, values in enumerate(rows):
        told = {"frame.number": first + row, "frame.tunnels": 0, "frame.layers": 0, **values}
        told["frame.time_epoch"] = START + round(told.pop("ms", row) * MS)
        for column, value in told.items():
            put(columns, column, row, len(rows), value)
    return Packets(
        name, len(rows), columns, interfaces=interfaces or (CaptureInterface(1),), layer_paths=LAYERS,
        layer_names=("eth", "ip", "ipv6", "udp"),
    )  # fmt: skip


def put(columns: dict[str, Column], name: str, row: int, count: int, value: object) -> None:
    """Set one value of one column, making the column where it is new."""
    kind = schema.field_of(name).kind
    column = columns.setdefault(name, empty(kind, count))
    column.valid[row] = True
    if kind == "mac" and isinstance(value, str):
        value = parse_mac(value)
    elif kind in {"ipv4", "ipv6"} and isinstance(value, str):
        value = parse_ip(value).value
    column.values[row] = (value >> 64, value & 2**64 - 1) if kind == "ipv6" else value


def echo(src: str = POD_IP, dst: str = FAR_IP, *, reply: bool = False, ident: int = 7, seq: int = 1, **more: object):
    """An ICMPv6 or ICMP echo, by the addresses; `src` sends this message, be it request or reply."""
    if ":" in src:
        return {
            "ipv6.src": src, "ipv6.dst": dst, "icmpv6.type": 129 if reply else 128, "ipv6.hlim": 64,
            "icmpv6.echo.identifier": ident, "icmpv6.echo.sequence_number": seq, **more,
        }  # fmt: skip
    return {
        "frame.layers": 1, "ip.src": src, "ip.dst": dst, "icmp.type": 0 if reply else 8, "ip.ttl": 64,
        "icmp.ident": ident, "icmp.seq": seq, **more,
    }  # fmt: skip


def solicit(target: str = GATEWAY, src: str = POD_IP, **more: object):
    """A neighbour solicitation."""
    return {
        "icmpv6.type": 135, "ipv6.src": src, "ipv6.dst": "ff02::1:ff00:1", "ipv6.hlim": 255, "eth.src": POD,
        "icmpv6.nd.ns.target_address": target, **more,
    }  # fmt: skip


def advertise(target: str = GATEWAY, dst: str = POD_IP, mac: str = LXC, **more: object):
    """A neighbour advertisement, solicited."""
    return {
        "icmpv6.type": 136, "ipv6.src": target, "ipv6.dst": dst, "ipv6.hlim": 255, "eth.src": mac,
        "icmpv6.nd.na.target_address": target, "icmpv6.opt.target_linkaddr": mac, "icmpv6.nd.na.flag.s": True,
        "icmpv6.nd.na.flag.r": False, "icmpv6.nd.na.flag.o": True, **more,
    }  # fmt: skip


def ask(target: str = GATEWAY4, src: str = POD_IP4, **more: object):
    """An ARP request."""
    return {
        "frame.layers": 2, "arp.opcode": 1, "arp.src.proto_ipv4": src, "arp.dst.proto_ipv4": target,
        "arp.src.hw_mac": POD, "eth.src": POD, "eth.dst": "ff:ff:ff:ff:ff:ff", **more,
    }  # fmt: skip


def answer(target: str = GATEWAY4, dst: str = POD_IP4, mac: str = LXC, **more: object):
    """An ARP reply for `target` to `dst`."""
    return {
        "frame.layers": 2, "arp.opcode": 2, "arp.src.proto_ipv4": target, "arp.dst.proto_ipv4": dst,
        "arp.src.hw_mac": mac, "eth.src": mac, "eth.dst": POD, **more,
    }  # fmt: skip


def macs(src: str, dst: str):
    """The two columns of the innermost Ethernet header."""
    return {"eth.src": src, "eth.dst": dst}


def tunnelled(
    inner: Mapping[str, object], src: str = NODE_IP, dst: str = FAR_NODE_IP, *, vni: int = 10398, **more: object
):
    """`inner` in VXLAN between two nodes, as Cilium sends it: port 8472, UDP checksum 0 over IPv4."""
    family = "ipv6" if ":" in src else "ip"
    checksum = {"outer.udp.checksum": 0} if family == "ip" else {"outer.udp.checksum": 0x1A2B}
    return {
        **inner, "frame.tunnels": 1, "frame.layers": 4, f"outer.{family}.src": src, f"outer.{family}.dst": dst,
        "outer.udp.dstport": 8472, "outer.vxlan.vni": vni, "outer.vxlan.recognised_by": 0, **checksum, **more,
    }  # fmt: skip


def interface(host: Host, name: str, mac: str | None = None, index: int | None = None, **more: object) -> Interface:
    """A device of a host."""
    return Interface(host, name, index, None if mac is None else parse_mac(mac), Source(f"{host.name}.txt", 1), **more)


def address(host: Host, name: str, text: str) -> Address:
    """An address on a device; a bare one has full length."""
    prefix = parse_prefix(text)
    return Address(host, name, prefix.ip, prefix.length, Source(f"{host.name}.txt", 2))


def default_route(host: Host, via: str, **more: object) -> Route:
    """The default route of a host."""
    gateway = parse_ip(via)
    return Route(host, None, gateway.version, Source(f"{host.name}.txt", 3), via=gateway, device="eth0", **more)


def veth(pod: Host, node: Host, name: str, *, index: int, mac: str, host_mac: str) -> tuple[Interface, Interface]:
    """A pod's eth0 and its host end, joined by index both ways."""
    return (
        interface(pod, "eth0", mac, index + 100, peer_index=index),
        interface(node, name, host_mac, index, peer_index=index + 100, peer_namespace=pod.pod),
    )


def hosts(*facts: object) -> Inventory:
    """An inventory of facts, nested tuples of them flattened."""
    flat: list[object] = []
    for fact in facts:
        plain = isinstance(fact, tuple) and not hasattr(fact, "_fields")
        flat.extend(fact if plain else [fact])
    return Inventory(flat)  # type: ignore[arg-type]
