"""How does a frame look in one line?

Law: a line has the columns that packet people know: number, time, source, destination, protocol, length and what the
frame says. On a screen that is too narrow for columns a frame flows over more lines; nothing is cut. Text from outside
is made safe before it is measured.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from vxlan_dissect.explain.ends import damage_of
from vxlan_dissect.listing import info
from vxlan_dissect.listing.ends import ends
from vxlan_dissect.report.layout import CYAN, DIM, PLAIN, RED, WIDEST, columns_of, padded
from vxlan_dissect.report.words import damage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from vxlan_dissect.listing.batches import Batch
    from vxlan_dissect.listing.times import Clock
    from vxlan_dissect.report.layout import Piece, Screen

# Protocols whose words are made of numbers and addresses, and need not be made safe.
_OF_NUMBERS = frozenset(map(info.title, info.FORMS))
_ROOM = 40  # columns that the last part of a line must have beside the others
_WIDEST_END = 40  # of a source or destination; the text of an IPv6 address has 39


class Said(NamedTuple):
    """What frames say, lists of shape (n,): their innermost packet, the tunnel around it, and what else is to note."""

    protocols: Sequence[str]
    messages: Sequence[str]
    tunnels: Sequence[str]
    remarks: Sequence[str]

    def together(self) -> list[str]:
        """All of it in one text a frame."""
        return [" · ".join(filter(None, parts)) for parts in zip(*self[1:], strict=True)]


def said(batch: Batch) -> Said:
    """What the frames of a batch say."""
    packets = batch.packets
    around = [""] * len(packets)
    if packets.column("frame.tunnels").values.any():
        around = info.tunnels(packets, ends(batch, "src", "outer."), ends(batch, "dst", "outer."))
    return Said(*info.words(packets), around, _remarks(batch))


def _remarks(batch: Batch) -> list[str]:
    """Where a frame is damaged, and what the file notes on it."""
    packets = batch.packets
    result = [""] * len(packets)
    for row in packets.column("damage.layer").valid.nonzero()[0].tolist():
        found = damage_of(packets[row])
        result[row] = damage(found) if found is not None else ""
    if packets.comments:
        for row, number in enumerate(packets.column("frame.number").values.tolist()):
            if number in packets.comments:
                result[row] = " · ".join(filter(None, [result[row], f"“{packets.comments[number]}”"]))
    return result


class Lines:
    """Makes the lines of frames, for a screen."""

    def __init__(self, clock: Clock, screen: Screen, *, flowing: bool, captures: bool = False) -> None:
        """`flowing`: lines keep to the screen. `captures`: a line with its name stands above each capture."""
        self._clock, self._captures = clock, captures
        self._screen = screen if flowing else screen._replace(width=WIDEST)
        self._flowing = flowing
        # Widths grow with what was shown, so that columns stand still once they have found their place.
        self._widths = [5, 10, 9, 9, 4, 4]

    def head(self) -> bytes:
        """Nothing: columns are known by their looks."""
        return b""

    def lines(self, batch: Batch) -> bytes:
        """One line a frame, or more where they must flow."""
        clean = self._screen.clean
        numbers = list(map(str, batch.packets.column("frame.number").values.tolist()))
        lengths = batch.packets.column("frame.len")
        sizes = [str(n) if ok else "" for n, ok in zip(lengths.values.tolist(), lengths.valid.tolist(), strict=True)]
        sources, destinations = ([clean(name) for name in ends(batch, side)] for side in ("src", "dst"))
        words = said(batch)
        fixed = [numbers, self._clock.texts(batch), sources, destinations, words.protocols, sizes]
        self._widen(fixed)
        rows = zip(zip(*fixed, strict=True), zip(*words[1:], strict=True), strict=True)
        make = self._flow if self._flowing or self._screen.colour else self._plain
        lines = [*self._heading(batch), *(line for cells, parts in rows for line in make(cells, parts))]
        return "".join([line + "\n" for line in lines]).encode()

    def _heading(self, batch: Batch) -> Iterator[str]:
        """The name of a capture that begins with this batch, as `head` and `tail` write it."""
        numbers = batch.whole.column("frame.number").values
        if self._captures and len(numbers) and numbers[0] == 1:
            yield f"==> {self._screen.clean(batch.whole.name)} <=="

    def _widen(self, fixed: Sequence[Sequence[str]]) -> None:
        for place, texts in enumerate(fixed):
            longest = max(map(columns_of, set(texts)), default=0)
            limit = _WIDEST_END if place in {2, 3} else longest
            self._widths[place] = max(self._widths[place], min(longest, limit))

    def _cells(self, cells: Sequence[str]) -> list[str]:
        """The cells of a line as wide as their columns."""
        number, time, source, destination, protocol, length = cells
        widths = self._widths
        return [
            number.rjust(widths[0]), time.rjust(widths[1]), padded(source, widths[2]), padded(destination, widths[3]),
            protocol.ljust(widths[4]), length.rjust(widths[5]),
        ]  # fmt: skip

    def _plain(self, cells: Sequence[str], parts: Sequence[str]) -> Iterator[str]:
        number, time, source, destination, protocol, length = self._cells(cells)
        words = " · ".join(filter(None, parts))
        line = f"{number} {time} {source} → {destination} {protocol} {length} {words}".rstrip()
        safe = self._screen.encoding == "utf-8" and not parts[2] and protocol.strip() in _OF_NUMBERS
        yield line if safe else self._screen.clean(line)

    def _flow(self, cells: Sequence[str], parts: Sequence[str]) -> Iterator[str]:
        """A line of columns where there is room for them, else all words one after the other, below the first end."""
        number, time, source, destination, protocol, length = self._cells(cells)
        begin = [(f"{number} {time} ", DIM)]
        message, around, remark = parts
        rest = [
            *self._screen.words(message),
            *([self._screen.together(f"· {around}" if message else around, DIM)] if around else []),
            *self._screen.words(f"· {remark}" if remark and (message or around) else remark, RED),
        ]
        middle: list[Piece] = [
            (f"{source} ", PLAIN), ("→ ", DIM), (f"{destination} ", PLAIN), (f"{protocol} ", CYAN), (f"{length} ", DIM)
        ]  # fmt: skip
        used = sum(columns_of(text) for text, _ in [*begin, *middle])
        if used + _ROOM <= self._screen.width:
            yield from self._screen.lines(0, rest, label=[*begin, *middle])
        else:
            words = [(text.strip(), colour) for text, colour in middle if text.strip()]
            yield from self._screen.lines(0, [*words, *rest], label=begin)
