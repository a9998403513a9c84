"""Which names and MACs follow from a rule of the CNI, where no line shows them?

Law: what is computed says so in words, and is no more than likely: a rule is a program's habit, not its promise.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from vxlan_dissect.inventory.model import Interface, Node, Pod, Vtep

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vxlan_dissect.inventory.model import Fact, Source

# What container runtimes call a pod's interface unless they are told otherwise (CNI_IFNAME).
POD_INTERFACE = "eth0"
_LXC_DIGITS = 12  # IFNAMSIZ 16, less `lxc` and the final zero: Cilium's pkg/datapath/connector, Endpoint2IfName
CALICO_DEVICES = {4: "vxlan.calico", 6: "vxlan-v6.calico"}


def lxc_names(container: str, interface: str = POD_INTERFACE) -> tuple[str, str]:
    """What Cilium calls the host end of the veth pair of a sandbox container: since v1.15, and up to v1.14.

    `container` is the id of the sandbox (`external-identifiers.container-id`), or with `:eth0` the `cni-attachment-id`.
    """
    container, _, attached = container.partition(":")
    keys = (f"{container}:{attached or interface}", container)
    digests = (hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest() for key in keys)
    newer, older = (f"lxc{digest[:_LXC_DIGITS]}" for digest in digests)
    return newer, older


def calico_vtep_mac(node: str, version: int) -> int:
    """The MAC that Calico gives a node's VXLAN device for IPv4 or IPv6 (felix/dataplane/linux/vxlan_mgr.go).

    0x66, then the first five bytes of SHA-1 of the node's name, for IPv6 with `-v6` after it.
    """
    name = node if version == 4 else f"{node}-v6"
    digest = hashlib.sha1(name.encode("utf-8", "surrogatepass"), usedforsecurity=False).digest()
    return int.from_bytes(b"\x66" + digest[:5], "big")


def vteps(facts: Sequence[Fact]) -> list[Vtep]:
    """The VXLAN devices of a Calico cluster whose MACs no line shows, of all nodes that are known.

    For each IP version of which a node shows such a device, since Calico also runs without. A node that shows all its
    devices, and so the loopback, has no other.
    """
    versions = {name: version for version, name in CALICO_DEVICES.items()}
    shown: dict[str, Source] = {}
    known: set[tuple[str | None, str]] = set()
    nodes: set[str | None] = set()
    whole: set[str | None] = set()
    without_mac: set[tuple[str | None, str]] = set()
    for fact in facts:
        if isinstance(fact, Interface) and fact.host.pod is None and fact.name in versions:
            shown.setdefault(fact.name, fact.index_source or fact.source)
            nodes.add(fact.host.node)
            (without_mac if fact.mac is None else known).add((fact.host.node, fact.name))
        elif isinstance(fact, Interface) and fact.host.pod is None and fact.name == "lo":
            whole.add(fact.host.node)
        elif isinstance(fact, Vtep):
            known.add((fact.node, fact.device))
        elif isinstance(fact, Pod):
            nodes.add(fact.node)
        elif isinstance(fact, Node):
            nodes.add(fact.name)
    words = "0x66 and SHA-1 of the node's name"
    return [
        Vtep(
            node,
            calico_vtep_mac(node, versions[device]),
            device,
            source,
            computed=words if versions[device] == 4 else f"{words} with -v6",
        )
        for device, source in sorted(shown.items())
        for node in sorted(node for node in nodes if node is not None)
        if (node, device) not in known and (node not in whole or (node, device) in without_mac)
    ]
