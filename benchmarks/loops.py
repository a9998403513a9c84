"""The loops that a user would write in Python, each to be run as a process of its own.

Law: a loop does what its name says and nothing else. Those of dpkt and scapy write what `tshark -T fields` does, the
twelve fields with addresses as text, and both write the same. Run `python benchmarks/loops.py decode|dpkt|scapy
CAPTURE [PACKETS]`.
"""

from __future__ import annotations

import csv
import sys
from itertools import islice
from pathlib import Path

VXLAN_PORT = 8472


def decode(name: str, _: int | None) -> None:
    """All columns of every batch."""
    from vxlan_dissect.capture import open_capture
    from vxlan_dissect.decode import iter_packets

    for _packets in iter_packets(open_capture(name)):
        pass


def dpkt(name: str, most: int | None) -> None:
    """The twelve fields of each packet with dpkt, of the innermost packet as the columns of vxd are."""
    from dpkt import ethernet, icmp6, ip, ip6, pcap, udp
    from dpkt.utils import inet_to_str, mac_to_str

    out = csv.writer(sys.stdout)
    with Path(name).open("rb") as file:
        for number, (time, data) in enumerate(islice(pcap.Reader(file), most), 1):
            frame, vni = ethernet.Ethernet(data), None
            packet = frame.data
            inside = getattr(packet, "data", None)
            if isinstance(inside, udp.UDP) and inside.dport == VXLAN_PORT:
                vni = int.from_bytes(inside.data[4:7])
                frame = ethernet.Ethernet(inside.data[8:])
                packet = frame.data
                inside = getattr(packet, "data", None)
            is4, is6 = isinstance(packet, ip.IP), isinstance(packet, ip6.IP6)
            out.writerow((
                number, time, len(data), mac_to_str(frame.src), mac_to_str(frame.dst),
                inet_to_str(packet.src) if is4 else None, inet_to_str(packet.dst) if is4 else None,
                inet_to_str(packet.src) if is6 else None, inet_to_str(packet.dst) if is6 else None,
                inside.dport if isinstance(inside, udp.UDP) else None, vni,
                inside.type if isinstance(inside, icmp6.ICMP6) else None,
            ))  # fmt: skip


def scapy(name: str, most: int | None) -> None:
    """The same with scapy."""
    from scapy.layers.inet import IP, UDP
    from scapy.layers.inet6 import IPv6
    from scapy.layers.l2 import Ether
    from scapy.layers.vxlan import VXLAN
    from scapy.packet import bind_layers
    from scapy.utils import PcapReader

    bind_layers(UDP, VXLAN, dport=VXLAN_PORT)
    out = csv.writer(sys.stdout)
    with PcapReader(name) as reader:
        for number, whole in enumerate(islice(reader, most), 1):
            tunnel = whole.getlayer(VXLAN)
            frame = whole if tunnel is None else tunnel.getlayer(Ether)
            v4, v6, datagram = frame.getlayer(IP), frame.getlayer(IPv6), frame.getlayer(UDP)
            message = v6.payload if v6 is not None and v6.nh == 58 else None
            out.writerow((
                number, float(whole.time), len(whole), frame.src, frame.dst,
                v4.src if v4 else None, v4.dst if v4 else None,
                v6.src if v6 else None, v6.dst if v6 else None,
                datagram.dport if datagram else None, tunnel.vni if tunnel else None,
                message.type if message else None,
            ))  # fmt: skip


def main() -> int:
    """Run the loop that the command line names."""
    loops = {"decode": decode, "dpkt": dpkt, "scapy": scapy}
    if len(sys.argv) not in {3, 4} or sys.argv[1] not in loops:
        print(f"usage: {sys.argv[0]} {'|'.join(loops)} CAPTURE [PACKETS]", file=sys.stderr)
        return 2
    loops[sys.argv[1]](sys.argv[2], int(sys.argv[3]) if len(sys.argv) == 4 else None)
    return 0


if __name__ == "__main__":
    sys.exit(main())
