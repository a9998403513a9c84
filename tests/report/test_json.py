"""Do other programs get exactly the contract?"""

from __future__ import annotations

import json

import pytest

from tests.report import samples
from vxlan_dissect.report import Heading, open_report
from vxlan_dissect.report.json import dumps
from vxlan_dissect.report.layout import Screen

FRAMES = list(samples.ALL.values())


def written(shape, frames):
    """Everything a report writes for one capture."""
    report = open_report(shape, Screen())
    parts = [report.begin(), report.capture(Heading("x", None, None, ""), None), *map(report.frame, frames)]
    return "".join([*parts, report.end()])


def without_repeated_keys(pairs):
    """A dict, or an error where a key stands twice."""
    assert len({key for key, _ in pairs}) == len(pairs)
    return dict(pairs)


def test_a_line_is_an_object_of_the_contract():
    """Each line of jsonl parses alone and is the explanation, nothing added and no key twice."""
    lines = written("jsonl", FRAMES).splitlines()
    found = [json.loads(line, object_pairs_hook=without_repeated_keys) for line in lines]
    assert found == [frame.as_dict() for frame in FRAMES]


@pytest.mark.parametrize("count", [0, 1, len(FRAMES)])
def test_the_array_holds_the_same_objects(count):
    """The format json is one array, also of nothing and of one."""
    assert json.loads(written("json", FRAMES[:count])) == [frame.as_dict() for frame in FRAMES[:count]]


@pytest.mark.parametrize("shape", ["json", "jsonl"])
def test_the_text_is_printable_ascii(shape):
    """Hostile names are escaped as JSON escapes them and come back as they were."""
    text = written(shape, [samples.HOSTILE])
    assert text.isascii()
    assert text.replace("\n", "").isprintable()
    parsed = json.loads(text)
    assert (parsed[0] if shape == "json" else parsed)["summary"] == samples.EVIL


def test_numbers_that_json_does_not_have_are_refused():
    """NaN never reaches a consumer."""
    with pytest.raises(ValueError, match="not JSON compliant"):
        dumps({"x": float("nan")})
