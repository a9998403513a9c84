"""What does plain Linux do to a packet, where nothing tells which network made it?

Law: veth, routes and perhaps a VXLAN device, nothing more. What a VNI means and how far a hop limit falls are not
claimed.
"""

from __future__ import annotations

from vxlan_dissect.datapath.base import Profile

PROFILE = Profile(
    name="Linux",
    bridge=None,
    tunnels=(),
    falls_out=1,
    falls_in=1,
    falls_local=1,
    sender_macs=False,
    vni="unknown",
    source="Linux net/ipv4/ip_forward.c, net/ipv6/ip6_output.c: each forward takes one from the hop limit",
    key="linux",
)
ROUTES = PROFILE._replace(
    name="plain routes", send_detail="sends to the MAC of its gateway, which is the host end of its own veth",
    out_detail="the kernel routes to the other node: hop limit minus one",
    in_detail="the kernel routes to the pod: hop limit minus one", key="host-gw",
)  # fmt: skip
BRIDGED = PROFILE._replace(
    name="bridged VXLAN", falls_out=0, falls_in=0, falls_local=0, sender_macs=False, vni="network", flat=True,
    source="Linux drivers/net/vxlan: a bridge does not touch the IP header",
    send_detail="sends to the MAC of the destination itself, which is on the same layer 2 network",
    out_detail="bridges", in_detail="bridges", key="bridged",
)  # fmt: skip
