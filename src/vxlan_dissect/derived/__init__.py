"""Which columns are made only when someone asks for them?

Law: what costs more than a gather (a sum over every byte, the text of an application message) is made from the bytes of
the frames on first use and never before. The list below is the only place that names the makers; each is one module
with `FIELDS`, the names that it makes, and `columns(packets)`, which makes all of them at every level that has them.
A maker never fails: what a payload does not say, or says wrongly, is absent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect import schema
from vxlan_dissect.derived import checksums, dhcp, dns, search_list, tls
from vxlan_dissect.packets import TextColumn, empty

if TYPE_CHECKING:
    from types import ModuleType

    from vxlan_dissect.packets import Column, Packets

MAKERS: tuple[ModuleType, ...] = (checksums, search_list, dns, dhcp, tls)


def columns(packets: Packets, name: str) -> dict[str, Column | TextColumn]:
    """The derived column `name`, and those that the same module makes. Raises KeyError for any other name."""
    _, base = schema.split_level(name)
    maker = next((maker for maker in MAKERS if base in maker.FIELDS), None)
    if maker is None:
        raise KeyError(name)
    made: dict[str, Column | TextColumn] = dict(maker.columns(packets))
    for level in schema.LEVELS:
        for field in maker.FIELDS:
            if level + field not in made:
                nothing = empty(schema.field_of(field).kind, len(packets))
                text = schema.field_of(field).kind == "texts"
                made[level + field] = TextColumn(*nothing, ()) if text else nothing
    return made
