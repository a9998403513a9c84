"""By which interfaces does a packet travel, and what can be seen at each?

Law: a datapath predicts and never looks at what a capture shows beyond the packet that it is asked about; captures
confirm or contradict. A network is a Profile, which is data; the way is composed here from legs that all share.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from vxlan_dissect.addresses import IP, format_mac

if TYPE_CHECKING:
    from vxlan_dissect.inventory.model import Owner


class Hop(NamedTuple):
    """One interface on the way. `predicted` holds what the datapath makes visible there, by column name, as text.

    `owner` is the pod or node that the interface belongs to or serves; `role` one of pod, lxc, bridge, tunnel, nic,
    host, outside, station (of which nothing but its address is known). `node_address` is the tunnel address of the
    node, None where no tunnel packet shows it. `visibility` is `visible` or `blind`; `seen` is `here`, `elsewhere`,
    `missing` or `not-captured`.
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

    def as_dict(self) -> dict[str, Any]:
        """The hop object of the contract plus `role` and `node_address`."""
        return self._asdict()


class Profile(NamedTuple):
    """What one kind of network does to a packet, as data.

    `bridge`: the device that the veths hang on, or None.
    `tunnels`: name prefixes of the tunnel device. `falls_out`, `falls_in`: by how much the hop limit has fallen once
    the packet left the sending node's routing, and in addition once it left the receiving node's. `falls_local`: the
    same between two pods of one node. `sender_macs`: the inner MACs on the wire are those of the sending pod and the
    host end of its veth; otherwise they are those of the two tunnel devices. `vni` says what the VNI means.
    `flat`: the pods share one layer 2 network and send to each other's MACs. `source` is where this is known from.
    """

    name: str
    bridge: str | None
    tunnels: tuple[str, ...]
    falls_out: int
    falls_in: int
    falls_local: int
    sender_macs: bool
    vni: str
    source: str
    send_detail: str = "sends to the MAC of its gateway"
    out_detail: str = "routes to the other node"
    in_detail: str = "routes to the pod"
    answer_detail: str = "the kernel answers"
    flat: bool = False


class Recognised(NamedTuple):
    """Which profile a capture and its inventory point to, with what confidence and why."""

    profile: Profile
    confidence: str
    why: str


class Side(NamedTuple):
    """One end of a flow. `role` is pod, host, outside or unknown; MACs are None where nobody knows them.

    `node_address` is the address of its node in the tunnel header.
    `mac` is the pod's (or host's) own, `host_end_mac` that of the host side of the pod's veth, `bridge_mac` and
    `tunnel_mac` those of the devices on its node. The names are None where the inventory lacks them.
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
    """

    src: Side
    dst: Side
    kind: str
    tunnelled: bool
    version: int
    hop_limit: int | None
    outer: dict[str, str]
    answered: bool | None = None
    blind_delivery: bool = False
    on_link: bool = True


class Step(NamedTuple):
    """A hop before it is numbered: which side it belongs to, and how far the hop limit has fallen when it is seen."""

    side: Side
    role: str
    action: str
    detail: str
    fallen: int | None = 0
    wire: bool = False
    blind: bool = False


def steps_of(profile: Profile, flow: Flow) -> list[Step]:
    """The interfaces that a flow passes in order, sender first. Empty where neither side is known."""
    if flow.kind == "ask":
        return _ask(profile, flow)
    if flow.kind == "answer":
        return _answer(profile, flow)
    steps: list[Step] = []
    for step in _route(profile, flow):
        # A node that sends or receives on its own card or tunnel device does both there.
        name = interface_of(step, profile)
        if steps and steps[-1].side is step.side and name is not None and name == interface_of(steps[-1], profile):
            steps.pop()
        steps.append(step)
    return steps


def hops_of(profile: Profile, flow: Flow, steps: list[Step], here: int | None) -> tuple[Hop, ...]:
    """The steps as hops; `here` is the index of the one where the frame was captured, None where that is unknown."""
    hops = []
    for n, step in enumerate(steps, 1):
        hop = _hop(n, step, profile, flow, n - 1 == here)
        if flow.hop_limit is not None and step.fallen is not None and step.fallen >= flow.hop_limit and step.fallen:
            hops.append(hop._replace(action="drop", detail="the hop limit runs out before it gets here", predicted={}))
            break
        hops.append(hop)
    return tuple(hops)


