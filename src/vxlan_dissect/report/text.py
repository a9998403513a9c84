"""What does an explanation look like on a terminal?

Law: the first two lines of a frame tell the story, the evidence stands below. Colour repeats what a word or a mark
already says. What was shown in full once (a way through the network, a sentence, an inventory line) is named again
by its frame or place, and a field that a frame's upper lines show is not repeated as evidence; JSON has everything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.statements import (
    BROKEN,
    BY_DESIGN,
    SUSPICIOUS,
    UNKNOWN,
    FactEvidence,
    FieldEvidence,
    FrameEvidence,
    format_duration,
)
from vxlan_dissect.report import words
from vxlan_dissect.report.layout import BOLD, CYAN, DIM, GREEN, PLAIN, RED, YELLOW, Screen, columns_of, padded

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    from vxlan_dissect.explain.statements import CapturePoint, Endpoint, Explanation, Statement
    from vxlan_dissect.report import Heading
    from vxlan_dissect.report.layout import Piece
    from vxlan_dissect.report.words import Holder

    Ends = list[tuple[str, Holder | None, Holder | None]]

_BULLETS = {SUSPICIOUS: "!", BROKEN: "✗", UNKNOWN: "?"}
_COLOURS = {BY_DESIGN: GREEN, SUSPICIOUS: YELLOW, BROKEN: RED, UNKNOWN: CYAN}
_MARKS = {"here": "●", "elsewhere": "○", "missing": "✗", "blind": "◌"}
_MARK_COLOURS = {"here": BOLD, "missing": RED}
_INDENT, _DEEP, _LABEL, _HEAD = 3, 7, 9, 11
# Longer lines of prose are hard to follow, however wide the terminal is; tables may use all of it.
_MEASURE = 120
_NAME, _REMEMBERED = 120, 4096
_INFERRED = "inferred"  # where evidence stands that no line gives
# Columns whose values the upper lines of a frame show: the summary, the tunnel, the ends, the hop limit.
_SHOWN = frozenset(
    level + name
    for level in ("", "outer.")
    for name in (
        "eth.src", "eth.dst", "ip.src", "ip.dst", "ip.ttl", "ipv6.src", "ipv6.dst", "ipv6.hlim", "udp.dstport",
        "arp.src.hw_mac", "arp.src.proto_ipv4", "arp.dst.proto_ipv4", "vxlan.vni", "vxlan.recognised_by",
        "geneve.vni", "geneve.recognised_by",
        "icmp.type", "icmp.ident", "icmp.seq", "icmpv6.type", "icmpv6.echo.identifier",
        "icmpv6.echo.sequence_number", "arp.opcode",
    )
)  # fmt: skip


class TextReport:
    """Writes captures one after the other; each method gives the text to print, whole lines."""

    def __init__(self, screen: Screen) -> None:
        self.screen = screen
        self._prose = screen._replace(width=min(screen.width, _MEASURE))
        self._first = True
        self._forget()

    def _forget(self) -> None:
        self._date = ""
        self._paths: list[tuple[str, str]] = []
        self._point: CapturePoint | None = None
        self._previous: int | None = None
        # What was shown -> in which frame.
        self._shown: dict[Hashable, int] = {}

    def _before(self, thing: Hashable, frame: int) -> int | None:
        """The frame that showed this before, or None; then it is this frame."""
        if thing not in self._shown and len(self._shown) < _REMEMBERED:
            self._shown[thing] = frame
            return None
        return self._shown.get(thing)

    def begin(self) -> str:
        """Nothing stands before the first capture."""
        return ""

    def end(self) -> str:
        """Nothing stands after the last capture."""
        return ""

    def capture(self, heading: Heading, first: Explanation | None) -> str:
        """The lines above a capture's frames; time and capture point are those of its first frame."""
        self._forget()
        if path := (heading.inventory or "").rstrip("/"):
            self._paths = [(f"{path}/", ""), (f"{path}:", f"{path.rpartition('/')[2]}:")]
        screen = self.screen
        title = [heading.name]
        if heading.frames is not None:
            title.append("1 frame" if heading.frames == 1 else f"{heading.frames} frames")
        if heading.where:
            title.append(f"only {heading.where}")
        if first is not None:
            self._date, time = words.clock(first.time_ns, first.dated)
            undated = "" if first.time_ns is None else ", date unknown"
            title.append(f"{self._date} {time} UTC" if first.dated else f"{time}{undated}")
        rows = [] if self._first else [""]
        self._first = False
        rows += screen.lines(0, screen.words(" · ".join(title), BOLD), hang=_INDENT)
        if first is not None:
            rows += self._labelled("taken at", self._taken_at(first.capture_point), width=_HEAD)
        used = [*screen.words(heading.inventory or ""), *screen.words(f"({heading.found})", DIM)]
        rows += self._labelled("inventory", used, width=_HEAD)
        for note in map(self._short, heading.notes):
            topic, _, rest = note.partition(": ")
            label, text = (topic, rest) if rest and len(topic) < _HEAD - 1 and " " not in topic else ("note", note)
            rows += self._labelled(label, screen.words(text), width=_HEAD)
        return "\n".join([*rows, ""])

    def frame(self, explanation: Explanation) -> str:
        """One frame: what it is and what belongs to it, whose its addresses are, its way, what the rules say."""
        rows = ["", *self._story(explanation), *self._addresses(explanation)]
        if explanation.damaged:
            text = self.screen.words(words.damage(explanation.damaged))
            rows += self._labelled("damaged", text, colour=RED)
        if explanation.comment:
            rows += self._labelled("comment", self.screen.words(explanation.comment))
        return "\n".join([*rows, *self._way(explanation), *self._statements(explanation), ""])

    def _labelled(self, label: str, text: list[Piece], *, width: int = _LABEL, colour: str = DIM) -> list[str]:
        return self.screen.lines(_INDENT, text, label=[(padded(label, width), colour)])

    def _taken_at(self, point: CapturePoint | None) -> list[Piece]:
        self._point = point
        if point is None:
            return self.screen.words("unknown; --at NODE:INTERFACE says it")
        basis = self._short(words.capture_point(point))
        return [*self.screen.words(_point(point)), *self.screen.words(f"({basis})", DIM)]

    def _story(self, explanation: Explanation) -> list[str]:
        screen = self.screen
        date, time = words.clock(explanation.time_ns, explanation.dated)
        if date and date != self._date:
            time, self._date = f"{date} {time}", date
        label = [(f"{explanation.frame}", BOLD), (f"  {time}  ", PLAIN)]
        if self._previous is not None and explanation.time_ns is not None:
            gap = explanation.time_ns - self._previous
            label.append((f"{'+' if gap >= 0 else '-'}{format_duration(abs(gap))}  ", DIM))
        self._previous = explanation.time_ns
        facts = words.related(explanation)
        point = explanation.capture_point
        if point is not None and point != self._point:
            facts.append(f"captured at {_point(point)}")
        if explanation.length is not None:
            facts.append(f"{explanation.length} bytes")
        rows = screen.lines(0, screen.words(explanation.summary, BOLD), label=label, hang=_INDENT)
        return rows + (screen.lines(_INDENT, screen.words(" · ".join(facts))) if facts else [])

    def _addresses(self, explanation: Explanation) -> list[str]:
        outer, rows = explanation.outer, []
        if outer is not None:
            rows += self._labelled("outer", self.screen.words(words.tunnel(outer)))
            rows += self._ends(outer.src, outer.dst, explanation.frame)
        label = "frame" if outer is None else "inner"
        rows += self._labelled(label, self.screen.words(words.headers(explanation)))
        return rows + self._ends(explanation.src, explanation.dst, explanation.frame)

    def _ends(self, src: Endpoint, dst: Endpoint, frame: int) -> list[str]:
        """Both ends: an IP address and its MAC in one line where all lines fit, otherwise one address a line."""
        screen, rows = self.screen, []
        ends = [("from", *words.holders(src)), ("to", *words.holders(dst))]
        lines = list(_side_by_side(ends))
        room = screen.width - _INDENT - _LABEL - 2
        if any(len(address) + columns_of(screen.clean(_whose(holder))) > room for _, address, holder in lines):
            lines = list(_one_below_the_other(ends))
        for word, address, holder in lines:
            comma = "," if holder.name and holder.remark[:1] not in {"", "("} else ""
            text = screen.words(screen.clean(holder.name, _NAME) + comma, BOLD)
            text += screen.words(holder.remark)
            if holder.doubt:
                # The rules give the same reason as evidence, which then need not be told again either.
                told = not holder.why or self._before(FactEvidence(_INFERRED, None, holder.why), frame) is not None
                why = "" if told else f": {self._short(holder.why)}"
                text += screen.words(f"({holder.doubt}{why})", DIM)
            rows += screen.lines(_INDENT, text, label=[(f"  {word:<{_LABEL - 2}}", DIM), (f"{address}  ", PLAIN)])
        return rows

    def _way(self, explanation: Explanation) -> list[str]:
        hops, screen = explanation.hops, self.screen
        if not hops:
            return []
        shown = self._before(
            tuple((hop.node, words.hop_place(hop), hop.action, hop.detail, hop.visibility, hop.seen) for hop in hops),
            explanation.frame,
        )
        if shown is not None:
            here = [f"captured at hop {hop.n}, {words.hop_place(hop)}" for hop in hops if hop.seen == "here"]
            return self._labelled("way", screen.words("; ".join([f"as in frame {shown}", *here])))
        places = [screen.clean(words.hop_place(hop), _NAME) for hop in hops]
        widths = max(map(columns_of, places)), max(len(hop.action) for hop in hops)
        rows: list[str] = []
        node: str | None = ""
        for hop, name in zip(hops, places, strict=True):
            if (hop.node or hop.node_address) != node:
                node = hop.node or hop.node_address
                rows += self._labelled("then" if rows else "way", screen.words(node or "unknown node"))
            mark = "blind" if hop.visibility == "blind" and hop.seen not in _MARKS else hop.seen
            colour = _MARK_COLOURS.get(hop.seen, DIM)
            label = [
                (f"  {screen.clean(_MARKS.get(mark, '·'))} ", colour),
                (f"{hop.n:>{len(str(len(hops)))}}  ", DIM),
                (padded(name, widths[0]) + "  ", BOLD if hop.seen == "here" else PLAIN),
                (f"{hop.action:<{widths[1]}}  ", PLAIN),
            ]
            remark = words.hop_remark(hop)
            text = screen.words(hop.detail, DIM) + ([screen.together(f"({remark})", colour)] if remark else [])
            rows += screen.lines(_INDENT, text, label=label)
        return rows

    def _statements(self, explanation: Explanation) -> list[str]:
        screen, rows = self._prose, []
        again: dict[int, list[str]] = {}
        for statement in words.by_severity(explanation.statements):
            facts = tuple(item for item in statement.evidence if isinstance(item, FactEvidence))
            shown = self._before((statement.rule, statement.text, statement.confidence, facts), explanation.frame)
            if shown is not None and statement.severity == "info":
                again.setdefault(shown, []).append(words.origin(statement))
            else:
                rows += self._statement(statement) + self._evidence(statement, explanation)
        for frame, origins in again.items():
            text = screen.words(f"As in frame {frame}:") + screen.words(f"[{'] ['.join(origins)}]", DIM)
            rows += screen.lines(_INDENT, text, label=[(screen.clean("• "), PLAIN)])
        if not explanation.statements:
            rows += screen.lines(_INDENT, screen.words(words.SILENT), label=[("? ", CYAN)])
        return rows

    def _statement(self, statement: Statement) -> list[str]:
        screen, verdict = self._prose, words.verdict(statement)
        colour = _COLOURS.get(statement.verdict, PLAIN)
        bullet = screen.clean(_BULLETS.get(statement.verdict, "•"))
        text = [screen.together(verdict, colour)] if verdict else []
        text += [*screen.words(statement.text), screen.together(f"[{words.origin(statement)}]", DIM)]
        return screen.lines(_INDENT, text, label=[(f"{bullet} ", colour)])

    def _evidence(self, statement: Statement, explanation: Explanation) -> list[str]:
        """Fields that no other line shows, other frames but those of the second line, inventory lines."""
        screen, rows = self._prose, []
        partners = {item.frame for item in explanation.related}
        fields, told = [], []
        for item in statement.evidence:
            where, what = map(self._short, words.evidence(item))
            if isinstance(item, FieldEvidence):
                if item.field not in _SHOWN:
                    fields.append(f"{where} = {what}")
                continue
            if isinstance(item, FrameEvidence):
                if item.frame in partners:
                    continue
            elif (shown := self._before(item, explanation.frame)) is not None:
                told.append(where if item.line is not None else f"{where} ({_seen(shown, explanation.frame)})")
                continue
            label = [(f"{where}  ", DIM)]
            rows += screen.lines(_DEEP, screen.words(what, DIM), label=label, room=screen.width // 2)
        return [*self._list(fields), *rows, *self._list([*dict.fromkeys(told)])]

    def _list(self, texts: list[str]) -> list[str]:
        """Texts that stay together, with commas between; no line where there are none."""
        if not texts:
            return []
        last = len(texts) - 1
        pieces = [self._prose.together(text + "," * (n < last), DIM) for n, text in enumerate(texts)]
        return self._prose.lines(_DEEP, pieces)

    def _short(self, text: str) -> str:
        """Text with places in the inventory as seen from there, since the heading has its path."""
        for path, name in self._paths:
            if text.startswith(path):
                text = name + text[len(path) :]
            text = text.replace(f" {path}", f" {name}")
        return text


def _seen(shown: int | None, frame: int) -> str:
    return "as above" if shown == frame else f"as in frame {shown}"


def _point(point: CapturePoint) -> str:
    known = point.node or point.interface or point.pod
    return words.place(point.node, point.interface, point.pod) if known else "an unknown place"


def _whose(holder: Holder) -> str:
    return f"{holder.name}, {holder.remark}" if holder.name and holder.remark else holder.name + holder.remark


def _side_by_side(ends: Ends) -> Iterator[tuple[str, str, Holder]]:
    """One line for an IP address and its MAC; a second one where the MAC is known to be somebody else's."""
    ips = max((len(ip.address) + 2 for _, ip, _ in ends if ip), default=0)
    macs = max((len(mac.address) for _, _, mac in ends if mac), default=0)
    for word, ip, mac in ends:
        if ip and mac and (both := _both(ip, mac)):
            yield word, f"{ip.address:<{ips}}{mac.address:<{macs}}", both
            continue
        if ip:
            yield word, f"{ip.address:<{ips + macs}}", ip
        if mac:
            yield "" if ip else word, f"{'':<{ips}}{mac.address:<{macs}}", mac


def _one_below_the_other(ends: Ends) -> Iterator[tuple[str, str, Holder]]:
    width = max((len(holder.address) for _, *both in ends for holder in both if holder), default=0)
    for word, ip, mac in ends:
        if ip:
            yield word, f"{ip.address:<{width}}", ip
        if mac:
            same = ip is not None and ip.name and _same(ip, mac)
            unknown = ip is not None and ip.name and mac.nameless and not mac.doubt
            remark = "the same" if same else "(unknown)" if unknown else mac.remark
            holder = mac._replace(name="" if same else mac.name, remark=remark)
            yield "" if ip else word, f"{mac.address:<{width}}", holder


def _both(ip: Holder, mac: Holder) -> Holder | None:
    """What is said of an IP address and a MAC in one line; None where two owners need two lines."""
    if _same(ip, mac) or (ip.group and mac.group):
        return ip
    if mac.group:
        return ip._replace(remark=f"{ip.remark} {mac.remark}".strip())
    if mac.nameless and not mac.doubt and not ip.group:
        return ip._replace(remark=f"{ip.remark} (MAC unknown)".strip())
    return None


def _same(ip: Holder, mac: Holder) -> bool:
    return (ip.name, ip.doubt, ip.group) == (mac.name, mac.doubt, mac.group)
