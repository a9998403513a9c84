"""Where do a host's bridges and VXLAN devices send a MAC, by `bridge -j fdb`?

Run `bridge -j fdb show`.

Law: as for the text form; a state that is empty is none. Source of the form: iproute2, bridge/fdb.c (print_fdb).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vxlan_dissect.inventory.model import FdbEntry
from vxlan_dissect.inventory.sources.base import ip_or_none, mac_or_none
from vxlan_dissect.inventory.sources.bridge_fdb_text import STATES, device_asked_for, listing
from vxlan_dissect.inventory.sources.documents import number_value, text_value, texts

if TYPE_CHECKING:
    from vxlan_dissect.inventory.model import Fact, Host
    from vxlan_dissect.inventory.sources.documents import Document, Element

# Kept, or passed over on purpose: through which device and next hop, counters, the peer's namespace.
_KNOWN = frozenset(
    "mac ifname dst port vni vlan master flags state viaIf viaIfIndex src_vni nhid used updated linkNetNsId".split()
)


def accepts(command: str) -> bool:
    """`bridge -j fdb`."""
    said = listing(command)
    return said is not None and said[1]


def takes(value: dict[str, Any]) -> bool:
    """An object with `mac`, and `flags` or `state`."""
    return "mac" in value and ("flags" in value or "state" in value)


def read(element: Element, document: Document, host: Host, command: str | None) -> list[Fact]:
    """An FdbEntry fact."""
    value = element.value
    document.unread(element, [key for key in value if key not in _KNOWN])
    text = text_value(value.get("mac")) or ""
    mac = mac_or_none(text)
    device = text_value(value.get("ifname")) or device_asked_for(command)
    if mac is None or device is None:
        document.note(element, f"not an entry of a device: {text[:80]!r}", value=text)
        return []
    dst = text_value(value.get("dst"))
    remote = ip_or_none(dst) if dst else None
    if dst and remote is None:
        document.note(element, f"not an address: {dst[:80]!r}", value=dst)
    state = text_value(value.get("state"))
    return [
        FdbEntry(
            host,
            mac,
            device,
            document.source(element, text),
            remote=remote,
            vni=number_value(value.get("vni")),
            port=number_value(value.get("port")),
            vlan=number_value(value.get("vlan")),
            master=text_value(value.get("master")),
            state=state if state in STATES else None,
            flags=tuple(texts(value.get("flags"))),
        )
    ]
