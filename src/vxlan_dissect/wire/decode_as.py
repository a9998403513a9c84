"""Which header does a user say follows a number that the tables do not know, or know otherwise?

Law: a rule is written as `tshark -d` has it, `udp.port==51999,vxlan`, and can name only a header that follows that kind
of number anyway. It comes before what the tables say, for the numbers it names and for no others. What cannot be
understood is a UsageError that says what could be written there.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from vxlan_dissect.errors import UsageError
from vxlan_dissect.wire import DISPATCH, udp
from vxlan_dissect.wire.walk import INSIDE, Dispatch

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from vxlan_dissect.wire.header import Mask, Work
    from vxlan_dissect.wire.walk import Frames, Test


class _Field(NamedTuple):
    """The range of a field's numbers, and the `tables` that say what follows.

    `direct`: the numbers are those of the tables. `by_source`: they are, also or instead, those of the UDP source port.
    """

    tables: tuple[str, ...]
    low: int
    high: int
    direct: bool = True
    by_source: bool = False


_UDP = ("udp.dstport",)
FIELDS = {
    "udp.port": _Field(_UDP, 0, 0xFFFF, by_source=True),
    "udp.dstport": _Field(_UDP, 0, 0xFFFF),
    "udp.srcport": _Field(_UDP, 0, 0xFFFF, direct=False, by_source=True),
    "ip.proto": _Field(("ip.proto", "ipv6.nxt"), 0, 0xFF),
    "ethertype": _Field(("eth.type",), 0x0600, 0xFFFF),
}
_ALIASES = {"vxlan_gpe": "vxlan", "wireguard": "wg"}
_NUMBER = r"(0[xX][0-9a-fA-F]{1,8}|[0-9]{1,8})"
_RULE = re.compile(rf"\s*([\w.]+)\s*==\s*{_NUMBER}(?:([-:]){_NUMBER})?\s*,\s*([\w.-]+)\s*", re.ASCII)


class _Rule(NamedTuple):
    field: str
    low: int
    high: int
    header: str


def dispatch(rules: Sequence[str] = ()) -> Dispatch:
    """What follows what, with `rules` applied in order, the last one first in doubt. Raises UsageError."""
    return _dispatch(tuple(rules))


@lru_cache(maxsize=16)
def _dispatch(rules: tuple[str, ...]) -> Dispatch:
    made = DISPATCH
    for written in rules:
        made = _apply(made, _parse(written))
    return made


def _parse(written: str) -> _Rule:
    found = _RULE.fullmatch(written)
    if found is None:
        raise _fault(written, "a rule is FIELD==NUMBER,PROTOCOL, as udp.port==51999,vxlan")
    name, first, sign, second, header = found.groups()
    if name not in FIELDS:
        raise _fault(written, f"{name} is no field of a rule{_nearest(name, FIELDS)}")
    low, high = _number(first), _number(second or first)
    if sign == ":":  # how many, as tshark has it
        high += low - 1
    field = FIELDS[name]
    if not field.low <= low <= high <= field.high:
        raise _fault(written, f"the numbers of {name} go up from {field.low} to {field.high}")
    header = _ALIASES.get(header.lower(), header.lower())
    known = _following(field)
    if header not in known:
        raise _fault(written, f"{header} does not follow {name}{_nearest(header, known)}")
    return _Rule(name, low, high, header)


def _number(text: str) -> int:
    return int(text, 16 if text[:2].lower() == "0x" else 10)


def _following(field: _Field) -> dict[str, dict[str, int]]:
    """Header name -> table -> its code there, for the headers that may follow a field."""
    found: dict[str, dict[str, int]] = {}
    for table in field.tables:
        codes = [*DISPATCH.tables[table].tolist(), *(code for code, _ in DISPATCH.tests.get(table, ()))]
        for code in filter(None, codes):
            found.setdefault(DISPATCH.headers[(code & ~INSIDE) - 1].name, {}).setdefault(table, code)
    return found


def _apply(before: Dispatch, rule: _Rule) -> Dispatch:
    field = FIELDS[rule.field]
    tables, codes, tests = dict(before.tables), dict(before.codes), dict(before.tests)
    for table, code in _following(field)[rule.header].items():
        if field.direct:
            old = tables[table]
            # The last entry stays 0 and stands for everything beyond.
            tables[table] = np.zeros(max(len(old), rule.high + 2), dtype=np.uint8)
            tables[table][: len(old)] = old
            tables[table][rule.low : rule.high + 1] = code
            codes[table] = sorted({*codes[table], code})
        if field.by_source:
            tests[table] = [(code, _from_port(rule.low, rule.high)), *tests.get(table, ())]
    return Dispatch(before.headers, tables, codes, tests)


def _from_port(low: int, high: int) -> Test:
    """A test of the source port, for datagrams whose destination port nothing is known to follow."""

    def test(frames: Frames, work: Work) -> Mask:
        ports = udp.source_ports(frames, work)
        return np.asarray((ports >= low) & (ports <= high))

    return test


def _fault(written: str, reason: str) -> UsageError:
    return UsageError(f"decode-as {written!r}: {reason}")


def _nearest(name: str, known: Iterable[str]) -> str:
    from difflib import get_close_matches

    names = sorted(known)
    near = get_close_matches(name, names, 1)
    return f"; did you mean {near[0]}?" if near else f"; there are {', '.join(names)}"
