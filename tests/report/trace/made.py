"""Which traces do the report tests show?

Law: values are written by hand after a ping across nodes (Cilium 1.16, VXLAN; frames, times, addresses as captured), so
that no stage before the report can change what a test expects. `Made` stands in for the trace of the engine.
"""

from __future__ import annotations

from typing import NamedTuple

from vxlan_dissect.explain.places import At
from vxlan_dissect.trace.model import (
    Change,
    Clock,
    Delay,
    Flow,
    Journey,
    Lost,
    Overview,
    Point,
    RankedCause,
    Sighting,
    Verdict,
)

SECOND = 1_000_000_000
BEGIN = 1795332034 * SECOND  # 2026-11-22 07:20:34 UTC
POD, LXC = At("worker", "eth0", "cni-7t9p4"), At("worker", "lxc237a31216c0f")
VXLAN, NIC = At("worker", "cilium_vxlan"), At("worker", "eth0")
NIC2, VXLAN2 = At("worker2", "eth0"), At("worker2", "cilium_vxlan")
LXC2, POD2 = At("worker2", "lxc91c4d60f3ab8"), At("worker2", "eth0", "cni-8qgcs")
WAY = (POD, LXC, VXLAN, NIC, NIC2, VXLAN2, LXC2, POD2)
FILES = {
    POD: "worker.pod-cni-7t9p4.eth0.pcap", LXC: "worker.lxc237a31216c0f.pcap", VXLAN: "worker.cilium_vxlan.pcap",
    NIC: "worker.eth0.pcap", NIC2: "worker2.eth0.pcap", VXLAN2: "worker2.cilium_vxlan.pcap",
    LXC2: "worker2.lxc91c4d60f3ab8.pcap", POD2: "worker2.pod-cni-8qgcs.eth0.pcap",
}  # fmt: skip
POD_IP, POD2_IP = "fd00:10:244:1::4749", "fd00:10:244:2::9461"
INTO = (Change("encapsulated", None, "VXLAN, VNI 10398"),)
OUT_OF = (Change("decapsulated", "VXLAN, VNI 10398", None),)
AT_LXC2 = (
    Change("src-mac", "4e:5b:57:45:63:3b", "de:40:65:1b:fa:92"),
    Change("dst-mac", "a2:79:14:47:80:b3", "b6:61:48:ae:63:f5"), Change("hop-limit", "64", "63"),
)  # fmt: skip
AT_LXC = (
    Change("src-mac", "b6:61:48:ae:63:f5", "a2:79:14:47:80:b3"),
    Change("dst-mac", "de:40:65:1b:fa:92", "4e:5b:57:45:63:3b"), Change("hop-limit", "64", "63"),
)  # fmt: skip
THERE = (POD, 5, ()), (LXC, 5, ()), (VXLAN, 1, ()), (NIC, 1, INTO), (NIC2, 1, ()), (VXLAN2, 1, OUT_OF), (
    LXC2, 1, AT_LXC2), (POD2, 1, ())  # fmt: skip
BACK = (POD2, 4, ()), (LXC2, 4, ()), (VXLAN2, 2, ()), (NIC2, 2, INTO), (NIC, 2, ()), (VXLAN, 2, OUT_OF), (
    LXC, 6, AT_LXC), (POD, 6, ())  # fmt: skip


def sightings(times, seen, files=FILES):
    """Sightings at the times, in microseconds after BEGIN, of what is seen: place, frame, changes."""
    made, before = [], None
    for micros, (at, frame, changes) in zip(times, seen, strict=True):
        time = BEGIN + micros * 1000
        delay = None if before is None else time - before
        made.append(Sighting(files.get(at, "worker.any.pcap"), frame, time, time, at, delay, changes, (frame,)))
        before = time
    return tuple(made)


def journey(number, summary, flow, seen, **more):
    """A journey that arrived and is certain, unless `more` says otherwise."""
    given = {"ambiguous": False, "doubt": None, "arrived": True, "lost": None} | more
    return Journey(number, summary, flow, seen, **given)


