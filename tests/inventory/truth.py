"""Which graph does a laboratory have, by the file that says how it was built?

`topology.json` beside an inventory is the truth. `expected` makes the typed graph from it, whichever of the two forms
it has; `differences` compares a graph of ours with that, node by node, attribute by attribute, edge by edge, and finds
what is too much as well, in the kinds of which the topology says all. The checker knows nothing of how ours is built:
any inventory of the same laboratory can be held against it, whatever files it was read from.
"""

from __future__ import annotations

import shutil
from itertools import product
from typing import NamedTuple

from vxlan_dissect.addresses import IP, parse_ip, parse_prefix
from vxlan_dissect.inventory.model import Host


class Expected(NamedTuple):
    """The graph that a laboratory has, in words: see `name_of`.

    `nodes` has the attributes of each; `edges` those of each (one, other, kind). `whole` are the kinds of nodes and
    edges of which it has all that there are.
    """

    nodes: dict[str, dict[str, object]]
    edges: dict[tuple[str, str, str], dict[str, object]]
    whole: frozenset[str]


# Of these the topologies say all, but for the loopback devices of pods, which each pod has.
_WHOLE = frozenset(
    "node host pod container-interface tunnel-device bridge service runs-on veth-peer selects tunnels-to".split()
)


def name_of(node):
    """`worker`, `worker/cni-7t9p4`, `worker/cni-7t9p4 eth0`, `fe80::1`, `service default/front`."""
    if isinstance(node, IP):
        return str(node)
    if isinstance(node, Host):
        return "/".join(str(part) for part in node if part is not None)
    if len(node) == 3:
        return f"service {node[1]}/{node[2]}"
    return f"{name_of(node[0])} {node[1]}"


class _Lab:
    """What is said of one laboratory, as it is said."""

    def __init__(self, whole):
        self.nodes, self.edges, self.whole = {}, {}, set(whole)

    def node(self, name, kind, **more):
        self.nodes.setdefault(name, {})
        self.nodes[name] |= {"kind": kind} | {key: value for key, value in more.items() if value is not None}

    def edge(self, one, other, kind, **more):
        self.edges.setdefault((one, other, kind), {})
        self.edges[one, other, kind] |= more

    def interface(self, host, name, kind, **more):
        key = f"{host} {name}"
        self.node(key, kind, **more)
        self.edge(host, key, "holds")
        return key

    def address(self, key, text):
        ip, _, length = text.partition("/")
        ip = str(parse_ip(ip))
        self.node(ip, "address")
        self.edge(key, ip, "holds", **({"length": int(length)} if length else {}))

    def tunnels(self, devices):
        """Every device of a mesh to every other: device -> the tunnel endpoint of its node, None where none is said."""
        for one, (other, endpoint) in product(devices, devices.items()):
            if one != other:
                self.edge(one, other, "tunnels-to", **({"endpoints": {endpoint}} if endpoint else {}))


def expected(topology):
    """The graph of a laboratory."""
    lab = _Lab(_WHOLE)
    if "links" in topology["underlay"]:
        _of_cilium(lab, topology)
    else:
        _of_others(lab, topology)
    return Expected(lab.nodes, lab.edges, frozenset(lab.whole))


def _of_cilium(lab, topology):
    """The form of captures and captures-versions: every device with its index, MAC, MTU and addresses."""
    lab.whole |= {"host-interface", "member"}
    underlay, nodes = topology["underlay"], topology["nodes"]
    _underlay(lab, underlay)
    names = {(underlay["netns"], link["ifindex"]): link["ifname"] for link in underlay["links"]}
    for name, node in nodes.items():
        lab.node(name, "node")
        for text, link in node["links"].items():
            kind = "tunnel-device" if text == topology["tunnel"]["device"] else "host-interface"
            more = {"port": topology["tunnel"]["dstport"], "external": True} if kind == "tunnel-device" else {}
            key = lab.interface(
                name, text, kind, mac=link["mac"], index=link["ifindex"], mtu=link["mtu"], driver=link["kind"], **more
            )
            for address in link["addrs"]:
                lab.address(key, address)
            wire = names.get((underlay["netns"], link["peer_ifindex"]))
            if wire is not None and not text.startswith("lxc"):
                lab.edge(f"{underlay['netns']} {wire}", key, "veth-peer")
                lab.edge(f"{underlay['netns']} {wire}", f"{underlay['netns']} {underlay['bridge']}", "member")
        ends = sorted(
            (link["ifindex"], text) for text, link in node["links"].items() if link["peer_ifname"] is not None
        )
        lab.edge(*(f"{name} {text}" for _, text in ends), "veth-peer")
        for text, pod in node["pods"].items():
            _cilium_pod(lab, name, text, pod)
        for other, there in nodes.items():
            if other != name:
                prefixes = {str(parse_prefix(there[key])) for key in ("pod_cidr", "pod_cidr6")}
                lab.edge(f"{name} cilium_host", other, "routes-to", prefixes=prefixes)
    lab.tunnels({f"{name} {topology['tunnel']['device']}": None for name in nodes})


