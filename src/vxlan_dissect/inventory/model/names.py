"""Which facts are names alone, and which speak of the inventory itself?

Law: as for every fact: a frozen value with the file and line it was read from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from vxlan_dissect.addresses import format_mac
from vxlan_dissect.inventory.model.base import keyed

if TYPE_CHECKING:
    from vxlan_dissect.addresses import IP
    from vxlan_dissect.inventory.model.base import Source


@keyed("name ip mac", "namespace since until")
class Name(NamedTuple):
    """What a list of names calls an address: Wireshark's `hosts` and `ethers`, a pcapng, Kubeshark.

    Either `ip` or `mac` is set. `since` and `until`, in ns since 1970, bound the time in which it was so, where known.
    """

    name: str
    source: Source
    ip: IP | None = None
    mac: int | None = None
    namespace: str | None = None
    since: int | None = None
    until: int | None = None

    @property
    def words(self) -> str:
        """The fact as a phrase."""
        of = str(self.ip) if self.ip is not None else format_mac(self.mac or 0)
        return f"{of} is called {self.name}"


@keyed("time scope")
class Collected(NamedTuple):
    """When these facts were collected: `time` in ns since 1970; `scope` the file or folder that it holds for."""

    time: int
    source: Source
    scope: str = ""

    @property
    def words(self) -> str:
        """The fact as a phrase."""
        from vxlan_dissect.inventory.model.times import format_time

        return f"collected at {format_time(self.time)}"
