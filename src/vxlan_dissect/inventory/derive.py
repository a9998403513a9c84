"""Which names and MACs follow from a rule of the CNI, where no line shows them?

Law: what is computed says so in words, and is no more than likely: a rule is a program's habit, not its promise.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from vxlan_dissect.inventory.model import Vtep

if TYPE_CHECKING:
    from vxlan_dissect.inventory.inventory import Inventory
    from vxlan_dissect.inventory.model import Source

# What container runtimes call the first interface of a pod: CNI_IFNAME, libcni's and containerd's default.
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


def vteps(inventory: Inventory) -> tuple[Vtep, ...]:
    """The VXLAN devices of a Calico cluster whose MACs no line shows, of all nodes that are known.

    For each IP version of which the inventory shows such a device on a node, since it may also run without.
    """
    shown: dict[int, Source] = {}
    known: set[tuple[str, str]] = {(vtep.node, vtep.device) for vtep in inventory.of(Vtep)}
    versions = {name: version for version, name in CALICO_DEVICES.items()}
    for interface in inventory.interfaces:
        version = versions.get(interface.name)
        if version is not None and interface.host.pod is None:
            shown.setdefault(version, interface.index_source or interface.source)
            if interface.mac is not None and interface.host.node is not None:
                known.add((interface.host.node, interface.name))
    if not shown:
        return ()
    members = {node.name for node in inventory.nodes} | {host.node for host in inventory.hosts() if host.pod}
    words = "0x66 and SHA-1 of the node's name"
    return tuple(
        Vtep(
            node,
            calico_vtep_mac(node, version),
            CALICO_DEVICES[version],
            source,
            computed=words if version == 4 else f"{words} with -v6",
        )
        for version, source in sorted(shown.items())
        for node in sorted(name for name in members if name is not None)
        if (node, CALICO_DEVICES[version]) not in known
    )
