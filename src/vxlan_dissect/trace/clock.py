from typing import NamedTuple

from vxlan_dissect.trace.model import Clock


class Crossings(NamedTuple):
    src: int
    dst: int
    sent_ns: object
    received_ns: object


def clocks(nodes, crossings):
    return [Clock(n, nodes[0], 0, 0.0, None, 0, 0, "stub") for n in nodes]


def corrected(times, clock):
    return times
