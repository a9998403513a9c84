"""Which inventory goes with a capture that comes without one?

Law: what lies beside the capture, and what the file says itself beside its packets.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vxlan_dissect.inventory.inventory import Inventory
    from vxlan_dissect.packets import Packets


def beside(capture: str) -> str | None:
    """The inventory that lies beside a capture, None where there is none.

    An `inventory` folder or a file named `*.inventory.*` in the capture's folder, else an `inventory` folder one up.
    """
    if capture == "-":
        return None
    folder = os.path.dirname(capture) or "."
    own = os.path.join(folder, "inventory")
    if os.path.isdir(own):
        return os.path.normpath(own)
    try:
        with os.scandir(folder) as entries:
            own_name = os.path.basename(capture)
            files = sorted(e.name for e in entries if ".inventory." in e.name and e.name != own_name and e.is_file())
    except OSError:
        return None
    if files:
        return os.path.normpath(os.path.join(folder, files[0]))
    above = os.path.join(folder, os.pardir, "inventory")
    return os.path.normpath(above) if os.path.isdir(above) else None


def inventory_of(given: Inventory | str | os.PathLike[str] | None, capture: str) -> Inventory:
    """The inventory that is given, or loaded from the path given; without one what lies beside, else an empty one."""
    from vxlan_dissect.inventory.inventory import Inventory

    if given is None:
        given = beside(capture)
    if given is None:
        return Inventory()
    return given if isinstance(given, Inventory) else Inventory.load(os.fspath(given))


def with_names(inventory: Inventory, packets: Packets) -> Inventory:
    """The inventory with the names that the capture itself holds beside its packets (pcapng)."""
    if packets.names is None or not packets.names.addresses:
        return inventory
    from vxlan_dissect.inventory.model import Source
    from vxlan_dissect.inventory.sources.pcapng_names import facts_of

    own = facts_of(packets.names, (), (), Source(packets.name, 0))
    return type(inventory)([*inventory.facts, *own], inventory.notes, inventory.attributions)
