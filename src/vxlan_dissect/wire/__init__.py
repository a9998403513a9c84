"""Which headers are known, and which follows which?

Law: the list below is the only place that names them all; each header's file says what it follows, and the tables are
made from that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vxlan_dissect.wire import (
    arp,
    ethernet,
    icmp,
    icmpv6,
    igmp,
    ipv4,
    ipv6,
    ipv6_ext,
    ipv6_options,
    ipv6_routing,
    mld,
    ndp,
    null,
    raw,
    sctp,
    sll,
    sll2,
    tcp,
    udp,
    vlan,
    vxlan,
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
    ipv6_ext.AUTHENTICATION,
    ipv6_ext.AUTHENTICATION_IPV4,
    ipv6_ext.FRAGMENT,
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
    return Dispatch(HEADERS, tables, tests)


DISPATCH = _dispatch()
