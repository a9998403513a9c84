"""Whose is an address?

Law: an answer is a role, a confidence and the fact it stands on, or in words what it was inferred from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from vxlan_dissect.inventory.model import Fact
    from vxlan_dissect.inventory.model.base import Host


class Owner(NamedTuple):
    """Whose an address is.

    `what` is one of ROLES; `fact` the line that says so, `inferred` how it is known if none says it outright.
    `interface` is None where the address lives on no known interface: a service's, that of a pod that only kubectl
    names.
    `serves` is the pod whose veth this is the host end of, for `what` "lxc"; for "router" a pod that uses the gateway.
    `names` are what DNS answers of a capture called it, for `what` "named".
    """

    host: Host | None
    interface: str | None
    what: str
    fact: Fact | None
    namespace: str | None = None
    service: str | None = None
    confidence: str = "certain"
    inferred: str | None = None
    serves: str | None = None
    names: tuple[str, ...] = ()

    @property
    def pod(self) -> str | None:
        """The pod's bare name, None where it is none."""
        return self.host.pod if self.host else None

    @property
    def node(self) -> str | None:
        """The node it lives on, None where unknown."""
        return self.host.node if self.host else None


# What an address can be. `lxc` is the host end of a pod's veth, of whatever CNI; `router` the gateway address of a
# node's pods (Cilium: the address of cilium_host, CiliumInternalIP); `group` a multicast group; `named` something of
# which no more than a name is known, from a DNS answer of a capture or a list of names.
ROLES = ("pod", "lxc", "node", "router", "tunnel", "host", "service", "loopback", "group", "named")
