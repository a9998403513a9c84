"""A node opens a connection to a pod of its own.

Shows
    A SYN from a node's address to a pod on the same node.

Why it matters
    This is how kubelet checks whether a pod lives and is ready: short connections every few seconds that carry little
    or nothing. Failing ones take the pod out of its services, or restart it.

How we know
    kubelet probes (httpGet, tcpSocket, grpc) run on the pod's node and go to the pod's address (Kubernetes
    documentation, Configure Probes). Other programs of the node's own network look the same.

What to check next
    If it is refused or reset: `kubectl describe pod`, events `Unhealthy`, and the ports of its probes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.statements import NORMAL, POSSIBLE, Statement
from vxlan_dissect.explain.stream_flags import SYN
from vxlan_dissect.rules.stations import names, port, proof

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context

NAME = "health.kubelet-probe"


def check(context: Context) -> Statement | None:
    """Speak on SYNs of a node to a pod of its own."""
    sender, pod = context.src.owner, context.dst.owner
    if not context.stream & SYN or sender is None or pod is None or pod.what != "pod":
        return None
    if sender.what not in ("node", "router", "tunnel", "lxc", "host") or sender.node is None or sender.node != pod.node:
        return None
    node, name = names(context)
    text = f"{node} connects to {name}, {port(context, 'dst')}, a pod on the same node, as kubelet's probes do."
    return Statement(NAME, text, NORMAL, POSSIBLE, proof(context, "tcp.flags"))
