"""Nobody has the address that the packets are for.

Shows
    Packets for an address of the pod ranges that no pod or node of the inventory has, and where they end.

Why it matters
    The pod may have gone, or moved with another address: a service, a DNS answer or a client still names the old one.

How we know
    The node that owns the range gets the packet and finds no endpoint. Cilium hands it to the node's stack, which
    routes it to cilium_host, where it is dropped (bpf_host.c, DROP_UNROUTABLE); Linux asks for a neighbour three times
    and then reports host unreachable (net/ipv4/arp.c, RFC 4861 section 7.2.2). Calico blackholes the free addresses of
    a block.

What to check next
    `kubectl get pods -A -o wide | grep ADDRESS`; how old the inventory is; who told the sender this address (DNS,
    endpoints of the service).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.rules.losing import (
    NAMED,
    NODE_IN,
    POD_IN,
    STRONG,
    USUAL,
    Weight,
    error_evidence,
    errors,
    in_pod_range,
    is_partial,
    owner_of,
    stretches,
    who_says,
)

if TYPE_CHECKING:
    from vxlan_dissect.losses.model import Loss


def is_gateway(loss: Loss) -> bool:
    """Whether the address is a gateway of pods that no interface has, as 169.254.1.1 under Calico."""
    ip, inventory = loss.context.dst.ip, loss.context.inventory
    if ip is None or not inventory.interfaces or any(address.ip == ip for address in inventory.addresses):
        return False
    return any(gateway == ip for gateway, _, _ in inventory.gateways(ip.version))


def weigh(loss: Loss) -> Weight | None:
    """Weigh an address that nobody has."""
    if is_gateway(loss):
        why = "it is the pods' gateway, an address that no interface has: what answers for it takes no packets for it"
        return Weight("unknown-endpoint", NAMED + 8, why)
    ip, inventory = loss.context.dst.ip, loss.context.inventory
    if ip is None or is_partial(loss) or ip.is_link_local:
        return None
    owner = owner_of(loss, ip)
    if owner is not None:
        return None
    inside = loss.context.outer is not None or in_pod_range(loss, ip)
    said = [*errors(loss, "icmp", 3, 1), *errors(loss, "icmpv6", 1, 3)]
    of_packet = [error for error in said if error.context.get("quoted.udp.dstport") is None]
    if inside and of_packet:
        why = f"{who_says(of_packet[0])} found no neighbour with {ip}"
        return Weight("unknown-endpoint", NAMED + 5, why, error_evidence(of_packet))
    if not inside or not inventory.pod_names():
        return None
    why = f"no pod or node of the inventory has {ip}"
    weight = NAMED if {NODE_IN, POD_IN} & set(stretches(loss)) else STRONG
    return Weight("unknown-endpoint", weight if len(inventory.nodes) else USUAL, why)
