"""A packet goes to a service and on to one of its backends.

Shows
    A request to an address and port that was exchanged for that of a backend in this very capture, or that the
    inventory lists as a service; and which backend it was.

Why it matters
    Behind the translation the same packet has another receiver: who looks for the service's address there finds
    nothing. It is also the proof that the translation works.

How we know
    The same packet, by sequence number or identification, passes with both receivers. kube-proxy translates in the
    node's netfilter, Cilium in its program at the lxc device (bpf/lib/lb.h) or in the socket, where the service's
    address is never on the wire.

What to check next
    If the request then fails: the backend named here, and whether it is ready (`kubectl get endpointslices`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.context import called, said_by
from vxlan_dissect.explain.names import label
from vxlan_dissect.explain.statements import CERTAIN, LIKELY, NORMAL, FactEvidence, Statement
from vxlan_dissect.explain.stream_flags import SYN

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context

NAME = "service.translated"
_SHOWN = 3  # backends in one sentence


def check(context: Context) -> Statement | None:
    """Speak on SYNs and datagrams to what is translated."""
    transport = "tcp" if context.stream & SYN else "udp"
    port = context.number(f"{transport}.dstport")
    backends = context.names.translations.backends(context.dst.ip, port)
    if not backends:
        return None
    owners = [context.names.of_ip(one.ip) for one in backends]
    listed = [f"{label(owner) or one.ip} port {one.port}" for owner, one in zip(owners, backends, strict=True)]
    more = f" and {len(listed) - _SHOWN} more" if len(listed) > _SHOWN else ""
    text = (
        f"{called(context.dst)} port {port} is translated: in this capture what goes there is sent on to "
        f"{', '.join(listed[:_SHOWN])}{more}."
    )
    evidence = [*context.fields("ip.dst", "ipv6.dst", f"{transport}.dstport"), *said_by(context.dst.owner)]
    for one, owner in list(zip(backends, owners, strict=True))[:_SHOWN]:
        after = f"the same packet, to {one.ip} port {one.port}"
        shown = f"frame {one.before} is a packet before the translation, frame {one.after} {after}"
        evidence.append(FactEvidence("inferred", None, shown))
        evidence += said_by(owner)
    return Statement(NAME, text, NORMAL, CERTAIN if transport == "tcp" else LIKELY, tuple(evidence))
