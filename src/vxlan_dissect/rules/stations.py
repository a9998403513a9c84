"""Who talks to whom over TCP or UDP, in words?

Law: a sentence names the side that was asked by its port, as a reader thinks of a connection. Shared by the rules about
connections, datagrams and what answers them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.context import called, said_by, sureness

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context
    from vxlan_dissect.explain.statements import Evidence

_ENDS = ("ipv6.src", "ipv6.dst", "ip.src", "ip.dst", "tcp.srcport", "tcp.dstport", "udp.srcport", "udp.dstport")


def names(context: Context) -> tuple[str, str]:
    """What sender and receiver are called."""
    return called(context.src), called(context.dst)


def port(context: Context, side: str) -> str:
    """`port 80` of one side (`src`, `dst`), `an unknown port` where the frame does not tell."""
    for transport in ("tcp", "udp"):
        number = context.number(f"{transport}.{side}port")
        if number is not None:
            return f"port {number}"
    return "an unknown port"


def proof(context: Context, *fields: str) -> tuple[Evidence, ...]:
    """Evidence for who talks to whom, and the columns `fields`."""
    return (*context.fields(*fields, *_ENDS), *said_by(context.src.owner), *said_by(context.dst.owner))


def sure(context: Context) -> str:
    """How sure the names of both sides are."""
    return sureness(context.src.owner, context.dst.owner)