def _route(profile: Profile, flow: Flow) -> list[Step]:
    src, dst = flow.src, flow.dst
    local = not flow.tunnelled and src.node is not None and src.node == dst.node
    if src.role == dst.role == "unknown":
        return []
    if dst.role == "unknown" and not flow.tunnelled:
        return _leave(profile, src, flow)[:2]  # to a group or to the link: no further than the host end
    if local:
        return _local(profile, flow)
    out = profile.falls_out if src.role == "pod" else 0
    steps = _leave(profile, src, flow)
    if flow.tunnelled:
        steps += [
            Step(src, "tunnel", "encapsulate", "puts the frame into the tunnel", out),
            Step(src, "nic", "send", "the outer packet leaves the node", out, wire=True),
            Step(dst, "nic", "forward", "the outer packet reaches the node", out, wire=True),
            Step(dst, "tunnel", "decapsulate", "takes the frame out of the tunnel", out),
        ]
    else:
        sent = None if "outside" in (src.role, dst.role) else out
        come = sent if flow.on_link else None
        if src.role in ("pod", "host"):
            steps.append(Step(src, "nic", "send", "leaves the node without a tunnel", sent))
        if dst.role in ("pod", "host"):
            steps.append(Step(dst, "nic", "forward", "reaches the node without a tunnel", come))
    return steps + _arrive(profile, dst, flow, out)


def _leave(profile: Profile, src: Side, flow: Flow) -> list[Step]:
    if src.role == "pod":
        steps = [
            Step(src, "pod", "send", profile.send_detail),
            Step(src, "lxc", "forward", profile.out_detail if not profile.bridge else "hands the frame to the bridge"),
        ]
        if profile.bridge:
            steps.append(Step(src, "bridge", "forward", profile.out_detail))
        return steps
    if src.role == "host":
        return [Step(src, "host", "send", "the node itself sends", blind=flow.tunnelled and profile.sender_macs)]
    return [Step(src, "outside", "send", "outside the nodes of the inventory", None)]


def _arrive(profile: Profile, dst: Side, flow: Flow, out: int) -> list[Step]:
    if dst.role == "pod":
        plain_and_far = not flow.tunnelled and not flow.on_link
        down = None if flow.src.role == "outside" or plain_and_far else out + profile.falls_in
        steps = [Step(dst, "bridge", "forward", profile.in_detail, down)] if profile.bridge else []
        steps += [
            Step(
                dst,
                "lxc",
                "forward",
                profile.in_detail if not profile.bridge else "hands the frame to the pod",
                down,
                blind=flow.blind_delivery,
            ),
            Step(dst, "pod", "deliver", "the pod receives it", down),
        ]
        return steps
    if dst.role == "host":
        # The kernel does not lower what it delivers to itself; Cilium's delivery to the host does (local_delivery.h).
        down = out + (profile.falls_in if profile.sender_macs else 0) if flow.tunnelled else None
        return [Step(dst, "host", "deliver", "the node itself receives it", down)]
    if dst.role == "unknown":
        return []
    return [Step(dst, "outside", "deliver", "beyond what the inventory knows", None)]


def _local(profile: Profile, flow: Flow) -> list[Step]:
    src, dst = flow.src, flow.dst
    if src.role == dst.role == "host":
        return [Step(dst._replace(interface="lo"), "host", "deliver", "the node speaks to itself", 0)]
    steps: list[Step] = []
    if src.role == "pod":
        steps = [
            Step(src, "pod", "send", profile.send_detail),
            Step(src, "lxc", "forward", "hands the frame on inside the node"),
        ]
    elif src.role == "host":
        steps = [Step(src, "host", "send", "the node itself sends", 0, blind=profile.sender_macs)]
    if dst.role == "pod":
        down = profile.falls_local if src.role == "pod" else (profile.falls_in if profile.sender_macs else 0)
        steps += [
            Step(dst, "lxc", "forward", profile.in_detail, down, blind=flow.blind_delivery and src.role == "pod"),
            Step(dst, "pod", "deliver", "the pod receives it", down),
        ]
    elif dst.role == "host":
        steps.append(Step(dst, "host", "deliver", "the node itself receives it", None, blind=profile.sender_macs))
    return steps


