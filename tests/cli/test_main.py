"""Does the program start fast, know its commands, and end as programs do?"""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import import_module

import pytest

from vxlan_dissect.cli.main import COMMANDS, group, main

HEAVY = ("numpy", "pandas", "pyarrow", "networkx", "rich", "jinja2", "scapy", "dpkt", "yaml", "msgspec")


@pytest.mark.parametrize(
    "arguments", [["--help"], [], ["explain", "--help"], ["trace", "--help"], ["who", "--help"], ["rule", "-h"]]
)
def test_help_loads_no_numpy(arguments):
    """A page of help costs click and our own few modules, nothing more."""
    code = (
        "import sys; from vxlan_dissect.cli.main import main; status = main(sys.argv[1:]);"
        f"print('loaded:', *[name for name in {HEAVY} if name in sys.modules]); sys.exit(status)"
    )
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Usage: ")
    assert done.stdout.endswith("loaded:\n")


def test_the_help_of_vxd_imports_no_command():
    """The list of commands is told from the table alone."""
    code = (
        "import sys; from vxlan_dissect.cli.main import COMMANDS, main; main(['--help']);"
        "print([name for name in COMMANDS if f'vxlan_dissect.cli.{name}' in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.endswith("[]\n")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_listed_command_is_a_module_with_help(capsys, name):
    """A line in the table has its file, and the file its sentence and examples."""
    assert import_module(f"vxlan_dissect.cli.{name}").command.name == name
    assert main([name, "--help"]) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"Usage: vxd {name}")
    assert "Examples:" in out


def test_the_group_lists_its_commands(capsys):
    """`vxd` alone is the help, with each command and its sentence."""
    assert main([]) == 0
    out = capsys.readouterr().out
    for name, sentence in COMMANDS.items():
        assert f"  {name}" in out
        assert sentence in out


def test_an_unknown_command_is_one_line(capsys):
    """A typing error ends with status 2."""
    assert main(["exlpain"]) == 2
    assert capsys.readouterr().err == "vxd: No such command 'exlpain' (see vxd --help)\n"


def test_the_version_is_that_of_the_package(capsys):
    """`vxd --version` names the program and its number."""
    assert main(["--version"]) == 0
    name, number = capsys.readouterr().out.split(" ", 1)
    assert name == "vxd"
    assert number.strip()


def test_numpy_starts_no_threads_unless_asked(monkeypatch):
    """The BLAS pool is off before numpy is imported, and a user's own setting stays."""
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    main(["--version"])
    assert os.environ["OPENBLAS_NUM_THREADS"] == "1"
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "4")
    main(["--version"])
    assert os.environ["OPENBLAS_NUM_THREADS"] == "4"


def test_an_interrupt_is_status_130(monkeypatch):
    """Control-C ends quietly with the status that shells know."""

    def interrupt(_context, _name):
        raise KeyboardInterrupt

    monkeypatch.setattr(group, "get_command", interrupt)
    assert main(["explain"]) == 130


def test_a_reader_that_has_seen_enough_is_no_error():
    """`vxd rule | head -1`: status 0 and nothing on standard error."""
    code = (
        "import os, sys; from vxlan_dissect.cli import main as m, rule;"
        "rule.command.callback = lambda name: [sys.stdout.write('x' * 1000 + chr(10)) for _ in range(10000)];"
        "sys.exit(m.main(['rule']))"
    )
    reader, writer = os.pipe()
    process = subprocess.Popen([sys.executable, "-c", code], stdout=writer, stderr=subprocess.PIPE)
    os.close(writer)
    os.read(reader, 100)
    os.close(reader)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, b"")


def test_the_package_runs_as_a_module(vxd):
    """`python -m vxlan_dissect` is `vxd`, exit status included."""
    assert vxd("--help").stdout.startswith("Usage: vxd ")
    assert vxd("nonsense").returncode == 2
