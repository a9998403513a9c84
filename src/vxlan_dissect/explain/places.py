"""Where is something wrong?

Law: a place is one interface or lies between two, in the order of a packet's way; what is not known of it is None.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from vxlan_dissect.explain.statements import CapturePoint


class At(NamedTuple):
    """One interface: of a node, or of a pod where `pod` is set. What is not known is None."""

    node: str | None
    interface: str | None
    pod: str | None = None

    def __str__(self) -> str:
        owner = self.pod or self.node
        return " ".join(filter(None, [owner, self.interface])) or "an unknown interface"

    def as_dict(self) -> dict[str, Any]:
        """`{"node", "interface", "pod"}`."""
        return self._asdict()


def at_of(point: CapturePoint) -> At:
    """The interface of a capture point."""
    return At(point.node, point.interface, point.pod)


class Place(NamedTuple):
    """Where something is wrong: `at` one interface, or somewhere after `at` and up to `until`, in a packet's way."""

    at: At
    until: At | None = None

    def as_dict(self) -> dict[str, Any]:
        """`{"node", "interface", "pod"}`, or `{"between": [...]}` with two of these."""
        return self.at.as_dict() if self.until is None else {"between": [self.at.as_dict(), self.until.as_dict()]}
