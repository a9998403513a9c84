"""A packet travels inside a VXLAN or Geneve packet from node to node.

Shows
    Which node encapsulates for which, what the VNI means in this kind of network, and whose the inner MACs are.

Why it matters
    The VNI is read wrongly more often than anything else: under Cilium it is no network number but the security
    identity of the sender, so request and reply may carry different ones. And the inner MACs belong to no node's
    network card: under Cilium they are those that the frame had when it left the sending pod.

How we know
    RFC 7348 section 5, RFC 8926 section 3. Cilium: `__encap_with_nodeid` (bpf/lib/encap.h) writes the sender's identity
    into the VNI, host (1) as remote-node (6), and changes no MAC; reserved numbers in pkg/identity/numericidentity.go.
    flannel: VNI 1 and the MACs of the flannel.1 devices (pkg/backend/vxlan). Calico: VNI 4096
    (felix/config/config_params.go). Linux: drivers/net/vxlan/vxlan_core.c.

What to check next
    Does the node behind the outer destination hold the inner destination? Does the identity belong to the sender
    (`cilium-dbg identity get`)?
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.datapath import cilium
from vxlan_dissect.explain.context import called, least, said_by, sureness
from vxlan_dissect.explain.names import device
from vxlan_dissect.explain.statements import CERTAIN, LIKELY, NORMAL, FactEvidence, Statement
from vxlan_dissect.inventory.model.cilium import RESERVED_IDENTITIES
from vxlan_dissect.rules.tunnel.nodes import in_words

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context
    from vxlan_dissect.explain.statements import Evidence, Outer

NAME = "tunnel.encapsulated"
_FIELDS = (
    "outer.vxlan.vni", "outer.geneve.vni", "outer.udp.dstport", "outer.vxlan.recognised_by",
    "outer.geneve.recognised_by", "outer.geneve.dsr.ipv4", "outer.geneve.dsr.ipv6", "outer.geneve.dsr.port", "eth.src",
    "eth.dst",
)  # fmt: skip


def check(context: Context) -> Statement | None:
    """Speak on every frame with a tunnel header around its packet."""
    outer = context.outer
    if outer is None or outer.vni is None:
        return None
    text = f"{in_words(outer.src)} encapsulates for {in_words(outer.dst)} in {outer.title}"
    if outer.port is not None:
        how = "" if outer.recognised_by != "header" else ", recognised by its header"
        text += f" (UDP port {outer.port}{how})"
    meaning, confidence = _vni(context, outer)
    text += f". {meaning}{_macs(context)}"
    network = context.lessons.network
    evidence: list[Evidence] = [
        *context.fields("outer.ip.src", "outer.ip.dst", "outer.ipv6.src", "outer.ipv6.dst", *_FIELDS),
        *said_by(outer.src.owner),
        *said_by(outer.dst.owner),
        *said_by(context.src.mac_owner),
        *said_by(context.dst.mac_owner),
        FactEvidence("inferred", None, f"the network is {network.profile.name}: {network.why}"),
    ]
    named = sureness(outer.src.owner, outer.dst.owner, context.src.mac_owner, context.dst.mac_owner)
    return Statement(NAME, text, NORMAL, least(named, confidence), tuple(evidence))


def _vni(context: Context, outer: Outer) -> tuple[str, str]:
    profile, vni = context.profile, outer.vni or 0
    sure = CERTAIN if context.lessons.network.confidence == CERTAIN else LIKELY
    if profile.vni == "identity":
        kind = cilium.identity(vni)
        if vni in RESERVED_IDENTITIES:
            return f"VNI {vni} is the sender's security identity, {kind}, not a network number.", sure
        sender = "the sender" if context.src.ip is None else f"the sender, {called(context.src)}"
        return f"VNI {vni} is the security identity of {sender}, not a network number.", sure
    if profile.vni == "network":
        return f"VNI {vni} is the fixed number of the {profile.name} network, the same in both directions.", sure
    return f"VNI {vni} is a network number, as far as this capture shows.", LIKELY


def _macs(context: Context) -> str:
    sender, receiver = device(context.src.mac_owner), device(context.dst.mac_owner)
    if sender is None and context.src.mac_owner is not None and context.src.mac_owner.what == "pod":
        sender = "the sending pod" if context.src.ip is None else f"the pod {context.src.ip}"
    if not sender and not receiver:
        return ""
    whose = f" The inner MACs are those of {sender or 'an unknown sender'} and {receiver or 'an unknown receiver'}"
    if context.profile.sender_macs and context.src.mac_owner is not None and context.src.mac_owner.what == "pod":
        return f"{whose}, as at the sending pod: encapsulation leaves them untouched."
    if context.profile.tunnels and context.src.mac_owner is not None and context.src.mac_owner.what == "tunnel":
        return f"{whose}: the kernel routed into the tunnel and wrote its ends' MACs."
    return f"{whose}."
