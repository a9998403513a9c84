"""What can be known of the hosts?

Law: a fact is a frozen value that keeps the file and line it was read from; two sources that disagree give two facts.
Nothing here knows a packet. A new kind of fact is a class in one of these modules and one line in FACTS.
"""

from __future__ import annotations

from vxlan_dissect.inventory.model.base import NOTES, Host, Note, Source
from vxlan_dissect.inventory.model.cilium import Agent, CacheEntry, CiliumEndpoint, Identity, Translation
from vxlan_dissect.inventory.model.cluster import (
    Backend,
    Node,
    NodeAddress,
    NodePrefix,
    Pod,
    Service,
    Setting,
    Vtep,
)
from vxlan_dissect.inventory.model.linux import (
    Address,
    FdbEntry,
    Filter,
    Hostname,
    Interface,
    Masquerade,
    Neighbour,
    Offload,
    PolicyRule,
    Recording,
    Route,
)
from vxlan_dissect.inventory.model.names import Collected, Name
from vxlan_dissect.inventory.model.owner import ROLES, Owner

Fact = (
    Interface
    | Address
    | Route
    | Neighbour
    | FdbEntry
    | PolicyRule
    | Offload
    | Filter
    | Masquerade
    | Hostname
    | Recording
    | Pod
    | Node
    | NodeAddress
    | NodePrefix
    | Vtep
    | Service
    | Backend
    | Setting
    | Agent
    | CiliumEndpoint
    | Identity
    | CacheEntry
    | Translation
    | Name
    | Collected
)

# In the order in which lists show them.
FACTS: tuple[type[Fact], ...] = Fact.__args__

__all__ = [
    "FACTS",
    "NOTES",
    "ROLES",
    "Address",
    "Agent",
    "Backend",
    "CacheEntry",
    "CiliumEndpoint",
    "Collected",
    "Fact",
    "FdbEntry",
    "Filter",
    "Host",
    "Hostname",
    "Identity",
    "Interface",
    "Masquerade",
    "Name",
    "Neighbour",
    "Node",
    "NodeAddress",
    "NodePrefix",
    "Note",
    "Offload",
    "Owner",
    "Pod",
    "PolicyRule",
    "Recording",
    "Route",
    "Service",
    "Setting",
    "Source",
    "Translation",
    "Vtep",
]
