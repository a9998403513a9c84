"""Does the package offer its public names, whatever was imported before, and only when they are asked for?"""

from __future__ import annotations

import subprocess
import sys

import pytest

import vxlan_dissect as vxd
from vxlan_dissect import errors, pipeline


def python(code):
    """Run code in a fresh interpreter and give what it prints."""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.parametrize("name", sorted(vxd.__all__))
def test_every_public_name_exists(name):
    """Each name of `__all__` can be had and is listed."""
    assert getattr(vxd, name) is not None
    assert name in dir(vxd)


def test_unknown_name():
    """A name that the package does not have is an AttributeError that names it."""
    with pytest.raises(AttributeError, match="has no attribute 'explian'"):
        vxd.explian  # noqa: B018 - the access is the test


@pytest.mark.parametrize(
    "before",
    [
        "",
        "import vxlan_dissect.explain",
        "import vxlan_dissect.explain.statements",
        "from vxlan_dissect.explain import statements",
        "import vxlan_dissect; vxlan_dissect.explain; import vxlan_dissect.explain.statements",
        "import vxlan_dissect.pipeline",
        "from vxlan_dissect import explain",
    ],
)
def test_explain_stays_the_function(before):
    """`vxd.explain` is the function before and after the sub-package of that name was imported, without a warning."""
    code = f"import warnings; warnings.simplefilter('error')\n{before}\nimport vxlan_dissect as vxd, sys\n"
    code += "import vxlan_dissect.explain.statements, vxlan_dissect.pipeline\n"
    code += "print(vxd.explain is vxlan_dissect.pipeline.explain, sys.modules['vxlan_dissect.explain'].__name__)"
    assert python(code) == "True vxlan_dissect.explain"


def test_names_are_those_of_their_modules():
    """A public name is the very object of the module that it comes from."""
    assert vxd.errors is errors
    assert vxd.Explanations is pipeline.Explanations


def test_import_costs_nothing():
    """Importing the package loads no other module of it and nothing that others made."""
    code = "import sys; before = set(sys.modules); import vxlan_dissect; print(sorted(set(sys.modules) - before))"
    loaded = python(code)
    assert "numpy" not in loaded
    assert "vxlan_dissect." not in loaded


def test_version_is_that_of_the_project(root):
    """The version has one source, pyproject.toml."""
    import tomllib

    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert vxd.__version__ == project["version"]


def test_infer_stays_the_function():
    """`vxd.infer` is the function before and after the sub-package of that name was imported."""
    code = "import vxlan_dissect as vxd, sys, vxlan_dissect.infer.facts\n"
    code += "print(vxd.infer is sys.modules['vxlan_dissect.infer.inferred'].inventory_of)"
    assert python(code) == "True"
