"""What is each MAC and address of the labs, by their topology.json?

Law: the answer is read from the ground truth alone, which the program never reads. `NOBODY` marks what has none of the
roles that are asked for: services, addresses of the world, devices of a node that are neither.
"""

from __future__ import annotations

import functools
import json
from typing import NamedTuple

from tests.datapath.labs import ROOT
from vxlan_dissect.addresses import IP, link_local_of, parse_ip, parse_mac, parse_prefix

SHARED = ROOT.parent / "shared"
NOBODY = frozenset(("host", "service", "named"))
# What Calico gives every pod as gateway (felix; projectcalico/calico node/felix and cni-plugin): no file lists it.
CALICO_GATEWAYS = ("169.254.1.1", "fe80::ecee:eeff:feee:eeee")


class Truth(NamedTuple):
    """MAC or IP -> the roles that are right."""

    macs: dict[int, frozenset[str]]
    ips: dict[IP, frozenset[str]]

    def mac(self, text, *roles):
        """A MAC has these roles, and so has the link-local address made of it."""
        mac = parse_mac(text)
        self.macs[mac] = self.macs.get(mac, frozenset()) | set(roles)
        self.ip(str(link_local_of(mac)), *roles)

    def ip(self, text, *roles):
        """An address has these roles."""
        ip = parse_prefix(text).ip
        self.ips[ip] = self.ips.get(ip, frozenset()) | set(roles)


@functools.cache
def of_cilium(folder):
    """The truth of a set of Cilium captures, by the path of its topology.json."""
    told, truth = json.loads(folder.read_text(encoding="utf-8")), Truth({}, {})
    for about in told["nodes"].values():
        for key in ("node_ip", "node_ip6"):
            truth.ip(about[key], "node")
        for key in ("router_ip", "router_ip6"):
            truth.ip(about[key], "router")
        roles = {"cilium_host": ("router",), "cilium_net": ("host",), "cilium_vxlan": ("tunnel",)}
        for name, link in about["links"].items():
            if name != "lo" and not name.startswith("lxc"):
                truth.mac(link["mac"], *roles.get(name, ("node",)))
        for pod in about["pods"].values():
            truth.ip(pod["ip"], "pod")
            truth.ip(pod["ip6"], "pod")
            truth.mac(pod["eth0_mac"], "pod")
            truth.mac(pod["lxc_mac"], "lxc")
    under = told["underlay"]
    truth.mac(under["bridge_mac"], "router")
    for key in ("bridge_ip", "bridge_ip6"):
        truth.ip(under[key], "router")
    for address in under["world_addresses"]:
        truth.ip(address, *NOBODY)
    for service in told.get("services", ()):
        for address in service["cluster_ips"] if isinstance(service, dict) else ():
            truth.ip(address, *NOBODY)
    return truth


@functools.cache
def of_family(path, family):
    """The truth of one family of other overlays, by the path of its topology.json."""
    told, truth = json.loads(path.read_text(encoding="utf-8"))["families"][family], Truth({}, {})
    calico = family.startswith("calico")
    for about in told["nodes"].values():
        truth.mac(about["mac"], "node")
        for key in ("ip4", "ip6"):
            if about[key]:
                truth.ip(about[key], "node")
        tunnel = about.get("tunnel", {})
        for key in ("vm4", "vm6"):
            if tunnel.get(key):
                truth.mac(tunnel[key], "tunnel")
        if tunnel.get("sub4"):
            truth.ip(f"{tunnel['sub4']}.0", "tunnel")
            truth.ip(f"{tunnel['sub4']}.1", "router")
        if tunnel.get("sub6"):
            truth.ip(f"{tunnel['sub6']}:", "tunnel")
            truth.ip(f"{tunnel['sub6']}:1", "router")
        for key in ("vtep4", "vtep6"):
            if key in about:
                truth.mac(about[key]["mac"], "tunnel")
                truth.ip(about[key]["ip"], "tunnel")
        if about.get("tunl0"):
            truth.ip(about["tunl0"], "tunnel")
        if about.get("cni0_mac"):
            truth.mac(about["cni0_mac"], "router")
    for pod in told["pods"].values():
        truth.mac(pod["mac"], "pod")
        truth.mac(pod["host_mac"], "lxc")
        for key in ("ip4", "ip6"):
            if pod[key]:
                truth.ip(pod[key], "pod")
                if family == "kindnet-hostgw":  # every host veth has the first address of the node's range
                    ip = parse_prefix(pod[key]).ip
                    keep = 8 if ip.version == 4 else 64
                    truth.ip(str(IP(ip.version, (ip.value >> keep << keep) + 1)), "router")
    if calico:
        for text in CALICO_GATEWAYS:
            truth.ip(text, "router", "lxc")
    gateway = told.get("gateway", {})
    for key in ("ip4", "ip6"):
        if gateway.get(key):
            truth.ip(gateway[key], "router")
    under = told["underlay"]
    for port in (under.get("router_ports") or {"": under}).values():
        truth.mac(port.get("mac") or port["gateway_mac"], "router")
        for key in ("ip4", "ip6", "gateway4", "gateway6"):
            if port.get(key):
                truth.ip(port[key], "router")
    for address in under["world"]:
        truth.ip(address, *NOBODY)
    return truth


def scenario_truths():
    """Every scenario folder beside the project with its family and its truth."""
    for name in ("captures", "captures-versions"):
        folder = SHARED / name
        for path in sorted(folder.glob("*/scenario.json")):
            yield path.parent, path.parent.name.split("-")[0], of_cilium(folder / "topology.json")
    others = SHARED / "captures-others"
    if others.is_dir():
        families = json.loads((others / "topology.json").read_text(encoding="utf-8"))["families"]
        for path in sorted(others.glob("*/scenario.json")):
            family = next(known for known in families if path.parent.name.startswith(known + "-"))
            yield path.parent, family, of_family(others / "topology.json", family)


__all__ = ["NOBODY", "SHARED", "Truth", "of_cilium", "of_family", "parse_ip", "scenario_truths"]
