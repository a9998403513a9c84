"""Which settings does a tree of values hold?

Law: a key is the path to a value, with dots between its levels and numbers for the places of a list; a value is written
as YAML writes it, and null sets nothing. Steps are bounded, since aliases may make a small text a large tree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vxlan_dissect.inventory.model import Setting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vxlan_dissect.inventory.sources.documents import Document, Element

MOST_STEPS = 20_000  # the values.yaml of a large chart has some 2,000
_DEEPEST = 32
_LONGEST = 4096


def settings_of(
    origin: str, values: object, element: Element, document: Document, prefix: str = ""
) -> Iterator[Setting]:
    """The settings below `values`; `prefix` goes before their keys."""
    stack: list[tuple[str, Any, tuple[dict[str, Any], str] | None]] = [(prefix, values, None)]
    steps = depth = 0
    while stack:
        key, value, holder = stack.pop()
        steps += 1
        depth = key.count(".")
        if steps > MOST_STEPS or depth > _DEEPEST:
            document.note(element, f"{origin}: settings too many or too deep", "skipped")
            if steps > MOST_STEPS:
                return
        elif isinstance(value, dict):
            stack += [(_under(key, name), each, (value, name)) for name, each in reversed(value.items())]
        elif isinstance(value, list):
            listed = list(enumerate(value[:MOST_STEPS]))
            stack += [(_under(key, str(place)), each, holder) for place, each in reversed(listed)]
        elif value is not None:
            text = str(value).lower() if isinstance(value, bool) else str(value)
            if len(key) + len(text) > _LONGEST:
                document.note(element, f"{origin}: a setting that is too long: {key[:80]!r}", "skipped")
            else:
                # An item of a list has no key of its own: the line is that of the value below the list's key.
                in_list = key.rpartition(".")[2].isdigit()
                yield Setting(origin, key, text, document.source(element, text if in_list else None, holder))


def _under(key: str, name: str) -> str:
    return f"{key}.{name}" if key else name
