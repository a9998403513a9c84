"""Which interfaces and addresses does `ip -j address` or `ip -j link` print?

Run `ip -j address` on the host, and `ip -d -j link` for the kind of each device and the VXLAN details.

Law: as for the text form. The peer's namespace has no name here (ip/ipaddress.c prints only `link_netnsid`), so veth
ends are joined by their indexes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vxlan_dissect.inventory.model import Address, Fact, Interface
from vxlan_dissect.inventory.sources.base import ip_command, ip_or_none, mac_or_none
from vxlan_dissect.inventory.sources.documents import mapping, number_value, text_value

# Kept, or passed over on purpose: queues, timers, statistics, other names, what only the kernel's tuning is about.
_KNOWN = frozenset(
    "ifindex ifname link link_index link_netnsid flags mtu qdisc master operstate linkmode group txqlen link_type "
    "address broadcast permaddr altnames ifalias addr_info linkinfo link_pointtopoint promiscuity allmulti min_mtu "
    "max_mtu inet6_addr_gen_mode num_tx_queues num_rx_queues gso_max_size gso_max_segs tso_max_size tso_max_segs "
    "gro_max_size gso_ipv4_max_size gro_ipv4_max_size stats stats64 af_spec vfinfo_list num_vf xdp proto_down "
    "parentbus parentdev phys_port_id phys_port_name phys_switch_id event carrier_changes stats32 "
    # Of `bridge -j link`.
    "state priority cost hairpin guard root_block fastleave learning flood mcast_flood bcast_flood neigh_suppress "
    "vlan_tunnel isolated locked".split()
)

if TYPE_CHECKING:
    from vxlan_dissect.inventory.model import Host
    from vxlan_dissect.inventory.sources.documents import Document, Element


def accepts(command: str) -> bool:
    """`ip -j address` and `ip -j link`."""
    said = ip_command(command)
    return said is not None and said.subject in {"address", "link"} and said.json


def takes(value: dict[str, Any]) -> bool:
    """An object with `ifname` and `flags` or, of `ip -br -j`, `operstate`; `bridge -j fdb` has `mac` too."""
    return "ifname" in value and ("flags" in value or "operstate" in value) and "mac" not in value


def read(element: Element, document: Document, host: Host, command: str | None) -> list[Fact]:
    """Interface and Address facts."""
    del command
    value = element.value
    name = text_value(value.get("ifname"))
    if name is None:
        document.note(element, "an interface without a name")
        return []
    document.unread(element, [key for key in value if key not in _KNOWN])
    address = text_value(value.get("address"))
    mac = mac_or_none(address) if address else None
    flags = value.get("flags")
    details = mapping(value.get("linkinfo"))
    data = mapping(details.get("info_data"))
    kind = text_value(details.get("info_kind"))
    external = data.get("external") is True
    facts: list[Fact] = [
        Interface(
            host,
            name,
            number_value(value.get("ifindex")),
            mac,
            document.source(element, name if mac is None else address),
            peer_index=number_value(value.get("link_index")),
            peer_name=text_value(value.get("link")),
            flags=tuple(flag for flag in flags if isinstance(flag, str)) if isinstance(flags, list) else (),
            mtu=number_value(value.get("mtu")),
            state=text_value(value.get("operstate")) or text_value(value.get("state")),
            kind=kind,
            master=text_value(value.get("master")),
            vni=None if external or kind not in {"vxlan", "geneve"} else number_value(data.get("id")),
            port=number_value(data.get("port")) if kind in {"vxlan", "geneve"} else None,
            external=external,
            index_source=document.source(element, name),
        )
    ]
    infos = value.get("addr_info")
    for info in infos if isinstance(infos, list) else ():
        text = text_value(mapping(info).get("local"))
        if text is None:
            continue
        ip = ip_or_none(text)
        source = document.source(element, text)
        length = number_value(info.get("prefixlen"))
        if ip is None or (length or 0) > ip.bits:
            document.note(element, f"not an address: {text[:80]!r}", value=text)
        else:
            bits = ip.bits if length is None else length
            facts.append(Address(host, name, ip, bits, source, text_value(info.get("scope"))))
    return facts
