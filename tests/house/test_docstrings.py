"""Does every module say what it answers, every public name what it is, and every test what it shows?"""

from __future__ import annotations

import ast
import re
from importlib import import_module

import pytest

HEADINGS = ("Shows", "Why it matters", "How we know", "What to check next")
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def modules(files, root, folder):
    """Each Python file below a folder, with its name and its tree."""
    for path in files:
        name = path.relative_to(root)
        if path.suffix == ".py" and name.parts[0] == folder:
            yield str(name), ast.parse(path.read_text(encoding="utf-8"))


def public(body, prefix=""):
    """Each public function, class and method of a body, with its dotted name."""
    for node in body:
        if isinstance(node, DEFINITIONS) and not node.name.startswith("_"):
            yield prefix + node.name, node
            if isinstance(node, ast.ClassDef):
                yield from public(node.body, f"{prefix}{node.name}.")


def shares(node):
    """Whether another definition has the docstring: of an overload the last one, of a setter the property."""
    return any(ast.unparse(decorator).endswith(("overload", ".setter")) for decorator in node.decorator_list)


def rule_modules():
    """The modules of the rules, as they are named in the list of rules."""
    from vxlan_dissect.rules import module_of, names

    return sorted(map(module_of, names()))


def test_modules_of_the_source(files, root):
    """A module asks a question, or says what it is, and states the law it keeps; a rule opens as its page does."""
    rules = {"src/" + name.replace(".", "/") + ".py" for name in rule_modules()}
    wrong = []
    for name, tree in modules(files, root, "src"):
        text = ast.get_docstring(tree) or ""
        law = name in rules or re.search(r"^Law: ", text, re.MULTILINE)
        if not law or not text.partition("\n")[0].endswith(("?", ".")):
            wrong.append(name)
    assert wrong == []


def test_modules_of_the_tests(files, root):
    """A module of the tests has a docstring."""
    assert [name for name, tree in modules(files, root, "tests") if not ast.get_docstring(tree)] == []


def test_public_names(files, root):
    """Every public function, class and method has a docstring."""
    wrong = [
        f"{name}: {dotted}"
        for name, tree in modules(files, root, "src")
        for dotted, node in public(tree.body)
        if not ast.get_docstring(node) and not shares(node)
    ]
    assert wrong == []


def test_tests(files, root):
    """Every test says in one sentence what it shows."""
    wrong = []
    for name, tree in modules(files, root, "tests"):
        for node in ast.walk(tree):
            if isinstance(node, DEFINITIONS[:2]) and node.name.startswith("test_"):
                text = ast.get_docstring(node) or ""
                if not text.endswith((".", "?", "!")) or re.search(r"[.?!]\s+[A-Z]", text):
                    wrong.append(f"{name}: {node.name}")
    assert wrong == []


def headings(text):
    """The headings of a rule's page that have text below them, in the order in which they stand."""
    return re.findall(rf"^\*?({'|'.join(HEADINGS)})\*?\n+ +\S", text, re.MULTILINE)


def test_rules():
    """The docstring of a rule has the four headings of its page, in order, with text below each."""
    pages = {name: import_module(name).__doc__ or "" for name in rule_modules()}
    assert [name for name, page in pages.items() if headings(page) != list(HEADINGS)] == []


@pytest.mark.parametrize(
    ("page", "found"),
    [
        ("", []),
        ("Shows\n    A.\n\nHow we know\n    B.", ["Shows", "How we know"]),
        ("Shows\nWhy it matters\n    A.", ["Why it matters"]),
    ],
)
def test_headings_that_are_missing(page, found):
    """A heading that is missing or has no text is noticed."""
    assert headings(page) == found
