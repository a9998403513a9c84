"""Do the options, streams and exit statuses of `vxd explain` keep their promises?"""

from __future__ import annotations

import json

import pytest

from tests.cli import stand_ins
from tests.report import samples
from vxlan_dissect.cli import explain as module
from vxlan_dissect.cli.main import main
from vxlan_dissect.explain import statements


@pytest.fixture
def pipeline(monkeypatch):
    """The stand-in pipeline."""
    monkeypatch.delenv("COLUMNS", raising=False)
    return stand_ins.install(monkeypatch)


def run(capsys, *arguments):
    """Exit status, standard output and standard error of `vxd explain`."""
    status = main(["explain", *arguments])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_frames_go_to_standard_output_and_the_count_to_standard_error(pipeline, capsys):
    """The text has heading and frames; how many there were is no data."""
    status, out, err = run(capsys, "1.cap")
    assert status == 0
    assert out.startswith("1.cap · 2 frames · 2024-07-12")
    assert "network    Cilium" in out
    assert err == "vxd: 2 frames explained, 0 findings\n"


def test_options_reach_the_pipeline(pipeline, capsys):
    """--at, -Y, -n, -d and --datapath are handed on, -i is loaded once for all captures."""
    rules = ("udp.port==51999,vxlan", "ip.proto==253,gre")
    options = ["--at", "w:eth0", "-Y", "arp", "-n", "-i", "one", "-i", "two", "-d", rules[0], "--decode-as", rules[1]]
    options += ["--datapath", "cilium@1.16"]
    run(capsys, "1.cap", "bad.cap", *options)
    first, second = pipeline.calls
    assert {**first, "inventory": None} == {
        "inventory": None, "at": "w:eth0", "where": "arp", "names": False, "decode_as": rules,
        "datapath": "cilium@1.16",
    }  # fmt: skip
    assert first["inventory"].paths == ("one", "two")
    assert second["inventory"] is first["inventory"]


def test_a_datapath_that_is_none_ends_before_anything_is_read(pipeline, capsys):
    """One line that lists those there are, and status 2."""
    status, out, err = run(capsys, "1.cap", "--datapath", "weave")
    assert (status, out, pipeline.calls) == (2, "", [])
    assert err.startswith("vxd: no datapath is called 'weave'; there are cilium,")


def test_a_rule_that_is_none_ends_before_anything_is_read(pipeline, capsys):
    """One line with the nearest name, status 2, and no heading."""
    status, out, err = run(capsys, "1.cap", "--decode-as", "udp.port==51999,vxlam")
    assert (status, out, pipeline.calls) == (2, "", [])
    assert err == "vxd: decode-as 'udp.port==51999,vxlam': vxlam does not follow udp.port; did you mean vxlan?\n"


@pytest.mark.parametrize(
    ("found", "arguments", "line"),
    [
        (None, (), "inventory  (none given with -i and none beside the capture)"),
        ("x/inventory", (), "inventory  x/inventory (found beside the capture)"),
        ("x/inventory", ("-i", "other"), "inventory  other (given with -i)"),
        (
            "x/inventory",
            ("-n",),
            "inventory  x/inventory (found beside the capture; its names are left out, as -n asks)",
        ),
    ],
)
def test_the_text_says_which_inventory_is_used(pipeline, capsys, found, arguments, line):
    """Given, found beside the capture, or none: the heading tells."""
    pipeline.found = found
    _, out, _ = run(capsys, "1.cap", *arguments)
    assert line in " ".join(out.split()).replace("inventory ", "inventory  ", 1)


def test_json_lines_are_data_alone(pipeline, capsys):
    """Each line is an object; inventory and notes go to standard error, once."""
    pipeline.found = "inventory"
    status, out, err = run(capsys, "1.cap", "-T", "jsonl")
    assert status == 0
    assert [json.loads(line) for line in out.splitlines()] == [
        samples.REQUEST.as_dict(),
        samples.ADVERTISEMENT.as_dict(),
    ]
    assert err.splitlines() == [
        "vxd: 1.cap: inventory inventory (found beside the capture)",
        "vxd: 1.cap: network: Cilium",
        "vxd: 2 frames explained, 0 findings",
    ]


