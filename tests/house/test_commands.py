"""Are the commands that README and CI name the same, and can a fresh machine run them?"""

from __future__ import annotations

import re
import tomllib


def commands(root):
    """The commands of README that set the project up, in order: use it, test it."""
    return re.findall(r"^ *(python3 -m venv .*)$", (root / "README.md").read_text(encoding="utf-8"), re.MULTILINE)


def test_readme_has_one_command_each(root):
    """One command explains the article's capture, one runs the tests."""
    explain, test = commands(root)
    assert explain.endswith(".venv/bin/vxd explain captures/dual-stack-ping6/1.cap")
    assert ".venv/bin/pytest" in test


def test_ci_runs_the_command_of_readme(root):
    """CI runs the very line that README gives for the tests."""
    assert commands(root)[1] in (root / ".ci" / "run").read_text(encoding="utf-8").splitlines()


def test_commands_use_tested_versions(root):
    """Both commands install what constraints.txt names, which is names and exact versions only."""
    assert all("-c constraints.txt" in command for command in commands(root))
    lines = (root / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert [line for line in pins if not re.fullmatch(r"[\w.-]+==[\w.]+", line)] == []


def test_every_dependency_is_pinned(root):
    """What the core and the tests need stands in constraints.txt."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = project["dependencies"] + project["optional-dependencies"]["dev"]
    pins = {line.partition("==")[0] for line in (root / "constraints.txt").read_text(encoding="utf-8").splitlines()}
    names = {normal(name) for name in pins}
    assert [one for one in needed if normal(re.match(r"[\w.-]+", one)[0]) not in names] == []


def normal(name):
    """A project name as registries compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()
