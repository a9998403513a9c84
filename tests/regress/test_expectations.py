"""Is a file of expectations read as meant, and refused wherever it could hide a typo?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from vxlan_dissect.errors import UsageError
from vxlan_dissect.regress.expectations import NO_INVENTORY, RuleCheck, load_expectations

if TYPE_CHECKING:
    from pathlib import Path

RULES = {"ndp.solicitation", "ndp.proxy-advertisement", "tunnel.encapsulated"}

WHOLE = """
define:
  request: &request {kind: icmpv6.echo-request, inner.src.pod: a}
empty: [silent.pcap]
captures:
  - capture: worker.eth0.pcap
    total: 3
    capture_point: {node: worker, interface: eth0}
    every: {outer.vni: 10398}
    rules: {tunnel.encapsulated: 3}
    none: [ndp.solicitation]
    pairs: [[1, 2]]
    frames:
      - {<<: *request, frame: [1, 3], inner.src.pod: b, passes: ["a:eth0"], seen_here: []}
      - frame: 2
        related: [{frame: 1, as: request}]
        silent: [ndp.solicitation]
        rules:
          - tunnel.encapsulated
          - {rule: ndp.proxy-advertisement, verdict: by-design, confidence: {one_of: [certain, likely]}, text: [x]}
  - {capture: worker.eth0.pcap, inventory: near.txt, total: 3}
  - {capture: worker.eth0.pcap, inventory: none, total: 3}
"""


def written(folder: Path, text: str) -> Path:
    """The path of a file of expectations with this text."""
    path = folder / "expect.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_part_is_read(tmp_path):
    """A file with every key gives the empty captures first, then the entries, each frame of a list on its own."""
    silent, auto, near, without = load_expectations(written(tmp_path, WHOLE), RULES)
    assert (silent.capture, silent.total) == (str(tmp_path / "silent.pcap"), 0)
    assert (auto.capture, auto.total, auto.inventory) == (str(tmp_path / "worker.eth0.pcap"), 3, None)
    assert auto.capture_point == {"capture_point.node": "worker", "capture_point.interface": "eth0"}
    assert auto.every == {"outer.vni": 10398}
    assert (auto.rules, auto.none, auto.pairs) == ({"tunnel.encapsulated": 3}, ("ndp.solicitation",), ((1, 2),))
    first, third, second = auto.frames
    assert (first.frame, third.frame, second.frame) == (1, 3, 2)
    assert first.values == {"kind": "icmpv6.echo-request", "inner.src.pod": "b"}, "what stands here beats the merged"
    assert (first.passes, first.seen_here, second.seen_here) == (("a:eth0",), (), None)
    assert second.related == ({"frame": 1, "as": "request"},)
    assert second.silent == ("ndp.solicitation",)
    assert second.rules == (
        RuleCheck("tunnel.encapsulated"),
        RuleCheck("ndp.proxy-advertisement", "by-design", {"one_of": ["certain", "likely"]}, ("x",)),
    )
    assert near.inventory == str(tmp_path / "near.txt")
    assert without.inventory == NO_INVENTORY


def entry(text: str) -> str:
    """One capture with one more line."""
    return f"captures:\n  - capture: a.pcap\n    total: 1\n    {text}\n"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "a mapping is needed"),
        ("captures: []", "it expects nothing"),
        ("capture: []", "unknown key 'capture'"),
        ("captures:\n  - capture: a.pcap", "a number is needed, not None"),
        ("captures:\n  - total: 1", "the name of a file is needed"),
        ("captures: [{capture: a, total: yes}]", "a number is needed, not True"),
        ("captures: [{capture: a, total: 1}", "no YAML"),
        ("captures: !!python/object/apply:os.getcwd []", "no YAML"),
        (entry("total: 2"), "line 4: the key 'total' stands twice"),
        (entry("framez: []"), "unknown key 'framez'"),
        (entry("frames: {}"), "a list is needed"),
        (entry("frames: [{kind: tcp}]"), "a number is needed, not None"),
        (entry("frames: [{frame: 1, inner.src.podd: x}]"), "unknown key 'podd'"),
        (entry("frames: [{frame: 1, rule: [x]}]"), "unknown key 'rule'"),
        (entry("frames: [{frame: 1, hops.first.node: x}]"), "hops is a list"),
        (entry("frames: [{frame: 1, kind.x: y}]"), "kind has no parts"),
        (entry("frames: [{frame: 1, kind: {contain: y}}]"), "a value or one of contains, one_of"),
        (entry("frames: [{frame: 1, kind: {}}]"), "a value or one of contains, one_of"),
        (entry("frames: [{frame: 1, kind: {one_of: tcp}}]"), "a list is needed"),
        (entry("frames: [{frame: 1, kind: {contains: 6}}]"), "a list of texts is needed"),
        (entry("frames: [{frame: 1, hops: {length: six}}]"), "a number is needed"),
        (entry("frames: [{frame: []}]"), "a number is needed"),
        (entry("frames: [{frame: 1, rules: [{rule: ndp.solicitation, verdict: {length: 1}}]}]"), "there is no verdict"),
        (entry("? {a: b}\n    : c"), "no YAML"),
        (entry("frames: [{frame: 1, silent: [ndp.solicitacion]}]"), "there is no rule 'ndp.solicitacion'"),
        (entry("frames: [{frame: 1, rules: [{rule: ndp.solicitation, verdikt: normal}]}]"), "unknown key 'verdikt'"),
        (entry("frames: [{frame: 1, rules: [{rule: ndp.solicitation, verdict: fine}]}]"), "there is no verdict 'fine'"),
        (entry("frames: [{frame: 1, rules: [{rule: ndp.solicitation, confidence: sure}]}]"), "there is no confidence"),
        (entry("frames: [{frame: 1, related: [{frames: 2}]}]"), "unknown key 'frames'"),
        (entry("frames: [{frame: 1, passes: worker}]"), "a list is needed"),
        (entry("none: [ndp.x]"), "there is no rule 'ndp.x'"),
        (entry("rules: {ndp.x: 0}"), "there is no rule 'ndp.x'"),
        (entry("rules: {ndp.solicitation: -1}"), "a number is needed"),
        (entry("pairs: [[1]]"), "a request and a reply are needed"),
        (entry("capture_point: {nod: worker}"), "capture_point.nod: unknown key 'nod'"),
        (entry("every: {outer.vnii: null}"), "unknown key 'vnii'"),
    ],
)
def test_what_could_hide_a_typo_is_refused(tmp_path, text, complaint):
    """Every misspelt key, rule, path or value is an error that names the file and the place."""
    path = written(tmp_path, text)
    with pytest.raises(UsageError) as caught:
        load_expectations(path, RULES)
    assert str(path) in str(caught.value)
    assert complaint in str(caught.value)
    assert "\n" not in str(caught.value)


def test_keys_that_a_merge_brought_are_no_duplicates(tmp_path):
    """A mapping that merges another and is merged itself may override a key without being refused."""
    text = "define:\n  a: &a {kind: x}\n  b: &b {<<: *a, kind: y}\n" + entry("frames: [{<<: *b, frame: 1, kind: z}]")
    [expectation] = load_expectations(written(tmp_path, text))
    assert expectation.frames[0].values == {"kind": "z"}
