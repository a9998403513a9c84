"""By which interfaces does a packet travel?

Law: the way is composed from legs that all networks share; what differs between them is in the Profile. Where one of
the ends is unknown the way is shorter, never guessed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.datapath.base import NOBODY, Step

if TYPE_CHECKING:
    from vxlan_dissect.datapath.base import Flow, Profile, Side

_ROUTER = "the node's own kernel, behind the pod gateway, receives it"


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
        last = steps[-1] if steps else None
        # A pod's interface may have the name of its node's card.
        same_side = last is not None and last.side is step.side and "pod" not in (last.role, step.role)
        if last is not None and same_side and name is not None and name == interface_of(last, profile):
            steps.pop()
        steps.append(step)
    return steps


def interface_of(step: Step, profile: Profile) -> str | None:
    """The name of the interface that a step is about, None where nothing tells it."""
    side = step.side
    if step.device is not None:
        return step.device
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


def _route(profile: Profile, flow: Flow) -> list[Step]:
    src, dst = flow.src, flow.dst
    if src.role == dst.role == "unknown":
        return []
    if dst.role == "unknown" and not flow.tunnelled:
        return _leave(profile, src, flow, None)[:2]  # to a group or to the link: no further than the host end
    if "service" in (src.role, dst.role):
        return _service(profile, flow)
    if not flow.tunnelled and src.node is not None and src.node == dst.node:
        return _local(profile, flow)
    out = _fallen_out(profile, flow)
    steps = _leave(profile, src, flow, out)
    if flow.tunnelled:
        sealed = "; it is encrypted, so that a capture here shows nothing of this one" if profile.sealed else ""
        unseen = profile.sealed
        steps += [
            Step(src, "tunnel", "encapsulate", "puts the frame into the tunnel", out),
            Step(src, "nic", "send", f"the outer packet leaves the node{sealed}", out, wire=True, blind=unseen),
            Step(dst, "nic", "forward", f"the outer packet reaches the node{sealed}", out, wire=True, blind=unseen),
            Step(dst, "tunnel", "decapsulate", "takes the frame out of the tunnel", out),
        ]
    else:
        steps += _plainly(flow, out)
    return steps + _arrive(profile, dst, flow, out)


def _fallen_out(profile: Profile, flow: Flow) -> int | None:
    """By how much the hop limit has fallen when the packet leaves the sending node."""
    if flow.src.role == "outside":
        return None
    if flow.src.role != "pod":
        return 0
    if flow.tunnelled:
        return profile.falls_out
    return profile.falls_world if flow.dst.role == "outside" else profile.plain_out


def _plainly(flow: Flow, out: int | None) -> list[Step]:
    """Between two nodes, or a node and the outside, without a tunnel."""
    src, dst = flow.src, flow.dst
    steps = []
    if src.role in ("pod", "host"):
        given = src.masquerade
        ends = (src.nic_mac, src.next_hop_mac)
        if given is not None:
            changed = (("ip.src" if flow.version == 4 else "ipv6.src", str(given)),)
            said = f"leaves the node with its address {given} in place of the pod's"
            steps.append(Step(src, "nic", "translate", said, out, macs=ends, changed=changed))
        else:
            steps.append(Step(src, "nic", "send", "leaves the node without a tunnel", out, macs=ends))
    if dst.role in ("pod", "host"):
        sender = src.nic_mac if flow.on_link else None
        # What nobody on that node has may leave it by the same card again, one lower.
        come = out if flow.on_link and not dst.vacant else None
        if dst.masquerade is not None:
            changed = (("ip.dst" if flow.version == 4 else "ipv6.dst", str(dst.masquerade)),)
            said = f"reaches the node for its address {dst.masquerade}, which becomes the pod's again"
            steps.append(Step(dst, "nic", "translate", said, come, macs=(sender, dst.nic_mac), changed=changed))
        else:
            said = "reaches the node without a tunnel"
            steps.append(Step(dst, "nic", "forward", said, come, macs=(sender, dst.nic_mac)))
    return steps


def _leave(profile: Profile, src: Side, flow: Flow, out: int | None) -> list[Step]:
    if src.role == "pod":
        steps = [
            Step(src, "pod", "send", profile.send_detail),
            Step(src, "lxc", "forward", profile.out_detail if not profile.bridge else "hands the frame to the bridge"),
        ]
        if profile.bridge or (profile.flat and src.bridge):
            steps.append(Step(src, "bridge", "forward", profile.out_detail))
        return steps
    if src.role == "host":
        taken = flow.tunnelled and profile.host is not None
        said = "the node itself sends; taken before a capture here sees it" if taken else "the node itself sends"
        return [Step(src, "host", "send", said, blind=taken)]
    return [Step(src, "outside", "send", "outside the nodes of the inventory", out)]


def _arrive(profile: Profile, dst: Side, flow: Flow, out: int | None) -> list[Step]:
    if dst.role == "pod":
        plain_and_far = not flow.tunnelled and not flow.on_link
        inward = profile.falls_in if flow.tunnelled else profile.plain_in
        down = None if out is None or inward is None or plain_and_far else out + inward
        if dst.vacant:
            return _nobody(profile, dst, out)
        bridged = profile.bridge or (profile.flat and dst.bridge)
        steps = [Step(dst, "bridge", "forward", profile.in_detail, down)] if bridged else []
        return [*steps, *_into_pod(profile, dst, down, past=profile.past_host_end)]
    if dst.role == "host":
        return _into_host(profile, dst, flow, out)
    if dst.role == "unknown":
        return []
    return [Step(dst, "outside", "deliver", "beyond what the inventory knows", None)]


def _nobody(profile: Profile, dst: Side, out: int | None) -> list[Step]:
    """To an address of a node's pods that none of them has: as far as the node looks for it."""
    said = "no pod of the inventory has this address"
    if profile.host is not None:
        # Cilium hands it to the kernel, whose route leads back to cilium_host (bpf/bpf_overlay.c, bpf_host.c).
        down = None if out is None else out + 1
        devices = profile.host.enters
        return [
            Step(dst, "host", "drop" if name == devices[-1] else "forward", said, down, device=name) for name in devices
        ]
    return [Step(dst, "bridge", "drop", f"{said}; the node asks for its MAC here", None)] if profile.bridge else []


