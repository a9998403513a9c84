"""How does an explanation look in a notebook?

Law: a fragment that stands alone: no script, no style sheet, nothing loaded; every text is made safe. Colours are
chosen to read on white and on black, and the text itself has the colour of the page.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from vxlan_dissect.explain.statements import BROKEN, BY_DESIGN, SUSPICIOUS, UNKNOWN
from vxlan_dissect.report import words
from vxlan_dissect.report.neutral import html

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vxlan_dissect.datapath.base import Hop
    from vxlan_dissect.explain.statements import Endpoint, Explanation, Statement
    from vxlan_dissect.pipeline import Explanations

SHOWN = 20
FEW = 2  # so many frames stand open at once
# Middle tones: at least 3:1 against white as well as against the usual dark backgrounds.
_COLOURS = {BY_DESIGN: "#2e9e5b", SUSPICIOUS: "#c47f17", BROKEN: "#e0483e", UNKNOWN: "#5b8dd9"}
_QUIET = "opacity:.7"
_MONO = "font-family:ui-monospace,monospace"
_MARKS = {"here": "●", "elsewhere": "○", "missing": "✗"}


def explanations(result: Explanations) -> str:
    """A capture: its first SHOWN frames, each folded under its summary, and how many more there are."""
    total = len(result)
    title = f"<b>{html(result.name)}</b> · {total} frame{'' if total == 1 else 's'}"
    rest = f"<p>… and {total - SHOWN} more frames</p>" if total > SHOWN else ""
    frames = "".join(_folded(item, is_open=total <= FEW) for item in islice(iter(result), SHOWN))
    problem = f'<p style="color:{_COLOURS[BROKEN]}">{html(str(result.problem))}</p>' if result.problem else ""
    return (
        f"<div>{_line(title)}{''.join(_line(html(note), _QUIET) for note in result.notes)}{frames}{rest}{problem}</div>"
    )


def explanation(item: Explanation) -> str:
    """One frame, unfolded."""
    return f"<div>{_line(_summary(item))}{_body(item)}</div>"


def _folded(item: Explanation, *, is_open: bool) -> str:
    opened = " open" if is_open else ""
    return f'<details style="margin:.2em 0"{opened}><summary>{_summary(item)}</summary>{_body(item)}</details>'


def _summary(item: Explanation) -> str:
    _, time = words.clock(item.time_ns, item.dated)
    worst = words.by_severity(item.statements)[:1]
    verdict = _verdict(worst[0]) if worst and worst[0].severity != "info" else ""
    return f'{item.frame} <span style="{_QUIET}">{html(time)}</span> <b>{html(item.summary)}</b> {verdict}'


def _body(item: Explanation) -> str:
    facts = words.related(item)
    if item.capture_point:
        point = item.capture_point
        where = words.place(point.node, point.interface, point.pod)
        facts.append(f"captured at {where} ({words.capture_point(point)})")
    if item.length is not None:
        facts.append(f"{item.length} bytes")
    parts = [_line(html(" · ".join(facts)))]
    if item.outer:
        parts.append(_line(f"outer: {html(words.tunnel(item.outer))}"))
        parts.append(_sides(item.outer.src, item.outer.dst))
    parts.append(_line(f"{'inner' if item.outer else 'frame'}: {html(words.headers(item))}"))
    parts.append(_sides(item.src, item.dst))
    if item.damaged:
        parts.append(_line(f"damaged: {html(words.damage(item.damaged))}", f"color:{_COLOURS[BROKEN]}"))
    if item.comment:
        parts.append(_line(f"comment: {html(item.comment)}"))
    if item.hops:
        parts.append(_table(map(_hop, item.hops)))
    said = "".join(map(_statement, words.by_severity(item.statements))) or f"<li>{words.SILENT}</li>"
    return f'<div style="margin-left:1.5em">{"".join(parts)}<ul style="margin:.3em 0">{said}</ul></div>'


def _sides(src: Endpoint, dst: Endpoint) -> str:
    rows = []
    for word, endpoint in (("from", src), ("to", dst)):
        for n, holder in enumerate(filter(None, words.holders(endpoint))):
            said = f"{holder.doubt}: {holder.why}" if holder.why else holder.doubt
            doubt = f' <span style="{_QUIET}">({html(said)})</span>' if said else ""
            rows.append(
                ("" if n else word, _code(holder.address), f"<b>{html(holder.name)}</b> {html(holder.remark)}{doubt}")
            )
    return _table(rows)


def _hop(hop: Hop) -> tuple[str, ...]:
    mark = _MARKS.get(hop.seen, "◌" if hop.visibility == "blind" else "·")
    remark = words.hop_remark(hop)
    detail = f"{html(hop.detail)}{f' <b>({html(remark)})</b>' if remark else ''}"
    return mark, str(hop.n), html(hop.node or "?"), _code(words.hop_place(hop)), html(hop.action), detail


def _statement(statement: Statement) -> str:
    shown = "".join(f"<li>{_code(where)} {html(what)}</li>" for where, what in map(words.evidence, statement.evidence))
    origin = f'<span style="{_QUIET}">[{html(words.origin(statement))}]</span>'
    evidence = f'<details style="{_QUIET}"><summary>evidence</summary><ul style="margin:0">{shown}</ul></details>'
    return f"<li>{_verdict(statement)} {html(statement.text)} {origin}{evidence if shown else ''}</li>"


def _verdict(statement: Statement) -> str:
    verdict = words.verdict(statement)
    colour = _COLOURS.get(statement.verdict)
    return f'<b style="color:{colour}">{html(verdict)}</b>' if verdict and colour else html(verdict)


def _table(rows: Iterable[tuple[str, ...]]) -> str:
    """Cells are HTML already. The style undoes what notebooks do to tables of data (right-aligned, striped)."""
    cell = 'style="text-align:left;padding:0 .8em 0 0;background:none;white-space:normal;vertical-align:top"'
    lines = ("".join(f"<td {cell}>{text}</td>" for text in row) for row in rows)
    body = "".join(f'<tr style="background:none">{line}</tr>' for line in lines)
    return f'<table style="border:none;margin:.2em 0;font-size:inherit;color:inherit">{body}</table>'


def _line(text: str, style: str = "") -> str:
    return f'<div style="{style}">{text}</div>' if style else f"<div>{text}</div>"


def _code(text: str) -> str:
    return f'<span style="{_MONO}">{html(text)}</span>'
