"""Did a router forward this packet before it was captured?

Law: a hop limit that a system starts with was lowered by nobody, one a little below was lowered by routers; any other
says nothing (a tool may start with what it likes).
"""

from __future__ import annotations

# Linux and macOS start with 64 (RFC 1700), Windows with 128, network devices and neighbour discovery with 255.
STARTS = (64, 128, 255)
MOST_ROUTERS = 16  # between two nodes of one cluster, generously


def fresh(hop: int | None) -> bool:
    """Nobody forwarded it."""
    return hop in STARTS


def fallen(hop: int | None) -> int:
    """By how much it has fallen, 0 where it has not or where that is unknown."""
    if hop is None:
        return 0
    return next((start - hop for start in STARTS if 0 < start - hop <= MOST_ROUTERS), 0)