def _underlay(lab, underlay):
    """The network namespace that stands for the network between the nodes."""
    host = underlay["netns"]
    lab.node(host, "host")
    for link in underlay["links"]:
        kind = "bridge" if link["ifname"] == underlay["bridge"] else "host-interface"
        lab.interface(host, link["ifname"], kind, mac=link["address"], index=link["ifindex"], mtu=link["mtu"])
    for address in (underlay["bridge_ip"], underlay["bridge_ip6"]):
        lab.address(f"{host} {underlay['bridge']}", address)
    for address in underlay["world_addresses"]:
        lab.address(f"{host} lo", address)


def _cilium_pod(lab, node, name, pod):
    host = f"{node}/{name}"
    lab.node(host, "pod")
    lab.edge(host, node, "runs-on")
    key = lab.interface(
        host, "eth0", "container-interface", mac=pod["eth0_mac"], index=pod["eth0_ifindex"], mtu=pod["mtu"]
    )
    for address in (pod["ip"], pod["ip6"], *pod["link_local"]):
        lab.address(key, address)
    lab.edge(key, f"{node} {pod['lxc']}", "veth-peer", confidence="certain")
    for gateway in (pod["gateway"], pod["gateway6"]):
        lab.edge(key, gateway, "routes-to", prefixes={"default"})


# What the topology of a family has a tunnel device for: the key that a node has, and the device.
_VTEPS = {
    "vm4": "flannel.1",
    "vm6": "flannel-v6.1",
    "vtep4": "vxlan.calico",
    "vtep6": "vxlan-v6.calico",
    "tunl0": "tunl0",
    "wireguard": "wireguard.cali",
}


def _of_others(lab, topology):
    """The form of captures-others: addresses and MACs of the nodes' network cards, tunnel devices and bridges, pods."""
    devices = {}
    for name, node in topology["nodes"].items():
        lab.node(name, "node")
        key = lab.interface(name, "eth0", "host-interface", mac=node["mac"])
        for address in (node["ip4"], node["ip6"]):
            if address:
                lab.address(key, address)
        for said, device in _VTEPS.items():
            value = node.get(said) or node.get("tunnel", {}).get(said)
            if value is not None:
                mac = value if said.startswith("vm") else value["mac"] if said.startswith("vtep") else None
                own = lab.interface(name, device, "tunnel-device", mac=mac, vni=node.get("vni"), port=node.get("port"))
                # A forwarding database names the endpoint, which is the node's address of the device's IP version.
                endpoint = node[f"ip{said[-1]}"].partition("/")[0] if said[-1] in "46" else None
                devices.setdefault(device, {})[own] = endpoint and str(parse_ip(endpoint))
                if said in {"vtep4", "vtep6", "tunl0"}:
                    lab.address(own, value if said == "tunl0" else value["ip"])
        _flannel(lab, name, node)
        _gateway(lab, key, topology["underlay"], name, node)
    for own in devices.values():
        lab.tunnels(own)
    for name, pod in topology["pods"].items():
        _pod(lab, topology, name, pod)
    if topology["family"] == "vxlan-variants":  # the tunnel devices and bridges of which only the title speaks
        lab.whole -= {"tunnel-device", "bridge", "tunnels-to"}


