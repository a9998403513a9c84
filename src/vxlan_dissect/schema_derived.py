"""Which columns are made from the bytes of the frames only when they are asked for?

Law: as in `schema`; `derived` makes them, at the levels that packet columns have.
"""

from __future__ import annotations

from vxlan_dissect.schema_field import Field
from vxlan_dissect.schema_values import CHECKSUM_STATES

DERIVED_FIELDS = (
    Field("ip.checksum.status", "u1", "", "ip.checksum.status", "Of the IPv4 header.", True, CHECKSUM_STATES),
    Field("udp.checksum.status", "u1", "", "udp.checksum.status", "Of the UDP datagram.", True, CHECKSUM_STATES),
    Field("tcp.checksum.status", "u1", "", "tcp.checksum.status", "Of the TCP segment.", True, CHECKSUM_STATES),
    Field("icmp.checksum.status", "u1", "", "icmp.checksum.status", "Of the message.", True, CHECKSUM_STATES),
    Field("icmpv6.checksum.status", "u1", "", "icmpv6.checksum.status", "Of the message.", True, CHECKSUM_STATES),
    Field("igmp.checksum.status", "u1", "", "igmp.checksum.status", "Of the message.", True, CHECKSUM_STATES),
)
