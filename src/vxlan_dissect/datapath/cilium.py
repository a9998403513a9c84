"""What does Cilium with VXLAN do to a packet?

Law: only what bpf_lxc, bpf_overlay and bpf_host of the named versions do, as read in their sources and seen in captures
that those programs made (v1.13.0-rc5, v1.16.19, v1.19.1).

* MACs and hop limit change at one place only, `ipv4_l3`/`ipv6_l3` (bpf/lib/l3.h), which runs on delivery to a local pod
  (bpf/lib/local_delivery.h). Encapsulation (bpf/lib/encap.h) changes neither, so on the wire the inner frame carries
  the MAC of the sending pod and that of the host end of its veth, and the hop limit that the pod sent.
* The VNI is the security identity of the sender (`__encap_with_nodeid`, bpf/lib/encap.h): HOST(1) goes out as 6.
* Delivery with BPF host routing uses `bpf_redirect_peer`, which no tap on the lxc device sees
  (bpf/lib/local_delivery.h, `should_redirect_peer`).
"""

from __future__ import annotations

from vxlan_dissect.datapath.base import Profile
from vxlan_dissect.inventory.model.cilium import RESERVED_IDENTITIES

PROFILE = Profile(
    name="Cilium",
    bridge=None,
    tunnels=("cilium_vxlan", "cilium_geneve"),
    falls_out=0,
    falls_in=1,
    falls_local=1,
    sender_macs=True,
    vni="identity",
    source="cilium/cilium bpf/lib/l3.h, bpf/lib/encap.h, bpf/lib/local_delivery.h",
    send_detail="sends to the MAC of its gateway, which is the host end of its own veth",
    out_detail="Cilium's program looks up the destination; MACs and hop limit stay as they are",
    answer_detail="Cilium's program at the ingress of this device turns the question into the answer",
    in_detail="Cilium delivers: hop limit minus one, MACs become host end and pod",
)

# Of the reserved, 1 (host) is sent as 6, and 9 and 10 (world-ipv4, world-ipv6) as 2 (bpf/lib/encap.h).
# What sends with these is no pod: the node itself, clients from outside that it sends for, its ingress.
OF_NO_POD = frozenset((1, 2, 6, 7, 8))


def identity(vni: int) -> str:
    """What a VNI says under Cilium: a reserved identity by name, or an ordinary one (256 and up)."""
    if vni in RESERVED_IDENTITIES:
        return f"reserved identity {RESERVED_IDENTITIES[vni]}"
    if vni > 0xFFFF:
        return f"identity {vni & 0xFFFF} of cluster {vni >> 16}"
    return "an identity of a set of labels" if vni >= 256 else "a well-known identity"