def _into_pod(profile: Profile, dst: Side, down: int | None, *, past: bool | None) -> list[Step]:
    """From the host end of a pod's veth to the pod; `past` it unseen, None where that is open."""
    said = profile.in_detail if not profile.bridge else "hands the frame to the pod"
    if past is None:
        said = "Cilium delivers: whether a capture here sees it depends on its host routing, which is not known"
    elif past:
        said = "delivered past it, straight to the pod's interface: a capture here does not see it"
    return [
        Step(dst, "lxc", "forward", said, down, blind=past is not False),
        Step(
            dst, "pod", "deliver", "the pod receives it" if dst.owner else "whoever has this address receives it", down
        ),
    ]


def _into_host(profile: Profile, dst: Side, flow: Flow, out: int | None) -> list[Step]:
    if not flow.tunnelled:
        return [Step(dst, "host", "deliver", "the node itself receives it", None)]
    if profile.host is None or out is None:
        # The kernel does not lower what it delivers to itself.
        return [Step(dst, "host", "deliver", "the node itself receives it", out)]
    devices, macs = profile.host.enters, dict(dst.host_macs)
    sender = 0 if profile.host.enters_from == NOBODY else macs.get(profile.host.enters_from or "")
    steps = []
    for device in devices:
        last = device == devices[-1]
        said = "the node itself receives it: hop limit minus one" if last else "hands it to the node's own interface"
        ends = (sender, macs.get(devices[-1]))
        # Cilium's delivery to the host lowers it (bpf/lib/local_delivery.h).
        steps.append(Step(dst, "host", "deliver" if last else "forward", said, out + 1, device=device, macs=ends))
    return steps


