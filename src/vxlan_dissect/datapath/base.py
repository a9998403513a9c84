"""In which words is the way of a packet told?

Law: values only. A network is a Profile, which is data; `legs` composes the way from it, `predict` says what is visible
there. None of them looks at what a capture shows beyond the packet that it is asked about.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from vxlan_dissect.addresses import IP
    from vxlan_dissect.inventory.model import Owner


class Hop(NamedTuple):
    """One interface on the way. `predicted` holds what the datapath makes visible there, by column name, as text.

    `owner` is the pod or node that the interface belongs to or serves; `role` one of pod, lxc, bridge, tunnel, nic,
    host, outside, station (of which nothing but its address is known). `node_address` is the tunnel address of the
    node, None where no tunnel packet shows it. `visibility` is `visible`, or `blind` where a capture does not see the
    packet or may not; `seen` is `here`, `elsewhere`, `missing` or `not-captured`. `offload` says how the frame may
    differ here from what a cable carries: checksums that the card fills in later, segments that are still joined.
    """

    n: int
    node: str | None
    interface: str | None
    owner: str | None
    action: str
    detail: str
    predicted: dict[str, str]
    visibility: str = "visible"
    seen: str = "not-captured"
    role: str = "host"
    node_address: str | None = None
    offload: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """The hop object of the contract plus `role`, `node_address` and `offload`."""
        return self._asdict()


class HostPath(NamedTuple):
    """By which devices packets of the node itself enter and leave a tunnel whose frames keep the sender's MACs.

    `sends`: the devices whose MACs are source and destination of what the node sends, the second None where versions
    differ. `enters`: the devices that show a packet which the tunnel delivers to the node, in order; `enters_from`: the
    device whose MAC is then its source, `NOBODY` for the MAC of zeros, None where versions differ.
    """

    sends: tuple[str, str | None]
    enters: tuple[str, ...]
    enters_from: str | None = None


NOBODY = "nobody"


class Profile(NamedTuple):
    """What one kind of network does to a packet, as data.

    `bridge`: the device that the veths hang on, or None.
    `tunnels`: name prefixes of the tunnel device. `falls_out`, `falls_in`: by how much the hop limit has fallen once
    the packet left the sending node's routing, and in addition once it left the receiving node's. `falls_local`: the
    same between two pods of one node, `falls_world`: from a pod to the network card for an address outside,
    `plain_out` and `plain_in` as `falls_out` and `falls_in` where no tunnel is used; None where versions differ.
    `sender_macs`: the inner MACs on the wire are those of the sending pod and the host end of its veth; otherwise they
    are those of the two tunnel devices. `vni` says what the VNI means. `flat`: the pods share one layer 2 network and
    send to each other's MACs. `source` is where this is known from.
    `past_host_end`: delivery to a pod passes the host end of its veth unseen, None where that is not known; a capture
    there then counts as blind.
    `answers_router`: the host end answers IPv6 pings of the pod gateway itself. `translates`: the host end replaces
    service addresses. `host`: the devices of the node's own traffic, None where they are its usual ones.
    `sealed`: the tunnel is encrypted, so that a network card shows nothing of what is inside.
    `key` is what `--datapath` calls it, `since` and `until` the first and last release, (major, minor), that it may be.
    """

    name: str
    bridge: str | None
    tunnels: tuple[str, ...]
    falls_out: int
    falls_in: int | None
    falls_local: int | None
    sender_macs: bool
    vni: str
    source: str
    send_detail: str = "sends to the MAC of its gateway"
    out_detail: str = "routes to the other node"
    in_detail: str = "routes to the pod"
    answer_detail: str = "the kernel answers"
    flat: bool = False
    falls_world: int | None = 1
    plain_out: int | None = 1
    plain_in: int | None = 1
    past_host_end: bool | None = False
    answers_router: bool = False
    translates: bool | None = False
    host: HostPath | None = None
    sealed: bool = False
    key: str = ""
    since: tuple[int, int] = (0, 0)
    until: tuple[int, int] = (99, 0)


class Recognised(NamedTuple):
    """Which profile a capture and its inventory point to, with what confidence and why.

    `more` holds what else is known of it and from what: the version, how packets are delivered to pods.
    """

    profile: Profile
    confidence: str
    why: str
    more: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """Name, confidence and reason as one line."""
        return "; ".join((f"{self.profile.name} ({self.confidence}: {self.why})", *self.more))


class Side(NamedTuple):
    """One end of a flow. `role` is pod, host, outside, service or unknown; MACs are None where nobody knows them.

    `node_address` is the address of its node in the tunnel header.
    `mac` is the pod's (or host's) own, `host_end_mac` that of the host side of the pod's veth, `bridge_mac` and
    `tunnel_mac` those of the devices on its node. The names are None where the inventory lacks them. `nic_mac` is that
    of the network card, `next_hop_mac` what the node's neighbour table gives for its way to the other side.
    `vacant`: an address of this node's pods, of which the inventory says which there are, and none has it.
    `masquerade` is the node's address in place of the pod's where a packet leaves for the outside.
    """

    role: str
    owner: Owner | None
    ip: IP | None
    node: str | None = None
    interface: str | None = None
    mac: int | None = None
    host_end: str | None = None
    host_end_mac: int | None = None
    bridge: str | None = None
    bridge_mac: int | None = None
    tunnel: str | None = None
    tunnel_mac: int | None = None
    nic: str | None = None
    node_address: str | None = None
    nic_mac: int | None = None
    next_hop_mac: int | None = None
    host_macs: tuple[tuple[str, int], ...] = ()
    masquerade: IP | None = None
    vacant: bool = False

    @property
    def label(self) -> str | None:
        """Pod, node or address: what the reader calls this side."""
        if self.owner is not None and self.owner.pod:
            return self.owner.pod
        if self.role == "pod" and self.ip is not None:
            return str(self.ip)
        return self.node or (str(self.ip) if self.ip is not None else None)


class Flow(NamedTuple):
    """What a datapath is asked about: one direction of a conversation as one packet shows it.

    `kind` is `ip`, `ask` (a neighbour solicitation or ARP request) or `answer`. `outer` holds predicted columns of the
    tunnel header for the wire. `hop_limit` is the value the sender started with, None where unknown. `on_link`: both
    nodes are known to be on one link, so that no router between them lowers the hop limit of what travels plainly.
    `echo`: it is an echo request or reply. `transport` is tcp, udp or None.
    """

    src: Side
    dst: Side
    kind: str
    tunnelled: bool
    version: int
    hop_limit: int | None
    outer: dict[str, str]
    answered: bool | None = None
    on_link: bool = True
    echo: bool = False
    transport: str | None = None


class Step(NamedTuple):
    """A hop before it is numbered: which side it belongs to, and how far the hop limit has fallen when it is seen.

    `device` names the interface where it is not the usual one of its role. `macs` are source and destination where the
    profile does not already tell them; `changed` holds further columns that differ here, as text.
    """

    side: Side
    role: str
    action: str
    detail: str
    fallen: int | None = 0
    wire: bool = False
    blind: bool = False
    device: str | None = None
    macs: tuple[int | None, int | None] | None = None
    changed: tuple[tuple[str, str], ...] = ()
