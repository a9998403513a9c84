"""What is a packet called of which the content is encrypted, or known to nobody here?

Law: the header that is in clear names it, with the number by which its two sides know it: an SPI, a session, a message.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.schema_values import IKE_EXCHANGES, WIREGUARD_TYPES

if TYPE_CHECKING:
    from vxlan_dissect.packets import Packet

# Protocols that say no more than their name; a column that each has.
_NAMED = {"esp": "esp.spi", "gre": "gre.proto", "geneve": "geneve.vni", "vxlan": "vxlan.vni", "nsh": "nsh.spi"}


def kind_of(packet: Packet) -> str | None:
    """`wg.transport-data`, `isakmp.ike-sa-init`, `esp`, `gre`, None where the innermost packet is none of these."""
    kind = packet.integer("wg.type")
    if kind is not None:
        return f"wg.{WIREGUARD_TYPES.get(kind, f'type-{kind}')}"
    exchange = packet.integer("isakmp.exchangetype")
    if exchange is not None:
        name = IKE_EXCHANGES.get(exchange, f"exchange-{exchange}")
        return f"isakmp.{name.lower().replace('_', '-')}"
    if packet.get("udpencap.nat_keepalive"):
        return "udpencap.nat-keepalive"
    return next((name for name, column in _NAMED.items() if packet.get(column) is not None), None)


def message(packet: Packet, kind: str) -> str | None:
    """The message in words with its numbers: `WireGuard transport data, receiver 0x11223344`; None for other kinds."""
    family, _, name = kind.partition(".")
    if kind in _NAMED and packet.get(_NAMED[kind]) is None:
        return None  # a text line may name a protocol and tell nothing of it
    if family == "wg":
        ends = ", ".join(
            f"{end} 0x{index:08x}"
            for end in ("sender", "receiver")
            if (index := packet.integer(f"wg.{end}")) is not None
        )
        return ", ".join(filter(None, [f"WireGuard {name.replace('-', ' ')}", ends]))
    if family == "isakmp":
        version, exchange = packet.integer("isakmp.version") or 0, packet.text("isakmp.exchangetype")
        return f"IKEv{version >> 4} {exchange}, message {packet.get('isakmp.messageid')}"
    if kind == "udpencap.nat-keepalive":
        return "keepalive for an address translation"
    if kind == "esp":
        return f"ESP, SPI 0x{packet.integer('esp.spi') or 0:08x}, sequence {packet.get('esp.sequence')}"
    if kind == "gre":
        call = packet.get("gre.key.call_id")
        carried = packet.integer("gre.proto")
        if carried == 0:
            return "GRE keepalive"
        return f"GRE with {_ethertype(packet, 'gre.proto')}" + ("" if call is None else f", call {call}")
    if kind == "geneve":
        return f"Geneve, VNI {packet.get('geneve.vni')}, with {_ethertype(packet, 'geneve.proto_type')}"
    if kind == "vxlan":
        return f"VXLAN, VNI {packet.get('vxlan.vni')}, with next protocol {packet.text('vxlan.next_proto')}"
    if kind == "nsh":
        return f"NSH, path {packet.get('nsh.spi')}, with next protocol {packet.text('nsh.nextproto')}"
    return None


def _ethertype(packet: Packet, column: str) -> str:
    number, name = packet.integer(column) or 0, packet.text(column)
    return f"EtherType 0x{number:04x}" if name == str(number) else str(name)
