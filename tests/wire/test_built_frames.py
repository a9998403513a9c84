"""Do the frames that a third party builds show what captures rarely hold?"""

from __future__ import annotations

from tests.wire.built import every_frame
from tests.wire.frames import decode_all

# What some frame below must show, so that none of them is compared in vain.
SHOWN = {
    "tcp.options.mss_val", "tcp.options.wscale.shift", "tcp.options.sack_perm", "tcp.options.timestamp.tsval",
    "tcp.options.timestamp.tsecr", "tcp.options.sack.count", "tcp.options.sack_le", "tcp.options.sack_re",
    "tcp.options.unknown", "tcp.urgent_pointer", "sctp.srcport", "sctp.verification_tag", "sctp.chunk_type",
    "igmp.type", "igmp.max_resp", "igmp.maddr", "igmp.s", "igmp.qrv", "igmp.qqic", "igmp.num_src", "igmp.num_grp_recs",
    "igmp.record_type", "icmpv6.mld.flag.s", "icmpv6.mld.flag.qrv", "icmpv6.mld.qqi", "icmpv6.mld.nb_sources",
    "icmpv6.mldr.mar.record_type", "icmpv6.mldr.mar.nb_sources", "icmpv6.nd.ra.flag.m", "icmpv6.nd.ra.flag.o",
    "icmpv6.nd.ra.flag.prf", "icmpv6.nd.ra.reachable_time", "icmpv6.nd.ra.retrans_timer", "icmpv6.opt.prefix",
    "icmpv6.opt.prefix.length", "icmpv6.opt.prefix.flag.l", "icmpv6.opt.prefix.flag.a",
    "icmpv6.opt.prefix.valid_lifetime", "icmpv6.opt.prefix.preferred_lifetime", "icmpv6.opt.nonce",
    "icmpv6.opt.route_info.flag.route_preference", "icmpv6.opt.route_lifetime", "icmpv6.opt.rdnss",
    "icmpv6.opt.rdnss.lifetime", "icmpv6.opt.dnssl.lifetime", "icmpv6.opt.pref64.prefix", "icmpv6.opt.pref64.plc",
    "icmpv6.opt.pref64.scaled_lifetime", "icmpv6.opt.unknown", "ipv6.opt.router_alert", "ipv6.opt.tel",
    "ipv6.opt.jumbo", "ipv6.opt.unknown", "ipv6.routing.type", "ipv6.routing.segleft", "ipv6.routing.src.addr",
    "ipv6.routing.mipv6.home_address", "ipv6.routing.srh.last_entry", "ipv6.routing.srh.flags",
    "ipv6.routing.srh.tag", "ipv6.routing.srh.addr", "ip.opt.ra", "ip.options.record_route", "ip.options.timestamp",
    "ip.opt.unknown",
}  # fmt: skip


def test_every_kind_is_built_and_read():
    """The frames that are compared with tshark show every one of these columns, none is damaged, none reads zeros."""
    packets = decode_all(list(every_frame().values()))
    assert not packets.column("damage.layer").valid.any()
    absent = {name: column.values[~column.valid].tobytes().strip(b"\0") for name, column in packets.columns.items()}
    assert [name for name, content in absent.items() if content] == []
    assert {name for name in SHOWN if not packets.column(name).valid.any()} == set()
