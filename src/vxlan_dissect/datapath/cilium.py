"""What does Cilium do to a packet?

Law: only what bpf_lxc, bpf_overlay and bpf_host of the named versions do, as read in their sources and seen in captures
that those programs made (v1.13.0-rc5, v1.16.19, v1.19.1). Where versions differ and the version is not known, nothing
is predicted.

* MACs and hop limit change at one place only, `ipv4_l3`/`ipv6_l3` (bpf/lib/l3.h), which runs on delivery to a local pod
  (bpf/lib/local_delivery.h). Encapsulation (bpf/lib/encap.h) changes neither, so on the wire the inner frame carries
  the MAC of the sending pod and that of the host end of its veth, and the hop limit that the pod sent.
* The VNI is the security identity of the sender (`__encap_with_nodeid`, bpf/lib/encap.h): HOST(1) goes out as 6.
* Delivery with BPF host routing uses `bpf_redirect_peer`, which no tap on the lxc device sees
  (bpf/lib/local_delivery.h, `should_redirect_peer`); what the node's own kernel sends to a pod does not take it.
* What a pod sends to the kernel's routing falls by one in the program up to v1.18 (fdf020e91e) and by one in the
  kernel; with BPF host routing it leaves by `fib_redirect` (bpf/lib/fib.h), which takes one.
* A packet from the tunnel to the node itself goes out of cilium_net and into cilium_host up to v1.18, since v1.19
  straight into cilium_host, with a source MAC of zeros.
* In v1.13 the program at the lxc device answers IPv6 pings of the router address itself (ee15ae6d3b removed that), and
  replaces the node's IPv6 address by the router address in the tunnel (34866e7f20 removed that).
"""

from __future__ import annotations

from vxlan_dissect.datapath.base import NOBODY, HostPath, Profile
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
    falls_world=None,
    plain_out=None,
    plain_in=None,
    past_host_end=None,
    translates=None,
    host=HostPath(("cilium_host", None), ("cilium_host",)),
    key="cilium",
)
LEGACY, BPF = "legacy", "bpf"
FIRST, LAST = (0, 0), (99, 0)
_BEFORE_19 = HostPath(("cilium_host", "cilium_net"), ("cilium_net", "cilium_host"), "tunnel")
_SINCE_19 = HostPath(("cilium_host", "cilium_host"), ("cilium_host",), NOBODY)

# Of the reserved, 1 (host) is sent as 6, and 9 and 10 (world-ipv4, world-ipv6) as 2 (bpf/lib/encap.h).
# What sends with these is no pod: the node itself, clients from outside that it sends for, its ingress.
OF_NO_POD = frozenset((1, 2, 6, 7, 8))
# Those of DNS and of Cilium's own operator, twice (pkg/identity/numericidentity.go); 100, 101 and 107 are obsolete.
_WELL_KNOWN = frozenset((102, 103, 104, 105, 106, 110, 111, 112, 113, 114))


def profile(
    routing: str | None = None,
    since: tuple[int, int] = FIRST,
    until: tuple[int, int] = LAST,
    *,
    native: bool = False,
    kpr: bool | None = None,
) -> Profile:
    """Cilium with what is known of it: host routing (`legacy`, `bpf`), releases, no tunnel, kube-proxy replaced."""
    found = PROFILE._replace(since=since, until=until, translates=True if routing == BPF else kpr)
    after_18, before_19 = since >= (1, 19), until <= (1, 18)
    if routing is not None:
        found = found._replace(past_host_end=routing == BPF, key=_KEYS[routing])
    if routing == BPF or after_18:
        found = found._replace(falls_world=1, plain_out=1, plain_in=1 if routing == BPF else None)
    elif routing == LEGACY and before_19:
        found = found._replace(falls_world=2, plain_out=2)
    if after_18 or before_19:
        host = _SINCE_19 if after_18 else _BEFORE_19
        found = found._replace(host=host)
    if until <= (1, 13):
        found = found._replace(answers_router=True)
    if native:
        out = "Cilium's program looks up the destination and leaves the rest to the routes"
        found = found._replace(tunnels=(), key="cilium-native", out_detail=out)
    return found


def routing_of(found: Profile) -> str | None:
    """The host routing of a profile that `profile` made, None where it is not known."""
    return {True: BPF, False: LEGACY, None: None}[found.past_host_end]


_KEYS = {BPF: "cilium-bpf-host-routing", LEGACY: "cilium-legacy-host-routing"}


def is_identity(vni: int) -> bool:
    """Whether a VNI may be an identity that Cilium sends: a reserved, a well-known or an ordinary one."""
    return 2 <= vni <= 8 or vni in _WELL_KNOWN or vni >= 256


def identity(vni: int) -> str:
    """What a VNI says under Cilium: a reserved identity by name, or an ordinary one (256 and up)."""
    if vni in RESERVED_IDENTITIES:
        return f"reserved identity {RESERVED_IDENTITIES[vni]}"
    if vni > 0xFFFF:
        return f"identity {vni & 0xFFFF} of cluster {vni >> 16}"
    return "an identity of a set of labels" if vni >= 256 else "a well-known identity"
