"""Which facts of an inventory follow from the roles of addresses?

Law: a host without a name is called by its address; where none is known, in parentheses by what stands beside it, and a
device by what it is and its MAC: nobody mistakes these for names that were read. Every fact has the frames and the
reason that it follows from. What stands behind which node follows from tunnel packets alone; a capture is taken on one
host, so its veths are of one node.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from vxlan_dissect.addresses import Prefix, format_mac, mac_of_link_local
from vxlan_dissect.infer.bonds import bonds_of
from vxlan_dissect.inventory.model import (
    Address,
    CacheEntry,
    Host,
    Interface,
    Neighbour,
    Node,
    NodeAddress,
    NodePrefix,
    Pod,
    Route,
    Setting,
    Source,
    Vtep,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from vxlan_dissect.addresses import IP
    from vxlan_dissect.infer.ledger import Role
    from vxlan_dissect.infer.network import Network
    from vxlan_dissect.infer.sightings import Sighting
    from vxlan_dissect.infer.tunnels import Kind
    from vxlan_dissect.inventory.model import Fact

POD_DEVICE = "eth0"  # the name that container runtimes ask the CNI for (cri-o/ocicni pkg/ocicni/types.go)
NODE_RANGE = {4: 24, 6: 64}  # what a node gets of the cluster's range by default (kube-controller-manager)
_DEVICES = {"lxc": "host end", "node": "nic", "router": "gateway device", "tunnel": "tunnel device", "host": "device"}


class Facts:
    """The facts of one capture; `file` is what the user called it."""

    def __init__(
        self, file: str, sightings: Sequence[Sighting], roles: dict[int | IP, Role], network: Network, kind: Kind
    ) -> None:
        self._file, self._sightings, self._roles = file, sightings, roles
        self._network, self._kind = network, kind
        self._bonds = bonds_of(sightings, roles)
        self._hosts: dict[int | IP, Host] = {}

    def all(self) -> Iterator[Fact]:
        """Every fact, the cluster's first."""
        for reason in self._network.reasons:
            source = Source(self._file, 0, reason.frames, reason.why, reason.confidence)
            yield Setting("capture", "network", reason.name, source)
        self._name_nodes()
        self._name_pods()
        yield from self._nodes()
        yield from self._pods()
        yield from self._devices()
        yield from self._addresses()
        yield from self._tables()

    def host_of(self, subject: int | IP) -> Host:
        """The host of a MAC or address, without a name where nothing tells one."""
        return self._hosts.get(subject, Host(None))

    def _of_role(self, what: str) -> list[int | IP]:
        return [subject for subject, role in self._roles.items() if role.what == what]

    def _ips(self, subjects: Iterable[int | IP]) -> list[IP]:
        return [subject for subject in subjects if not isinstance(subject, int)]

    def _group(self, subjects: list[int | IP]) -> list[list[int | IP]]:
        """Subjects that belong to one device: a MAC and its addresses."""
        groups: list[list[int | IP]] = []
        taken: set[int | IP] = set()
        for mac in subjects:
            if isinstance(mac, int):
                own = [ip for ip in self._bonds.holds.get(mac, ()) if ip not in taken]
                groups.append([mac, *own])
                taken.update(own)
        known = set(subjects)
        rest = [ip for ip in subjects if not isinstance(ip, int) and ip not in taken]
        return groups + [[ip] for ip in rest if (mac_of_link_local(ip) or -1) not in known]

    def _name_nodes(self) -> None:
        for group in self._group(self._of_role("node")):
            host = Host(_best(group))
            for subject in group:
                self._hosts.setdefault(subject, host)
        here = self._bonds.here
        own = self._hosts.get(here) if here is not None else None
        local = self._ips(self._bonds.local)
        gateways = [ip for ip in local if self._role(ip) == "router" and not ip.is_link_local]
        pods = [ip for ip in local if self._role(ip) == "pod"]
        if own is None and gateways:
            own = Host(f"(gateway {_best(gateways)})")
        elif own is None and pods:
            own = Host(f"(pod {_best(pods)})")
        for subject in self._bonds.local:
            if own is not None and self._role(subject) in {"lxc", "router", "host"}:
                self._hosts.setdefault(subject, own)
        self._own = own
        for group in self._group(self._of_role("router")):
            known = next((self._hosts[one] for one in group if one in self._hosts), None)
            behind = next(filter(None, map(self._node_behind, self._ips(group))), None)
            for subject in group:
                self._hosts.setdefault(subject, known or behind or Host(f"(router {_best(group)})"))
        for subject in (*self._of_role("tunnel"), *self._of_role("lxc"), *self._of_role("host")):
            node = self._bonds.node_of.get(subject)
            if node is not None and node in self._hosts:
                self._hosts.setdefault(subject, self._hosts[node])

    def _node_behind(self, ip: IP) -> Host | None:
        outer = self._bonds.behind.get(ip)
        return self._hosts.get(outer[0]) if outer is not None else None

    def _name_pods(self) -> None:
        for group in self._group(self._of_role("pod")):
            node = next(filter(None, map(self._node_behind, self._ips(group))), None)
            if node is None and self._own is not None and any(one in self._bonds.local for one in group):
                node = self._own
            host = Host(node.node if node else None, _best(group))
            for subject in group:
                self._hosts.setdefault(subject, host)

    def _role(self, subject: int | IP) -> str | None:
        role = self._roles.get(subject)
        return role.what if role is not None else None

    def _source(self, subject: int | IP) -> Source:
        role = self._roles[subject]
        why = role.why if not role.against else f"{role.why}; but {'; '.join(role.against)}"
        return Source(self._file, 0, role.frames, why, role.confidence)

    def _nodes(self) -> Iterator[Fact]:
        ips: defaultdict[str, list[IP]] = defaultdict(list)
        for ip in self._ips(self._of_role("node")):
            if not ip.is_link_local and (name := self.host_of(ip).node):
                ips[name].append(ip)
        for name, own in ips.items():
            for ip in own:
                yield Node(name, self._source(ip), (ip,))

    def _pods(self) -> Iterator[Fact]:
        prefixes: defaultdict[tuple[str, Prefix], dict[IP, None]] = defaultdict(dict)
        for ip in self._ips(self._of_role("pod")):
            if ip.is_link_local:
                continue
            host = self.host_of(ip)
            yield Pod(host.pod or str(ip), self._source(ip), node=host.node, ips=(ip,))
            if ip in self._bonds.behind and host.node is not None:
                keep = ip.bits - NODE_RANGE[ip.version]
                base = type(ip)(ip.version, ip.value >> keep << keep)
                prefixes[host.node, Prefix(base, NODE_RANGE[ip.version])][ip] = None
        holders: defaultdict[Prefix, set[str]] = defaultdict(set)
        for node, prefix in prefixes:
            holders[prefix].add(node)
        for (node, prefix), own in prefixes.items():
            if len(holders[prefix]) > 1:
                continue  # ranges of nodes are smaller here, or a pod moved
            frames = tuple(dict.fromkeys(frame for ip in own for frame in self._bonds.behind[ip][1].frames))[:4]
            many = f"{len(own)} addresses of pods" if len(own) > 1 else "one address of a pod"
            why = f"{many} behind {node} in tunnel packets; that a node has a /{prefix.length} is the default, not seen"
            yield NodePrefix(node, prefix, Source(self._file, 0, frames, why, "possible"))

    def _devices(self) -> Iterator[Fact]:
        for mac in [subject for subject in self._roles if isinstance(subject, int)]:
            what, host = self._roles[mac].what, self.host_of(mac)
            if what == "pod":
                yield Interface(host, POD_DEVICE, self._index(mac), mac, self._source(mac), role=what)
                continue
            serves = self._bonds.serves.get(mac, {})
            pod = self.host_of(next(iter(serves))) if what == "lxc" and len(serves) == 1 else None
            if pod is not None and host.node is None:
                host = Host(pod.node)
            name, kind = f"{_DEVICES.get(what, 'device')} {format_mac(mac)}", "vxlan" if what == "tunnel" else None
            vni = self._bonds.vni_of.get(mac) if what == "tunnel" else None
            yield Interface(
                host, name, self._index(mac), mac, self._source(mac), kind=kind, vni=vni, serves=pod, role=what
            )
            if what == "tunnel" and host.node is not None:
                yield Vtep(host.node, mac, name, self._source(mac), vni)

    def _index(self, mac: int) -> int | None:
        """The ifindex of a device whose own frames a cooked capture shows leaving it."""
        return self._bonds.index_of.get(mac)

    def _addresses(self) -> Iterator[Fact]:
        holder = {ip: mac for mac, ips in self._bonds.holds.items() for ip in ips}
        for ip in self._ips(self._roles):
            role, host = self._roles[ip], self.host_of(ip)
            mac = holder.get(ip, mac_of_link_local(ip))
            if mac not in self._roles or mac is None:
                if role.what in {"router", "tunnel"}:
                    name = _DEVICES[role.what]
                    yield Address(host, name, ip, ip.bits, self._source(ip), role=role.what)
            else:
                what = self._roles[mac].what
                name = POD_DEVICE if what == "pod" else f"{_DEVICES.get(what, 'device')} {format_mac(mac)}"
                yield Address(self.host_of(mac), name, ip, ip.bits, self._source(ip), role=role.what)
            if role.what in {"router", "tunnel"} and host.node is not None and not ip.is_link_local:
                yield NodeAddress(host.node, ip, role.what, self._source(ip))

    def _tables(self) -> Iterator[Fact]:
        """What tells of several: neighbour tables, default routes, identities."""
        for (asker, ip), one in self._bonds.answers.items():
            host, mac = self.host_of(asker), one.mac or one.source_mac
            flag = "router" if one.router else "answer"
            why = f"{flag} from {format_mac(mac or 0)} for {ip}"
            source = Source(self._file, 0, one.frames, why, "likely")
            if host != Host(None):
                device = POD_DEVICE if host.pod else None
                yield Neighbour(host, ip, mac, source, device, router=one.router)
                if host.pod is not None and self._role(ip) == "router":
                    source = Source(self._file, 0, one.frames, f"the pod resolves {ip}, which is a gateway", "likely")
                    yield Route(host, None, ip.version, source, ip, POD_DEVICE)
        if self._kind.what == "sender":
            for ip, (outer, one) in self._bonds.behind.items():
                vni = one.outer.vni if one.outer is not None else None
                if self._role(ip) == "pod" and one.src == ip and vni is not None:
                    why = f"VNI {vni} of what {ip} sends: the identity of the sender"
                    source = Source(self._file, 0, one.frames, why, "likely")
                    yield CacheEntry(Host(None), Prefix(ip, ip.bits), source, vni, outer)


def _best(subjects: Sequence[int | IP]) -> str:
    """The address that a group is called by: IPv4 before IPv6 before link-local before the MAC."""
    ips = sorted((ip.is_link_local, ip) for ip in subjects if not isinstance(ip, int))
    return str(ips[0][1]) if ips else format_mac(next(mac for mac in subjects if isinstance(mac, int)))
