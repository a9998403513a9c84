"""Which headers are known, and which follows which?

Law: the list below is the only place that names them all; each header's file says what it follows, and the tables are
made from that. A table is named after the field whose values it has. Two are of tunnels: `tunnel.ethertype`, for those
that say by EtherType what they carry, and `tunnel.protocol`, numbered as GPE and NSH do (1 IPv4, 2 IPv6, 3 Ethernet,
4 NSH, 5 MPLS).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vxlan_dissect.wire import (
    ah,
    arp,
    erspan,
    esp,
    ethernet,
    geneve,
    gre,
    icmp,
    icmpv6,
    igmp,
    ipv4,
    ipv6,
    ipv6_ext,
    ipv6_options,
    ipv6_routing,
    isakmp,
    mld,
    mpls,
    ndp,
    nsh,
    null,
    raw,
    sctp,
    sll,
    sll2,
    tcp,
    udp,
    vlan,
    vxlan,
    wireguard,
)
from vxlan_dissect.wire.walk import INSIDE, Dispatch

if TYPE_CHECKING:
    from vxlan_dissect.wire.walk import Test

HEADERS = (
    ethernet.HEADER,
    vlan.HEADER,
    sll.HEADER,
    sll2.HEADER,
    null.HEADER,
    raw.HEADER,
    arp.HEADER,
    arp.ADDRESSES,
    ipv4.HEADER,
    ipv6.HEADER,
    ipv6_options.HOP_BY_HOP,
    ipv6_routing.HEADER,
    ipv6_options.DESTINATION,
    ipv6_ext.FRAGMENT,
    ah.HEADER,
    ah.IN_IPV6,
    esp.HEADER,
    udp.HEADER,
    tcp.HEADER,
    sctp.HEADER,
    sctp.CHUNK,
    icmp.HEADER,
    igmp.HEADER,
    igmp.SOURCES,
    igmp.RECORD,
    icmpv6.HEADER,
    icmpv6.ECHO,
    icmpv6.EXTENDED_ECHO,
    icmpv6.UNREACHABLE,
    icmpv6.TOO_BIG,
    icmpv6.PARAMETER,
    ndp.ROUTER_SOLICITATION,
    ndp.ROUTER_ADVERTISEMENT,
    ndp.SOLICITATION,
    ndp.ADVERTISEMENT,
    ndp.REDIRECT,
    ndp.OPTION,
    mld.QUERY,
    mld.SOURCES,
    mld.GROUP,
    mld.REPORT,
    mld.RECORD,
    vxlan.HEADER,
    geneve.HEADER,
    geneve.OPTION,
    gre.HEADER,
    erspan.TYPE_I,
    erspan.TYPE_II,
    erspan.TYPE_III,
    mpls.HEADER,
    mpls.MORE,
    mpls.IN_TUNNEL,
    mpls.MORE_IN_TUNNEL,
    mpls.CONTROL,
    nsh.HEADER,
    wireguard.HEADER,
    esp.OVER_UDP,
    isakmp.HEADER,
)


def _dispatch() -> Dispatch:
    entries: dict[str, dict[int, int]] = {}
    tests: dict[str, list[tuple[int, Test]]] = {}
    for code, header in enumerate(HEADERS, start=1):
        for inside, follows in ((0, header.follows), (INSIDE, header.inside)):
            for table, values in follows.items():
                for value in values:
                    if entries.setdefault(table, {}).setdefault(value, code | inside) != code | inside:
                        raise ValueError(f"{table} {value} leads to two headers, {header.name} is the second")
        for table, test in header.recognises.items():
            tests.setdefault(table, []).append((code, test))
    tables = {}
    for table, codes in entries.items():
        # One entry more than the largest value, which stays 0 and stands for everything beyond.
        tables[table] = np.zeros(max(codes) + 2, dtype=np.uint8)
        for value, code in codes.items():
            tables[table][value] = code
    held = {table: sorted({0, *codes.values()}) for table, codes in entries.items()}
    return Dispatch(HEADERS, tables, held, tests)


DISPATCH = _dispatch()
