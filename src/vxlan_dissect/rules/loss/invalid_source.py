"""The sender uses an address that is not its own.

Shows
    A pod whose packets bear a source address that the inventory gives to nobody, or to somebody else.

Why it matters
    Networks for pods drop such packets at the pod's veth: nobody else sees them, and no error comes back.

How we know
    Cilium compares the source with the endpoint's (`is_valid_lxc_src_ip`, bpf/bpf_lxc.c, drop reason 132); Calico sets
    rp_filter and a chain against spoofing on every cali device (felix/rules/endpoints.go).

What to check next
    The addresses inside the pod (`ip a`): a second interface, a VPN, a virtual machine, or an address of before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.context import said_by
from vxlan_dissect.inventory.model import Address
from vxlan_dissect.rules.losing import NAMED, Weight, hop_at, is_partial

if TYPE_CHECKING:
    from vxlan_dissect.losses.model import Loss


def weigh(loss: Loss) -> Weight | None:
    """Weigh sources that are not the pod's."""
    return None if is_partial(loss) else foreign_source(loss)


def foreign_source(loss: Loss) -> Weight | None:
    """What speaks for a source that does not belong to the pod that sends; None where nothing does."""
    here, src = hop_at(loss), loss.context.src
    if here is None or here.role not in ("pod", "lxc", "bridge") or src.ip is None or src.mac_owner is None:
        return None
    pod = src.mac_owner.pod
    if pod is None or src.mac_owner.confidence != "certain":
        return None
    inventory = loss.context.inventory
    own = {address.ip for address in inventory.of(Address) if address.host.pod == pod}
    if not own or src.ip in own or src.ip.is_link_local or all(ip.version != src.ip.version for ip in own):
        return None
    why = f"{pod} sends with {src.ip}, which is none of its addresses"
    return Weight("invalid-source", NAMED, why, tuple(said_by(src.mac_owner)))
