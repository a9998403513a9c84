"""What did the hosts say about themselves?

Law: the names of `__all__` are loaded on first use, so that asking for a fact's type does not load every parser.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vxlan_dissect.inventory.inventory import Inventory

__all__ = ["Inventory"]


def __getattr__(name: str) -> Any:
    if name != "Inventory":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from vxlan_dissect.inventory.inventory import Inventory

    return Inventory
