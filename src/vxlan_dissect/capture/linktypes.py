"""Which link types can be decoded, and what are the others called?

Law: records of any link type are read; that they cannot be decoded is said after them. Numbers are those of files
(LINKTYPE_), names those of tcpdump.org/linktypes.html. Raw IP has two numbers more, the DLT_ values of systems that
wrote them into files (libpcap's pcap/dlt.h).
"""

from __future__ import annotations

from vxlan_dissect.capture.records import LINKTYPES, RAW

_RAW_TOO = (12, 14)
_OTHERS = {
    6: "IEEE802_5", 8: "SLIP", 9: "PPP", 10: "FDDI", 50: "PPP_HDLC", 51: "PPP_ETHER", 104: "C_HDLC", 105: "IEEE802_11",
    107: "FRELAY", 109: "ENC", 117: "PFLOG", 119: "IEEE802_11_PRISM", 122: "IP_OVER_FC", 127: "IEEE802_11_RADIOTAP",
    143: "DOCSIS", 147: "USER0", 149: "USER2", 163: "IEEE802_11_AVS", 166: "PPP_PPPD", 187: "BLUETOOTH_HCI_H4",
    189: "USB_LINUX", 192: "PPI", 195: "IEEE802_15_4_WITHFCS", 201: "BLUETOOTH_HCI_H4_WITH_PHDR", 203: "LAPD",
    220: "USB_LINUX_MMAPPED", 227: "CAN_SOCKETCAN", 230: "IEEE802_15_4_NOFCS", 239: "NFLOG", 240: "NETANALYZER",
    249: "USBPCAP", 251: "BLUETOOTH_LE_LL", 252: "WIRESHARK_UPPER_PDU", 253: "NETLINK",
    256: "BLUETOOTH_LE_LL_WITH_PHDR", 258: "PKTAP", 271: "VSOCK", 274: "ETHERNET_MPACKET", 281: "DSA_TAG_BRCM",
    282: "DSA_TAG_BRCM_PREPEND", 284: "DSA_TAG_DSA", 285: "DSA_TAG_EDSA",
}  # fmt: skip


def file_linktype(linktype: int) -> int:
    """The link type that a number in a file stands for."""
    return RAW if linktype in _RAW_TOO else linktype


def unsupported(linktype: int) -> str | None:
    """Why frames of this link type cannot be decoded, None where they can."""
    if linktype in LINKTYPES:
        return None
    name = f" ({_OTHERS[linktype]})" if linktype in _OTHERS else ""
    return f"link type {linktype}{name} is not supported"
