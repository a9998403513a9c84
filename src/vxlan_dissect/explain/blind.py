"""Where does a packet pass without being seen?

Law: Cilium with BPF host routing hands what is for a pod to the pod's own device, past every tap on the host end of its
veth (`bpf_redirect_peer`, bpf/lib/local_delivery.h): so an interface must first be known for a host end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.inventory.model import Host

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context
    from vxlan_dissect.inventory.model import Interface

OF_NODE = ("cilium_host", "cilium_net")  # by which the node's own stack reaches pods


def host_end(context: Context, node: str | None, interface: str | None) -> Interface | None:
    """The interface of a node, where it is the host end of a pod's veth; None else."""
    found = context.inventory.interface(Host(node), interface) if node and interface else None
    return found if found is not None and context.inventory.pod_of_lxc(found) is not None else None
