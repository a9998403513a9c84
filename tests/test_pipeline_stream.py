"""Is a capture explained while it is being written, batch by batch, as it would be in the whole?"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading

import pytest

from vxlan_dissect import Inventory, pipeline, read
from vxlan_dissect.capture import pcap, records
from vxlan_dissect.errors import CaptureError, QueryError

HEADER, RECORD = 24, 16 + 168  # of 1.cap: the header of the file, then each record with the bytes of its frame
PATIENCE = 30


@pytest.fixture(scope="module")
def folder(captures_dir):
    """The article's captures."""
    return captures_dir / "dual-stack-ping6"


@pytest.fixture(scope="module")
def content(folder):
    """The bytes of 1.cap."""
    return (folder / "1.cap").read_bytes()


@pytest.fixture
def started(folder):
    """`vxd explain - -T jsonl`, killed at the end."""
    command = [sys.executable, "-m", "vxlan_dissect", "explain", "-", "-i", str(folder / "inventory"), "-T", "jsonl"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    stop = threading.Timer(PATIENCE, process.kill)
    stop.start()
    yield process
    stop.cancel()
    process.kill()
    process.communicate()


def feed(process, data):
    """Write to the command and let it see it."""
    process.stdin.write(data)
    process.stdin.flush()


def test_each_packet_as_it_comes(started, content):
    """The line of a packet is out before the next packet is written, also where a packet comes in two pieces."""
    feed(started, content[: HEADER + RECORD])
    assert json.loads(started.stdout.readline())["frame"] == 1
    feed(started, content[HEADER + RECORD : HEADER + RECORD + 50])
    feed(started, content[HEADER + RECORD + 50 :])
    second = json.loads(started.stdout.readline())
    assert (second["frame"], second["kind"]) == (2, "icmpv6.echo-reply")
    assert second["related"] == [{"frame": 1, "as": "request", "after_ns": -418_000}]
    started.stdin.close()
    assert started.wait(PATIENCE) == 0
    started.stdin = None


def test_pipe_that_ends_inside_a_packet(started, content):
    """What came before the cut is shown at once; the end says where it was, with status 2."""
    feed(started, content[: HEADER + RECORD + 20])
    assert json.loads(started.stdout.readline())["frame"] == 1
    started.stdin.close()
    assert started.wait(PATIENCE) == 2
    assert f"frame 2, offset {HEADER + RECORD}".encode() in started.stderr.read()
    started.stdin = None


def test_reader_that_goes_away(started, content):
    """A reader that has seen enough (`| head -1`) ends the command, and no traceback is left behind."""
    feed(started, content[: HEADER + RECORD])
    started.stdout.readline()
    started.stdout.close()
    try:
        for _ in range(200):
            feed(started, content[HEADER:])
        started.stdin.close()
    except BrokenPipeError:
        pass
    started.wait(PATIENCE)
    assert b"Traceback" not in started.stderr.read()
    started.stdin = started.stdout = None


def test_stream_of_a_file(folder):
    """A file is streamed in batches whose frames are those of the whole."""
    frames = [one.as_dict() for batch in pipeline.stream(str(folder / "pod-eth0.pcap")) for one in batch]
    assert frames == [one.as_dict() for one in pipeline.explain(str(folder / "pod-eth0.pcap"))]


def test_options_of_a_stream(folder):
    """Filter, place and names are the same as for a whole capture."""
    batches = pipeline.stream(str(folder / "pod-eth0.pcap"), where="icmpv6.type == 136", at="n1:eth9", names=False)
    frames = [one for batch in batches for one in batch]
    assert [one.frame for one in frames] == [2, 4]
    assert {(one.capture_point.node, one.capture_point.interface) for one in frames} == {("n1", "eth9")}
    assert {one.src.pod_name for one in frames} == {None}
    with pytest.raises(QueryError):
        list(pipeline.stream(str(folder / "1.cap"), where="("))


def test_problem_at_the_end_of_a_stream(folder, content, tmp_path):
    """The last batch of a cut stream carries the problem, as the docstring of `stream` promises."""
    (tmp_path / "cut.cap").write_bytes(content[: HEADER + RECORD + 20])
    batches = list(pipeline.stream(str(tmp_path / "cut.cap"), str(folder / "inventory")))
    assert [one.frame for batch in batches for one in batch] == [1]
    assert isinstance(batches[-1].problem, CaptureError)
    assert (batches[-1].problem.frame, batches[-1].problem.offset) == (2, HEADER + RECORD)


def test_large_stream(folder, content, tmp_path, monkeypatch):
    """Over many batches frames are numbered on, and a reply still finds its request in the batch before."""
    for module in (records, pcap):
        monkeypatch.setattr(module, "BATCH_RECORDS", 8192)
    pair = content[HEADER:]
    copies = 10_001
    shifted = content[: HEADER + RECORD] + pair[RECORD:] + pair * (copies - 1)
    (tmp_path / "many.cap").write_bytes(shifted)
    inventory = Inventory.load(folder / "inventory")
    numbers, batches = [], 0
    for batch in pipeline.stream(str(tmp_path / "many.cap"), inventory):
        batches += 1
        numbers += [int(number) for number in batch.packets.column("frame.number").values]
        edge = batch[0]
        if batches > 1 and edge.kind == "icmpv6.echo-reply":
            assert edge.related[0].frame == edge.frame - 1
    assert batches > 1
    assert numbers == list(range(1, 2 * copies + 1))


def test_named_pipe(folder, content, tmp_path):
    """A named pipe is read as standard input is."""
    if not hasattr(os, "mkfifo"):
        pytest.skip("this system has no named pipes")
    path = tmp_path / "1.cap"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(content,), daemon=True)
    writer.start()
    found = read(str(path))
    writer.join(PATIENCE)
    assert len(found) == 2
