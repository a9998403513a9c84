"""What does DHCP ask and grant in these frames?

Law: a message is one by its ports, 67 and 68 (RFC 2131 section 4.1) or 546 and 547 (RFC 8415 section 7.2), and by its
first byte. Of an option that comes twice the first counts; options in the fields of the boot file and server name
(option overload) are not read.

     0                   1                   2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    +---------------+---------------+---------------+---------------+
    |     op (1)    |   htype (1)   |   hlen (1)    |   hops (1)    |
    +---------------+---------------+---------------+---------------+
    |                            xid (4)                            |
    +-------------------------------+-------------------------------+
    |           secs (2)            |           flags (2)           |
    +-------------------------------+-------------------------------+
    |       ciaddr, yiaddr, siaddr, giaddr (4 each), chaddr (16)    |
    |       sname (64), file (128)                                  |
    +---------------------------------------------------------------+
    |       magic cookie 63 82 53 63, options: code, length, data   |
    +---------------------------------------------------------------+

Source: RFC 2131 section 2, RFC 2132, RFC 8415 section 7.3. dpkt reads the DHCP message.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.derived.payload import LEVELS, Making, payloads, text, with_port

if TYPE_CHECKING:
    from vxlan_dissect.derived.payload import Value
    from vxlan_dissect.packets import Column, Packets, TextColumn

FIELDS = (
    "dhcp.type", "dhcp.id", "dhcp.hw.mac_addr", "dhcp.ip.client", "dhcp.ip.your", "dhcp.ip.server", "dhcp.ip.relay",
    "dhcp.option.dhcp", "dhcp.option.requested_ip_address", "dhcp.option.dhcp_server_id", "dhcp.option.hostname",
    "dhcpv6.msgtype",
)  # fmt: skip
_ADDRESSES, _FIXED = 44, 240  # bytes up to and with the address of the client, and with the magic cookie
_END = b"\xff"


def columns(packets: Packets) -> dict[str, Column | TextColumn]:
    """The columns of FIELDS of which some frame has a value."""
    making = Making(len(packets))
    for level in LEVELS:
        for ports, read in (((67, 68), _read), ((546, 547), _read_v6)):
            wanted = with_port(packets, level, "udp", ports)
            for row, payload in payloads(packets, level, wanted) if wanted.any() else ():
                making.put(row, level, read(payload))
    return making.columns()


def _read_v6(payload: bytes) -> dict[str, Value]:
    return {"dhcpv6.msgtype": payload[0]}


def _read(payload: bytes) -> dict[str, Value]:
    from dpkt import dhcp

    if len(payload) < _ADDRESSES or payload[0] not in (dhcp.DHCP_OP_REQUEST, dhcp.DHCP_OP_REPLY):
        return {}
    # With an end after it, dpkt finds a length after every code, and an option that was cut swallows that end.
    message = dhcp.DHCP(payload.ljust(_FIXED, b"\0") + _END)
    fields: dict[str, Value] = {
        "dhcp.type": message.op,
        "dhcp.id": message.xid,
        "dhcp.ip.client": message.ciaddr,
        "dhcp.ip.your": message.yiaddr,
        "dhcp.ip.server": message.siaddr,
        "dhcp.ip.relay": message.giaddr,
    }
    if (message.hrd, message.hln) == (1, 6):
        fields["dhcp.hw.mac_addr"] = int.from_bytes(message.chaddr, "big")
    if message.magic != dhcp.DHCP_MAGIC:
        return fields  # cut, or BOOTP, which has other bytes there (RFC 951)
    read = message.opts
    if read and not message.data and read[-1][1].endswith(_END):
        read = read[:-1]  # it was cut
    options = dict(reversed(read))
    for code, name, length in (
        (dhcp.DHCP_OPT_MSGTYPE, "dhcp.option.dhcp", 1),
        (dhcp.DHCP_OPT_REQ_IP, "dhcp.option.requested_ip_address", 4),
        (dhcp.DHCP_OPT_SERVER_ID, "dhcp.option.dhcp_server_id", 4),
    ):
        if len(options.get(code, b"")) == length:
            fields[name] = int.from_bytes(options[code], "big")
    if options.get(dhcp.DHCP_OPT_HOSTNAME):
        fields["dhcp.option.hostname"] = (text(options[dhcp.DHCP_OPT_HOSTNAME]),)
    return fields