def echo(src, dst, *, named=True):
    """The flow of an echo message."""
    names = {POD_IP: "cni-7t9p4", POD2_IP: "cni-8qgcs"} if named else {}
    return Flow("icmpv6", src, dst, None, None, names.get(src), names.get(dst))


SOLICITATION = journey(
    1, "cni-7t9p4 → ff02::1:ff00:22f1: ICMPv6 neighbor solicitation for fd00:10:244:1::22f1",
    Flow("icmpv6", "fe80::4c5b:57ff:fe45:633b", "ff02::1:ff00:22f1", None, None, "cni-7t9p4", None),
    sightings((640497, 640544), ((POD, 1, ()), (LXC, 1, ()))),
)  # fmt: skip
ADVERTISEMENT = journey(
    2, "fd00:10:244:1::22f1 → cni-7t9p4: ICMPv6 neighbor advertisement",
    Flow("icmpv6", "fd00:10:244:1::22f1", "fe80::4c5b:57ff:fe45:633b", None, None, None, "cni-7t9p4"),
    sightings((640558, 640561), ((LXC, 2, ()), (POD, 2, ()))),
)  # fmt: skip
REQUEST = journey(
    3, "cni-7t9p4 → cni-8qgcs: ICMPv6 echo request id 7726 seq 1", echo(POD_IP, POD2_IP),
    sightings((643002, 643003, 643027, 643143, 643167, 643167, 643259, 643267), THERE),
)  # fmt: skip
REPLY = journey(
    4, "cni-8qgcs → cni-7t9p4: ICMPv6 echo reply id 7726 seq 1", echo(POD2_IP, POD_IP),
    sightings((643341, 643342, 643355, 643389, 643403, 643403, 643448, 643451), BACK),
)  # fmt: skip
LOST = journey(
    5, "cni-7t9p4 → cni-8qgcs: ICMPv6 echo request id 7726 seq 2", echo(POD_IP, POD2_IP),
    sightings((1043542, 1043558, 1043595, 1043631), THERE[:4]), arrived=False,
    lost=Lost(
        NIC, NIC2,
        (
            RankedCause("underlay-loss", "worker eth0 has sent it and worker2 eth0 was captured then", "likely"),
            RankedCause("capture-loss", "worker2.eth0.pcap may lack frames", "possible"),
        ),
        "What lies between the nodes was not captured.",
    ),
)  # fmt: skip
DOUBTFUL = journey(
    6, "cni-7t9p4 → cni-8qgcs: UDP 40000 → 9000 4 bytes",
    Flow("udp", POD_IP, POD2_IP, 40000, 9000, "cni-7t9p4", "cni-8qgcs"),
    sightings((1458634, 1458645, 1458700), ((POD, 9, ()), (LXC, 9, ()), (VXLAN, 7, ()))),
    ambiguous=True, doubt="3 datagrams of the same bytes passed within 20 µs", arrived=None,
    hubble=(
        Verdict(BEGIN + 1458650000, "worker", "DROPPED", "Policy denied", "from-endpoint", "same ports, 5 µs apart",
                "flows.jsonl:12"),
    ),
)  # fmt: skip
SERVICE = journey(
    7, "cni-7t9p4 → 192.0.2.10: TCP 45336 → 80 SYN",
    Flow("tcp", "10.244.1.233", "192.0.2.10", 45336, 80, "cni-7t9p4", None),
    sightings(
        (1500000, 1500004, 1500050),
        (
            (POD, 11, ()), (LXC, 11, ()),
            (NIC, 9, (Change("source", "10.244.1.233", "172.18.0.4"), Change("source-port", "45336", "61001"),
                      Change("src-mac", "4e:5b:57:45:63:3b", "02:42:ac:12:00:04"), Change("hop-limit", "64", "63"))),
        ),
    ),
    arrived=None,
)  # fmt: skip
# A packet to the router of the node goes up to a device and comes back by the same places.
TURNED = journey(
    8, "cni-7t9p4 → cni-5xk2m: TCP 39000 → 8080 12 segments", Flow("tcp", POD_IP, "fd00:10:244:1::51", 39000, 8080,
    "cni-7t9p4", "cni-5xk2m"),
    sightings(
        (1600000, 1600010, 1600020, 1600030, 1601250),
        (
            (POD, 12, ()), (LXC, 12, ()), (NIC, 10, (Change("segmented", None, "12 segments"),)),
            (NIC, 22, ()), (LXC, 13, (Change("merged", "12 segments", None),)),
        ),
    ),
)  # fmt: skip

