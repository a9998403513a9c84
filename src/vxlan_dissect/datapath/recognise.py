"""Which kind of network made these packets?

Law: device names in the inventory decide, since each project names its own; without them the tunnel header does, and
then the answer is at most `likely`. Where neither speaks it is plain Linux, about which less is claimed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from vxlan_dissect.datapath import calico, cilium, flannel, linux
from vxlan_dissect.datapath.base import Profile, Recognised

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vxlan_dissect.inventory.inventory import Inventory

# device name prefix -> profile; the first that any interface of the inventory bears wins
DEVICES: tuple[tuple[str, Profile], ...] = (
    ("cilium_host", cilium.PROFILE),
    ("cilium_vxlan", cilium.PROFILE),
    ("flannel.", flannel.PROFILE),
    ("flannel-v6.", flannel.PROFILE),
    ("vxlan.calico", calico.PROFILE),
    ("cali", calico.PROFILE),
    ("lxc", cilium.PROFILE),
)


class TunnelHeader(NamedTuple):
    """What one kind of tunnel packet shows: `checksum_zero` of the outer UDP header over IPv4, None over IPv6.

    `to_destination` says that the inner destination MAC belongs to the inner destination address, `resolves` that ARP
    travels inside: both are signs of a network that is bridged through the tunnel.
    """

    port: int
    vni: int
    checksum_zero: bool | None
    inner_source_mac: int | None
    to_destination: bool
    resolves: bool = False


def recognise(inventory: Inventory, tunnels: Iterable[TunnelHeader]) -> Recognised:
    """The profile for a capture and its inventory."""
    for prefix, profile in DEVICES:
        for interface in inventory.interfaces:
            if interface.name.startswith(prefix):
                why = f"{interface.name} at {interface.source}"
                return Recognised(_as_wired(profile, inventory), "certain", why)
    for interface in inventory.interfaces:
        if interface.kind == "vxlan" and interface.master is not None:
            why = f"{interface.name} is a port of {interface.master} at {interface.source}"
            return Recognised(linux.BRIDGED, "certain", why)
    headers = tuple(tunnels)
    for test in _TESTS:
        found = next(filter(None, map(test, headers)), None)
        if found is not None:
            return found
    return Recognised(linux.PROFILE, "possible", "nothing names the network")


def by_header(header: TunnelHeader) -> Recognised | None:
    """The profile that one kind of tunnel packet points to, None where it fits none."""
    return next(filter(None, (test(header) for test in _TESTS)), None)


def _as_wired(profile: Profile, inventory: Inventory) -> Profile:
    """A profile whose bridge no node of the inventory has routes at the veth (Canal)."""
    if profile.bridge is None or any(interface.name == profile.bridge for interface in inventory.interfaces):
        return profile
    return profile._replace(bridge=None, falls_local=1)


def _of_destinations(header: TunnelHeader) -> Recognised | None:
    why = "the inner destination MAC is the destination's own"
    return Recognised(linux.BRIDGED, "likely", why) if header.to_destination else None


def _of_flannel_or_calico(header: TunnelHeader) -> Recognised | None:
    if header.port == 8472 and header.vni == 1:
        return Recognised(flannel.PROFILE, "likely", "UDP port 8472 with VNI 1, flannel's defaults")
    if header.port == 4789 and header.vni == 4096 and (header.inner_source_mac or 0) >> 40 == 0x66:
        return Recognised(calico.PROFILE, "likely", "UDP port 4789, VNI 4096 and an inner MAC that begins with 66")
    return None


def _of_resolution(header: TunnelHeader) -> Recognised | None:
    return Recognised(linux.BRIDGED, "likely", "ARP travels inside the tunnel") if header.resolves else None


def _of_cilium(header: TunnelHeader) -> Recognised | None:
    # Cilium sends checksum 0 over IPv4 since v1.7.0 (BPF_F_ZERO_CSUM_TX); no other network seen does on this port.
    if header.port == 8472 and header.checksum_zero is not False and (2 <= header.vni <= 8 or header.vni >= 100):
        shown = "UDP checksum 0, " if header.checksum_zero else ""
        why = f"UDP port 8472, {shown}and VNI {header.vni}, which fits a security identity"
        return Recognised(cilium.PROFILE, "likely", why)
    return None


_TESTS = (_of_destinations, _of_flannel_or_calico, _of_resolution, _of_cilium)
