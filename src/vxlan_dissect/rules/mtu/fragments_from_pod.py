"""A pod of a Cilium network sends fragments.

Shows
    Whether Cilium passes such fragments on, and whether an answer came.

Why it matters
    Cilium drops some fragments at the first step, the host end of the pod's veth, and tells nobody: a large ping or
    datagram vanishes while small ones pass.

How we know
    Cilium up to v1.17 drops every IPv6 fragment (DROP_FRAG_NOSUPPORT, drop reason 157); since v1.18 it keeps track of
    them (c904170041) and passes those of UDP and TCP. Those of an echo v1.19 drops in both families (DROP_INVALID, drop
    reason 134), where v1.13 and v1.16 pass them over IPv4. A tap at the pod or the host end lies before the program,
    and at the host end no answer is seen with BPF host routing.

What to check next
    `cilium-dbg monitor --type drop` on the node while it is repeated; `cilium-dbg version`. A ping that fits the MTU
    (`ping -s 1200`) as a counter-test.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from vxlan_dissect.explain.context import called
from vxlan_dissect.explain.context import said as said_of
from vxlan_dissect.explain.pair import OPEN, UNANSWERED
from vxlan_dissect.explain.places import At, Place
from vxlan_dissect.explain.statements import (
    BY_DESIGN,
    LIKELY,
    POSSIBLE,
    SUSPICIOUS,
    UNKNOWN,
    Cause,
    FactEvidence,
    Statement,
)
from vxlan_dissect.rules.heard import comes_back

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context
    from vxlan_dissect.explain.statements import Evidence

NAME = "mtu.fragments-from-pod"
_SOURCE = FactEvidence("cilium/cilium bpf/bpf_lxc.c, bpf/lib/ipv6.h", None, "which fragments the program drops")
_ECHO_REQUESTS = ((8, "icmp.type"), (128, "icmpv6.type"))
_TRACKS_IPV6, _DROPS_ECHOES = 18, 19  # minor versions of Cilium 1
_VERSION = re.compile(r"\b1\.(\d{1,3})\.\d")


def check(context: Context) -> Statement | None:
    """Speak on a fragment that a pod sends, where it enters Cilium."""
    six = context.get("ipv6.fraghdr.offset") is not None
    four = bool(context.get("ip.flags.mf")) or bool(context.get("ip.frag_offset"))
    if not (six or four) or context.outer is not None or not context.is_cilium or not _enters(context):
        return None
    columns = ("ipv6.fraghdr.offset", "ipv6.fraghdr.more", "ip.frag_offset", "ip.flags.mf", "ip.proto")
    evidence: list[Evidence] = [*context.fields(*columns), _SOURCE]
    minor, version = _version(context)
    evidence += version
    who, family = called(context.src), "IPv6" if six else "IPv4"
    silent = comes_back(context) is False and (six or _shows_answers(context))
    if any(context.number(column) == kind for kind, column in _ECHO_REQUESTS):
        if silent and context.exchange in (OPEN, UNANSWERED) and (six or minor is None or minor >= _DROPS_ECHOES):
            text = f"{who} pings with a packet so large that it goes out in {family} fragments, and no reply comes. "
            text += "Cilium drops these at the host end of the pod's veth"
            text += "." if six or minor is not None else " since v1.19, earlier versions do not."
            cause = Cause("fragments-unsupported", f"Cilium drops {family} fragments of a ping as they leave {who}")
            more = () if six else (Cause("mtu", "large packets are lost further on"),)
            sure = LIKELY if six and _shows_answers(context) else POSSIBLE
            return Statement(
                NAME, text, SUSPICIOUS, sure, tuple(evidence), causes=(cause, *more), place=_entry(context)
            )
    elif six and context.get("udp.srcport") is not None and comes_back(context) is not True:
        cause = Cause("fragments-unsupported", f"Cilium up to v1.17 drops IPv6 fragments as they leave {who}")
        text = f"{who} sends IPv6 fragments. "
        if minor is None:
            text += "Cilium up to v1.17 drops them at the host end of the pod's veth, later versions pass them. Which "
            text += "it is cannot be seen here."
            return Statement(NAME, text, UNKNOWN, POSSIBLE, tuple(evidence), causes=(cause,), place=_entry(context))
        if minor < _TRACKS_IPV6:
            text += f"Cilium v1.{minor} drops them at the host end of the pod's veth."
            return Statement(NAME, text, SUSPICIOUS, LIKELY, tuple(evidence), causes=(cause,), place=_entry(context))
    which = "up to v1.17 drops all of them, v1.19 those of a ping" if six else "v1.19 drops those of a ping"
    text = f"{who} sends {family} fragments: Cilium {which}."
    return Statement(NAME, text, BY_DESIGN, LIKELY, tuple(evidence))


def _version(context: Context) -> tuple[int | None, list[Evidence]]:
    """The minor version that the agent of the sending node, or all agents, say that they have."""
    node = context.src.owner.node if context.src.owner is not None else None
    found = [
        (int(said.group(1)), agent)
        for agent in context.inventory.agents
        if agent.key == "Cilium" and (said := _VERSION.search(agent.value)) is not None
    ]
    of_node = [one for one in found if one[1].host.node == node] or found
    if len({minor for minor, _ in of_node}) != 1:
        return None, []
    return of_node[0][0], [said_of(of_node[0][1])]


def _shows_answers(context: Context) -> bool:
    """Whether an answer would be seen: at the pod; at the host end only without BPF host routing."""
    point, pod = context.point, context.src.pod_name
    if point is not None and point.pod is not None:
        return True
    host_end = context.inventory.lxc_of_pod(pod) if pod else None
    legacy = any("Routing" in agent.key and "Legacy" in agent.value for agent in context.inventory.agents)
    return legacy or (host_end is not None and host_end.mac in context.lessons.delivered)


def _entry(context: Context) -> Place:
    """The host end of the sender's veth, where Cilium's program is."""
    owner = context.src.owner
    host_end = context.inventory.lxc_of_pod(owner.pod) if owner is not None and owner.pod is not None else None
    return Place(At(owner.node if owner is not None else None, host_end.name if host_end is not None else None))


def _enters(context: Context) -> bool:
    """Whether the frame was captured at the pod that sends it, or at the host end of its veth."""
    point, pod = context.point, context.src.pod_name
    if point is None or pod is None:
        return False
    host_end = context.inventory.lxc_of_pod(pod)
    return point.pod == pod or (point.pod is None and host_end is not None and point.interface == host_end.name)
