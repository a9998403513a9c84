"""A pod reaches itself through a service.

Shows
    A packet from or to the address that Cilium lets stand for a pod that is its own backend.

Why it matters
    Nobody else sends from this address, and no host has it: it is no spoofed or foreign packet.

How we know
    Cilium exchanges the pod's own address for 169.254.42.1, or fe80::1, where a service leads back to the pod that
    asks, so that its answer comes back to the program that translates (bpf/lib/lb.h, IPV4_LOOPBACK; the answer of the
    pod for fe80::1 goes to the pod's own MAC since v1.19).

What to check next
    Nothing. That a pod asks the service that it serves itself may be worth a look.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.addresses import parse_ip
from vxlan_dissect.explain.context import called, said_by
from vxlan_dissect.explain.statements import BY_DESIGN, LIKELY, Statement

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context

NAME = "service.hairpin"
_LOOPBACK = frozenset((parse_ip("169.254.42.1"), parse_ip("fe80::1")))


def check(context: Context) -> Statement | None:
    """Speak on packets from and to the service loopback address, of a pod of Cilium."""
    ends = (context.src, context.dst)
    pod = next((one for one in ends if one.ip not in _LOOPBACK), None)
    if not context.is_cilium or not any(one.ip in _LOOPBACK for one in ends) or pod is None or pod.pod_name is None:
        return None
    text = (
        f"{called(pod)} reaches itself through a service: {next(one.ip for one in ends if one.ip in _LOOPBACK)} is the "
        "address under which Cilium lets it appear to itself."
    )
    evidence = (*context.fields("ip.src", "ip.dst", "ipv6.src", "ipv6.dst"), *said_by(pod.owner))
    return Statement(NAME, text, BY_DESIGN, LIKELY, evidence)
