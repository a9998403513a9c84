r"""With which values was a chart installed, by the command line that did it?

Run `helm upgrade --install cilium cilium/cilium --set ipv6.enabled=true`; a session or script with such a line is read.

Law: the command goes on after a line that ends with `\`, and on a line that begins with `--set` even where the sign
was lost. Each value is cited by its own line; what the shell puts in for a variable is not known, so its name stands.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from vxlan_dissect.inventory.model import Host, Setting, Source
from vxlan_dissect.inventory.sources.base import Line, Parsed, words_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# `cilium install` hands its --set to Helm.
_COMMAND = re.compile(r"[\s$#>+`]*(?:sudo +)?(?:helm|cilium) +(?:install|upgrade|template)(?:\s|$)")
_SET = re.compile(r"[\s>]*--(?:helm-)?set(?:-string|-literal|-json)?[ =]")
_OPTIONS = frozenset("--set --set-string --set-literal --set-json --helm-set --helm-set-string".split())
_QUOTES = str.maketrans("", "", "'\"")


def accepts(command: str | None, text: str) -> bool:
    """`helm install`, `helm upgrade`, `cilium install`; without a command, a text with such a line."""
    if command is not None:
        return _COMMAND.match(command) is not None
    return "--set" in text and any(_COMMAND.match(line) for line in text.split("\n"))


def parse(lines: Sequence[Line], host: Host, file: str, command: str | None = None) -> Parsed:
    """Setting facts."""
    del host, command  # it is the cluster's
    found = Parsed([], [], [])
    inside = wrapped = False
    option: str | None = None  # that waits for its value on the next line
    for number, line in lines:
        begins = _COMMAND.match(line) is not None
        inside = begins or wrapped or (inside and _SET.match(line) is not None)
        wrapped = inside and line.rstrip().endswith("\\")
        if not inside:
            if line.strip():
                found.rest.append((number, line))
            continue
        for word in words_of(line.strip().rstrip("\\")):
            name, equals, value = word.partition("=")
            if option is None and word in _OPTIONS:
                option = word
                continue
            if option is None and not (equals and name in _OPTIONS):
                continue
            text = word if option is not None else value
            option = None
            for key, value in _values(text.translate(_QUOTES)):
                found.facts.append(Setting("helm", key, value, Source(file, number)))
    return found


def _values(text: str) -> Iterator[tuple[str, str]]:
    """`a=b,c.d=e`: a comma inside braces or behind a backslash parts nothing (helm, pkg/strvals)."""
    for part in re.findall(r"(?:\{[^}]*\}|\\.|[^,\\])+", text):
        key, equals, value = part.partition("=")
        if equals and key:
            yield key, re.sub(r"\\(.)", r"\1", value)
