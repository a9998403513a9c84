"""Which inventory goes with a capture?

Law: what -i names, else what lies beside the capture; each is loaded once, and the output says which it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from vxlan_dissect.inventory import Inventory

STANDARD_INPUT = "-"


class Found(NamedTuple):
    """The inventory for a capture: where it lies, None where there is none, and how it was found or why not."""

    inventory: Inventory | None
    path: str | None
    found: str

    def __str__(self) -> str:
        return f"inventory {self.path} ({self.found})" if self.path else f"no inventory ({self.found})"


class Inventories:
    """The inventories of one run. `given` are the paths of -i."""

    def __init__(self, given: tuple[str, ...]) -> None:
        self._given = given
        self._loaded: dict[tuple[str, ...], Inventory] = {}

    def of(self, capture: str) -> Found:
        """The inventory for a capture. Raises InventoryError."""
        from vxlan_dissect.beside import beside
        from vxlan_dissect.inventory import Inventory

        paths, found = self._given, "given with -i"
        if not paths:
            own = beside(capture)
            paths, found = (own,) if own else (), "found beside the capture"
        if not paths:
            return Found(None, None, "none given with -i and none beside the capture")
        if paths not in self._loaded:
            self._loaded[paths] = Inventory.load(*paths)
        return Found(self._loaded[paths], ", ".join(paths), found)