def _ask(profile: Profile, flow: Flow) -> list[Step]:
    src = flow.src
    if src.role == "unknown":
        return [Step(src, "station", "send", "asks its link for a MAC")]
    ending = "answer" if flow.answered else "deliver"
    said = profile.answer_detail if flow.answered else "gets the question; no answer is seen"
    if src.role != "pod":
        steps = [Step(src, "nic" if src.nic and src.interface == src.nic else "host", "send", "asks its link")]
        return [*steps, Step(flow.dst, "nic", ending, said)] if flow.dst.role in ("host", "outside") else steps
    asked = [Step(src, "pod", "send", "asks for a MAC")]
    if profile.bridge:
        return [
            *asked,
            Step(src, "lxc", "forward", "hands the question to the bridge"),
            Step(src, "bridge", ending, said),
        ]
    return [*asked, Step(src, "lxc", ending, said)]


def _answer(profile: Profile, flow: Flow) -> list[Step]:
    src, dst = flow.src, flow.dst
    if src.role == dst.role == "unknown":
        return [Step(src, "station", "answer", "answers"), Step(dst, "station", "deliver", "gets the answer")]
    if dst.role != "pod":
        if src.role == "pod":
            return [Step(src, "pod", "answer", "answers"), Step(src, "lxc", "deliver", "its host gets the answer")]
        return [Step(src, "nic", "answer", "answers"), Step(dst, "nic", "deliver", "gets the answer")]
    steps = [Step(dst, "lxc", "answer", profile.answer_detail)]
    if profile.bridge:
        steps = [
            Step(dst, "bridge", "answer", profile.answer_detail),
            Step(dst, "lxc", "forward", "hands the answer to the pod"),
        ]
    return [*steps, Step(dst, "pod", "deliver", "learns the MAC")]


def interface_of(step: Step, profile: Profile) -> str | None:
    """The name of the interface that a step is about, None where nothing tells it."""
    side = step.side
    names = {
        # The name that container runtimes ask the CNI for (cri-o/ocicni pkg/ocicni/types.go, DefaultInterfaceName).
        "pod": side.interface or "eth0",
        "lxc": side.host_end,
        "bridge": side.bridge or profile.bridge,
        "tunnel": side.tunnel,
        "nic": side.nic,
        "host": side.interface,
    }
    return names.get(step.role)


def _hop(n: int, step: Step, profile: Profile, flow: Flow, here: bool) -> Hop:
    side = step.side
    owner = side.label if step.role in ("pod", "lxc", "outside", "station") else side.node
    return Hop(
        n,
        side.node,
        interface_of(step, profile),
        owner,
        step.action,
        step.detail,
        {} if flow.kind != "ip" else _predicted(step, profile, flow),
        visibility="blind" if step.blind and not here else "visible",
        seen="here" if here else "not-captured",
        role=step.role,
        node_address=side.node_address,
    )


def _predicted(step: Step, profile: Profile, flow: Flow) -> dict[str, str]:
    found: dict[str, str] = dict(flow.outer) if step.wire else {}
    for column, mac in zip(("eth.src", "eth.dst"), _macs(step, profile, flow), strict=True):
        if mac is not None:
            found[column] = format_mac(mac)
    if flow.hop_limit is not None and step.fallen is not None:
        found["ip.ttl" if flow.version == 4 else "ipv6.hlim"] = str(max(flow.hop_limit - step.fallen, 0))
    return found


def _macs(step: Step, profile: Profile, flow: Flow) -> tuple[int | None, int | None]:
    src, dst = flow.src, flow.dst
    if dst.role == "unknown":
        return src.mac, None
    if profile.flat and src.role == dst.role == "pod":
        return src.mac, dst.mac
    if profile.bridge and src.role == dst.role == "pod" and src.node == dst.node and not flow.tunnelled:
        return src.mac, dst.mac  # both hang on one bridge, so they know each other's MAC
    arriving = step.side is dst and step.role in ("lxc", "pod", "bridge")
    if arriving and dst.role == "pod":
        return (dst.bridge_mac if profile.bridge else dst.host_end_mac), dst.mac
    if step.role in ("pod", "lxc", "bridge"):
        return src.mac, (src.bridge_mac if profile.bridge else src.host_end_mac)
    if step.role == "tunnel" or step.wire:
        if profile.sender_macs and src.role == "pod":
            return src.mac, src.host_end_mac
        if not profile.sender_macs and profile.tunnels:
            return src.tunnel_mac, dst.tunnel_mac
    return None, None
