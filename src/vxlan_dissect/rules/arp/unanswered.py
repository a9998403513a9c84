"""A question for the MAC of an IPv4 address stays without an answer.

Shows
    That no reply follows, whether one was due, and whether it would have passed this capture point.

Why it matters
    Without the MAC nothing can be sent: the sender gives up after three questions and reports "host unreachable". At
    a node's network card it is what a tunnel entry for a node that is gone looks like: no tunnel packet leaves, only
    questions for an address that nobody has. The reply to another station's question need not pass here.

How we know
    RFC 826 (the reply is unicast); Linux net/ipv4/arp.c asks three times, a second apart. Cilium answers every request
    of its pods but for the pod's own address (bpf/lib/arp.h, bpf_lxc.c `tail_handle_arp`). flannel and Calico write the
    neighbour entries of the far tunnel ends themselves (pkg/backend/vxlan, felix/dataplane/linux/vxlan_mgr.go).

What to check next
    Who should have the address (`vxd who`)? For a node's address: the tunnel entries that name it
    (`cilium-dbg bpf ipcache list`, `bridge fdb show dev flannel.1`). For a gateway: `proxy_arp`, forwarding, and
    whether the host end of the veth is up. For a pod: does it run on this node?
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.rules.questions import by_design, question_of, unanswered

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context
    from vxlan_dissect.explain.statements import Statement
    from vxlan_dissect.rules.questions import Question, Silence

NAME = "arp.unanswered"
_FIELDS = ("arp.opcode", "arp.src.hw_mac", "arp.src.proto_ipv4", "arp.dst.proto_ipv4")


def check(context: Context) -> Statement | None:
    """Speak on a request without a reply, but for probes and announcements."""
    target = context.ip("arp.dst.proto_ipv4")
    if context.get("arp.opcode") != 1 or target == context.ip("arp.src.proto_ipv4"):
        return None
    return unanswered(NAME, question_of(context, target), _FIELDS, _design)


def _design(question: Question) -> Silence | None:
    context = question.context
    asker = context.src.owner
    if asker is None or asker.pod is None or question.gateway is not None:
        return None
    if question.home is not None and question.home.host == asker.host:
        return by_design("It is the asking pod's own address, and nobody else has it.")
    if context.profile.name == "Calico":
        return by_design("Calico's end of the veth answers only for what its host routes elsewhere.")
    return None