def test_json_of_several_captures_is_one_array(pipeline, capsys):
    """Captures follow each other in one array, each object naming its own."""
    _, out, _ = run(capsys, "1.cap", "bad.cap", "-T", "json")
    assert [item["frame"] for item in json.loads(out)] == [1, 2, 1]


def test_no_matching_frame_is_no_failure(pipeline, capsys):
    """A filter that matches nothing gives an empty result and exit status 0."""
    status, out, err = run(capsys, "empty.cap", "-T", "json")
    assert (status, json.loads(out)) == (0, [])
    assert "0 frames explained" in err


def test_counting_stops_after_that_many_frames(pipeline, capsys):
    """-c counts shown frames over all captures."""
    _, out, err = run(capsys, "1.cap", "bad.cap", "-c", "1", "-T", "jsonl")
    assert len(out.splitlines()) == 1
    assert "1 frame explained" in err


@pytest.mark.parametrize(
    ("severity", "capture", "status"),
    [("error", "bad.cap", 1), ("warning", "bad.cap", 1), ("notice", "1.cap", 0), ("info", "1.cap", 1),
     ("info", "empty.cap", 0), ("error", "1.cap", 0)],
)  # fmt: skip
def test_fail_on_sets_the_exit_status(pipeline, capsys, severity, capture, status):
    """1 where a shown statement is at least as grave as asked."""
    assert run(capsys, capture, "--fail-on", severity)[0] == status


def test_findings_are_counted(pipeline, capsys):
    """Statements above info: broken, suspicious and unknown."""
    assert "1 frame explained, 3 findings" in run(capsys, "bad.cap")[2]


def test_an_unusable_capture_does_not_stop_the_others(pipeline, capsys):
    """The problem is one line, the other capture is explained, and the status is 2."""
    status, out, err = run(capsys, "missing.cap", "1.cap")
    assert status == 2
    assert out.startswith("1.cap")
    assert err.splitlines()[0] == "vxd: missing.cap: no such file"


def test_a_cut_capture_is_explained_up_to_the_cut(pipeline, capsys):
    """What was read is shown, then the problem; the status is 2 whatever --fail-on says."""
    status, out, err = run(capsys, "cut.cap", "--fail-on", "info")
    assert status == 2
    assert "echo request" in out
    assert "vxd: cut.cap, frame 2, offset 208: cut in a record\n" in err


def test_nothing_usable_leaves_no_output(pipeline, capsys):
    """Where no capture could be read, standard output stays empty."""
    assert run(capsys, "missing.cap", "-T", "json")[:2] == (2, "")


def test_a_faulty_filter_shows_where(pipeline, capsys):
    """The caret stands under the fault, on its own line."""
    status, out, err = run(capsys, "1.cap", "-Y", "broken(")
    assert (status, out) == (2, "")
    assert err == "vxd: filter: expected a name\n  broken(\n        ^\n"


def test_standard_input_is_shown_as_it_comes(pipeline, capsys):
    """Batches are joined under one heading without a count; the cut at the end is said."""
    status, out, err = run(capsys, "-")
    assert status == 2
    assert out.startswith("- · 2024-07-12")
    assert out.count("2024-07-12") == 1
    assert out.index("echo request") < out.index("neighbor advertisement")
    assert "vxd: -, frame 3: cut in a record" in err


def test_standard_input_can_be_left_early(pipeline, capsys):
    """-c ends the reading, so a cut that comes later is nobody's business."""
    status, out, _ = run(capsys, "-", "-c", "1", "-T", "jsonl")
    assert (status, len(out.splitlines())) == (0, 1)


def test_standard_input_can_be_read_only_once(pipeline, capsys):
    """Two dashes are a mistake."""
    status, _, err = run(capsys, "-", "-")
    assert (status, err) == (2, "vxd: standard input can be read only once\n")


