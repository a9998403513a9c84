"""What does Calico with VXLAN do to a packet?

Law: the kernel routes at both ends, so the hop limit falls twice. The host end of every pod's veth has the same MAC,
ee:ee:ee:ee:ee:ee, and answers ARP for 169.254.1.1 by proxy_arp; the VTEP MACs begin with 66 (projectcalico/calico
felix/calc/vxlan_resolver.go, felix/config/config_params.go: VNI 4096, port 4789).
"""

from __future__ import annotations

from vxlan_dissect.datapath.base import Profile

PROFILE = Profile(
    name="Calico",
    bridge=None,
    tunnels=("vxlan.calico", "vxlan-v6.calico"),
    falls_out=1,
    falls_in=1,
    falls_local=1,
    sender_macs=False,
    vni="network",
    source="projectcalico/calico felix/calc/vxlan_resolver.go, felix/config/config_params.go",
    send_detail="sends to the MAC of its gateway, which is the host end of its own veth",
    out_detail="the kernel routes to the other node: hop limit minus one",
    in_detail="the kernel routes to the pod: hop limit minus one",
)
