"""Which kind of network is it, by the packets alone, and why?

Law: `datapath.recognise` knows the defaults of each project; here they are weighed against what the packets do, beside
signs of networks that it has no profile for. Nothing is more than `likely`: any sign can be configured otherwise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from vxlan_dissect.datapath.recognise import by_header
from vxlan_dissect.infer.customs import ANTREA_TUNNEL, CALICO_HOST_END
from vxlan_dissect.infer.hop_limit import fallen
from vxlan_dissect.infer.tunnels import header_of, kind_of_profile

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from vxlan_dissect.infer.sightings import Outer, Sighting
    from vxlan_dissect.infer.tunnels import Kind, Kinds

# Geneve option classes (IANA "Network Virtualization Overlay"): OVN 0x0102, Cilium 0x014B.
IPIP = 4  # IP protocol (RFC 2003)
_OVN, _CILIUM = 0x0102, 0x014B


class Reason(NamedTuple):
    """One sign of a network: its `name`, how sure it makes it, the sign in words, and the frames that show it."""

    name: str
    confidence: str
    why: str
    frames: tuple[int, ...]


class Network(NamedTuple):
    """The network that the packets point to; `reasons` holds every sign, also those for another one."""

    name: str
    confidence: str
    reasons: tuple[Reason, ...]


def network_of(sightings: Sequence[Sighting], kinds: Kinds) -> Network:
    """The network with the strongest signs; `possible` where signs of one strength contradict each other."""
    found: dict[tuple[str, str], Reason] = {}
    for reason in _signs(sightings, kinds):
        found.setdefault((reason.name, reason.why), reason)
    reasons = tuple(sorted(found.values(), key=lambda reason: reason.confidence))  # likely before possible
    if not reasons:
        return Network("unknown", "possible", ())
    strongest = [reason for reason in reasons if reason.confidence == reasons[0].confidence]
    names = list(dict.fromkeys(reason.name for reason in strongest))
    return Network(names[0], reasons[0].confidence if len(names) == 1 else "possible", reasons)


def _signs(sightings: Sequence[Sighting], kinds: Kinds) -> Iterator[Reason]:
    vnis: dict[frozenset[object], dict[int, Sighting]] = {}
    for one in sightings:
        outer = one.outer
        if outer is not None:
            kind = kinds.of(outer)
            yield from _of_header(one, outer, kind)
            if outer.vni is not None and one.ends and kind.what == "sender":
                seen = vnis.setdefault(frozenset((one.src, one.dst)), {})
                seen.setdefault(outer.vni, one)
                if len(seen) == 2:
                    (vni, first), (other, second) = seen.items()
                    why = f"one conversation has VNI {vni} one way and {other} the other: the sender's identity"
                    yield Reason("Cilium", "likely", why, first.frames[:1] + second.frames[:1])
        elif CALICO_HOST_END in {one.source_mac, one.destination_mac}:
            yield Reason("Calico", "likely", "the host end of a veth is ee:ee:ee:ee:ee:ee", one.frames)
        elif one.router and one.without_override and one.solicited and one.src == one.answers:
            why = "a gateway advertises itself with the flags router and solicited but not override"
            yield Reason("Cilium", "possible", why, one.frames)
    for kind in (kind for kind in kinds if kind.what == "sender"):
        frames = tuple(frame for one in kind.sightings for frame in one.frames[:1])
        ports = {one.outer.port for one in kind.sightings if one.outer is not None}
        yield Reason("Cilium", "likely" if ports & {8472, 6081} else "possible", kind.why, frames)


def _of_header(one: Sighting, outer: Outer, kind: Kind) -> Iterator[Reason]:
    vni = outer.vni
    if outer.geneve:
        if outer.option_class == _OVN:
            yield Reason("OVN-Kubernetes", "likely", "Geneve option of class 0x0102, which is OVN's", one.frames)
        if outer.option_class == _CILIUM:
            yield Reason("Cilium", "likely", "Geneve option of class 0x014b, which is Cilium's", one.frames)
        if one.destination_mac == ANTREA_TUNNEL and vni == 0:
            why = "Geneve with VNI 0, inner packets sent to aa:bb:cc:dd:ee:ff"
            yield Reason("Antrea", "likely", why, one.frames)
    elif vni is None:
        if outer.protocol == IPIP and fallen(one.hop):
            yield Reason("Calico", "possible", "routed IPv4 packets inside IPv4 packets", one.frames)
    else:
        header = header_of(one, bridged=kind.what == "bridged")
        found = by_header(header) if header is not None else None
        if found is None:
            return
        docker = found.profile.flat and vni >= 4096 and (one.source_mac or 0) >> 32 == 0x0242
        name = "Docker Swarm" if docker else found.profile.name
        why = f"{found.why}, and MACs begin with 02:42" if docker else found.why
        agreed = kind_of_profile(found.profile) == kind.what
        yield Reason(name, found.confidence if agreed else "possible", why, one.frames)
