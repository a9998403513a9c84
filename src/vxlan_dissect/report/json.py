"""How does an explanation leave for another program?

Law: each object is exactly `Explanation.as_dict`, the contract; nothing is shortened or left out. The text is ASCII and
free of control characters, so that it is the same bytes in every locale and harmless on a terminal.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vxlan_dissect.explain.statements import Explanation
    from vxlan_dissect.report import Heading


def dumps(value: Any) -> str:
    """One line of JSON. Raises ValueError for NaN and infinity, which JSON does not have."""
    # DEL is the one control character that JSON may hold as it is.
    return json.dumps(value, allow_nan=False).replace("\x7f", "\\u007f")


class LinesReport:
    """`-T jsonl`: one object a line."""

    def begin(self) -> str:
        """Nothing: every line stands for itself."""
        return ""

    def capture(self, heading: Heading, first: Explanation | None) -> str:
        """Nothing: each object names its capture."""
        return ""

    def frame(self, explanation: Explanation) -> str:
        """The object and a line feed."""
        return dumps(explanation.as_dict()) + "\n"

    def end(self) -> str:
        """Nothing."""
        return ""


class ArrayReport(LinesReport):
    """`-T json`: one array, an object a line."""

    def __init__(self) -> None:
        self._separator = "\n"

    def begin(self) -> str:
        """The opening bracket."""
        return "["

    def frame(self, explanation: Explanation) -> str:
        """The object, after a comma where it is not the first."""
        separator, self._separator = self._separator, ",\n"
        return separator + dumps(explanation.as_dict())

    def end(self) -> str:
        """The closing bracket."""
        return "\n]\n"
