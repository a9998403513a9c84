"""Which captures do the arguments of a command mean?

Law: a folder stands for its captures, and what is left out of it is said on standard error. A folder without any does
not stop the others, and the exit status tells.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.cli.console import say
from vxlan_dissect.errors import CaptureError

if TYPE_CHECKING:
    from collections.abc import Iterable


def captures_of(arguments: Iterable[str]) -> tuple[list[str], bool]:
    """The paths of the captures, each file once, and whether a folder could not be used."""
    from vxlan_dissect.capture.folder import meant, once

    names: list[str] = []
    unusable = False
    for argument in arguments:
        try:
            found = meant(argument)
        except CaptureError as error:
            unusable = True
            say(str(error))
            continue
        names += found.captures
        if remark := str(found):
            say(remark)
    return once(names), unusable
