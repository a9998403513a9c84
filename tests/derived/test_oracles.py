"""Do other dissectors read the same from the messages of real captures?"""

from __future__ import annotations

from collections import Counter

import pytest

from tests.derived.tshark import FIELDS, ask, ours, reason
from tests.wire.frames import records
from tests.wire.real import frames_of
from vxlan_dissect.decode import decode, read
from vxlan_dissect.errors import CaptureError

FOUND_BY = ("dns.id", "dhcp.type", "dhcpv6.msgtype", "tls.handshake.type")


def with_messages(paths):
    """The captures that hold a message and can be read to their end."""
    for path in paths:
        try:
            packets = read(str(path))
        except CaptureError:
            continue
        if packets.problem is None and any(
            packets.derived(level + name).valid.any() for level in ("", "quoted.") for name in FOUND_BY
        ):
            yield path


def compare(paths, folder):
    """How many values of each field tshark shows, and the differences that have no known reason."""
    counts, differing = Counter(), []
    for linktype, frames in frames_of(paths).items():
        packets = decode(records([f.data for f in frames], linktype, original=[f.original for f in frames]), "oracle")
        answers = list(ask(folder, linktype, frames))
        assert len(answers) == len(packets)
        for row, theirs in enumerate(answers):
            for field in FIELDS:
                mine, his = ours(packets, field, row), theirs[field.name]
                counts[field.name] += bool(his)
                if mine != his:
                    known = reason(packets[row], field.name, mine, theirs)
                    counts[known or "differences"] += 1
                    if known is None:
                        differing.append((frames[row].source, field.name, mine, his))
    print(*(f"{count:6} {name}" for name, count in counts.most_common() if count), sep="\n")
    return counts, differing


def test_stored_captures_agree_with_tshark(captures_dir, tmp_path):
    """Every field of the messages in the stored captures."""
    counts, differing = compare(list(with_messages(sorted(captures_dir.rglob("*.*cap*")))), tmp_path)
    assert differing == []
    assert counts["dns.id"] >= 54
    assert counts["tls.handshake.extensions_server_name"] >= 2


def test_public_captures_agree_with_tshark(corpus_dir, tmp_path):
    """Every field of the messages in captures that others made, with a known reason for each difference."""
    paths = [path for path in sorted(corpus_dir.rglob("*")) if path.is_file()]
    counts, differing = compare(list(with_messages(paths)), tmp_path)
    if counts["dns.id"] < 100:
        pytest.skip("this corpus has too few messages to say anything")
    assert differing[:20] == []
