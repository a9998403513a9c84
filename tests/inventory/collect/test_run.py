"""Does a command end, whatever it does?"""

from __future__ import annotations

import subprocess
import sys
import time
from threading import Event, Timer

import pytest

from vxlan_dissect.inventory.collect.run import run


@pytest.fixture
def ask(tmp_path):
    """Run a piece of Python as the command: gives the outcome and what the file then holds, None without one."""
    (tmp_path / "out").mkdir()

    def ask(code, seconds=20.0, most=1 << 20, stop=None):
        path = tmp_path / "out" / "answer.txt"
        outcome = run([sys.executable, "-ISc", code], str(path), seconds, most, stop or Event())
        assert {one.name for one in (tmp_path / "out").iterdir()} <= {"answer.txt"}
        return outcome, path.read_bytes() if path.exists() else None

    return ask


def test_an_answer_is_kept_as_it_came(ask):
    """Bytes that are no UTF-8 stay what they are; remarks on standard error are none of the answer."""
    outcome, data = ask(
        "import sys; sys.stdout.buffer.write(b'\\xff\\x00\\r\\n'); sys.stderr.write('Defaulted container')"
    )
    assert (outcome.why, data) == (None, b"\xff\x00\r\n")


@pytest.mark.parametrize(
    ("code", "why", "absent", "ran"),
    [
        ("raise SystemExit(3)", "exit status 3", False, False),
        ("sys.exit('one\\ntwo\\n\\n')", "exit status 1: two", False, False),
        ("sys.exit('bad\\ncommand terminated with exit code 255')", "exit status 255: bad", False, True),
        ("sys.exit('command terminated with exit code 127')", "exit status 127", True, False),
        ("sys.exit('exec: \"ip\": executable file not found in $PATH')", None, True, False),
        ("sys.exit('executable file `ip` not found: No such file or directory')", None, True, False),
        ("sys.exit('Error from server (NotFound): configmaps \"x\" not found')", None, True, False),
        ("sys.exit('error: the server doesn\\'t have a resource type \"x\"')", None, True, False),
        ("sys.exit('Error from server (Forbidden): no')", None, False, False),
        ("print('Usage:')", "there is no such command in this version", True, False),
        (
            "sys.stderr.buffer.write(b'\\xff\\x1b[31mred'); sys.exit(1)",
            "exit status 1: \ufffd\x1b[31mred",
            False,
            False,
        ),
    ],
)
def test_failures_are_told_apart(ask, code, why, absent, ran):
    """The reason is the last line that is one; what is not there is told from what failed, and no file is left."""
    outcome, data = ask(f"import sys; {code}")
    assert (outcome.absent, outcome.ran, data) == (absent, ran, None)
    assert outcome.why == why or (why is None and outcome.why.startswith("exit status 1: "))


@pytest.mark.parametrize(
    "code",
    [
        "import time; print('half', flush=True); time.sleep(60)",
        "import os, time; os.close(1); os.close(2); time.sleep(60)",
        "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(60)', '{marker}'])",
    ],
    ids=["writes and hangs", "closes its streams and hangs", "has a child that hangs"],
)
def test_what_hangs_is_ended(ask, tmp_path, code):
    """A command has its time, and its children too; half an answer is none."""
    began, marker = time.monotonic(), f"of-{tmp_path}"
    outcome, data = ask(code.format(marker=marker), seconds=0.5)
    assert (outcome.why, data) == ("no end after 0.5 s", None)
    assert time.monotonic() - began < 10
    time.sleep(0.2)  # a process that was killed is seen until its new parent has looked
    assert marker not in subprocess.run(["ps", "-wweo", "args"], capture_output=True, text=True, check=True).stdout


def test_an_interrupt_ends_it(ask):
    """Who waits no longer need not."""
    stop = Event()
    Timer(0.3, stop.set).start()
    began = time.monotonic()
    outcome, _ = ask("import time; time.sleep(60)", stop=stop)
    assert outcome.why == "interrupted"
    assert time.monotonic() - began < 10


def test_a_flood_is_cut(ask):
    """Of an answer of 100 MB as many bytes are kept as were asked for, and the rest is not waited for."""
    code = "import os\nfor _ in range(100): os.write(1, b'x' * (1 << 20))\nopen('/proc/self/comm')"
    outcome, data = ask(code, most=1000)
    assert (outcome.why, outcome.cut, data) == ("cut after 1000 bytes", True, b"x" * 1000)


def test_an_answer_of_just_the_bound_is_whole(ask):
    """The bound is the largest answer that is kept whole."""
    assert ask("print('x' * 9)", most=10) == (ask("print('x' * 9)")[0], b"x" * 9 + b"\n")
    assert ask("print('x' * 9)", most=9)[0].why == "cut after 9 bytes"


def test_many_errors_are_bounded(ask):
    """Of endless remarks the end is kept."""
    outcome, _ = ask("import sys; sys.stderr.write('x' * 10_000_000 + chr(10) + 'the end'); sys.exit(1)")
    assert outcome.why == "exit status 1: the end"
    assert len(outcome.errors) == 4096


def test_what_cannot_be_written_leaves_nothing(tmp_path):
    """Where a folder has the name of the file, no half of one stays beside it."""
    (tmp_path / "answer").mkdir()
    outcome = run(["echo", "x"], str(tmp_path / "answer"), 5, 10, Event())
    assert outcome.why == f"cannot write {tmp_path / 'answer'}: Is a directory"
    assert [path.name for path in tmp_path.iterdir()] == ["answer"]


def test_a_program_that_is_none(tmp_path):
    """What cannot be run is a reason, also with a word that no program can get."""
    for words in (["/nowhere/kubectl"], [str(tmp_path)], ["true", "a\0b"]):
        outcome = run(words, str(tmp_path / "answer"), 5, 10, Event())
        assert outcome.why.startswith(f"cannot run {words[0]}: ")
    assert run(["true"], str(tmp_path / "no" / "answer"), 5, 10, Event()).why.startswith("cannot write ")
    assert list(tmp_path.iterdir()) == []
