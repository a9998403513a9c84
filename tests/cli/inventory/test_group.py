"""Does `vxd inventory` know its commands, and import none before it runs?"""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module

import pytest

from vxlan_dissect.cli.inventory import COMMANDS
from vxlan_dissect.cli.main import main


@pytest.mark.parametrize("name", COMMANDS)
def test_every_listed_command_is_a_module_with_help(capsys, name):
    """A line in the table has its file, and the file its sentence and examples."""
    assert import_module(f"vxlan_dissect.cli.inventory.{name}").command.name == name
    assert main(["inventory", name, "--help"]) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"Usage: vxd inventory {name}")
    assert "Examples:" in out


def test_the_group_lists_its_commands(capsys):
    """The help names each command with its sentence; an unknown one ends with status 2."""
    assert main(["inventory", "--help"]) == 0
    out = capsys.readouterr().out
    for name, sentence in COMMANDS.items():
        assert f"  {name}" in out
        assert sentence in out
    assert main(["inventory", "colect"]) == 2
    assert capsys.readouterr().err == "vxd: No such command 'colect' (see vxd inventory --help)\n"


def test_the_help_imports_no_command():
    """The list of commands is told from the table alone."""
    code = (
        "import sys; from vxlan_dissect.cli.main import main; main(['inventory', '--help']);"
        "print([name for name in sys.modules if name.startswith('vxlan_dissect.cli.inventory.') or name == 'numpy'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.endswith("[]\n")
