"""Which BPF programs run on a device, by `tc -j filter`?

Run `tc -j filter show dev eth0 ingress` and the same for egress.

Law: as for the text form; an object without `options` is the head of its chain and says nothing. Sources of the form:
iproute2, tc/tc_filter.c and tc/f_bpf.c.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vxlan_dissect.inventory.model import Filter
from vxlan_dissect.inventory.sources.documents import mapping, text_value
from vxlan_dissect.inventory.sources.tc_filter_text import DIRECTIONS, listing

if TYPE_CHECKING:
    from vxlan_dissect.inventory.model import Fact, Host
    from vxlan_dissect.inventory.sources.documents import Document, Element

_KNOWN = frozenset("dev parent root ingress egress protocol pref kind chain options".split())


def accepts(command: str) -> bool:
    """`tc -j filter`."""
    said = listing(command)
    return said is not None and said.json


def takes(value: dict[str, Any]) -> bool:
    """An object with `protocol`, `pref` and `kind`."""
    return all(key in value for key in ("protocol", "pref", "kind"))


def read(element: Element, document: Document, host: Host, command: str | None) -> list[Fact]:
    """A Filter fact, none for a head."""
    said = listing(command)
    value = element.value
    options = mapping(value.get("options"))
    kind = text_value(value.get("kind"))
    document.unread(element, [key for key in value if key not in _KNOWN])
    if kind != "bpf":
        document.unread(element, [f"filters of kind {kind!r}"])
        return []
    program = text_value(options.get("bpf_name")) or text_value(mapping(options.get("prog")).get("name"))
    if program is None:
        return []
    device = text_value(value.get("dev")) or (said.device if said else None)
    direction = next((word for word in DIRECTIONS if word in value), said.direction if said else None)
    return [Filter(host, device, direction, program.removesuffix(":[*fsobj]"), document.source(element, program))]
