"""How does a page that knows Mermaid draw the way of packets?

GitHub, GitLab and many wikis draw a code block of the language `mermaid`, here a sequence diagram: places are its
participants, an arrow is a step with its time and what changed, a cross a loss. They refuse more than 50,000
characters.

Law: identifiers are numbers of our own; every character of a text but letters, digits and a few signs is written as its
number (`#59;`), and so is the first letter of the words that Mermaid looks for anywhere, so that none of it is read as
Mermaid, Markdown or HTML. What does not fit is counted in a note.
"""

from __future__ import annotations

import re
from itertools import islice, pairwise
from typing import TYPE_CHECKING

from vxlan_dissect.explain.statements import counted
from vxlan_dissect.report.neutral import clean
from vxlan_dissect.report.trace.ladder import order_of
from vxlan_dissect.report.trace.phrases import (
    began,
    cut,
    delay,
    hop_limit,
    outcome,
    passage,
    verdict,
    way_of,
    where_lost,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from vxlan_dissect.explain.places import At
    from vxlan_dissect.trace.model import Journey

MOST, LARGEST = 40, 45_000  # packets and characters of one diagram
_TEXT, _NAME = 200, 60
_LETTERS = frozenset(" -./,()_+:→·µ" + "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
# `end` closes a block; `style` and `classDef` make Mermaid rewrite the line, wrap and nowrap what follows.
_WORDS = re.compile(r"\b(?=end\b)\w|(?=style|classDef)\w", re.IGNORECASE)


def mermaid(journeys: Iterable[Journey]) -> Iterator[str]:
    """The text, line by line."""
    rest = iter(journeys)
    shown = list(islice(rest, MOST))
    ids = {at: f"p{number}" for number, at in enumerate(order_of(shown), 1)}
    text = "sequenceDiagram\n"
    for number, (at, name) in enumerate(ids.items(), 1):
        text += f"  participant {name} as {number} {_label(str(at), _NAME)}\n"
    yield text
    if not ids:
        yield "  participant p1 as no packet\n"
        return
    size, drawn = len(text), 0
    for journey in shown:
        text = "".join(f"  {line}\n" for line in _journey(journey, ids))
        size += len(text)
        if size > LARGEST:
            break
        drawn += 1
        yield text
    left = len(shown) - drawn + sum(1 for _ in rest)
    if left:
        yield f"  Note over {_over([*ids.values()])}: {counted(left, 'more packet')} not drawn\n"


def _journey(journey: Journey, ids: dict[At, str]) -> Iterator[str]:
    way = way_of(journey)
    if not way:
        return
    _, time = began(journey)
    title = f"{time} #{journey.id} {journey.summary} · {outcome(journey)}"
    doubt = "<br/>" + _label(f"not certain: {journey.doubt}") if journey.ambiguous else ""
    yield f"Note over {_over([ids[at] for at in way])}: {_label(title)}{doubt}"
    limit = hop_limit(journey)
    for before, sighting in pairwise(journey.sightings):
        text = ", ".join(filter(None, [delay(sighting.delay_ns), passage(sighting, limit)]))
        yield f"{ids[before.at]}->>{ids[sighting.at]}: {_label(text or 'seen')}"
    for said in journey.hubble:
        yield f"Note over {ids[way[-1]]}: {_label(f'Hubble {verdict(said)}')}"
    lost = journey.lost
    if lost is not None:
        after = ids[journey.sightings[-1].at] if journey.sightings else ids[way[0]]
        cause = f", perhaps {lost.causes[0].cause}" if lost.causes else ""
        text = _label(f"lost {where_lost(lost)}{cause}")
        yield f"{after}-x{after if lost.before is None else ids[lost.before]}: {text}"


def _over(names: list[str]) -> str:
    """The outermost two of the participants, as a note has them."""
    ends = sorted(set(names), key=lambda name: int(name[1:]))
    return ends[0] if len(ends) == 1 else f"{ends[0]},{ends[-1]}"


def _label(text: str, most: int = _TEXT) -> str:
    text = cut(clean(text), most)
    marked = {match.start() for match in _WORDS.finditer(text)}
    return "".join(
        letter if letter in _LETTERS and at not in marked else f"#{ord(letter)};" for at, letter in enumerate(text)
    )
