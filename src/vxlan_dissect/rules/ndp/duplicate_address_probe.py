"""A station asks whether an IPv6 address is free before it takes it.

Shows
    Who probes which address, and whether somebody answers. Silence is the good outcome.

Why it matters
    An answer means that the address is in use: the station does not take it, and a pod or node then has no IPv6
    address. Under Cilium neither answer nor silence means anything: its program drops the probes of pods up to v1.17,
    and answers them since, even for the pod's own address.

How we know
    RFC 4862 section 5.4 (source `::`, one second of silence). Cilium answers questions without the source link-layer
    address option, and so probes, since v1.18.0 (11c329ff0a), and drops them before; its CNI adds pod addresses without
    the probe (plugins/cilium-cni/cmd/cmd.go, `addIPConfigToLink`).

What to check next
    With an answer: who has the MAC that answers (`vxd who`), and `ip -6 addr` of the prober for `dadfailed`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.addresses import IP
from vxlan_dissect.explain.names import device
from vxlan_dissect.explain.pair import ANSWERED, UNANSWERED
from vxlan_dissect.explain.statements import BY_DESIGN, LIKELY, POSSIBLE, SUSPICIOUS, UNKNOWN, Cause
from vxlan_dissect.rules.heard import rows
from vxlan_dissect.rules.ndp.ask import asks

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context
    from vxlan_dissect.explain.statements import Statement

NAME = "ndp.duplicate-address-probe"
_UNSPECIFIED = IP(6, 0)


def check(context: Context) -> Statement | None:
    """Speak on a solicitation from the unspecified address."""
    who = device(context.src.mac_owner) or "A station"

    def text(about: str) -> str:
        said = f"{who} probes whether {about} is free before it takes it (duplicate address detection)."
        if context.exchange != UNANSWERED:
            return said
        if context.is_cilium and context.src.mac_owner is not None and context.src.mac_owner.pod is not None:
            return f"{said} Cilium up to v1.17 drops probes, so that nobody objects does not mean that it is free."
        return f"{said} Nobody objects: it is free."

    probe = asks(NAME, context, "probe", text)
    if probe is None or context.exchange != ANSWERED:
        return probe
    if context.is_cilium:
        why = "Cilium's program answers probes as it does questions, so the answer does not mean that it is taken."
        return probe._replace(text=f"{probe.text} {why}", verdict=BY_DESIGN, confidence=LIKELY)
    target = context.ip("icmpv6.nd.ns.target_address")
    if (target, _UNSPECIFIED) in rows(context.packet.packets, ("icmpv6.nd.na.target_address", "ipv6.dst")):
        why = "The answer goes to ::, as Cilium's program sends it; no host does, and it means nothing."
        return probe._replace(text=f"{probe.text} {why}", verdict=BY_DESIGN, confidence=POSSIBLE)
    cause = Cause("duplicate-address", "the address that is probed is in use")
    why = "Somebody has it: the prober will not use it."
    # Where nothing says what network this is, it may be one whose answers mean nothing.
    verdict = SUSPICIOUS if context.inventory.interfaces else UNKNOWN
    return probe._replace(text=f"{probe.text} {why}", verdict=verdict, confidence=LIKELY, causes=(cause,))
