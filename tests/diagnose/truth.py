"""What is true of each scenario?

Law: the truth is what truth/*.yaml say, written from the scenarios' commands, drop counters and texts and from reading
their captures, never from what this project says of them. truth/README.md tells the form.
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from tests.datapath.labs import ROOT, SETS, load

if TYPE_CHECKING:
    from vxlan_dissect import Inventory

HERE = Path(__file__).parent / "truth"
SHARED = ROOT.parent / "shared"
SUFFIXES = {".pcap", ".pcapng"}
PINGS = {
    "ping4": ("icmp.echo-request", "icmp.echo-reply"),
    "ping6": ("icmpv6.echo-request", "icmpv6.echo-reply"),
}
FLOW_KEYS = {"way", "until", "since", "reply-until", "after", "left", "pieces"}
OUTSIDE = "outside"


@dataclass(frozen=True)
class Way:
    """The points from a sender to a receiver; those in the other two show nothing of requests or of replies."""

    hops: tuple[str, ...]
    dark_request: frozenset[str] = frozenset()
    dark_reply: frozenset[str] = frozenset()
    back: tuple[str, ...] = ()

    @property
    def reply(self) -> tuple[str, ...]:
        """The way of the answers."""
        return self.back or self.hops[::-1]

    @property
    def round(self) -> tuple[str, ...]:
        """There and back."""
        return self.hops + self.reply


@dataclass(frozen=True)
class Loss:
    """Where something is lost: the last point that shows it, the first that should and does not (any of `missing`)."""

    causes: tuple[str, ...]
    last: str | None
    missing: tuple[str, ...]
    way: Way
    reply: bool


@dataclass(frozen=True)
class Truth:
    """One scenario. `losses` is empty where it is healthy; `known` are the points each of which alone can tell.

    `side` are causes of what else went wrong, which a finding may name anywhere. `kinds` maps points to how many frames
    of each kind are there; points of `open` are not compared.
    """

    name: str
    ways: dict[str, Way]
    kinds: dict[str, Counter[str]]
    open: frozenset[str]
    losses: tuple[Loss, ...]
    known: frozenset[str]
    side: frozenset[str]
    why: str

    @property
    def family(self) -> str:
        """The name without its number and title."""
        return re.split(r"-\d\d", self.name)[0]

    @property
    def healthy(self) -> bool:
        """Whether nothing above `info` may be said."""
        return not self.losses


@functools.lru_cache(maxsize=1)
def table() -> dict[str, Truth]:
    """All scenarios by name."""
    found: dict[str, Truth] = {}
    for path in sorted(HERE.glob("*.yaml")):
        told = yaml.safe_load(path.read_text(encoding="utf-8"))
        if unknown := told.keys() - {"points", "ways", "scenarios", "shared"}:
            raise ValueError(f"{path.name}: {unknown}")
        for name, about in told["scenarios"].items():
            if name in found:
                raise ValueError(f"{name} stands in two files")
            found[name] = _truth(name, about or {}, told)
    return found


def folder_of(name: str) -> Path | None:
    """Where the captures of a scenario are: in the project, else beside it; None where nowhere."""
    own = next((ROOT / "captures").glob(f"*/{name}"), None)
    if own is not None:
        return own
    beside = (SHARED / one / name for one in SETS)
    return next((path for path in beside if path.is_dir()), None)


def inventory_of(name: str) -> Inventory:
    """The inventory of the healthy network that a scenario ran in."""
    return load(str(inventory_folder(name)))


def inventory_folder(name: str) -> Path:
    """Where it is."""
    folder = folder_of(name)
    assert folder is not None
    if folder.is_relative_to(ROOT / "captures"):
        return folder.parent / "inventory"
    family = re.split(r"-\d\d", name)[0]
    sub = {"captures": "inventory", "captures-others": f"inventory/{family}"}.get(folder.parent.name)
    if sub is None:
        variant = family.removeprefix("cilium")
        sub = "inventory" if variant == "119" else f"inventory-{variant}"
    return folder.parent / sub


def captures_of(name: str) -> dict[str, Path]:
    """Point -> capture of a scenario."""
    folder = folder_of(name)
    assert folder is not None
    return {path.stem: path for path in sorted(folder.iterdir()) if path.suffix in SUFFIXES}


def any_of(point: str) -> str:
    """The capture of all interfaces of the node of a point."""
    return f"{point.partition('.')[0]}.any"


def expected(truth: Truth, point: str) -> Counter[str]:
    """How many frames of each kind are at a capture point, one of all interfaces of a node too."""
    if not point.endswith(".any"):
        return truth.kinds.get(point, Counter())
    node = point.partition(".")[0]
    on_node = (found for own, found in truth.kinds.items() if own.startswith(f"{node}.") and ".pod-" not in own)
    return sum(on_node, Counter())


def compared(truth: Truth, point: str) -> bool:
    """Whether the table says what kinds a point shows."""
    node = point.partition(".")[0]
    hidden = {one for one in truth.open if one == point or (point == f"{node}.any" and one.startswith(f"{node}."))}
    return bool(truth.kinds) and "all" not in truth.open and not hidden


def _truth(name: str, about: dict[str, Any], told: dict[str, Any]) -> Truth:
    if unknown := about.keys() - {"flows", "fault", "open", "why"}:
        raise ValueError(f"{name}: {unknown}")
    points: dict[str, str] = told["points"] | {"outside": OUTSIDE, "all": "all"}
    ways = {key: _way(way, points) for key, way in told["ways"].items()}
    kinds: dict[str, Counter[str]] = {}
    used = {}
    for flow in about.get("flows", ()):
        used[flow["way"]] = ways[flow["way"]]
        for point, kind, count in _sightings(flow, ways, points):
            kinds.setdefault(point, Counter())[kind] += count
    fault = about.get("fault", {})
    if unknown := fault.keys() - {"causes", "lost", "known", "side"}:
        raise ValueError(f"{name}: {unknown}")
    losses = tuple(_loss(loss, fault["causes"], ways, points) for loss in fault.get("lost", ()))
    return Truth(
        name=name,
        ways=used,
        kinds=kinds,
        open=frozenset(points[one] for one in about.get("open", ())),
        losses=losses,
        known=frozenset(points[one] for one in fault.get("known", ())),
        side=frozenset(fault.get("side", ())),
        why=about.get("why", ""),
    )


def _way(told: dict[str, Any], points: dict[str, str]) -> Way:
    if unknown := told.keys() - {"hops", "dark", "dark-request", "dark-reply", "back"}:
        raise ValueError(f"way: {unknown}")
    named = {key: tuple(points[one] for one in value) for key, value in told.items()}
    dark = named.get("dark", ())
    return Way(
        named["hops"],
        frozenset((*dark, *named.get("dark-request", ()))),
        frozenset((*dark, *named.get("dark-reply", ()))),
        named.get("back", ()),
    )


def _loss(told: dict[str, Any], causes: list[str], ways: dict[str, Way], points: dict[str, str]) -> Loss:
    if unknown := told.keys() - {"last", "missing", "way", "causes", "reply"}:
        raise ValueError(f"loss: {unknown}")
    missing = told.get("missing") or []
    missing = missing if isinstance(missing, list) else [missing]
    last = told.get("last")
    return Loss(
        tuple(told.get("causes", causes)),
        points[last] if last else None,
        tuple(points[one] for one in missing),
        ways[told["way"]],
        told.get("reply", False),
    )


def _sightings(flow: dict[str, Any], ways: dict[str, Way], points: dict[str, str]):
    """Which frames of a flow are seen where: point, kind, count."""
    ((name, counts),) = ((key, value) for key, value in flow.items() if key not in FLOW_KEYS)
    way = ways[flow["way"]]
    asks, answers = PINGS.get(name, (name, name))
    sent, replied = counts if isinstance(counts, list) else (counts, counts)
    until, since, back_until, after = (
        points[flow[key]] if key in flow else None for key in ("until", "since", "reply-until", "after")
    )
    if until and not isinstance(counts, list):
        replied = 0
    left = sent
    if after:
        left = replied = flow["left"]
    pieces, middle = flow.get("pieces", 1), "ip.fragment" if name == "ping4" else "ipv6.fragment"
    # Of a datagram in pieces the first frame and the one that completes it have its kind.
    named = min(pieces, 2)
    for point in _part(way.hops, None, until):
        if point not in way.dark_request:
            yield point, asks, sent * named
            yield point, middle, sent * (pieces - named)
        sent = left if point == after else sent
    for point in _part(way.reply, since, back_until):
        if point not in way.dark_reply:
            yield point, answers, replied * named
            yield point, middle, replied * (pieces - named)


def _part(hops: tuple[str, ...], first: str | None, last: str | None) -> tuple[str, ...]:
    start = hops.index(first) if first else 0
    end = hops.index(last) + 1 if last else len(hops)
    return hops[start:end]
