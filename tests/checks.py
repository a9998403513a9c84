"""What must hold of every explanation of every capture?

Law: each check is about one frame and says in words what is wrong; none of them knows what the frame is.
"""

from __future__ import annotations

import functools
import json
import os
import re

VERDICTS = {"normal", "by-design", "suspicious", "broken", "unknown"}
CONFIDENCES = {"certain", "likely", "possible"}
ACTIONS = {"send", "answer", "encapsulate", "forward", "decapsulate", "translate", "deliver", "drop"}
SEEN = {"here", "elsewhere", "missing", "not-captured"}
KEYS = {
    "frame", "capture", "time", "length", "summary", "kind", "layers", "outer", "inner", "capture_point", "hops",
    "statements", "note", "related", "damaged", "comment",
}  # fmt: skip
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z")
MAC = re.compile(r"(?<![\w:])(?:[0-9a-f]{2}:){5}[0-9a-f]{2}(?![\w:])")
IP = re.compile(r"(?<![\w:.])(?:\d+\.\d+\.\d+\.\d+|[0-9a-f]{0,4}:[0-9a-f]{0,4}:[0-9a-f:]*)(?![\w:])")
LIMITS = ("ip.ttl", "ipv6.hlim")


def faults(explanation, rules):
    """What is wrong with one explanation; `rules` are the names that a statement may have."""
    text = json.dumps(explanation.as_dict(), allow_nan=False)
    one = json.loads(text, object_pairs_hook=_without_duplicates)
    yield from _shape(one)
    yield from _statements(one, rules)
    yield from _hops(one)


def _without_duplicates(pairs):
    found = dict(pairs)
    assert len(found) == len(pairs), f"a key stands twice: {[key for key, _ in pairs]}"
    return found


def _shape(one):
    if one.keys() != KEYS:
        yield f"keys {sorted(one.keys() ^ KEYS)}"
    if one["time"] is not None and not TIME.fullmatch(one["time"]):
        yield f"time {one['time']}"
    if bool(one["statements"]) == bool(one["note"]):
        yield "neither a statement nor a note, or both"
    for sentence in (one["summary"], *(said["text"] for said in one["statements"])):
        if "None" in sentence or "  " in sentence or sentence != sentence.strip() or not sentence:
            yield f"text {sentence!r}"
    if one["outer"] is not None and one["outer"]["type"] == "vxlan" and "vxlan" not in one["layers"]:
        yield f"tunnel called {one['outer']['type']} with headers {one['layers']}"


def _statements(one, rules):
    for said in one["statements"]:
        if said["rule"] not in rules or said["verdict"] not in VERDICTS or said["confidence"] not in CONFIDENCES:
            yield f"words {said['rule']} {said['verdict']} {said['confidence']}"
        if not said["evidence"]:
            yield f"no evidence for {said['rule']}"
        for item in said["evidence"]:
            if "source" in item and (wrong := misquoted(item["source"], item["line"], item["fact"])):
                yield wrong
            if "frame" in item and item["frame"] not in {related["frame"] for related in one["related"]}:
                yield f"frame {item['frame']} is evidence and not related"


def _hops(one):
    hops = one["hops"]
    if [hop["n"] for hop in hops] != list(range(1, len(hops) + 1)):
        yield "hops are not numbered from 1"
    if sum(hop["seen"] == "here" for hop in hops) > 1:
        yield "captured at two hops at once"
    point = one["capture_point"] or {}
    for hop in hops:
        limit = next((hop["predicted"][name] for name in LIMITS if name in hop["predicted"]), None)
        if hop["seen"] == "here" and (hop["interface"], hop["node"]) != (point.get("interface"), point.get("node")):
            yield f"captured at {hop['interface']} of {hop['node']}, which is not the capture point {point}"
        if hop["seen"] == "here" and limit is not None and limit != str(one["inner"]["hop_limit"]):
            yield f"hop limit {limit} predicted here, {one['inner']['hop_limit']} captured"
        if hop["action"] not in ACTIONS or hop["seen"] not in SEEN or hop["visibility"] not in {"visible", "blind"}:
            yield f"words of hop {hop}"
        if any(not 0 <= int(hop["predicted"].get(name, 0)) <= 255 for name in LIMITS):
            yield f"hop limit {hop['predicted']}"


def doubled(explanation):
    """An interface that stands in the hop list twice, None where each stands once."""
    places = [(hop.node, hop.interface, hop.owner) for hop in explanation.hops if hop.node and hop.interface]
    twice = [place for place in places if places.count(place) > 1]
    return " ".join(map(str, twice[0])) if twice else None


@functools.cache
def misquoted(source, line, fact):
    """What is wrong with a citation: a missing file or line, or an address that does not stand in the line.

    A fact about what is absent cites the line of the interface that lacks it, so only the interface must stand there.
    """
    if line is None:
        return f"{source} is a file and no line of it is cited" if os.path.exists(source) else None
    lines = _lines(source)
    if lines is None or not 1 <= line <= len(lines):
        return f"no line {line} in {source}"
    there = " ".join(lines[max(line - 2, 0) : line]) if "not among" in fact else lines[line - 1]
    cited = [fact.split()[0]] if "not among" in fact else MAC.findall(fact) + IP.findall(MAC.sub("", fact))
    missing = [address for address in cited if address not in there]
    return f"{source}:{line} does not hold {missing}: {fact}" if missing else None


@functools.lru_cache(maxsize=512)
def _lines(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read().split("\n")
    except OSError:
        return None
