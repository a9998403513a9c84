"""Which source addresses does a host replace, by `nft list ruleset`?

Run `nft list ruleset` on the node.

Law: a rule is a statement in a chain in a table, over one line or, where it holds a set, several; a rule that ends in
masquerade or snat is a fact, all others are counted. Source of the form: nftables, src/rule.c (table_print_flush).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from vxlan_dissect.inventory.model import Host, Masquerade, Note, Source
from vxlan_dissect.inventory.sources.base import Line, Parsed, tool_words, words_of
from vxlan_dissect.inventory.sources.masquerade import Condition, with_conditions

if TYPE_CHECKING:
    from collections.abc import Sequence

_TABLE = re.compile(r"table (?:(?:ip|ip6|inet|arp|bridge|netdev) )?(\S{1,128}) \{(?: #.*)?\Z")
_TABLE_ANYWHERE = re.compile(r"^[ \t]*table (?:(?:ip|ip6|inet|arp|bridge|netdev) )?\S{1,128} \{", re.MULTILINE)
_CHAIN = re.compile(r"chain (\S{1,128}) \{(?: #.*)?\Z")
_QUOTED = re.compile(r'"[^"]*"')
_WORD = re.compile(r'"[^"]*"|[^\s",{}]+|[{}]')
_ACTIONS = frozenset(("masquerade", "snat"))
_FIELDS = {"saddr": "source", "daddr": "destination", "oifname": "device", "oif": "device"}


def listing(command: str | None) -> bool | None:
    """Whether an `nft list` prints JSON; None for another command."""
    said = tool_words(command, "nft")
    if said is None:
        return None
    words, options = said
    if words[:1] != ["list"] or words[1:2] not in (["ruleset"], ["table"], ["chain"], ["tables"]):
        return None
    return any("j" in option if len(option) < 4 else option == "json" for option in options)


def accepts(command: str | None, text: str) -> bool:
    """Text of `nft list ruleset`; without a command, a line that opens a table."""
    if command is not None:
        return listing(command) is False
    return _TABLE_ANYWHERE.search(text) is not None


def parse(lines: Sequence[Line], host: Host, file: str, command: str | None = None) -> Parsed:
    """Masquerade facts. Without a command, a table that is not closed may be prose and is none."""
    found = Parsed([], [], [])
    at = rules = 0
    while at < len(lines):
        number, line = lines[at]
        if _TABLE.match(line.strip()):
            end, closed = _end(lines, at)
            if closed or command is not None:
                rules += _table(lines[at:end], host, file, found)
                at = end
                continue
        if words_of(line) and not (command is not None and line.startswith("# Warning: table ")):
            found.rest.append((number, line))
        at += 1
    if rules:
        why = f"rules that replace no source address: {rules}"
        found.notes.append(Note(file, None, why, "passed-over", rules))
    return found


def _depth(line: str) -> int:
    """How many more braces a line opens than it closes, those in quotes and comments left aside."""
    plain = _QUOTED.sub("", line).partition("#")[0]
    return plain.count("{") - plain.count("}")


def _end(lines: Sequence[Line], at: int) -> tuple[int, bool]:
    """Behind which line the table that opens here ends, and whether it does."""
    depth = 0
    for end in range(at, len(lines)):
        depth += _depth(lines[end][1])
        if depth <= 0:
            return end + 1, True
    return len(lines), False


def _table(lines: Sequence[Line], host: Host, file: str, found: Parsed) -> int:
    """The rules of one table; how many of them are no facts."""
    others, depth, chain, statement, begin = 0, 0, None, "", 0
    for number, line in lines:
        text = line.strip()
        opened = _CHAIN.match(text) if depth == 1 and not statement else None
        if opened:
            chain = opened[1]
        elif chain is not None and text != "}" and text:
            statement, begin = (f"{statement} {text}", begin) if statement else (text, number)
            if len(statement) < 1 << 16 and _depth(statement) > 0:
                continue
            if not statement.startswith(("type ", "comment ", "policy ")):
                fact = _rule(statement, host, chain, Source(file, begin))
                others += fact is None
                if fact is not None:
                    found.facts.append(fact)
            statement = ""
            continue
        depth += _depth(text)
        if depth <= 1 and not opened:
            chain = None
    return others


def _rule(text: str, host: Host, chain: str, source: Source) -> Masquerade | None:
    """`ip saddr 10.244.1.0/24 ip daddr != 10.244.1.0/24 oifname != "cilium_*" counter packets 0 bytes 0 masquerade`."""
    text = re.sub(r' # handle \d+\Z| comment "[^"]*"', "", re.sub(r"\bcounter packets \d+ bytes \d+ ?", "", text))
    words: list[str] = _WORD.findall(text)
    at = next((at for at, word in enumerate(words) if word in _ACTIONS), None)
    if at is None:
        return None
    after = words[at + 1 :]
    to = after[after.index("to") + 1] if "to" in after[:-1] else None
    match = " ".join(text.partition(words[at])[0].split())
    return with_conditions(Masquerade(host, chain, match, words[at], source), _conditions(words[:at]), to)


def _conditions(words: list[str]) -> list[Condition]:
    found: list[Condition] = []
    for at, word in enumerate(words):
        field = _FIELDS.get(word)
        if field is None or at + 1 >= len(words):
            continue
        negated = words[at + 1] == "!="
        first = at + 1 + (negated or words[at + 1] == "==")
        last = first
        if first < len(words) and words[first] == "{":
            first += 1
            last = words.index("}", first) - 1 if "}" in words[first:] else len(words) - 1
        found.append(Condition(field, negated, tuple(value.strip('"') for value in words[first : last + 1])))
    return found
