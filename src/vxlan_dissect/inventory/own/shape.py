"""Which sections does an inventory file have, and which kind of fact stands in each?

Law: every kind of fact has exactly one section; the reader, the writer and the JSON Schema are made from this list.
`leaves_out` are the fields that the place in the file says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from vxlan_dissect.inventory import model
from vxlan_dissect.inventory.own.codec import fields

if TYPE_CHECKING:
    from vxlan_dissect.inventory.own.codec import Field

VERSION = 1
FROM = "from "  # how `Source.why` begins that says where an inventory file has a fact from


class Section(NamedTuple):
    """A list in a file: its key, the kind of fact in it, the fields that its place says, and a sentence."""

    key: str
    kind: type
    leaves_out: tuple[str, ...]
    says: str

    @property
    def fields(self) -> tuple[Field, ...]:
        """The fields that its entries have."""
        return tuple(field for field in fields(self.kind) if field.name not in self.leaves_out)


# Of a node or a pod: what its own network namespace says.
OF_HOST = (
    Section("interfaces", model.Interface, (), "network devices: `ip -d link`"),
    Section("addresses", model.Address, (), "IP addresses on interfaces: `ip address`"),
    Section("routes", model.Route, (), "routes: `ip route`; without a prefix the default route"),
    Section("neighbours", model.Neighbour, (), "ARP and neighbour entries: `ip neighbour`"),
    Section("fdb", model.FdbEntry, (), "forwarding entries: `bridge fdb`"),
    Section("rules", model.PolicyRule, (), "routing rules: `ip rule`"),
    Section("offloads", model.Offload, (), "features of devices: `ethtool -k`"),
    Section("filters", model.Filter, (), "BPF programs on devices: `tc filter`"),
    Section("masquerades", model.Masquerade, (), "rules that replace source addresses: `nft list ruleset`"),
    Section("hostnames", model.Hostname, (), "what `hostname` prints"),
    Section("recordings", model.Recording, (), "captures that were taken here"),
    Section("agent", model.Agent, (), "lines of `cilium status`"),
    Section("endpoints", model.CiliumEndpoint, (), "Cilium's endpoints"),
    Section("ipcache", model.CacheEntry, (), "Cilium's map of addresses to identities and tunnel endpoints"),
    Section("connections", model.Translation, (), "Cilium's connection and NAT tables"),
)
# Of a node: what the cluster says of it.
OF_NODE = (
    Section("cluster-addresses", model.NodeAddress, ("node",), "router, health, ingress and tunnel addresses"),
    Section("pod-ranges", model.NodePrefix, ("node",), "ranges of its pods' addresses"),
    Section("vteps", model.Vtep, ("node",), "MACs of its VXLAN devices"),
)
# Of the whole cluster.
OF_CLUSTER = (
    Section("services", model.Service, (), "services"),
    Section("backends", model.Backend, (), "endpoints of services"),
    Section("identities", model.Identity, (), "Cilium's security identities"),
    Section("settings", model.Setting, (), "configuration: cilium-config, helm values, kind"),
    Section("names", model.Name, (), "names of addresses"),
    Section("collected", model.Collected, (), "when what was collected"),
)
# The entries that hold sections: a node and a pod are facts themselves.
NODE = Section("node", model.Node, ("name",), "a node")
POD = Section("pod", model.Pod, ("name", "node"), "a pod, below its node or, where that is not known, at the top")
# The host ends of a pod's veth pairs, devices of its node, stand with the pod, whose name is then written once.
HOST_ENDS = Section("host-interfaces", model.Interface, (), "host ends of the pod's veth pairs")


def schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of an inventory file."""
    sections = {section.key: section for section in (*OF_HOST, *OF_NODE, *OF_CLUSTER, HOST_ENDS)}
    pod = _entry(POD, "pod", (*OF_HOST, HOST_ENDS))
    node = _entry(NODE, "node", (*OF_HOST, *OF_NODE))
    node["properties"]["pods"] = _listed("pod")
    unknown = {"type": "object", "properties": {each.key: _listed(each.key) for each in OF_HOST}}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "An inventory of hosts, pods, interfaces and addresses",
        "type": "object",
        "required": ["inventory"],
        "additionalProperties": False,
        "properties": {
            "inventory": {"const": VERSION, "description": "version of the format"},
            "nodes": _listed("node"),
            "pods": _listed("pod"),
            "unknown-host": {**unknown, "additionalProperties": False},
            **{section.key: _listed(section.key) for section in OF_CLUSTER},
        },
        "$defs": {
            "node": node,
            "pod": pod,
            **{key: _of_section(section) for key, section in sections.items()},
        },
    }


def _listed(key: str) -> dict[str, Any]:
    return {"type": "array", "items": {"$ref": f"#/$defs/{key}"}}


def _of_section(section: Section) -> dict[str, Any]:
    properties = {field.key: field.codec.schema for field in section.fields}
    required = [field.key for field in section.fields if field.required]
    if section.kind is model.Interface:
        properties["addresses"] = {"type": "array", "items": {"type": "string"}, "description": "with their lengths"}
    return {
        "description": section.says,
        "type": "object",
        "additionalProperties": False,
        "properties": {**properties, "from": {"type": "string", "description": "file and line it came from"}},
        **({"required": required} if required else {}),
    }


def _entry(section: Section, name: str, inside: tuple[Section, ...]) -> dict[str, Any]:
    found = _of_section(section)
    found["properties"] = {
        name: {"type": "string"},
        **found["properties"],
        **{each.key: _listed(each.key) for each in inside},
    }
    found["required"] = [name]
    return found
