"""What does Calico do to a packet?

Law: the kernel routes at both ends, so the hop limit falls twice. The host end of every pod's veth has the same MAC,
ee:ee:ee:ee:ee:ee, and answers ARP for 169.254.1.1 by proxy_arp; the VTEP MACs begin with 66 (projectcalico/calico
felix/calc/vxlan_resolver.go, felix/config/config_params.go: VNI 4096, port 4789). IP in IP carries no MACs (tunl0);
WireGuard (wireguard.cali) carries none and lets nobody read what it carries. With eBPF, what comes from the tunnel goes
to the pod's host end by the program, and how far the hop limit then falls is not claimed.
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
    key="calico",
)
IPIP = PROFILE._replace(tunnels=("tunl",), key="calico-ipip")
WIREGUARD = PROFILE._replace(tunnels=("wireguard.cali", "wg-v6.cali"), sealed=True, key="calico-wireguard")
EBPF = PROFILE._replace(
    falls_in=None, falls_local=None, falls_world=None, plain_out=None, plain_in=None, translates=None,
    out_detail="Calico's program routes to the other node", in_detail="Calico's program hands it to the pod",
    key="calico-ebpf",
)  # fmt: skip
