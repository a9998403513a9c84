"""Which pages of this folder are made from the code?

Law: `columns.md`, `rules.md` and `inventory.schema.json` say what `schema`, the docstrings of the rules and the shape
of inventory files say, and are never edited by hand.
Run `python docs/generate.py` after a change; a test compares.
"""

from __future__ import annotations

import json
from pathlib import Path

from vxlan_dissect import schema
from vxlan_dissect.inventory.own import shape
from vxlan_dissect.rules import RULES, describe

HERE = Path(__file__).parent
DERIVED = (
    "Made from the bytes of the frames when they are asked for, by `packets.derived(name)` or in a filter; they have",
    "levels as packet columns have. Of kind `texts` one frame may have several values, of printable ASCII: other bytes",
    "are `\\DDD` in decimal. A message is read as far as its frame holds it; what stands before a fault in it is kept.",
    "",
)


def columns() -> str:
    """The column page."""
    lines = [
        "# Columns",
        "",
        "Every column of `Packets`, `to_pandas()` and `to_arrow()`, and every field of the filter language.",
        "Made from `vxlan_dissect.schema`; do not edit.",
        "",
        "A frame column exists once. A packet column exists for the innermost packet (no prefix), for the tunnel",
        "packet around it (`outer.`) and for the packet that an ICMP error quotes (`quoted.`). Absent values are null.",
        "",
    ]
    for title, about, fields in (
        ("Frame columns", (), schema.FRAME_FIELDS),
        ("Packet columns", (), schema.PACKET_FIELDS),
        ("Derived columns", DERIVED, schema.DERIVED_FIELDS),
    ):
        lines += [f"## {title}", "", *about, "| column | type | unit | Wireshark | meaning |", "|---|---|---|---|---|"]
        lines += [_row(field) for field in fields]
        lines.append("")
    return "\n".join(lines)


def _row(field: schema.Field) -> str:
    wireshark = "same" if field.wireshark == field.name else f"`{field.wireshark}`" if field.wireshark else ""
    names = ", ".join(f"{code} {name}" for code, name in field.names.items())
    meaning = f"{field.doc} {names}." if names else field.doc
    return f"| `{field.name}` | {field.kind} | {field.unit} | {wireshark} | {meaning} |"


def rules() -> str:
    """The rule page."""
    lines = [
        "# Rules",
        "",
        "What `vxd explain` can say of a frame. A rule's name states what was seen. `vxd rule NAME` prints its page.",
        "Made from the rules' own files; do not edit.",
        "",
    ]
    for name in RULES:
        first, _, rest = describe(name).partition("\n\n")
        lines += [f"## {name}", "", first, ""]
        for paragraph in rest.split("\n\n"):
            heading, _, text = paragraph.partition("\n")
            lines += [f"**{heading}.** " + " ".join(line.strip() for line in text.splitlines()), ""]
    return "\n".join(lines).rstrip() + "\n"


def inventory_schema() -> str:
    """The JSON Schema of inventory files."""
    return json.dumps(shape.schema(), indent=1) + "\n"


PAGES = {"columns.md": columns, "rules.md": rules, "inventory.schema.json": inventory_schema}

if __name__ == "__main__":
    for name, make in PAGES.items():
        (HERE / name).write_text(make(), encoding="utf-8")
