"""Do other programs get exactly the contract, and can no name from outside reach a terminal or leave its quotes?"""

from __future__ import annotations

import json
import re

import pandas as pd
import pytest

from tests.report.made_topologies import ATTACKS
from tests.report.trace import made
from tests.report.trace.sequence import checked
from vxlan_dissect.errors import UsageError
from vxlan_dissect.explain.places import At
from vxlan_dissect.report.layout import Screen, columns_of
from vxlan_dissect.report.neutral import clean
from vxlan_dissect.report.trace import render
from vxlan_dissect.report.trace.tables import TABLES, folder_of, write
from vxlan_dissect.trace.model import Change, Clock, Delay, Flow, Journey, Lost, Point, RankedCause, Verdict

HOSTILE = (
    *ATTACKS,
    "\x9b31m",
    "\u2028\u2029",
    "end",
    "e\u0301" * 50,
    "participant p1 as x\n  p1->>p9: x",
    "a<br/>b#59;",
)


def hostile(attack):
    """A trace in which every text from outside is an attack."""
    here, there = At(attack, f"eth0 {attack}"), At(f"w2 {attack}", f"eth0 {attack}", f"pod {attack}")
    files = {here: f"1 {attack}", there: f"2 {attack}"}
    changes = (Change("encapsulated", None, attack), Change("src-mac", attack, attack), Change("source", attack, None))
    seen = made.sightings((0, 9), ((here, 1, ()), (there, 2, changes)), files)
    seen = (seen[0], seen[1]._replace(also=((attack, 3),)))
    one = Journey(
        1, f"a {attack} → b {attack}", Flow(attack, attack, attack, 1, 2, attack, attack), seen, True, attack, False,
        Lost(there, At(attack, "eth9"), (RankedCause("policy", attack, "likely"),), f"scope {attack}"),
        (Verdict(made.BEGIN, attack, "DROPPED", attack, attack, attack, attack),),
    )  # fmt: skip
    points = tuple(
        Point(files[at], at, "both", f"basis {attack}", "likely", 2, made.BEGIN, made.BEGIN + 9) for at in (here, there)
    )
    return made.Made(
        [one], points=points, clocks=(Clock(attack, f"w2 {attack}", 9, 1.0, 1, 0, 1, attack),),
        delays=(Delay(here, there, 1, 1, 2, 3),), notes=(attack,),
    )  # fmt: skip


@pytest.mark.parametrize("attack", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("width", [60, 80, 100])
@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "ascii"])
def test_no_name_reaches_the_terminal(attack, width, encoding):
    """Text is printable, of the width of the screen, in its encoding, and has no code but our own colours."""
    trace = hostile(attack)
    plain = "".join(render(trace, "text", Screen(width, False, encoding), heading=(f"inventory: {attack}",), told=True))
    coloured = "".join(
        render(trace, "text", Screen(width, True, encoding), heading=(f"inventory: {attack}",), told=True)
    )
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == plain
    for line in plain.splitlines():
        assert clean(line, encoding=encoding) == line
        assert columns_of(line) <= width
    assert plain.split("\n") == [*plain.splitlines(), ""]


@pytest.mark.parametrize("attack", HOSTILE, ids=range(len(HOSTILE)))
def test_no_name_leaves_its_text_in_mermaid(attack):
    """Only arrows and notes of our own, whatever the names are; names are there as they were cleaned."""
    said = checked("".join(render(hostile(attack), "mermaid", Screen())))
    assert said.arrows == [("p1", "p2", True), ("p2", "p3", False)]


@pytest.mark.parametrize("attack", HOSTILE, ids=range(len(HOSTILE)))
def test_json_is_the_contract(attack):
    """ASCII on one line a journey, and exactly what `as_dict` says."""
    trace = hostile(attack)
    lines, whole = ("".join(render(trace, shape, Screen())) for shape in ("jsonl", "json"))
    for text in (lines, whole):
        assert text.isascii()
        assert text.replace("\n", "").isprintable()
    expected = json.loads(json.dumps(trace.as_dict(), default=str))
    assert json.loads(whole) == expected
    assert [json.loads(line) for line in lines.splitlines()] == expected["journeys"]


def test_json_of_all_and_of_none():
    """Also with many journeys, with a choice, and with nothing in it."""
    trace = made.Made(made.ALL)
    assert json.loads("".join(render(trace, "json", Screen()))) == trace.as_dict() | json.loads(
        json.dumps({"journeys": [one.as_dict() for one in made.ALL]})
    )
    chosen = json.loads("".join(render(trace, "json", Screen(), journeys=trace.lost)))
    assert [one["id"] for one in chosen["journeys"]] == [5]
    assert chosen["overview"]["journeys"] == 8
    assert json.loads("".join(render(made.Made(()), "json", Screen())))["journeys"] == []
    assert "".join(render(made.Made(()), "jsonl", Screen())) == ""


@pytest.mark.parametrize("shape", ["text", "jsonl", "json", "mermaid"])
def test_journeys_are_taken_one_by_one(shape):
    """A trace of any length can be shown: no more than the drawn ones are held."""
    alive = most = 0

    class Kept(str):
        __slots__ = ()

        def __del__(self):
            nonlocal alive
            alive -= 1

    def each():
        nonlocal alive, most
        for number in range(2000):
            alive += 1
            most = max(most, alive)
            yield made.REQUEST._replace(id=number, summary=Kept("a → b"))

    for _ in render(made.Made(()), shape, Screen(), journeys=each(), told=True):
        pass
    assert 0 < most < 100


def test_tables_go_to_a_folder(tmp_path):
    """One file a table, as DataFrames; a folder that is there is used, and nothing else in it touched."""
    (tmp_path / "kept.txt").write_text("kept")
    trace = made.Made(made.ALL)
    written = write(trace, str(tmp_path))
    assert written == [str(tmp_path / f"{name}.parquet") for name in TABLES]
    for name, path in zip(TABLES, written, strict=True):
        pd.testing.assert_frame_equal(pd.read_parquet(path), getattr(trace, name))
    assert (tmp_path / "kept.txt").read_text() == "kept"
    assert len(list(tmp_path.iterdir())) == 4
    assert write(trace, str(tmp_path / "new" / "folder"))


@pytest.mark.parametrize("path", [None, "-"])
def test_tables_need_a_folder(path, tmp_path):
    """Three tables cannot go to standard output, nor into one file."""
    with pytest.raises(UsageError, match="name a folder"):
        folder_of(path)
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="is a file"):
        folder_of(str(tmp_path / "file"))
