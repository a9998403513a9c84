"""Which kind of network made these packets?

Law: what the user says comes first, then device names in the inventory, since each project names its own, then its
configuration; without them the tunnel header tells, and then the answer is at most `likely`. Where none speaks it is
plain Linux, about which less is claimed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from vxlan_dissect.datapath import calico, cilium, flannel, linux
from vxlan_dissect.datapath.base import Profile, Recognised
from vxlan_dissect.datapath.configured import Setup, calico_setup, cilium_setup, flannel_setup, version_of
from vxlan_dissect.errors import UsageError
from vxlan_dissect.inventory.model import Setting

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vxlan_dissect.inventory.inventory import Inventory

# device name prefix -> project; the first that any interface of the inventory bears wins
DEVICES: tuple[tuple[str, str], ...] = (
    ("cilium_host", "Cilium"),
    ("cilium_vxlan", "Cilium"),
    ("cilium_geneve", "Cilium"),
    ("flannel.", "flannel"),
    ("flannel-v6.", "flannel"),
    ("vxlan.calico", "Calico"),
    ("cali", "Calico"),
    ("lxc", "Cilium"),
)
# what `--datapath` takes
NAMED: dict[str, Profile] = {
    profile.key: profile
    for profile in (
        cilium.PROFILE, cilium.profile(cilium.LEGACY), cilium.profile(cilium.BPF), cilium.profile(native=True),
        flannel.PROFILE, flannel.HOST_GW, calico.PROFILE, calico.IPIP, calico.WIREGUARD, calico.EBPF, linux.ROUTES,
        linux.BRIDGED, linux.PROFILE,
    )
}  # fmt: skip


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
    inner_destination_mac: int | None = None


def named(name: str) -> Recognised:
    """The profile that the user names: a key of NAMED, for Cilium also with a release: `cilium@1.16`."""
    key, at, release = name.partition("@")
    profile = NAMED.get(key)
    version = version_of(f"{release}.0") if at else None
    if profile is None or (at and (version is None or profile.name != "Cilium")):
        raise UsageError(f"no datapath is called {name!r}; there are {', '.join(NAMED)}; cilium@1.16 names a release")
    if version is not None:
        routing, native = cilium.routing_of(profile), not profile.tunnels
        profile = cilium.profile(routing, version, version, native=native)._replace(key=key)
    return Recognised(profile, "certain", f"--datapath {name}")


def recognise(inventory: Inventory, tunnels: Iterable[TunnelHeader]) -> Recognised:
    """The profile for a capture and its inventory."""
    for prefix, project in DEVICES:
        for interface in inventory.interfaces:
            if interface.name.startswith(prefix):
                return _set_up(project, inventory, f"{interface.name} at {interface.source}")
    for interface in inventory.interfaces:
        if interface.kind == "vxlan" and interface.master is not None:
            why = f"{interface.name} is a port of {interface.master} at {interface.source}"
            return Recognised(linux.BRIDGED, "certain", why)
    configured = _by_configuration(inventory)
    if configured is not None:
        return configured
    headers = tuple(tunnels)
    for test in _TESTS if not _turns_macs_round(headers) else _NOT_CILIUM:
        found = next(filter(None, map(test, headers)), None)
        if found is not None:
            return found
    return _of_routes(inventory) or Recognised(linux.PROFILE, "possible", "nothing names the network")


def by_header(header: TunnelHeader) -> Recognised | None:
    """The profile that one kind of tunnel packet points to, None where it fits none."""
    return next(filter(None, (test(header) for test in _TESTS)), None)


def refined(found: Recognised, setup: Setup) -> Recognised:
    """A recognised Cilium with what more a capture shows of it, which counts more than an inventory of another time."""
    known = found.profile
    routing = setup.routing or cilium.routing_of(known)
    since, until = max(known.since, setup.since), min(known.until, setup.until)
    if since > until:
        since, until = known.since, known.until
    profile = cilium.profile(routing, since, until, native=not known.tunnels, kpr=known.translates)
    more = [said for said in found.more if setup.routing is None or "host routing (possible" not in said]
    return found._replace(profile=profile, more=tuple(dict.fromkeys((*more, *setup.said))))


def _set_up(project: str, inventory: Inventory, why: str) -> Recognised:
    if project == "Cilium":
        setup = cilium_setup(inventory)
        return Recognised(setup.profile, "certain", why, setup.said)
    profile, more = flannel_setup(inventory) if project == "flannel" else calico_setup(inventory)
    return Recognised(profile, "certain", why, more)


def _by_configuration(inventory: Inventory) -> Recognised | None:
    """By the configuration alone, where no device is listed."""
    setting = next((one for one in inventory.of(Setting) if one.origin == "cilium-config"), None)
    if setting is not None:
        return _set_up("Cilium", inventory, f"{setting.words} at {setting.source}")
    agent = next((one for one in inventory.agents if one.key == "Cilium"), None)
    return None if agent is None else _set_up("Cilium", inventory, f"{agent.key}: {agent.value} at {agent.source}")


def _of_routes(inventory: Inventory) -> Recognised | None:
    """Pods whose host ends the node routes to one by one (ptp, kindnet), and other nodes' ranges by their address."""
    ends = {
        (end.host, end.name)
        for interface in inventory.interfaces
        if interface.host.pod is not None and (end := inventory.peer(interface)) is not None and end.master is None
    }
    if not any(route.prefix and (route.host, route.device) in ends for route in inventory.routes):
        return None
    for route in inventory.routes:
        node = inventory.node_by_address(route.via) if route.via is not None and route.prefix is not None else None
        if route.host.pod is None and node not in (None, route.host.node):
            return Recognised(linux.ROUTES, "likely", f"{route.words}, an address of another node, at {route.source}")
    return None


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
    if header.port == 8472 and header.checksum_zero is not False and cilium.is_identity(header.vni):
        shown = "UDP checksum 0, " if header.checksum_zero else ""
        why = f"UDP port 8472, {shown}and VNI {header.vni}, which fits a security identity"
        return Recognised(cilium.PROFILE, "likely", why)
    return None


def _turns_macs_round(headers: tuple[TunnelHeader, ...]) -> bool:
    """Whether two tunnel packets have the same two inner MACs, turned round: as between two bridges or two VTEPs.

    Under Cilium the destination MAC is the host end of the sender's own veth, so an answer never has it as its source.
    """
    pairs = {(header.inner_source_mac, header.inner_destination_mac) for header in headers}
    return any((there, here) in pairs for here, there in pairs if None not in (here, there) and here != there)


_NOT_CILIUM = (_of_destinations, _of_flannel_or_calico, _of_resolution)
_TESTS = (*_NOT_CILIUM, _of_cilium)
