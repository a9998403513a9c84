"""What does flannel do to a packet?

Law: the kernel routes at both ends, so the hop limit falls twice, and the inner MACs on the wire are those of the two
flannel.1 devices (flannel-io/flannel pkg/backend/vxlan/vxlan.go, device.go: VNI 1 and port 8472 by default). With its
host-gw backend the routes lead straight to the other node and there is no tunnel (pkg/backend/hostgw).
"""

from __future__ import annotations

from vxlan_dissect.datapath.base import Profile

PROFILE = Profile(
    name="flannel",
    bridge="cni0",
    tunnels=("flannel.", "flannel-v6."),
    falls_out=1,
    falls_in=1,
    falls_local=0,
    sender_macs=False,
    vni="network",
    source="flannel-io/flannel pkg/backend/vxlan",
    send_detail="sends to the MAC of its gateway, the bridge cni0",
    out_detail="the kernel routes to flannel.1: hop limit minus one, MACs become those of the two flannel.1 devices",
    in_detail="the kernel routes to the bridge: hop limit minus one, MACs become cni0 and pod",
    key="flannel",
)
HOST_GW = PROFILE._replace(
    tunnels=(), source="flannel-io/flannel pkg/backend/hostgw", key="flannel-host-gw",
    out_detail="the kernel routes to the other node: hop limit minus one",
)  # fmt: skip
