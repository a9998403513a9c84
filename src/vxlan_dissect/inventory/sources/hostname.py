"""What does a host call itself, by `hostname`?

Run `hostname` on the host (`cat /etc/hostname`).

Law: one word; options that print addresses are another command.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from vxlan_dissect.inventory.model import Host, Hostname, Source
from vxlan_dissect.inventory.sources.base import Line, Parsed, words_of

if TYPE_CHECKING:
    from collections.abc import Sequence

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?\Z")
_COMMANDS = (["hostname"], ["hostname", "-f"], ["hostname", "-s"], ["uname", "-n"], ["cat", "/etc/hostname"])


def accepts(command: str | None, text: str) -> bool:
    """The output of `hostname`; nobody knows a name by its form."""
    del text
    return command is not None and command.split() in _COMMANDS


def parse(lines: Sequence[Line], host: Host, file: str, command: str | None = None) -> Parsed:
    """A Hostname fact."""
    found = Parsed([], [], [])
    for number, line in lines:
        words = words_of(line)
        if command is not None and not found.facts and len(words) == 1 and _NAME.match(words[0]):
            found.facts.append(Hostname(host, words[0], Source(file, number)))
        elif words:
            found.rest.append((number, line))
    return found
