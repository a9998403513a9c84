"""Which BPF programs run on a host's devices, by `bpftool -j net`?

Run `bpftool -j net show` on the node, or in the Cilium agent's pod.

Law: as for the text form. Source of the form: Linux, tools/bpf/bpftool/net.c.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vxlan_dissect.inventory.model import Fact, Filter
from vxlan_dissect.inventory.sources.bpftool_net_text import listing
from vxlan_dissect.inventory.sources.documents import number_value, objects, text_value

if TYPE_CHECKING:
    from vxlan_dissect.inventory.model import Host
    from vxlan_dissect.inventory.sources.documents import Document, Element

_KNOWN = frozenset("xdp tc flow_dissector netfilter".split())


def accepts(command: str) -> bool:
    """`bpftool -j net`."""
    return listing(command) is True


def takes(value: dict[str, Any]) -> bool:
    """An object with the lists `xdp` and `tc`."""
    return isinstance(value.get("xdp"), list) and isinstance(value.get("tc"), list)


def read(element: Element, document: Document, host: Host, command: str | None) -> list[Fact]:
    """Filter facts."""
    del command
    document.unread(element, [key for key in element.value if key not in _KNOWN])
    facts: list[Fact] = []
    for key in ("tc", "xdp"):
        for said in objects(element.value.get(key)):
            device = text_value(said.get("devname"))
            number = next((number_value(said[name]) for name in ("prog_id", "id") if name in said), None)
            name = text_value(said.get("name"))
            if key == "xdp":
                name = f"XDP program {number}"
            program = name or f"program {number}"
            direction = (text_value(said.get("kind")) or "").partition("/")[2] or None
            facts.append(Filter(host, device, direction, program, document.source(element, name)))
    return facts
