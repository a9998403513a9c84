"""A WireGuard message between two nodes.

Shows
    Which message it is, whose port it uses, and what of it can be read.

Why it matters
    Pods, ports and sizes are hidden in it: what is asked of the overlay must be looked for before encryption, at the
    pod or at the WireGuard device.

How we know
    wireguard.com/protocol: type 1 (initiation, 148 bytes), 2 (response, 92), 3 (cookie reply, 64), 4 (data, padded to
    16). A handshake comes before the first data and again after two minutes. Ports: 51871 Cilium, 51820 and 51821
    Calico and flannel. Cilium: a tunnel packet inside WireGuard since v1.15, the pod's own packet before that.

What to check next
    A capture at `cilium_wg0`, `wireguard.cali` or `flannel-wg` shows the packets in the clear (link type RAW);
    `wg show` the time of the last handshake.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.context import called, said_by, sureness
from vxlan_dissect.explain.statements import NORMAL, Statement
from vxlan_dissect.rules.encryption.traffic import COOKIE, DATA, INITIATION, RESPONSE

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context

NAME = "encryption.wireguard"
_MESSAGES = {
    INITIATION: "begins a handshake with {} for a new key",
    RESPONSE: "answers the handshake of {}: data may follow",
    COOKIE: "is busy and gives {} a cookie to repeat the handshake with",
    DATA: "sends encrypted data to {}: which pods speak, their ports and what they say cannot be read here",
}
_PORTS = {51871: "Cilium's", 51820: "that of Calico, flannel and most others", 51821: "Calico's and flannel's for IPv6"}


def check(context: Context) -> Statement | None:
    """Speak on every WireGuard message."""
    kind = context.number("wg.type")
    if kind not in _MESSAGES:
        return None
    text = f"WireGuard: {called(context.src)} {_MESSAGES[kind].format(called(context.dst))}."
    ports = [context.number(f"udp.{side}port") for side in ("dst", "src")]
    port = next((port for port in ports if port in _PORTS), None)
    text += f" UDP port {port} is {_PORTS[port]}." if port is not None else ""
    evidence = (
        *context.fields("wg.type", "wg.receiver", "udp.srcport", "udp.dstport", "ip.src", "ip.dst", "ipv6.src"),
        *context.fields("ipv6.dst"),
        *said_by(context.src.owner),
        *said_by(context.dst.owner),
    )
    return Statement(NAME, text, NORMAL, sureness(context.src.owner, context.dst.owner), evidence)
