"""Does `vxd inventory check` tell what is there, what contradicts itself and what was not read, safely?"""

from __future__ import annotations

import json

import pytest

from tests.inventory.facts import at
from vxlan_dissect.cli.inventory import check as command
from vxlan_dissect.cli.main import main
from vxlan_dissect.inventory import Inventory
from vxlan_dissect.inventory.model import NOTES, Node, Note

ETH0 = (
    "2: eth0: <BROADCAST,UP> mtu 1500 qdisc noqueue state UP\n    link/ether 02:00:00:00:00:{} brd ff:ff:ff:ff:ff:ff\n"
)


def lay(folder, files):
    """Write files below a folder."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def run(capsys, monkeypatch):
    """Run the command in this process: its status, standard output and standard error."""
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments):
        status = main(["inventory", "check", *map(str, arguments)])
        return (status, *capsys.readouterr())

    return run


def test_a_whole_inventory(run, tmp_path):
    """Counts in the singular and the plural, no contradictions, and that nothing was left unread; status 0."""
    lay(tmp_path, {"n1/ip-a.txt": ETH0.format("01"), "n2/ip-a.txt": ETH0.format("02")})
    status, out, _ = run(tmp_path)
    assert status == 0
    assert out.split("\n") == [
        "2 nodes, 0 pods, 2 interfaces; from 2 files",
        "no contradictions",
        "everything was read",
        "",
    ]
    assert run(tmp_path / "n1")[1].startswith("1 node, 0 pods, 1 interface; from 1 file\n")


def test_a_contradiction(run, tmp_path):
    """Two MACs of one device are one contradiction with both lines; status 1, as JSON too."""
    files = {"n1/ip-a.txt": ETH0.format("01"), "n1/ip-d-link.txt": ETH0.format("02")}
    status, out, _ = run(lay(tmp_path, files))
    assert status == 1
    assert "contradictions: 1\n  eth0 of n1 has 02:00:00:00:00:01, 02:00:00:00:00:02 [" in out
    status, out, _ = run(tmp_path, "-T", "json")
    found = json.loads(out)
    (conflict,) = found["conflicts"]
    assert (status, conflict["kind"], conflict["believed"]) == (1, "interface-mac", None)
    assert conflict["sources"] == [f"{tmp_path}/n1/ip-a.txt:2", f"{tmp_path}/n1/ip-d-link.txt:2"]
    assert found["counts"] == {"nodes": 1, "pods": 0, "interfaces": 2}


def test_halves_and_what_was_not_read(run, tmp_path):
    """A veth without its other end, an unknown line and a file of no use are told, and are no failure."""
    veth = "6: lxc1@if5: <UP> mtu 1500 x y\n"
    files = {"n1/ip-a.txt": ETH0.format("01") + veth + "Device gone.\n", "n1/sysctl-net.txt": "net.x = 1\n"}
    status, out, _ = run(lay(tmp_path, files))
    assert status == 0
    assert "known in halves: 1\n  lxc1 of n1: no file shows the other end of the pair, which has ifindex 5 [" in out
    assert "not read, lines or words that no source knows: 1\n" in out
    assert f"{tmp_path}/n1/ip-a.txt:4: unknown line: 'Device gone.'" in out
    assert "not read, files that say nothing of hosts: 1\n" in out
    assert "everything was read" not in out


def test_long_lists(run, tmp_path):
    """Twenty lines of a list are shown, with how many there are more; --all shows every one."""
    lay(
        tmp_path,
        {"n1/ip-a.txt": ETH0.format("01") + "".join(f"Gone {letter}.\n" for letter in "abcdefghijklmnopqrstuvwxy")},
    )
    some, every = run(tmp_path)[1], run(tmp_path, "--all")[1]
    assert (some.count("unknown line: "), every.count("unknown line: ")) == (20, 25)
    assert "  and 5 more: --all shows them\n" in some
    assert "--all shows them" not in every


def test_files_of_one_kind(run, tmp_path):
    """What is said of whole files in the same words is one line, and with --all a line for each."""
    lay(
        tmp_path,
        {
            f"n{number}/{name}": text
            for number in (1, 2, 3)
            for name, text in (("ip-a.txt", ETH0.format("0" + str(number))), ("sysctl-net.txt", "x"))
        },
    )
    first = f"  {tmp_path}/n1/sysctl-net.txt: not a source, by its name"
    assert f"nothing of hosts: 3\n{first} (and 2 more files: --all shows them)\n" in run(tmp_path)[1]
    assert run(tmp_path, "--all")[1].count("not a source, by its name\n") == 3


def test_every_kind_of_note_has_its_words(run, monkeypatch):
    """Whatever was not read, or was read with doubt, has a heading; hostile text in a note is made printable."""
    notes = [Note("f\x1b[2J", None, f"why \x1b]0;{kind}\x07", kind) for kind in NOTES]
    monkeypatch.setattr(Inventory, "load", classmethod(lambda cls, *paths: cls([Node("n", at(1))], notes)))
    status, out, _ = run("x")
    assert status == 0
    assert set(command._NOTED) == set(NOTES)
    for heading in command._NOTED.values():
        assert f"{heading}: 1\n" in out
    assert "\x1b" not in out
    assert "\x07" not in out


def test_hostile_names(run, tmp_path):
    """A device or a pod whose name holds escapes or turns text around reaches the terminal as printable text."""
    bad = "\x9b31mred\u202e<script>"
    link = f"6: lxc{bad}@if5: <UP> mtu 1500 x y\n    link/ether 02:00:00:00:00:07 x\n"
    pods = json.dumps(
        {"kind": "Pod", "metadata": {"name": bad + "\x1b[2J", "namespace": "a"}, "spec": {"nodeName": "n\x1b[1m"}}
    )
    lay(tmp_path, {"n1/ip-a.txt": link + f"gone {bad}\n", "pods.json": pods})
    for arguments in (("check",), ("show",), ("check", "--all")):
        status = main(["inventory", *arguments, str(tmp_path)])
        assert status == 0
    _, out, err = run(tmp_path)
    assert "lxc" in out
    assert all(letter.isprintable() or letter == "\n" for letter in out + err)


@pytest.mark.parametrize(
    ("content", "why"),
    [(None, "No such file"), ("", "the file is empty"), ("hello\n", "no output of a known command"), ("\0", "binary")],
)
def test_what_cannot_be_read(run, tmp_path, content, why):
    """A missing file, an empty one, prose and a binary end with status 2 and the reason on standard error."""
    path = tmp_path / "x.txt"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    status, out, err = run(path)
    assert (status, out) == (2, "")
    assert err.startswith(f"vxd: {path}: ")
    assert why in err


def test_against_a_capture(run, captures_dir, tmp_path):
    """Frames that fit the inventory are no contradiction; a MAC that frames show otherwise makes the status 1."""
    session = captures_dir / "dual-stack-ping6" / "inventory" / "session.txt"
    capture = captures_dir / "dual-stack-ping6" / "1.cap"
    status, out, _ = run(session, "--against", capture)
    assert status == 0
    assert "frames say otherwise: 0\n" in out
    changed = tmp_path / "session.txt"
    changed.write_text(session.read_text(encoding="utf-8").replace("4e:5b:57:45:63:3b", "4e:5b:57:45:63:3c"), "utf-8")
    status, out, _ = run(changed, "--against", capture)
    assert status == 1
    assert "4e:5b:57:45:63:3b" in out.partition("frames say otherwise: ")[2]
