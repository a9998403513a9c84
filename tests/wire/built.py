"""Frames that scapy builds from its own fields: the kinds that captures rarely hold."""

from __future__ import annotations

import pytest


def every_frame():
    """Name -> bytes of each frame, bare and inside VXLAN; the test is skipped where scapy is not installed."""
    scapy = pytest.importorskip("scapy.all", reason="needs scapy")
    bare = [
        scapy.Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02") / packet
        for packet in (*packets_of_ipv4(), *packets_of_ipv6())
    ]
    tunnel = scapy.Ether(src="02:00:00:00:00:03", dst="02:00:00:00:00:04") / scapy.IP(src="192.0.2.1", dst="192.0.2.2")
    tunnel /= scapy.UDP(sport=50000, dport=4789, chksum=0) / scapy.VXLAN(vni=7, flags=8)
    found = {f"{number} {frame.summary()}": bytes(frame) for number, frame in enumerate(bare)}
    inside = {f"{number} in VXLAN": bytes(tunnel / frame) for number, frame in enumerate(bare) if len(frame) < 60000}
    return found | inside


def packets_of_ipv4():
    """TCP options, SCTP, IGMP and IPv4 options."""
    from scapy import all as scapy

    tcp = [
        [("MSS", 1410), ("SAckOK", b""), ("Timestamp", (0xFFFFFFFE, 7)), ("NOP", None), ("WScale", 14)],
        [("NOP", None), ("NOP", None), ("Timestamp", (5, 6))],
        [("NOP", None), ("NOP", None), ("Timestamp", (5, 6)), ("NOP", None), ("NOP", None), ("SAck", (10, 20))],
        [("SAck", (10, 20, 30, 40)), ("Timestamp", (1, 2))],
        [("WScale", 3), ("MSS", 536), (253, b"\x13\x57abc"), ("UTO", 300), ("EOL", None)],
        [("AltChkSum", (1, 2)), ("MSS", 9000)],
    ]
    over_ip = [scapy.TCP(seq=99, ack=1, flags="PAU", urgptr=3, options=options) / b"abc" for options in tcp]
    over_ip += [
        scapy.SCTP(sport=36412, dport=38412, tag=0xFFFFFFFE) / chunk
        for chunk in (
            scapy.SCTPChunkInit(init_tag=1, n_out_streams=5, n_in_streams=5),
            scapy.SCTPChunkCookieAck() / scapy.SCTPChunkData(data=b"abcd", tsn=7),
            scapy.SCTPChunkHeartbeatReq(),
            scapy.SCTPChunkAbort(),
        )
    ]
    for packet in over_ip:
        yield scapy.IP(src="10.0.0.1", dst="10.0.0.2") / packet
    # Versions of scapy differ in how they build IGMP: type, code, checksum, group, and what version 3 adds.
    for message in (
        "11640000 00000000", "11000000 00000000", "12000000 ef010203", "16000000 ef010203", "17000000 ef010203",
        "11a50000 ef010203 0d7d0002 0a000001 0a000009",
        "22000000 00000002 04000000 ef010203 05000001 ef090909 01020304",
    ):  # fmt: skip
        alert = scapy.IPOption_Router_Alert(alert="router_shall_examine_packet")
        yield scapy.IP(src="10.0.0.1", dst="239.1.2.3", ttl=1, proto=2, options=[alert]) / bytes.fromhex(message)
    for options in (
        [scapy.IPOption_RR(length=7, pointer=8, routers=["10.0.0.9"])],
        [scapy.IPOption_Timestamp(flg=0, timestamp=77)],
        [scapy.IPOption_NOP(), scapy.IPOption_Stream_Id(security=9), scapy.IPOption_EOL()],
        [scapy.IPOption(b"\x9a\x08\x90\x1f\x07\x00\x60\x0a")],
    ):
        yield scapy.IP(src="10.0.0.1", dst="10.0.0.2", options=options) / scapy.UDP(sport=1000, dport=2000) / b"abc"


