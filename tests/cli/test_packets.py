"""Do the options, streams and exit statuses of `vxd packets` keep their promises?"""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys

import pyarrow.parquet as pq
import pytest

from tests.capture.writers import write_pcap
from tests.listing import made
from vxlan_dissect.cli.main import main
from vxlan_dissect.listing import FORMATS
from vxlan_dissect.listing.fields import LINE

PING = "dual-stack-ping6/pod-eth0.pcap"


@pytest.fixture
def ping(captures_dir):
    """The path of a capture of six frames with an inventory beside it."""
    return str(captures_dir / PING)


@pytest.fixture
def cut(tmp_path):
    """The path of a capture whose third record is cut."""
    path = tmp_path / "cut.pcap"
    path.write_bytes(write_pcap([made.ECHO, made.SEGMENT, made.ECHO])[:-10])
    return str(path)


def run(capsys, *arguments):
    """Exit status, standard output and standard error of `vxd packets`."""
    status = main(["packets", *map(str, arguments)])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_one_line_a_frame_with_names(ping, capsys):
    """Names come from the inventory beside the capture, which standard error names."""
    status, out, err = run(capsys, ping)
    assert status == 0
    assert len(out.splitlines()) == 6
    assert out.splitlines()[4] == (
        "    5   0.000081 cni-7t9p4                        → cni-8qgcs         ICMPv6  118 "
        "echo request id=44, seq=0, hop limit=64"
    )
    assert "inventory (found beside the capture)" in err


def test_addresses_only(ping, capsys):
    """-n shows no names, and reads no inventory."""
    status, out, err = run(capsys, ping, "-n")
    assert (status, err) == (0, "")
    assert "cni-7t9p4" not in out
    assert "fd00:10:244:1::4749 " in out


def test_no_inventory_anywhere(cut, capsys):
    """Nothing is said of names that nobody has."""
    _, out, err = run(capsys, cut, "-c", "2")
    assert (len(out.splitlines()), err) == (2, "")


def test_fields_with_tabs(ping, capsys):
    """-e prints what it names and no names of pods unless asked."""
    status, out, err = run(capsys, ping, "-e", "frame.number", "-e", "ipv6.hlim", "-e", "icmpv6.type")
    assert (status, err) == (0, "")
    assert out.splitlines()[:2] == ["1\t255\t135", "2\t255\t136"]


def test_fields_of_the_join(ping, capsys):
    """A name that only an explanation knows is looked up."""
    _, out, err = run(capsys, ping, "-e", "frame.number", "-e", "src.pod", "-Y", "icmpv6.type == 128")
    assert out == "5\tcni-7t9p4\n"
    assert "found beside" in err


def test_fields_of_the_join_without_names(ping, capsys):
    """-n leaves them empty."""
    _, out, _ = run(capsys, ping, "-n", "-e", "frame.number", "-e", "src.pod", "-c", "1")
    assert out == "1\t\n"


def test_an_inventory_that_nothing_asks_for(ping, capsys):
    """It is said, and not read."""
    status, out, err = run(capsys, ping, "-e", "frame.number", "-c", "1", "-i", "no/such/folder")
    assert (status, out) == (0, "1\n")
    assert err == "vxd: no field or filter asks for a name, so -i and --at are not used\n"


def test_a_filter_by_name(ping, capsys):
    """-Y takes names of the join for plain fields too."""
    assert run(capsys, ping, "-e", "frame.number", "-Y", "src.pod == cni-8qgcs")[1] == "6\n"