def test_a_file_gets_the_data(pipeline, capsys, tmp_path):
    """-o writes the same text, without colour, and nothing to standard output."""
    _, printed, _ = run(capsys, "1.cap")
    status, out, _ = run(capsys, "1.cap", "-o", str(tmp_path / "out.txt"))
    assert (status, out) == (0, "")
    assert (tmp_path / "out.txt").read_text(encoding="utf-8") == printed


def test_a_file_is_made_even_of_nothing(pipeline, capsys, tmp_path):
    """No frame gives an empty file of JSON lines."""
    run(capsys, "empty.cap", "-T", "jsonl", "-o", str(tmp_path / "out.jsonl"))
    assert (tmp_path / "out.jsonl").read_bytes() == b""


def test_an_unusable_capture_leaves_an_old_result_alone(pipeline, capsys, tmp_path):
    """The file of -o is opened when there is something to write."""
    old = tmp_path / "out.txt"
    old.write_text("precious")
    assert run(capsys, "missing.cap", "-o", str(old))[0] == 2
    assert old.read_text() == "precious"


def test_what_is_read_is_not_written_over(pipeline, capsys, tmp_path):
    """-o naming the capture or an inventory file is refused before anything is read."""
    capture = tmp_path / "1.cap"
    capture.write_bytes(b"precious")
    status, _, err = run(capsys, str(capture), "-o", f"{tmp_path}/./1.cap")
    assert (status, capture.read_bytes()) == (2, b"precious")
    assert "may not be written over" in err


def test_a_result_that_cannot_be_finished_is_called_incomplete(pipeline, capsys, tmp_path, monkeypatch):
    """An error on the way leaves no half file unsaid."""

    def interrupted(*_arguments, **_options):
        yield stand_ins.Batch("-", [samples.REQUEST])
        raise KeyboardInterrupt

    monkeypatch.setattr(pipeline, "stream", interrupted)
    status, _, err = run(capsys, "-", "-T", "json", "-o", str(tmp_path / "out.json"))
    assert status == 130
    assert f"vxd: {tmp_path}/out.json: incomplete" in err
    assert len(json.loads((tmp_path / "out.json").read_text())) == 1


@pytest.mark.parametrize("target", ["/dev/full", "no/such/folder/out.txt"])
def test_a_file_that_cannot_be_written_is_one_line(pipeline, capsys, target):
    """A full disk or a missing folder ends with status 2 and the reason, not with a traceback."""
    status, _, err = run(capsys, "1.cap", "-o", target)
    assert status == 2
    assert all(line.startswith("vxd: ") for line in err.splitlines())
    assert target in err


def test_hostile_names_do_not_reach_the_terminal(pipeline, capsys):
    """Names of captures and their contents are shown as escapes on both streams."""
    pipeline.captures["evil\x1b[2J"] = [samples.HOSTILE]
    _, out, err = run(capsys, "evil\x1b[2J", "gone\x1b]0;x\x07.cap")
    assert "\x1b" not in out + err
    assert "\\x1b[2J" in out
    assert "gone\\x1b]0;x\\x07.cap" in err


@pytest.mark.parametrize(
    "arguments",
    [[], ["1.cap", "-T", "xml"], ["1.cap", "-c", "0"], ["1.cap", "--fail-on", "x"], ["--\x1b[31m", "1.cap"]],
)
def test_wrong_usage_is_one_line_and_status_two(capsys, arguments):
    """What click refuses reads like every other problem."""
    status, out, err = run(capsys, *arguments)
    assert (status, out) == (2, "")
    assert err.startswith("vxd: ")
    assert err.count("\n") == 1
    assert "\x1b" not in err
    assert "see vxd explain --help" in err


def test_the_severities_are_those_of_the_statements():
    """The command's own list, kept for a fast start, is the contract's."""
    assert module.SEVERITIES == statements.SEVERITIES
