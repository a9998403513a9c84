"""Does the command start without loading what it does not need?"""

from __future__ import annotations

import subprocess
import sys

import pytest

# Runs the command and then prints, on standard error, its status and the packages that it has loaded.
PROBE = """
import sys
from vxlan_dissect.cli.main import main
status = main(sys.argv[1:])
print(status, *sorted({name.partition(".")[0] for name in sys.modules}), file=sys.stderr)
"""
HEAVY = {"pandas", "networkx", "pyarrow", "scapy", "dpkt", "matplotlib", "rich", "yaml"}


def loaded(root, *arguments):
    """The packages that the command has loaded at its end."""
    done = subprocess.run([sys.executable, "-c", PROBE, *arguments], cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    status, *names = done.stderr.splitlines()[-1].split()
    assert status == "0", done.stderr
    return set(names)


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["explain", "--help"], ["diagnose", "--help"]])
def test_help_loads_no_numpy(root, arguments):
    """Help and version load none of the large packages."""
    assert loaded(root, *arguments) & (HEAVY | {"numpy", "msgspec", "jinja2"}) == set()


@pytest.mark.parametrize("shape", ["text", "jsonl", "json"])
def test_explain_loads_numpy_alone(root, shape):
    """Explaining a small capture as text or JSON loads numpy and no other large package."""
    names = loaded(root, "explain", "captures/dual-stack-ping6/pod-eth0.pcap", "-T", shape)
    assert "numpy" in names
    assert names & HEAVY == set()