POINTS = tuple(
    Point(FILES[at], at, "both", "the name of the file", "likely" if at is NIC else "certain", frames,
          BEGIN + 640497000, BEGIN + 1458863000)
    for at, frames in zip(WAY, (10, 10, 6, 6, 6, 6, 10, 10), strict=True)
)  # fmt: skip
DELAYS = tuple(
    Delay(src, dst, 3, least, median, late)
    for src, dst, least, median, late in (
        (POD, LXC, 1000, 11_000, 16_000), (LXC, VXLAN, 24_000, 33_000, 37_000), (VXLAN, NIC, 32_000, 36_000, 116_000),
        (NIC, NIC2, 20_000, 23_000, 24_000), (NIC2, VXLAN2, 0, 0, 0), (VXLAN2, LXC2, 50_000, 64_000, 92_000),
        (LXC2, POD2, 8000, 8000, 9000),
    )
)  # fmt: skip
AGREES = Clock("worker2", "worker", 1_000, 0.0, 6_000, BEGIN, 12, "12 packets that cross in both directions")
AHEAD = Clock("worker2", "worker", 80_012_345, 49.96, 12_000, BEGIN, 12, "12 packets that cross in both directions")
UNTOLD = Clock("worker3", "worker", 0, 0.0, None, BEGIN, 0, "no packet was seen on both")


class Tables(NamedTuple):
    """The DataFrames of a trace."""

    sightings: object
    hops: object
    losses: object


class Made:
    """What a report reads of a trace."""

    def __init__(self, journeys, *, points=POINTS, clocks=(AGREES,), delays=DELAYS, notes=(), problems=(), **counts):
        self.journeys, self.points, self.clocks, self.problems = tuple(journeys), points, clocks, problems
        self.lost = tuple(one for one in self.journeys if one.lost is not None)
        matched = sum(len(one.sightings) for one in self.journeys if len(one.sightings) > 1)
        given = {
            "frames": matched + 4, "matched": matched, "unmatched": 4, "journeys": len(self.journeys),
            "lost": len(self.lost), "ambiguous": sum(one.ambiguous for one in self.journeys),
        }  # fmt: skip
        self.overview = Overview(**{**given, **counts}, delays=delays, notes=notes)

    def slowest(self, count):
        """The journeys that took longest, the slowest first."""
        return sorted(self.journeys, key=lambda one: -one.duration_ns)[:count]

    def _tables(self):
        import pandas as pd

        seen = [(one.id, s.capture, s.frame, str(s.at)) for one in self.journeys for s in one.sightings]
        return Tables(
            pd.DataFrame(seen, columns=["journey", "capture", "frame", "place"]),
            pd.DataFrame({"journey": [one.id for one in self.journeys]}),
            pd.DataFrame({"journey": [one.id for one in self.lost], "after": [str(o.lost.after) for o in self.lost]}),
        )

    @property
    def sightings(self):
        """A row for each sighting."""
        return self._tables().sightings

    @property
    def hops(self):
        """A row for each step."""
        return self._tables().hops

    @property
    def losses(self):
        """A row for each loss."""
        return self._tables().losses

    def as_dict(self):
        """The object of `-T json`."""
        return {
            "points": [point.as_dict() for point in self.points],
            "clocks": [clock.as_dict() for clock in self.clocks],
            "overview": self.overview.as_dict(),
            "journeys": [one.as_dict() for one in self.journeys],
        }


PING = (SOLICITATION, ADVERTISEMENT, REQUEST, REPLY)
ALL = (*PING, LOST, DOUBTFUL, SERVICE, TURNED)
