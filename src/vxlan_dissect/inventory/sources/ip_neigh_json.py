"""Which MAC does `ip -j neighbour` give for an address?

Run `ip -j neighbour`, and `ip -j neighbour show proxy` for the addresses that the host answers for.

Law: as for the text form. A flag is a key whose value is null (`"router": null`); iproute2, ip/ipneigh.c.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vxlan_dissect.inventory.model import Neighbour
from vxlan_dissect.inventory.sources.base import ip_command, ip_or_none, mac_or_none, value_after
from vxlan_dissect.inventory.sources.documents import text_value

_KNOWN = frozenset(
    "dst dev lladdr state router proxy extern_learn offload managed ext_managed extern_valid sticky protocol refcnt "
    "used confirmed updated probes nhid".split()
)

if TYPE_CHECKING:
    from vxlan_dissect.inventory.model import Fact, Host
    from vxlan_dissect.inventory.sources.documents import Document, Element


def accepts(command: str) -> bool:
    """`ip -j neighbour`."""
    said = ip_command(command)
    return said is not None and said.subject == "neighbour" and said.json


def takes(value: dict[str, Any]) -> bool:
    """An object with `dst` and `lladdr`, `state` or `proxy`; with `mac` it is of a forwarding database."""
    return "dst" in value and any(key in value for key in ("lladdr", "state", "proxy")) and "mac" not in value


def read(element: Element, document: Document, host: Host, command: str | None) -> list[Fact]:
    """A Neighbour fact."""
    said = ip_command(command)
    value = element.value
    document.unread(element, [key for key in value if key not in _KNOWN])
    text = text_value(value.get("dst")) or ""
    lladdr = text_value(value.get("lladdr"))
    ip = ip_or_none(text)
    if ip is None:
        document.note(element, f"not an address: {text[:80]!r}", value=text)
        return []
    mac = mac_or_none(lladdr) if lladdr else None
    if lladdr and mac is None:
        document.note(element, f"lladdr is no MAC: {lladdr[:80]!r}", value=lladdr)
    states = value.get("state")
    state = text_value(states[0]) if isinstance(states, list) and states else None
    if state is None and "proxy" in value:
        state = "PROXY"
    device = text_value(value.get("dev")) or (value_after(said.rest, "dev") if said else None)
    source = document.source(element, text)
    return [Neighbour(host, ip, mac, source, device=device, state=state, router="router" in value)]
