"""Which offloads does a device have, by `ethtool --json -k`?

Run `ethtool --json -k eth0`.

Law: as for the text form; a feature is an object with `active`. Source of the form: ethtool, netlink/features.c.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vxlan_dissect.inventory.model import Fact, Offload
from vxlan_dissect.inventory.sources.documents import mapping, text_value
from vxlan_dissect.inventory.sources.ethtool_text import listing

if TYPE_CHECKING:
    from vxlan_dissect.inventory.model import Host
    from vxlan_dissect.inventory.sources.documents import Document, Element


def accepts(command: str) -> bool:
    """`ethtool --json -k`."""
    said = listing(command)
    return said is not None and said[1]


def takes(value: dict[str, Any]) -> bool:
    """An object with `ifname` and a feature that every device has."""
    return "ifname" in value and "active" in mapping(value.get("rx-checksumming"))


def read(element: Element, document: Document, host: Host, command: str | None) -> list[Fact]:
    """Offload facts."""
    del command
    device = text_value(element.value.get("ifname"))
    if device is None:
        document.note(element, "features of a device without a name")
        return []
    facts: list[Fact] = []
    for name, said in element.value.items():
        if name == "ifname":
            continue
        active = mapping(said).get("active")
        if isinstance(active, bool):
            fixed = mapping(said).get("fixed") is True
            facts.append(Offload(host, device, name, active, document.source(element, name), fixed))
        else:
            document.unread(element, [name])
    return facts
