"""Which rules choose a routing table, by `ip rule`?

Run `ip rule` and `ip -6 rule` (`ip -d rule`) on the host.

Law: what comes before the action is the selector, in iproute2's own words and order (ip/iprule.c, print_rule); who
installed the rule (`proto`) is left out, since only `-d` prints it. A list is sorted: where priorities fall, another
list begins, and of which family it is nobody says.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from vxlan_dissect.inventory.model import Host, PolicyRule, Source
from vxlan_dissect.inventory.sources.base import Line, Parsed, ip_command, prefix_or_none, whole_number, words_of

if TYPE_CHECKING:
    from collections.abc import Sequence

ACTIONS = frozenset(
    "lookup goto nop unreachable prohibit blackhole masquerade map-to table realms unicast local broadcast".split()
)
_RULE = re.compile(r"^[ \t]*\d{1,10}:\s+(?:not )?from \S", re.MULTILINE)


def accepts(command: str | None, text: str) -> bool:
    """Text of `ip rule`; without a command, a line such as `32766: from all lookup main`."""
    if command is not None:
        said = ip_command(command)
        return said is not None and said.subject == "rule" and not said.json
    return _RULE.search(text) is not None


def parse(lines: Sequence[Line], host: Host, file: str, command: str | None = None) -> Parsed:
    """PolicyRule facts."""
    said = ip_command(command)
    family = said.family if said else None
    sure = said is not None
    last = -1
    found = Parsed([], [], [])
    for number, line in lines:
        words = words_of(line)
        rule = _rule(words, host, Source(file, number)) if len(words) > 3 else None
        if rule is None:
            if words:
                found.rest.append((number, line))
            continue
        if rule.priority < last:
            sure = False
        last = rule.priority
        # iproute2 shows the rules of IPv4 where no family is asked for (iprule_list_flush_or_save).
        found.facts.append(rule._replace(family=rule.family or ((family or 4) if sure else None)))
    return found


def family_of(selector: Sequence[str]) -> int | None:
    """The family of the addresses in a selector, None where it has none."""
    prefixes = [prefix_or_none(word) for word in selector if "." in word or ":" in word]
    return next((prefix.ip.version for prefix in prefixes if prefix is not None), None)


def _rule(words: list[str], host: Host, source: Source) -> PolicyRule | None:
    priority = whole_number(words[0][:-1]) if words[0].endswith(":") else None
    at = next((at for at, word in enumerate(words) if word in ACTIONS), None)
    if priority is None or at is None or words[1] not in {"from", "not"}:
        return None
    action = words[at:]
    if len(action) > 2 and action[-2] == "proto":
        del action[-2:]
    return PolicyRule(host, priority, " ".join(words[1:at]), " ".join(action), source, family_of(words[1:at]))