def packets_of_ipv6():
    """Listener and neighbour discovery, extension headers."""
    from scapy import all as scapy

    a, b, c = "2001:db8::a", "2001:db8::b", "2001:db8::c"
    # scapy builds no nonce option.
    nonce = scapy.ICMPv6NDOptUnknown(type=14, len=1, data=bytes.fromhex("a1b2c3d4e5f6"))
    messages = [
        scapy.ICMPv6MLQuery2(mladdr="ff02::5", mrd=40000, S=1, QRV=3, QQIC=99, sources=[a, b]),
        scapy.ICMPv6MLQuery(mladdr="ff02::5", mrd=5000),
        scapy.ICMPv6MLReport2(
            records=[
                scapy.ICMPv6MLDMultAddrRec(rtype=5, dst="ff02::5", sources=[a]),
                scapy.ICMPv6MLDMultAddrRec(rtype=4, dst="ff02::6"),
            ]
        ),
        scapy.ICMPv6ND_RA(M=1, O=0, prf=1, routerlifetime=9, reachabletime=30000, retranstimer=1000, chlim=64)
        / scapy.ICMPv6NDOptPrefixInfo(prefix="fd00:1::", prefixlen=64, L=1, A=0, validlifetime=9, preferredlifetime=8)
        / scapy.ICMPv6NDOptMTU(mtu=1450)
        / scapy.ICMPv6NDOptRDNSS(dns=["fd00::53", "fd00::54"], lifetime=600)
        / scapy.ICMPv6NDOptDNSSL(searchlist=["cluster.local"], lifetime=1200)
        / scapy.ICMPv6NDOptPREF64(prefix="64:ff9b::", scaledlifetime=225, plc=0),
        *(
            scapy.ICMPv6ND_RA(M=0, O=1, prf=3) / scapy.ICMPv6NDOptRouteInfo(prefix=p, plen=n, prf=3, rtlifetime=77)
            for p, n in (("::", 0), ("fd00:2::", 48), ("fd00:3::7", 128))
        ),
        scapy.ICMPv6ND_RA() / scapy.ICMPv6NDOptAdvInterval(advint=5) / scapy.ICMPv6NDOptHAInfo(),
        scapy.ICMPv6ND_NS(tgt=a) / nonce,
    ]
    segments = scapy.IPv6ExtHdrSegmentRouting(addresses=[a, b, c], segleft=2, lastentry=2, tag=0x1234)
    with_hmac = scapy.IPv6ExtHdrSegmentRouting(
        addresses=[b], segleft=0, lastentry=0, tlv_objects=[scapy.IPv6ExtHdrSegmentRoutingTLVHMAC(hmac=b"x" * 32)]
    )
    unknown = scapy.HBHOptUnknown(otype=0x3E, optdata=b"abcde")
    udp = scapy.UDP(sport=1000, dport=2000) / b"abc"
    extended = [
        scapy.IPv6ExtHdrHopByHop(options=[scapy.RouterAlert(value=0)]) / messages[2],
        scapy.IPv6ExtHdrHopByHop(options=[unknown, scapy.RouterAlert(value=1), scapy.Pad1()]) / udp,
        scapy.IPv6ExtHdrDestOpt(options=[scapy.HBHOptUnknown(otype=4, optdata=b"\4")]) / udp,
        scapy.IPv6ExtHdrRouting(type=0, segleft=1, addresses=[b, c]) / udp,
        scapy.IPv6ExtHdrRouting(type=2, segleft=1, addresses=[b]) / udp,
        segments / udp,
        with_hmac / udp,
        scapy.IPv6ExtHdrHopByHop() / scapy.IPv6ExtHdrRouting(addresses=[b]) / scapy.IPv6ExtHdrDestOpt() / udp,
    ]
    for content in messages + extended:
        yield scapy.IPv6(src="fd00::1", dst="fd00::2", hlim=255) / content
    jumbo = scapy.IPv6ExtHdrHopByHop(options=[scapy.Jumbo(jumboplen=70028)])
    segment = scapy.TCP(sport=1, dport=2) / (b"x" * 70000)
    yield scapy.IPv6(src="fd00::1", dst="fd00::2", plen=0) / jumbo / segment
