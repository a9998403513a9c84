"""How does a capture become explanations?

Law: file -> records -> Packets -> located -> explained, each stage in its own module; here they are only put in order.
Frames that share a situation are explained once, and a frame's text is made when it is asked for.
"""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from vxlan_dissect import rules
from vxlan_dissect.beside import inventory_of, with_names
from vxlan_dissect.errors import CaptureError, UsageError
from vxlan_dissect.explain import fragments, streams
from vxlan_dissect.explain.age import age_of
from vxlan_dissect.explain.context import Context, called
from vxlan_dissect.explain.course import course_of
from vxlan_dissect.explain.ends import damage_of, ends_of, hop_limit_of, outer_of
from vxlan_dissect.explain.join import joined
from vxlan_dissect.explain.kinds import CONTENTS, MESSAGES, kind_of, message
from vxlan_dissect.explain.learn import Lessons
from vxlan_dissect.explain.names import Names
from vxlan_dissect.explain.pair import ANSWERED, ANSWERS, RIVALS, Pairing
from vxlan_dissect.explain.point import Points
from vxlan_dissect.explain.signs import Signs
from vxlan_dissect.explain.situations import MAX_KEPT, Memory, answers_known, contents_of, learned, situations
from vxlan_dissect.explain.statements import Explanation, Related
from vxlan_dissect.explain.traits import traits_of
from vxlan_dissect.explain.way import way_of
from vxlan_dissect.joining import epochs_of
from vxlan_dissect.packets import Packets

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from vxlan_dissect.explain.pair import Exchanges
    from vxlan_dissect.explain.statements import CapturePoint, Endpoint, Outer, Statement
    from vxlan_dissect.inventory.inventory import Inventory
    from vxlan_dissect.packets import Packet
    from vxlan_dissect.query import Query


class _Engine:
    """One capture being explained: what was learned of it so far, kept from batch to batch."""

    def __init__(self, inventory: Inventory, at: str | None, *, names: bool, datapath: str | None = None) -> None:
        # Without names neither the inventory nor DNS is looked at: every word of them is a name.
        self.names = Names(inventory if names else type(inventory)())
        self._named = names
        self.lessons = Lessons(self.names, datapath)
        self.pairing = Pairing()
        self.streams = streams.Streams()
        self.signs = Signs(self.names)
        self.at = at
        self._points: Points | None = None
        self.memory: Memory[_Situation] = Memory()

    def learn(self, packets: Packets) -> None:
        """Take in what the next batch teaches."""
        self.lessons.learn(packets)
        self.names.translations.learn(packets)
        if self._named:
            self.names.resolved.learn(packets)

    def points(self, packets: Packets) -> Points:
        """The capture points, as far as this batch and those before it show them."""
        if self._points is None:
            self._points = Points(packets, self.names, self.at)
        else:
            self._points.learn(packets)
        return self._points


class _Marks(NamedTuple):
    """What other frames say of one, as Context has it."""

    exchange: int
    stream: int
    course: int


class _Situation:
    """What frames of one context share: everything but their numbers, times and partners.

    What costs more than names, the way and what the rules say, is made when it is read.
    """

    def __init__(self, packet: Packet, engine: _Engine, point: CapturePoint | None, marks: _Marks) -> None:
        self._packet, self._engine, self._marks = packet, engine, marks
        self._names = names = engine.names.at(packet.integer("frame.time_epoch"))
        self.kind, self.point = kind_of(packet), point
        self.outer = outer_of(packet, names)
        self.src, self.dst = ends_of(packet, names, point, engine.lessons)

    @cached_property
    def context(self) -> Context:
        """What rules read."""
        packet, names, lessons, outer = self._packet, self._names, self._engine.lessons, self.outer
        point, exchange = self.point, self._marks.exchange
        hops = way_of(packet, names, lessons, self.src, self.dst, outer=outer, point=point, exchange=exchange)
        return Context(packet, names, lessons, self.kind, self.src, self.dst, outer, point, hops, *self._marks)

    @cached_property
    def statements(self) -> tuple[Statement, ...]:
        """What the rules say."""
        return rules.statements(self.context)

    @property
    def is_told(self) -> bool:
        """Whether the rules have said all that they have to say."""
        return "statements" in self.__dict__

    def release(self) -> None:
        """Let go of the batch that its frame came in."""
        self.context = self.context.alone()
        self._packet = self.context.packet