def _flannel(lab, name, node):
    """flannel gives its device the first address of the node's range, cni0 the next."""
    for version, mac in (("4", "vm4"), ("6", "vm6")):
        range_ = node.get("tunnel", {}).get(f"sub{version}")
        if range_ is not None:
            lab.address(f"{name} {_VTEPS[mac]}", f"{range_}.0" if version == "4" else f"{range_}:")
    if "cni0_mac" in node:
        bridge = lab.interface(name, "cni0", "bridge", mac=node["cni0_mac"])
        for version in ("4", "6"):
            range_ = node["tunnel"][f"sub{version}"]
            if range_ is not None:
                lab.address(bridge, f"{range_}.1" if version == "4" else f"{range_}:1")


def _gateway(lab, key, underlay, name, node):
    port = underlay.get("router_ports", {}).get(name)
    for version in ("4", "6"):
        gateway = underlay[f"gateway{version}"] if port is None else port[f"ip{version}"]
        if node[f"ip{version}"]:
            lab.edge(key, str(parse_ip(gateway.partition("/")[0])), "routes-to", prefixes={"default"})


def _pod(lab, topology, name, pod):
    node = pod["node"]
    host = f"{node}/{name}"
    lab.node(host, "pod")
    lab.edge(host, node, "runs-on")
    key = lab.interface(host, "eth0", "container-interface", mac=pod["mac"])
    for address in (pod["ip4"], pod["ip6"]):
        if address:
            lab.address(key, address)
    host_end = lab.interface(node, pod["hostif"], "host-interface", mac=pod["host_mac"])
    lab.edge(key, host_end, "veth-peer", confidence="certain")
    if "cni0_mac" in topology["nodes"][node]:
        lab.edge(host_end, f"{node} cni0", "member")
    for version in ("4", "6") if "gateway" in topology else ():
        gateway = str(parse_ip(topology["gateway"][f"ip{version}"]))
        lab.edge(key, gateway, "routes-to", prefixes={"default"})


def differences(graph, truth, unsaid=frozenset()):
    """Sentences on what the graph has otherwise than the truth; none where it is the same.

    `unsaid` are attributes that the files read do not speak of; those must be absent then.
    """
    nodes = {name_of(node): data for node, data in graph.nodes(data=True)}
    edges = {
        _edge(name_of(one), name_of(other), kind): data for one, other, kind, data in graph.edges(keys=True, data=True)
    }
    if len(nodes) != len(graph):
        yield "two nodes have one name"
    for found, wanted in ((nodes, truth.nodes), (edges, {_edge(*edge): data for edge, data in truth.edges.items()})):
        for name, attributes in wanted.items():
            if name not in found:
                yield f"{name} is missing: {attributes}"
                continue
            for key, value in attributes.items():
                have = found[name].get(key)
                if key in unsaid:
                    value = have if not have else None
                if not (value <= set(have) if isinstance(value, set) else have == value):
                    yield f"{name} has {key} {have}, and should have {value}"
        for name, data in found.items():
            loopback = any(part.endswith(" lo") and "/" in part for part in ([name] if isinstance(name, str) else name))
            if data["kind"] in truth.whole and name not in wanted and not loopback:
                yield f"{name} is too much: {data['kind']}"


def without(truth, host):
    """What is left where nobody asked a host: neither it nor its interfaces, nor edges that end there.

    Addresses stay expected only where something else holds them.
    """
    gone = {name for name in truth.nodes if name == host or name.startswith(f"{host} ")}
    edges = {edge: data for edge, data in truth.edges.items() if gone.isdisjoint(edge[:2])}
    joined = {end for edge in edges for end in edge[:2]}
    nodes = {name: data for name, data in truth.nodes.items() if name not in gone}
    nodes = {name: data for name, data in nodes.items() if data["kind"] != "address" or name in joined}
    return truth._replace(nodes=nodes, edges=edges)


def _edge(one, other, kind):
    """An edge by its ends; a pair that joins no pod has no direction."""
    return (*sorted((one, other)), kind) if kind == "veth-peer" and "/" not in one else (one, other, kind)


def copy_of(folder, to, form):
    """A copy of an inventory folder: `text` the outputs for people alone, `json` those of `ip -j` alone, or `both`."""
    for path in sorted(folder.rglob("*.txt")):
        is_json = "-j-" in path.name
        if form == "both" or is_json == (form == "json"):
            place = to / path.relative_to(folder)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, place)
    return to