def test_csv_has_the_columns_of_a_line(ping, capsys):
    """Without -e, as Wireshark exports a packet list."""
    _, out, _ = run(capsys, ping, "-T", "csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert tuple(rows[0]) == LINE
    assert rows[4]["source"] == "cni-7t9p4"
    assert rows[4]["info"] == "echo request id=44, seq=0, hop limit=64"


def test_json_has_all_that_a_frame_has(ping, capsys):
    """Without -e, every field that is there."""
    _, out, err = run(capsys, ping, "-T", "jsonl")
    objects = [json.loads(line) for line in out.splitlines()]
    assert err == ""
    assert objects[0]["icmpv6.nd.ns.target_address"] == "fd00:10:244:1::22f1"
    assert "tcp.srcport" not in objects[0]
    assert objects[0]["frame.time_epoch"] == "1720770268.594775000"


@pytest.mark.parametrize("form", ["ud", "e"])
def test_forms_of_time(ping, capsys, form):
    """-t is for the time of a line."""
    _, out, _ = run(capsys, ping, "-n", "-c", "1", "-t", form)
    expected = {"ud": "2024-07-12 07:44:28.594775", "e": "1720770268.594775"}[form]
    assert out.startswith(f"    1 {expected} fe80::")


def test_several_captures(ping, cut, capsys):
    """Each line says of which capture it is, and -c counts over all."""
    status, out, _ = run(capsys, cut, ping, "-T", "csv", "-c", "5", "-n")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [row["capture"] for row in rows] == ["cut.pcap"] * 2 + ["pod-eth0.pcap"] * 3
    assert [row["time"] for row in rows][2] == "0.000000"
    assert status == 2


@pytest.mark.parametrize("shape", FORMATS)
def test_a_cut_capture_gives_what_came_before(cut, capsys, tmp_path, shape):
    """Every format is whole up to the cut, the problem is one line, and the status is 2."""
    target = tmp_path / "out"
    status, out, err = run(capsys, cut, "-T", shape, "-o", target, "-e", "frame.number")
    assert (status, out) == (2, "")
    assert err.startswith(f"vxd: {cut}, frame 3")
    if shape == "parquet":
        assert pq.read_table(target).to_pydict() == {"frame.number": [1, 2]}
    else:
        assert len(target.read_text().splitlines()) == (3 if shape == "csv" else 2)


def test_an_unusable_capture_leaves_an_old_result_alone(capsys, tmp_path):
    """The file of -o is made when there is something to write."""
    old = tmp_path / "old"
    old.write_text("precious")
    status, _, err = run(capsys, tmp_path / "missing.pcap", "-o", old)
    assert (status, old.read_text()) == (2, "precious")
    assert "missing.pcap" in err


def test_an_unusable_capture_does_not_stop_the_others(ping, capsys, tmp_path):
    """The others are listed, and the status is 2."""
    status, out, _ = run(capsys, tmp_path / "missing.pcap", ping, "-e", "frame.number", "-c", "1")
    assert (status, out) == (2, "1\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "name a capture, or - for standard input"),
        (("x", "-e", "ip.sorce"), "did you mean ip.src?"),
        (("x", "-e", "ip.src", "-e", "ip.src"), "asked for twice"),
        (("x", "-Y", "ip.src = 1"), "filter:"),
        (("-", "-"), "standard input can be read only once"),
        (("x", "-T", "xml"), "is not one of"),
        (("x", "-t", "q"), "is not one of"),
        (("--fields", "nothing has this"), "no field has nothing has this"),
    ],
)
def test_usage(capsys, arguments, message):
    """What does not fit is one line with advice, before anything is read."""
    status, out, err = run(capsys, *arguments)
    assert (status, out) == (2, "")
    assert message in err


def test_parquet_is_not_for_terminals(ping, capsys, monkeypatch):
    """A screen would be garbled."""
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    status, _, err = run(capsys, ping, "-T", "parquet")
    assert status == 2
    assert "name a file with -o" in err


def test_parquet_on_a_pipe(ping, root):
    """Standard output may be a pipe."""
    command = [sys.executable, "-m", "vxlan_dissect", "packets", ping, "-T", "parquet", "-e", "frame.number"]
    done = subprocess.run(command, capture_output=True, check=True, cwd=root)
    assert pq.read_table(io.BytesIO(done.stdout)).to_pydict() == {"frame.number": [1, 2, 3, 4, 5, 6]}


def test_what_is_read_is_not_written_over(ping, capsys):
    """-o may not name the capture."""
    status, _, err = run(capsys, ping, "-o", ping)
    assert status == 2
    assert "may not be written over" in err


def test_fields_are_listed(capsys):
    """Name, kind and meaning, and the levels on standard error."""
    status, out, err = run(capsys, "--fields", "group policy")
    assert (status, out) == (0, "vxlan.gbp  number  Group policy id, where the G flag is set.\n")
    assert "outer.FIELD" in err


def test_frames_of_a_pipe_come_at_once(root):
    """A line is there before the next frame is."""
    capture = write_pcap([made.ECHO, made.SEGMENT])
    first = 24 + 16 + len(made.ECHO)
    command = [sys.executable, "-m", "vxlan_dissect", "packets", "-", "-n"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=root) as process:
        process.stdin.write(capture[:first])
        process.stdin.flush()
        assert b"echo request" in process.stdout.readline()
        process.stdin.write(capture[first:])
        process.stdin.close()
        assert b"TCP" in process.stdout.readline()
    assert process.returncode == 0


def test_a_reader_that_has_seen_enough(tmp_path, root):
    """`head` ends the listing without a word."""
    capture = tmp_path / "two.pcap"
    capture.write_bytes(made.two_batches())
    command = f"{sys.executable} -m vxlan_dissect packets {capture} | head -1"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, cwd=root)
    assert len(done.stdout.splitlines()) == 1
    assert done.stderr == ""