class Explanations:
    """The explained frames of one capture, in order: iterate for Explanation.

    `packets` are all its frames, `rows`, shape (k,), those that the filter matches, `inventory` what names come from,
    `problem` the error that ended the reading early or None, `notes` what the reader should know of the capture as a
    whole. `exchanges` says which frames answer each other, `file_name` is the name without folders.
    """

    CACHE = MAX_KEPT  # situations of one batch kept at a time

    def __init__(self, packets: Packets, engine: _Engine, query: Query | None = None) -> None:
        self.packets, self.name, self.problem = packets, packets.name, packets.problem
        self.file_name = os.path.basename(self.name) or self.name
        self._engine = engine
        engine.learn(packets)
        self._points = engine.points(packets)
        self.exchanges: Exchanges = engine.pairing.match(packets)
        if engine.lessons.profile.sender_macs:
            engine.signs.learn(packets, self.exchanges.state, self._points)
            engine.lessons.refine(engine.signs)
        self._streams = engine.streams.analyse(packets)
        messages = [array for name in (*MESSAGES, *CONTENTS) for array in contents_of(packets, name)]
        whole = packets.column("frame.fragments").valid
        epochs = epochs_of(packets, engine.names.inventory.boundaries)
        self._course = course_of(packets)
        extra: list[NDArray[Any]] = [self.exchanges.state, self._streams.flags, self._course, whole, *messages]
        extra += [] if epochs is None else [epochs]
        extra += [answers_known(packets, engine.lessons), *traits_of(packets, engine.names.inventory)]
        engine.memory.begin(learned(engine.lessons, self._points))
        self._codes, self._firsts, self._keys = situations(packets, extra)
        self.rows = np.arange(len(packets))
        if query is not None:
            self.rows = np.flatnonzero(query.mask(packets, self.join))

    @property
    def inventory(self) -> Inventory:
        """What names come from."""
        return self._engine.names.inventory

    @property
    def notes(self) -> list[str]:
        """How the network was recognised, and how many lines of a text were not understood."""
        network, unread = self._engine.lessons.network, self.packets.unread
        said = [f"network: {network.words}"]
        times = self.packets.columns.get("frame.time_epoch")
        if times is not None and times.valid.any():
            ends = int(times.values[times.valid].min()), int(times.values[times.valid].max())
            said += [f"age: inventory {age}" for age in age_of(self.inventory, *ends)]
        if unread:
            said.append(f"text: {unread} packet line{'s' if unread > 1 else ''} or hex dumps not understood in full")
        return said

    @cached_property
    def times(self) -> NDArray[np.int64]:
        """When each frame of `packets` was captured, in nanoseconds, shape (n,)."""
        return self.packets.times()

    @property
    def lessons(self) -> Lessons:
        """What the capture taught so far."""
        return self._engine.lessons

    @property
    def codes(self) -> NDArray[np.intp]:
        """Which situation each frame of `packets` is in, shape (n,): frames of one have one context."""
        return self._codes

    @property
    def firsts(self) -> list[int]:
        """The row of the first frame of each situation."""
        return self._firsts

    def context(self, row: int) -> Context:
        """What rules read of the frame in a row of `packets`."""
        return self._situation(int(self._codes[row])).context

    def said(self, code: int) -> tuple[Statement, ...]:
        """What the rules say of the frames of a situation."""
        return self._situation(code).statements

    def point(self, row: int) -> CapturePoint | None:
        """Where the frame in a row of `packets` was captured."""
        return self._points.of(self.packets[row])

    def places(self) -> list[CapturePoint]:
        """Where the capture as a whole was taken, also where no frame shows it; an interface None stands for all."""
        return self._points.covered()

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Explanation]:
        return (self._explain(int(row)) for row in self.rows)

    def __getitem__(self, index: int) -> Explanation:
        return self._explain(int(self.rows[index]))

    def __repr__(self) -> str:
        return f"<Explanations {self.name}: {len(self)} of {len(self.packets)} frames>"

    def _repr_html_(self) -> str:
        from vxlan_dissect.report import html

        return html.explanations(self)

    @property
    def findings(self) -> list[tuple[Explanation, Statement]]:
        """The statements that are more than information, with their frames."""
        return [(frame, said) for frame in self for said in frame.statements if said.severity != "info"]

    def to_pandas(self) -> pd.DataFrame:
        """One row a statement: frame, time, kind, summary, rule, text, verdict, confidence.

        A frame for which no rule speaks has one row with the last four null. `time` is `datetime64[ns, UTC]`, null in
        undated text; the other columns are text.
        """
        import pandas as pd

        rows: list[tuple[object, ...]] = []
        for frame in self:
            head = (frame.frame, frame.time_ns if frame.dated else None, frame.kind, frame.summary)
            said = [(s.rule, s.text, s.verdict, s.confidence) for s in frame.statements]
            rows += [(*head, *tail) for tail in said] or [(*head, None, None, None, None)]
        names = ["frame", "time", "kind", "summary", "rule", "text", "verdict", "confidence"]
        table = pd.DataFrame(rows, columns=names).astype({"frame": "int64", "time": "Int64"})
        times = pd.to_datetime(table["time"], unit="ns", utc=True)
        return table.astype(dict.fromkeys(names[2:], "str")).assign(time=times)

    def join(self, name: str) -> list[tuple[np.ndarray, list[str | None]]]:
        """The values of a name of `query.JOIN_FIELDS` for all frames of `packets`, as `Query.mask` asks for them."""
        situations = [self._situation(code) for code in range(len(self._firsts))]
        rows = [joined(name, situation, self.file_name) for situation in situations]
        width = max(map(len, rows), default=0)
        return [(self._codes, [row[k] if k < len(row) else None for row in rows]) for k in range(width)]

    def ends(self) -> tuple[np.ndarray, list[tuple[Endpoint, Endpoint, Outer | None]]]:
        """Sender, receiver and tunnel of every frame of `packets`: integers of shape (n,), and what they index."""
        situations = [self._situation(code) for code in range(len(self._firsts))]
        return self._codes, [(each.src, each.dst, each.outer) for each in situations]

    def _situation(self, code: int) -> _Situation:
        found = self._engine.memory.get(self._keys[code])
        if found is None:
            row = self._firsts[code]
            packet = self.packets[row]
            marks = _Marks(int(self.exchanges.state[row]), int(self._streams.flags[row]), int(self._course[row]))
            found = _Situation(packet, self._engine, self._points.of(packet), marks)
            self._engine.memory.keep(self._keys[code], found, self.CACHE)
        return found

    def _explain(self, row: int) -> Explanation:
        packet = self.packets[row]
        situation = self._situation(int(self._codes[row]))
        context = situation.context
        time = _time(packet)
        related = (*self._related(row, time or 0), *fragments.related(packet, time or 0))
        return Explanation(
            frame=packet.number,
            capture=self.file_name,
            time_ns=time,
            dated=packet.get("frame.time_epoch") is not None,
            length=packet.integer("frame.len"),
            summary=_summary(packet, context),
            kind=context.kind,
            layers=packet.protocols,
            outer=context.outer,
            src=context.src,
            dst=context.dst,
            hop_limit=hop_limit_of(packet),
            capture_point=context.point,
            hops=context.hops,
            statements=tuple(said.at(packet, related) for said in situation.statements),
            related=related,
            damaged=damage_of(packet),
            comment=self.packets.comments.get(packet.number),
        )

    def _related(self, row: int, time: int) -> Iterator[Related]:
        state = self.exchanges.state[row]
        relation = {ANSWERED: "reply", ANSWERS: "request", RIVALS: "request"}.get(int(state))
        if relation is not None:
            for partner in self.exchanges.partners.get(row, ()):
                yield Related(partner.frame, relation, partner.time_ns - time)
        yield from streams.related(self._streams, row, time)


