"""What does the text say that tcpdump prints of one packet?

Law: a text is read from left to right, each pattern where the one before it ended, so that reading is linear and text
out of a payload is never taken for a header. It is read as far as it is understood. The shapes are those of tcpdump
4.9 to 4.99: print-ether.c, print-sll.c, print-ip.c, print-ip6.c, print-tcp.c, print-udp.c, print-otv.c, print-vxlan.c.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from vxlan_dissect.addresses import BROADCAST_MAC, parse_ip, parse_mac
from vxlan_dissect.capture.tcpdump_messages import arp, icmp, icmpv6
from vxlan_dissect.capture.told import Scanner, Told

if TYPE_CHECKING:
    from vxlan_dissect.addresses import IP

_MAC = r"(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}"
_STATION = rf"({_MAC}|Broadcast)(?: \(oui [^)]{{1,60}}\))?"  # the oui without -n
_TYPE = r"(?:ethertype )?([^,(]{1,40}?)(?: \(0x([0-9a-f]{4})\))?"  # the bare name with -q
_ETHERNET = re.compile(rf"{_STATION} > {_STATION}, {_TYPE}, length (\d{{1,9}}):?\s*")
_VLAN = re.compile(
    rf"vlan (\d{{1,4}}), p (\d)(?:, DEI)?, (?:(?=ethertype |IPv|ARP|802\.){_TYPE}, )?"
    r"|ethertype ([^,(]{1,40}), (?!length )"
)
_COOKED = re.compile(r"(?:(\S{1,15}) +)?(In|Out|B|M|P|\?) +")
_COOKED_LINK = re.compile(
    rf"(?:ifindex (\d{{1,10}}) )?(?:{_STATION} )?(?:(?=ethertype |802\.){_TYPE}, length (\d{{1,9}}):?\s*)?"
)
_NULL = re.compile(r"AF IPv[46] \(\d{1,5}\), length (\d{1,9}):?\s*")
_KEYWORD = re.compile(r"(?:IP|(ip))(6?):? ")  # `ip: ` with -e, where there is no link header
_TRUNCATED = re.compile(r"truncated-ip6? - \d{1,9} bytes missing!\s?")
_IPV4 = re.compile(
    r"\(tos 0x([0-9a-f]{1,2})(?:,[A-Z]{2,3}(?:\(\d\))?)?(?:, ttl (\d{1,3}))?, id (\d{1,5}), offset (\d{1,5}), "
    r"flags \[([^\]]{0,20})\], proto [^(]{0,30}\((\d{1,3})\), length (\d{1,9})(?: \[was (\d))?"
)
_IPV6 = re.compile(
    r"\((?:class 0x([0-9a-f]{2}), )?(?:flowlabel 0x([0-9a-f]{5}), )?hlim (\d{1,3}), "
    r"next-header [^(]{0,30}\((\d{1,3})\),? payload length:? (\d{1,9})\)\s*"
)
_DESTINATION = re.compile(r" > (\S{1,300}?):(?:\s+|$)")
_EXTENSION = re.compile(r"(HBH|DSTOPT|RT6|srcrt)\s+(?:\([^)]{0,200}\)\s*)*")
_FRAGMENT = re.compile(r"frag \((?:0x([0-9a-f]{8}):)?(\d{1,5})\|\d{1,5}\)\s*")
_PORTS = re.compile(r"(\d{1,5}|[a-z][\w-]{0,40}) > (\d{1,5}|[a-z][\w-]{0,40}): ?")
_NOTE = re.compile(r"\[(?!\|)([^\]]{1,200})\]\s*(?:\(invalid\)\s*)?")
_CHECKSUM = re.compile(r"bad (?:udp|icmp6) cksum 0x([0-9a-f]{4})")
_TCP = re.compile(
    r"Flags \[([^\]]{1,12})\](?:, cksum 0x([0-9a-f]{4}) \([^)]{1,40}\))?(?:, seq (\d{1,10})(?::\d{1,10})?)?"
    r"(?:, ack (\d{1,10}))?(?:, win (\d{1,5}))?(?:, urg \d{1,5})?(?:, options \[([^\]]{0,300})\])?"
    r"(?:, length (\d{1,9}))?"
)
_SACK_PERMITTED = re.compile(r"\bsackOK\b")
_TCP_OPTIONS = (
    (re.compile(r"\bmss (\d{1,5})"), ("tcp.options.mss_val",)),
    (re.compile(r"\bwscale (\d{1,3})"), ("tcp.options.wscale.shift",)),
    (re.compile(r"\bTS val (\d{1,10}) ecr (\d{1,10})"),
     ("tcp.options.timestamp.tsval", "tcp.options.timestamp.tsecr")),
)  # fmt: skip
_SCTP = re.compile(r"sctp\b")
_QUIET_TCP = re.compile(r"tcp (\d{1,9})")
_OLD_TCP = re.compile(r"[SFRPWE.]{1,6} (?:\d{1,10}:\d{1,10}\(\d{1,9}\)|ack \d)")
_UDP = re.compile(r"UDP, (?:bad )?length (\d{1,6})")
_TUNNEL = re.compile(
    r"(?:OTV, flags \[[^\]]{0,20}\] \(0x([0-9a-f]{2})\), overlay (\d{1,8}), instance"
    r"|VXLAN, flags \[[^\]]{0,20}\] \(0x([0-9a-f]{2})\), vni) (\d{1,8})\s*"
)
_PACKET = re.compile(r"IP6? |\((?:tos|class|flowlabel|hlim) |\S{2,60} > \S{2,60}: ?")
_NEITHER = re.compile(r"DCCP|dccp|\[\|(?:tcp|sctp|dccp)\]|$")  # after two ports: no UDP, or nothing that says so
_PROTOCOL = re.compile(r"(?:(icmp|tcp|udp)|ip-proto-(\d{1,3}))\b")
_FLAGS = {"F": 1, "S": 2, "R": 4, "P": 8, ".": 16, "U": 32, "E": 64, "W": 128, "e": 256}
_ETHERTYPES = {"IPv4": 0x0800, "ARP": 0x0806, "IPv6": 0x86DD, "802.1Q": 0x8100, "802.1Q-QinQ": 0x88A8}
_DIRECTIONS = {"In": 0, "B": 1, "M": 2, "P": 3, "Out": 4}
_EXTENSIONS = {"HBH": ("ipv6.hopopts", 0), "DSTOPT": ("ipv6.dstopts", 60), "RT6": ("ipv6.routing", 43)}
_PROTOCOLS = {"icmp": 1, "tcp": 6, "udp": 17}
_VNI_VALID, _GROUP_POLICY = 0x08, 0x80  # flags of VXLAN, first byte
_IN_TUNNEL, _QUOTED, _NOTHING = "in tunnel", "quoted", ""
_MAX_PACKETS = 8  # one inside the other


class _Ends(NamedTuple):
    """The network header: its version and the ports, as written, that stood after the addresses."""

    version: int
    source: str | None = None
    destination: str | None = None


def read_packet(text: str, *, absolute: bool = False) -> tuple[Told, str | None]:
    """What tcpdump said of one packet, and the interface named in the line (None where it names none).

    `text` is what follows the time; lines that belong to it are joined by newlines. `absolute`: tcpdump ran with -S,
    so sequence numbers are as sent; without it they are so only where SYN is set (print-tcp.c counts from there).
    """
    told, scanner = Told(), Scanner(text)
    name = _cooked(scanner, told)
    for _ in range(_MAX_PACKETS):
        _link(scanner, told)
        following = _NOTHING if arp(scanner, told) else _packet(scanner, told, absolute=absolute)
        if following == _NOTHING or told.quoting:  # a tunnel in a quoted packet is not followed
            break
        if following == _QUOTED:
            told.quoting = True
        else:
            told.enter()
    return told, name


def _mac(text: str | None) -> int | None:
    """A MAC as tcpdump writes it, None where there is none."""
    if text is None:
        return None
    return BROADCAST_MAC if text == "Broadcast" else parse_mac(text)


def _cooked(scanner: Scanner, told: Told) -> str | None:
    """Interface, direction and sender of a capture on `any`."""
    found = scanner.take(_COOKED)
    if found is None:
        return None
    told.show("sll")
    told.say("sll.pkttype", _DIRECTIONS.get(found[2]))
    link = scanner.take(_COOKED_LINK)
    if link is not None:
        told.say("sll.ifindex", link[1])
        told.say("sll.src.mac", _mac(link[2]))
        told.say("sll.etype", _ethertype(link[3], link[4]))
        told.say("frame.len", link[5])
    return str(found[1]) if found[1] and found[1] != "?" else None


def _link(scanner: Scanner, told: Told) -> None:
    """The link header that -e shows, with its VLAN tags."""
    null = scanner.take(_NULL)
    if null is not None:
        told.show("null")
        told.say("frame.len", null[1])
    found = scanner.take(_ETHERNET)
    if found is not None:
        told.show("eth")
        told.say("eth.src", _mac(found[1]))
        told.say("eth.dst", _mac(found[2]))
        told.say("eth.type", _ethertype(found[3], found[4]))
        if len(told.levels) == 1 and found[3] != "802.3":  # of that, tcpdump prints the length of the payload
            told.say("frame.len", found[5])
    tags = 0
    while (tag := scanner.take(_VLAN)) is not None:
        tags += 1
        told.show("vlan")
        told.say("vlan.id", tag[1])
        told.say("vlan.priority", tag[2])
        told.say("vlan.tags", tags)
        told.say("eth.type", _ethertype(tag[3] or tag[5], tag[4]))  # of a tag on `any` only the type, without -e


def _ethertype(name: str | None, number: str | None) -> int | None:
    return int(number, 16) if number else _ETHERTYPES.get(name or "")


def _packet(scanner: Scanner, told: Told, *, absolute: bool) -> str:
    """The network packet; says what comes next."""
    ends = _network(scanner, told)
    if ends is None:
        return _NOTHING
    if ends.version == 6:
        if _extensions(scanner, told) and (ports := scanner.take(_PORTS)):
            ends = _Ends(6, ports[1], ports[2])
        notes = _notes(scanner)
        if icmpv6(scanner, told):
            told.say("icmpv6.checksum", _bad_checksum(notes))
            _protocol(told, 6, 58)
            return _NOTHING
    else:
        notes = _notes(scanner)
        if icmp(scanner, told):
            _protocol(told, 4, 1)
            return _QUOTED
    if scanner.sees(_PACKET):
        _protocol(told, ends.version, 41 if scanner.text.startswith("IP6", scanner.at) else None)
        return _IN_TUNNEL
    if ends.source is None and ends.destination is None:
        named = scanner.take(_PROTOCOL)
        if named is not None:
            _protocol(told, ends.version, int(named[2]) if named[2] else _PROTOCOLS[named[1]])
        return _NOTHING
    if _tcp(scanner, told, absolute=absolute):
        _transport(told, "tcp", 6, ends)
    elif scanner.sees(_SCTP):
        _transport(told, "sctp", 132, ends)
    elif not scanner.sees(_NEITHER):
        _transport(told, "udp", 17, ends)
        told.say("udp.checksum", 0 if "no cksum" in notes else _bad_checksum(notes))
        return _udp(scanner, told)
    return _NOTHING


def _network(scanner: Scanner, told: Told) -> _Ends | None:
    """The addresses, and what -v shows of the IP header; None where there is none."""
    keyword = scanner.take(_KEYWORD)
    if keyword is not None and keyword[1]:
        told.show("raw")
    scanner.take(_TRUNCATED)
    four = scanner.take(_IPV4)
    six = scanner.take(_IPV6) if four is None else None
    source, destination = _addresses(scanner, beyond_options=four is not None)
    detailed = four is not None or six is not None
    if destination is None and not detailed:
        return None
    (src, sport), (dst, dport) = _endpoint(source), _endpoint(destination)
    known = src or dst
    if known is not None:
        version = known.version
    elif keyword is not None or detailed:
        version = 6 if six is not None or (keyword is not None and keyword[2]) else 4
    else:
        version = 6 if told.get("eth.type") == 0x86DD else 4
    told.show("ip" if version == 4 else "ipv6")
    told.say("ip.src" if version == 4 else "ipv6.src", src)
    told.say("ip.dst" if version == 4 else "ipv6.dst", dst)
    if four is not None:
        _ipv4(four, told)
    elif six is not None:
        _ipv6(six, told)
    return _Ends(version, sport, dport)


def _ipv4(found: re.Match[str], told: Told) -> None:
    told.say("ip.dsfield", int(found[1], 16))
    for index, name in ((2, "ip.ttl"), (3, "ip.id"), (4, "ip.frag_offset"), (6, "ip.proto")):
        told.say(name, found[index])
    told.say("ip.len", found[8] or found[7])  # `length 7240 [was 0, presumed TSO]`
    told.say("ip.flags.df", "DF" in found[5])
    told.say("ip.flags.mf", "+" in found[5])


def _ipv6(found: re.Match[str], told: Told) -> None:
    told.say("ipv6.tclass", int(found[1] or "0", 16))  # print-ip6.c leaves out what is zero
    told.say("ipv6.flow", int(found[2] or "0", 16))
    for index, name in ((3, "ipv6.hlim"), (4, "ipv6.nxt"), (5, "ipv6.plen")):
        told.say(name, found[index])


def _addresses(scanner: Scanner, *, beyond_options: bool) -> tuple[str | None, str | None]:
    """The two ends as written. After the IPv4 header of -v, the rest of its parenthesis is passed."""
    text, at = scanner.text, scanner.at
    middle = text.find(" > ", at, at + 600)
    if middle < 0:
        return None, None
    before = text[at:middle]
    words = before.split()
    found = _DESTINATION.match(text, middle)
    if found is None or not words or (len(words) > 1 and not beyond_options):
        return None, None
    scanner.at = found.end()
    return words[-1], found[1]


def _endpoint(text: str | None) -> tuple[IP | None, str | None]:
    """Address and port of `10.0.0.1.8472`, `fe80::1` or `host.domain`; the name of a host is no address."""
    if text is None:
        return None, None
    try:
        return parse_ip(text), None
    except ValueError:
        host, _, port = text.rpartition(".")
    try:
        return parse_ip(host), port
    except ValueError:
        return None, port if host and port.isdecimal() else None


def _extensions(scanner: Scanner, told: Told) -> bool:
    """IPv6 extension headers, and whether there are any: the ports then stand after them."""
    start = scanner.at
    while True:
        fragment = scanner.take(_FRAGMENT)
        if fragment is not None:
            told.show("ipv6.fraghdr")
            told.say("ipv6.fraghdr.ident", int(fragment[1], 16) if fragment[1] else None)
            told.say("ipv6.fraghdr.offset", fragment[2])
            _protocol(told, 6, 44)
            continue
        found = scanner.take(_EXTENSION)
        if found is None:
            return scanner.at > start
        layer, number = _EXTENSIONS.get(found[1], _EXTENSIONS["RT6"])
        told.show(layer)
        _protocol(told, 6, number)


def _notes(scanner: Scanner) -> str:
    """Remarks in brackets, as `[udp sum ok]`."""
    notes = []
    while (found := scanner.take(_NOTE)) is not None:
        notes.append(found[1])
    return "\n".join(notes)


def _bad_checksum(notes: str) -> int | None:
    found = _CHECKSUM.search(notes)
    return int(found[1], 16) if found else None


def _protocol(told: Told, version: int, number: int | None) -> None:
    """What follows the IP header, unless that was said."""
    name = "ip.proto" if version == 4 else "ipv6.nxt"
    if told.get(name) is None:
        told.say(name, number)


def _transport(told: Told, layer: str, number: int, ends: _Ends) -> None:
    told.show(layer)
    _protocol(told, ends.version, number)
    for name, port in ((f"{layer}.srcport", ends.source), (f"{layer}.dstport", ends.destination)):
        told.say(name, port if port and port.isdecimal() and len(port) <= 5 else None)


def _tcp(scanner: Scanner, told: Told, *, absolute: bool) -> bool:
    quiet = scanner.take(_QUIET_TCP)
    if quiet is not None:
        told.say("tcp.len", quiet[1])
        return True
    found = scanner.take(_TCP)
    if found is None:
        return scanner.sees(_OLD_TCP)
    letters = "" if found[1] == "none" else found[1]
    if all(letter in _FLAGS for letter in letters):
        told.say("tcp.flags", sum(_FLAGS[letter] for letter in set(letters)))
    told.say("tcp.checksum", int(found[2], 16) if found[2] else None)
    if absolute or "S" in letters:
        told.say("tcp.seq_raw", found[3])
        told.say("tcp.ack_raw", found[4])
    told.say("tcp.window_size_value", found[5])
    for option, names in _TCP_OPTIONS if found[6] else ():
        said = option.search(found[6])
        for name, value in zip(names, said.groups() if said else (), strict=False):
            told.say(name, value)
    told.say("tcp.options.sack_perm", 1 if found[6] and _SACK_PERMITTED.search(found[6]) else None)
    told.say("tcp.len", found[7])
    return True


def _udp(scanner: Scanner, told: Told) -> str:
    """The payload, as far as it concerns us; says what comes next."""
    length = scanner.take(_UDP)
    if length is not None:
        told.say("udp.length", int(length[1]) + 8)
    tunnel = scanner.take(_TUNNEL)
    if tunnel is None:
        return _NOTHING
    flags, vni = int(tunnel[1] or tunnel[3], 16), tunnel[4]
    if not flags & _VNI_VALID:
        return _NOTHING
    told.show("vxlan")
    told.say("vxlan.vni", vni)
    told.say("vxlan.recognised_by", 0)  # the port is what tcpdump goes by
    if tunnel[1]:  # OTV, for port 8472: its overlay number is where VXLAN has the rest of its flags and the group
        overlay = int(tunnel[2])
        told.say("vxlan.flags", flags << 8 | overlay >> 16)
        told.say("vxlan.gbp", overlay & 0xFFFF if flags & _GROUP_POLICY else None)
    return _IN_TUNNEL