def _local(profile: Profile, flow: Flow) -> list[Step]:
    src, dst = flow.src, flow.dst
    if src.role == dst.role == "host":
        return [Step(dst._replace(interface="lo"), "host", "deliver", "the node speaks to itself", 0)]
    answered = profile.answers_router and flow.echo and flow.version == 6 and "host" in (src.role, dst.role)
    steps: list[Step] = []
    if src.role == "pod":
        steps = [
            Step(src, "pod", "send", profile.send_detail),
            Step(src, "lxc", "forward", "hands the frame on inside the node"),
        ]
        if dst.role == "pod" and (profile.bridge or (profile.flat and src.bridge)):
            steps.append(Step(src, "bridge", "forward", "bridges it to the other pod"))
        if answered and _is_router(dst):
            return [steps[0], Step(src, "lxc", "answer", "Cilium's program here answers for the pod gateway")]
    elif src.role == "host" and answered and _is_router(src):
        said = "Cilium's program here answers for the pod gateway, with the hop limit of the request"
        return [Step(dst, "lxc", "answer", said), Step(dst, "pod", "deliver", "the pod receives it")]
    elif src.role == "host" and not (profile.host is None and _at_host_end(src, dst)):
        steps = [Step(src, "host", "send", "the node itself sends", 0, blind=profile.host is not None)]
    if dst.role == "pod":
        down = profile.falls_local if src.role == "pod" else (profile.falls_in if profile.host is not None else 0)
        steps += _into_pod(profile, dst, down, past=profile.past_host_end if src.role == "pod" else False)
    elif dst.role == "host" and src.role == "pod" and profile.host is None and _at_host_end(dst, src):
        steps[-1] = Step(src, "lxc", "deliver", "the node itself receives it")
    elif dst.role == "host":
        said = _ROUTER if _is_router(dst) else "the node itself receives it"
        steps.append(Step(dst, "host", "deliver", said, None, blind=profile.host is not None))
    return steps


def _at_host_end(host: Side, pod: Side) -> bool:
    """Whether an address of the node is on no device, or on the host end of this pod's veth itself."""
    return host.interface in (None, "lo", pod.host_end)


def _is_router(side: Side) -> bool:
    return side.owner is not None and side.owner.what == "router"


def _service(profile: Profile, flow: Flow) -> list[Step]:
    """To or from a service address, which lives on no interface: as far as the place where it is replaced."""
    src, dst = flow.src, flow.dst
    at = "lxc" if profile.translates or not profile.bridge else "bridge"
    who = "Cilium's program" if profile.translates else "the node"
    if dst.role == "service":
        steps = _leave(profile, src, flow, None)
        if src.role != "pod":
            return [*steps, Step(src, "nic", "translate", "the node replaces the service address by a backend's", None)]
        said = f"{who} replaces the service address by that of a backend"
        return [step._replace(action="translate", detail=said) if step.role == at else step for step in steps]
    if dst.role != "pod":
        return [Step(dst, "host", "deliver", "the node itself receives it", None)] if dst.role == "host" else []
    said = f"{who} puts the service address in the place of the backend's"
    past = profile.past_host_end
    steps = [Step(dst, "bridge", "translate", said)] if at == "bridge" else []
    if at == "lxc":
        return [
            *steps,
            Step(dst, "lxc", "translate", said, blind=past is not False),
            Step(dst, "pod", "deliver", "gets the answer"),
        ]
    return [*steps, *_into_pod(profile, dst, 0, past=past)]


def _ask(profile: Profile, flow: Flow) -> list[Step]:
    src = flow.src
    if _is_bridged_across(profile, flow):
        return _route(profile, flow._replace(tunnelled=True))
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


def _is_bridged_across(profile: Profile, flow: Flow) -> bool:
    """Whether a question or its answer goes through the tunnel, since pods of several nodes share one link."""
    nodes = {flow.src.node, flow.dst.node}
    return profile.flat and flow.src.role == flow.dst.role == "pod" and len(nodes - {None}) == 2


def _answer(profile: Profile, flow: Flow) -> list[Step]:
    src, dst = flow.src, flow.dst
    if _is_bridged_across(profile, flow):
        return _route(profile, flow._replace(tunnelled=True))
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
