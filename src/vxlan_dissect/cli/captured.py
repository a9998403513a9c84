"""What do captures let infer, for commands that ask for facts and not for frames?

Law: a capture that breaks in the middle gives what stood before, and the command's exit status says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.cli.console import say
from vxlan_dissect.cli.inventories import Inventories

if TYPE_CHECKING:
    from vxlan_dissect.infer.inferred import Inferred
    from vxlan_dissect.inventory import Inventory


class Captured:
    """Captures and inventories of one run. `unusable` says that a capture could not be read to its end."""

    def __init__(self, captures: tuple[str, ...], inventories: tuple[str, ...]) -> None:
        self._captures, self._paths = captures, inventories
        self.unusable = False

    def inferred(self) -> list[Inferred]:
        """What each capture lets infer. Raises CaptureError where one cannot be read at all."""
        from vxlan_dissect.infer import read

        found = [read(capture) for capture in self._captures]
        for problem in filter(None, (one.problem for one in found)):
            self.unusable = True
            say(str(problem))
        return found

    def inventory(self) -> Inventory:
        """All that is given, and of hosts that are not known by then what each capture lets infer, as one.

        Raises InventoryError, CaptureError.
        """
        from vxlan_dissect.inventory import Inventory

        if not self._captures:
            return Inventory.load(*self._paths)
        inventories = Inventories(self._paths)
        given: dict[str, Inventory] = {}
        said: dict[str, list[str]] = {}  # of which captures
        for capture in self._captures:
            found = inventories.of(capture)
            said.setdefault(str(found), []).append(capture)
            if found.inventory is not None:
                given[str(found.path)] = found.inventory
        for text, captures in said.items():
            more = f" and {len(captures) - 1} more" if len(captures) > 1 else ""
            say(f"{captures[0]}{more}: {text}")
        all_notes = [note for one in given.values() for note in one.notes]
        inventory = Inventory([fact for one in given.values() for fact in one.facts], all_notes)
        for one in self.inferred():
            added = one.beside(inventory) if inventory else one.facts
            inventory = Inventory([*inventory.facts, *added], all_notes)
        return inventory
