"""A service has nobody to serve it.

Shows
    A node that rejects, by ICMP port unreachable, a packet to an address that neither it nor any known host has.

Why it matters
    The client is told at once that the port is closed, though no program was ever asked: no pod that is ready stands
    behind the service.

How we know
    Port unreachable comes from the receiver itself (RFC 1122 section 3.2.2.1). A node sends it in place of a receiver
    that nobody has where kube-proxy put a rule `REJECT` for a service without endpoints; Cilium answers so itself since
    v1.15 (`service-no-backend-response`), up to v1.14 it drops in silence.

What to check next
    `kubectl get endpointslices` of the service: its selector may match no pod, or no pod is ready. If the address is no
    service, a firewall rule at the node rejects it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.context import called, said_by
from vxlan_dissect.explain.statements import LIKELY, POSSIBLE, QUOTED, SUSPICIOUS, Cause, Statement
from vxlan_dissect.rules.icmp.about import about, rejects_in_place, where

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context

NAME = "service.no-endpoints"


def check(context: Context) -> Statement | None:
    """Speak on a port unreachable that a node sends in place of a service."""
    quoted = about(context)
    if quoted is None or not rejects_in_place(context, quoted):
        return None
    is_service = quoted.dst_owner is not None and quoted.dst_owner.what == "service"
    what = "no backend is ready" if is_service else "nobody is known to have it, as with a service without endpoints"
    text = f"{called(context.src)} rejects {quoted.words}: {what}."
    why = "a node rejects in place of the receiver, as for a service without endpoints"
    causes = (Cause("no-service-endpoint", why), Cause("policy", "a rule at the node may reject the packet"))
    evidence = (*quoted.evidence, *said_by(context.src.owner))
    return Statement(
        NAME, text, SUSPICIOUS, LIKELY if is_service else POSSIBLE, evidence, QUOTED, causes, where(context)
    )
