"""What does the text say that tcpdump prints of an ARP, ICMP or ICMPv6 message?

Law: each function reads its message if one stands where the scanner is, and says whether one did; a type or code is
told only where the words leave no other. The words are those of print-arp.c, print-icmp.c and print-icmp6.c.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from vxlan_dissect.addresses import parse_ip, parse_mac
from vxlan_dissect.schema import FIELDS

if TYPE_CHECKING:
    from vxlan_dissect.addresses import IP
    from vxlan_dissect.capture.told import Scanner, Told

_MAC = r"((?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2})"
_NAME = r"([^\s,()\[\]]{1,300})"  # an address, or the name of a host without -n
_ARP = re.compile(
    r"(?:ARP, |arp )?(?:Ethernet \(len 6\), IPv4 \(len 4\), )?(?:(?<=ARP, )|(?=[Rr]equest who-has |who-has |[Rr]eply ))"
)
_REQUEST = re.compile(rf"(?:[Rr]equest )?who-has {_NAME}(?: \({_MAC}[^)]{{0,60}}\))? tell {_NAME}")
_REPLY = re.compile(rf"[Rr]eply {_NAME} is-at {_MAC}")

_ICMP = re.compile(r"ICMP ([^\n]{1,600})\n?\s*")
_ECHO = re.compile(r"echo (request|reply), id (\d{1,5}), seq (\d{1,5})")
_UNREACHABLE = re.compile(
    rf"(?:(net|host) )?{_NAME} (?:(protocol|tcp port|udp port) (\S{{1,60}}) )?unreachable"
    r"(?: - ([^(\n]{1,40}\b)(?: \(mtu (\d{1,5})\))?)?"
)
_NUMBERED = re.compile(r"#(\d{1,3})$")
_REDIRECT = re.compile(rf"redirect(-tos)? {_NAME} to (net|host) {_NAME}")
# How an "unreachable" line begins, ends -> code (RFC 792, RFC 1122 section 3.2.2.1, RFC 1812 section 5.2.7.1)
_CODES = {
    ("net", None): 0, ("host", None): 1, ("protocol", None): 2, ("port", None): 3, ("", "need to frag"): 4,
    ("", "source route failed"): 5, ("net", "unknown"): 6, ("host", "unknown"): 7, ("", "source host isolated"): 8,
    ("net", "admin prohibited"): 9, ("host", "admin prohibited"): 10, ("net", "tos prohibited"): 11,
    ("host", "tos prohibited"): 12, ("host", "admin prohibited filter"): 13, ("host", "host precedence violation"): 14,
    ("host", "precedence cutoff"): 15,
}  # fmt: skip
_REDIRECT_CODES = {(None, "net"): 0, (None, "host"): 1, ("-tos", "net"): 2, ("-tos", "host"): 3}
_MESSAGES = (
    ("time exceeded in-transit", 11, 0), ("ip reassembly time exceeded", 11, 1), ("time exceeded-#", 11, None),
    ("redirect", 5, None), ("router advertisement", 9, None), ("router solicitation", 10, None),
    ("parameter problem", 12, None),
)  # fmt: skip

_TYPES = {
    "destination unreachable": 1, "packet too big": 2, "time exceeded in-transit": 3, "parameter problem": 4,
    "echo request": 128, "echo reply": 129, "multicast listener query": 130, "multicast listener query v2": 130,
    "multicast listener report": 131, "multicast listener done": 132, "router solicitation": 133,
    "router advertisement": 134, "neighbor solicitation": 135, "neighbor advertisement": 136, "redirect": 137,
    "multicast listener report v2": 143,
}  # fmt: skip
_NDP = range(133, 138)
# The longest names first; 4.99 leaves no space after those of MLDv1.
_ICMPV6 = re.compile(
    rf"ICMP6, (?:unknown icmp6 type \((\d{{1,3}})\)|({'|'.join(sorted(_TYPES, key=len, reverse=True))}))?"
)
# Types, what to look for in the rest of the message, and the columns of its groups.
_READS = (
    ((2,), r", mtu (\d{1,10})", ("icmpv6.mtu",)),
    ((128, 129), r", id (\d{1,5}), seq (\d{1,5})", ("icmpv6.echo.identifier", "icmpv6.echo.sequence_number")),
    ((130, 131, 132), r"max resp delay[:=] ?(\d{1,6})", ("icmpv6.mld.maximum_response_delay",)),
    ((130, 131, 132), rf"addr:? {_NAME}", ("icmpv6.mld.multicast_address",)),
    ((143,), r", (\d{1,5}) group record", ("icmpv6.mldr.nb_mcast_records",)),
    ((143,), rf"\[gaddr {_NAME}", ("icmpv6.mldr.mar.multicast_address",)),
    ((134,), r"hop limit (\d{1,3}), ", ("icmpv6.nd.ra.cur_hop_limit",)),
    ((134,), r", router lifetime (\d{1,6})s", ("icmpv6.nd.ra.router_lifetime",)),
    ((134,), r"mtu option \(5\), length 8 \(1\):\s+(\d{1,10})", ("icmpv6.opt.mtu",)),
    ((135,), rf", who has {_NAME}", ("icmpv6.nd.ns.target_address",)),
    ((136,), rf", tgt is {_NAME}", ("icmpv6.nd.na.target_address",)),
    ((137,), rf", {_NAME} to {_NAME}", ("icmpv6.rd.na.destination_address", "icmpv6.rd.na.target_address")),
    (_NDP, rf"source link-address option \(1\), length 8 \(1\): {_MAC}", ("icmpv6.opt.src_linkaddr",)),
    (_NDP, rf"destination link-address option \(2\), length 8 \(1\): {_MAC}", ("icmpv6.opt.target_linkaddr",)),
)
_LONGEST = 4096  # of the options of a message


def arp(scanner: Scanner, told: Told) -> bool:
    """An ARP request or reply. A request names no MAC of the sender, a reply no target."""
    if scanner.take(_ARP) is None:
        return False
    told.show("arp")
    request = scanner.take(_REQUEST)
    if request is not None:
        told.say("arp.opcode", 1)
        told.say("arp.dst.proto_ipv4", _ip(request[1]))
        told.say("arp.dst.hw_mac", parse_mac(request[2]) if request[2] else None)
        told.say("arp.src.proto_ipv4", _ip(request[3]))
        return True
    reply = scanner.take(_REPLY)
    if reply is not None:
        told.say("arp.opcode", 2)
        told.say("arp.src.proto_ipv4", _ip(reply[1]))
        told.say("arp.src.hw_mac", parse_mac(reply[2]))
    return True


def icmp(scanner: Scanner, told: Told) -> bool:
    """An ICMP message; the scanner then stands where -v shows the packet that an error quotes."""
    found = scanner.take(_ICMP)
    if found is None:
        return False
    told.show("icmp")
    words = found[1].partition(", length ")[0]
    if echo := _ECHO.match(words):
        told.say("icmp.type", 8 if echo[1] == "request" else 0)
        told.say("icmp.ident", echo[2])
        told.say("icmp.seq", echo[3])
    elif unreachable := _UNREACHABLE.match(words):
        _unreachable(unreachable, told)
    elif numbered := re.match(r"type-#(\d{1,3})", words):
        told.say("icmp.type", numbered[1])
    else:
        if redirect := _REDIRECT.match(words):
            told.say("icmp.code", _REDIRECT_CODES[redirect[1], redirect[3]])
            told.say("ip.dst", _ip(redirect[2]), quoted=True)
            told.say("icmp.redir_gw", _ip(redirect[4]))
        for beginning, kind, code in _MESSAGES:
            if words.startswith(beginning):
                told.say("icmp.type", kind)
                told.say("icmp.code", code)
    return True


def _unreachable(found: re.Match[str], told: Told) -> None:
    scope, address, what, port, why, mtu = found.groups()
    told.say("icmp.type", 3)
    kind = what.rpartition(" ")[2] if what else scope
    number = _NUMBERED.match(why or "")
    told.say("icmp.code", number[1] if number else _CODES.get((kind, why), _CODES.get(("", why))))
    told.say("icmp.mtu", mtu)
    told.say("ip.dst", _ip(address), quoted=True)
    if kind == "port":
        told.say(f"{what[:3]}.dstport", _port(port), quoted=True)


def icmpv6(scanner: Scanner, told: Told) -> bool:
    """An ICMPv6 message with the options that -v shows."""
    found = scanner.take(_ICMPV6)
    if found is None:
        return False
    told.show("icmpv6")
    kind = int(found[1]) if found[1] else _TYPES.get(found[2] or "")
    if kind is None:
        return True
    told.say("icmpv6.type", kind)
    rest = scanner.text[scanner.at : scanner.at + _LONGEST]
    for kinds, pattern, names in _READS:
        if kind in kinds and (values := re.search(pattern, rest)):
            for name, value in zip(names, values.groups(), strict=True):
                told.say(name, _value(value, FIELDS[name].kind))
    if kind in _ERRORS:
        _ERRORS[kind](rest, told)
    elif kind == 136 and (flags := re.search(r"Flags \[([^\]]{0,60})\]", rest)):
        for word in ("router", "solicited", "override"):
            told.say(f"icmpv6.nd.na.flag.{word[0]}", word in flags[1])
    return True


def _unreachable6(rest: str, told: Told) -> None:
    """RFC 4443 section 3.1."""
    if number := re.match(r", unknown unreach code \((\d{1,3})\)", rest):
        told.say("icmpv6.code", number[1])
    elif found := re.match(rf",\s+([a-z]+ [a-z]+),? {_NAME}(?: (tcp|udp) port (\w{{1,60}}))?", rest):
        told.say("icmpv6.code", _CODES6.get(found[1]))
        told.say("ipv6.dst", _ip(found[2]), quoted=True)
        if found[3]:
            told.say(f"{found[3]}.dstport", _port(found[4]), quoted=True)


def _exceeded6(rest: str, told: Told) -> None:
    """RFC 4443 section 3.3."""
    if found := re.match(rf" for {_NAME}", rest):
        told.say("icmpv6.code", 0)
        told.say("ipv6.dst", _ip(found[1]), quoted=True)
    elif rest.startswith(" (reassembly)"):
        told.say("icmpv6.code", 1)


def _parameter6(rest: str, told: Told) -> None:
    """RFC 4443 section 3.4, RFC 7112 section 5."""
    if found := re.match(r", (erroneous|next header|option|incomplete header chain) - octet (\d{1,10})", rest):
        told.say("icmpv6.code", ("erroneous", "next header", "option", "incomplete header chain").index(found[1]))
        told.say("icmpv6.pointer", found[2])


_CODES6 = {
    "unreachable route": 0, "unreachable prohibited": 1, "beyond scope": 2, "unreachable address": 3,
    "unreachable port": 4,
}  # fmt: skip
_ERRORS = {1: _unreachable6, 3: _exceeded6, 4: _parameter6}


def _value(text: str, kind: str) -> IP | int | str | None:
    if kind == "ipv6":
        return _ip(text)
    return parse_mac(text) if kind == "mac" else text


def _ip(text: str) -> IP | None:
    """An address, None for the name of a host."""
    try:
        return parse_ip(text)
    except ValueError:
        return None


def _port(text: str) -> str | None:
    """A port number, None for the name of a service."""
    return text if text.isdecimal() and len(text) <= 5 else None
