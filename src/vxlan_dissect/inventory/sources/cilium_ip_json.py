"""Which identity, pod and node does an agent's own cache give an address?

Run `kubectl -n kube-system exec ds/cilium -- cilium-dbg ip list -n -o json`. Unlike the map it names pods.

Law: `hostIP` is the tunnel endpoint of the address. Source: cilium, api/v1/models/ip_list_entry.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vxlan_dissect.inventory.model import CacheEntry
from vxlan_dissect.inventory.sources.base import ip_or_none, prefix_or_none
from vxlan_dissect.inventory.sources.cilium_values import is_agent_command, without_cluster
from vxlan_dissect.inventory.sources.documents import mapping, number_value, text_value

if TYPE_CHECKING:
    from vxlan_dissect.inventory.model import Fact, Host
    from vxlan_dissect.inventory.sources.documents import Document, Element


def accepts(command: str) -> bool:
    """`ip list -o json`."""
    return is_agent_command(command, "ip list", json=True)


def takes(value: dict[str, Any]) -> bool:
    """An object with `cidr` and `identity`."""
    return "cidr" in value and "identity" in value


def read(element: Element, document: Document, host: Host, command: str | None) -> list[Fact]:
    """A CacheEntry fact."""
    del command
    value = element.value
    text = text_value(value.get("cidr")) or ""
    prefix = prefix_or_none(without_cluster(text))
    if prefix is None:
        document.note(element, f"not an address range: {text[:80]!r}", value=text)
        return []
    node = ip_or_none(text_value(value.get("hostIP")) or "")
    metadata = mapping(value.get("metadata"))
    entry = CacheEntry(
        host,
        prefix,
        document.source(element, text),
        identity=number_value(value.get("identity")),
        tunnel_endpoint=None if node is None or node.is_unspecified else node,
        pod=text_value(metadata.get("name")) or None,
        namespace=text_value(metadata.get("namespace")) or None,
        encrypt_key=number_value(value.get("encryptKey")) or None,
    )
    return [entry]
