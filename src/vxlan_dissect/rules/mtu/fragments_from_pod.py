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

from typing import TYPE_CHECKING

from vxlan_dissect.datapath.configured import version_of
from vxlan_dissect.explain.context import called, said
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
from vxlan_dissect.rules.bypass import bypass_of
from vxlan_dissect.rules.heard import comes_back

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context
    from vxlan_dissect.explain.statements import Evidence

NAME = "mtu.fragments-from-pod"
_SOURCE = FactEvidence("cilium/cilium bpf/bpf_lxc.c, bpf/lib/ipv6.h", None, "which fragments the program drops")
_ECHO_REQUESTS = ((8, "icmp.type"), (128, "icmpv6.type"))
_TRACKS_IPV6, _DROPS_ECHOES = (1, 18), (1, 19)  # versions of Cilium


def check(context: Context) -> Statement | None:
    """Speak on a fragment that a pod sends, where it enters Cilium."""
    six = context.get("ipv6.fraghdr.offset") is not None
    four = bool(context.get("ip.flags.mf")) or bool(context.get("ip.frag_offset"))
    if not (six or four) or context.outer is not None or not context.is_cilium or not _enters(context):
        return None
    columns = ("ipv6.fraghdr.offset", "ipv6.fraghdr.more", "ip.frag_offset", "ip.flags.mf", "ip.proto")
    evidence: list[Evidence] = [*context.fields(*columns), _SOURCE]
    version, line = _version(context)
    evidence += line
    who, family = called(context.src), "IPv6" if six else "IPv4"
    shows_answers = bypass_of(context) is None
    silent = comes_back(context) is False and (six or shows_answers)
    if any(context.number(column) == kind for kind, column in _ECHO_REQUESTS):
        if silent and context.exchange in (OPEN, UNANSWERED) and (six or version is None or version >= _DROPS_ECHOES):
            text = f"{who} pings with a packet so large that it goes out in {family} fragments, and no reply comes. "
            text += "Cilium drops these at the host end of the pod's veth"
            text += "." if six or version is not None else " since v1.19, earlier versions do not."
            cause = Cause("fragments-unsupported", f"Cilium drops {family} fragments of a ping as they leave {who}")
            more = () if six else (Cause("mtu", "large packets are lost further on"),)
            sure = LIKELY if six and shows_answers else POSSIBLE
            return Statement(
                NAME, text, SUSPICIOUS, sure, tuple(evidence), causes=(cause, *more), place=_entry(context)
            )
    elif six and context.get("udp.srcport") is not None and comes_back(context) is not True:
        cause = Cause("fragments-unsupported", f"Cilium up to v1.17 drops IPv6 fragments as they leave {who}")
        text = f"{who} sends IPv6 fragments. "
        if version is None:
            text += "Cilium up to v1.17 drops them at the host end of the pod's veth, later versions pass them. Which "
            text += "it is cannot be seen here."
            return Statement(NAME, text, UNKNOWN, POSSIBLE, tuple(evidence), causes=(cause,), place=_entry(context))
        if version < _TRACKS_IPV6:
            text += f"Cilium v{version[0]}.{version[1]} drops them at the host end of the pod's veth."
            return Statement(NAME, text, SUSPICIOUS, LIKELY, tuple(evidence), causes=(cause,), place=_entry(context))
    which = "up to v1.17 drops all of them, v1.19 those of a ping" if six else "v1.19 drops those of a ping"
    text = f"{who} sends {family} fragments: Cilium {which}."
    return Statement(NAME, text, BY_DESIGN, LIKELY, tuple(evidence))


def _version(context: Context) -> tuple[tuple[int, int] | None, list[Evidence]]:
    """The version that the agent of the sending node, or all agents, say that they have."""
    node = context.src.owner.node if context.src.owner is not None else None
    found = [
        (version, agent)
        for agent in context.inventory.agents
        if agent.key == "Cilium" and (version := version_of(agent.value)) is not None
    ]
    of_node = [one for one in found if one[1].host.node == node] or found
    if len({version for version, _ in of_node}) != 1:
        return None, []
    return of_node[0][0], [said(of_node[0][1])]


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
