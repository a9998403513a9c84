"""What is asked for, in words?

Law: name and type as the question has them. Shared by the rules about DNS.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context

_TYPES = {1: "the IPv4 address of", 28: "the IPv6 address of", 12: "the name of", 33: "the servers of"}


def asked(context: Context) -> str | None:
    """`the IPv4 address of web.default.svc.cluster.local (A)`, None where the frame asks for nothing."""
    packet = context.packet
    listed = packet.packets.texts("dns.qry.name", packet.row)
    if not listed:
        return None
    code, name = packet.integer("dns.qry.type"), packet.text("dns.qry.type")
    what = _TYPES.get(code or 0, "records of")
    return f"{what} {listed[0]}" + (f" ({name})" if name else "")