def explain(
    capture: str | os.PathLike[str] | Packets,
    inventory: Inventory | str | os.PathLike[str] | None = None,
    *,
    at: str | None = None,
    where: str | None = None,
    names: bool = True,
    decode_as: Sequence[str] = (),
    datapath: str | None = None,
) -> Explanations:
    """Explain every frame of a capture.

    `capture`: a file name, `-` for standard input, or Packets. `inventory`: an Inventory, or the path of one; None
    takes what lies beside the capture (see `beside`), or nothing. `at`: NODE:INTERFACE where it was taken. `where`: a
    filter. `names` false leaves all names out. `decode_as`: rules such as `udp.port==51999,vxlan` for a capture that is
    read here. `datapath`: which network it is, a key of `datapath.recognise.NAMED`, where it is not to be recognised.
    Raises CaptureError where nothing could be read, QueryError, UsageError.
    """
    from vxlan_dissect import decode

    query = _compiled(where)
    if isinstance(capture, Packets):
        if decode_as:
            raise UsageError("decode_as comes too late for Packets: give it to read()")
        packets = capture
    else:
        packets = decode.read(os.fspath(capture), decode_as=decode_as)
    known = with_names(inventory_of(inventory, packets.name), packets)
    return Explanations(packets, _Engine(known, at, names=names, datapath=datapath), query)


def stream(
    name: str,
    inventory: Inventory | str | None = None,
    *,
    at: str | None = None,
    where: str | Query | None = None,
    names: bool = True,
    decode_as: Sequence[str] = (),
    datapath: str | None = None,
) -> Iterator[Explanations]:
    """Explain a capture batch by batch as it is written; what is learned and what waits for an answer is carried along.

    The `problem` that ended a capture early comes with a last Explanations without frames. Raises CaptureError where
    nothing at all could be read.
    """
    from vxlan_dissect import decode
    from vxlan_dissect.capture import open_capture

    query = _compiled(where)
    engine = _Engine(inventory_of(inventory, name), at, names=names, datapath=datapath)
    shown = False
    try:
        capture = open_capture(name)
        for packets in decode.iter_packets(capture, decode_as=decode_as):
            packets.names = capture.names
            yield Explanations(packets, engine, query)
            shown = True
    except CaptureError as problem:
        if not shown:
            raise
        yield Explanations(Packets(name, 0, {}, problem=problem), engine, query)


def _compiled(where: str | Query | None) -> Query | None:
    if not isinstance(where, str):
        return where
    from vxlan_dissect import query

    return query.compile(where)


def _summary(packet: Packet, context: Context) -> str:
    who, whom = called(context.src), called(context.dst)
    text = f"{who} → {whom}: {message(packet, context.kind)}"
    if context.outer is not None:
        nodes = [called(context.outer.src), called(context.outer.dst)]
        text += f", in {context.outer.title} from {nodes[0]} to {nodes[1]}"
    part = fragments.words(packet)
    return f"{text}; {part}" if part else text


def _time(packet: Packet) -> int | None:
    epoch = packet.integer("frame.time_epoch")
    return epoch if epoch is not None else packet.integer("frame.time_of_day")
