"""Every published fault has a test, and the list of them names each test as it is called."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from functools import cache

import pytest

from tests.house.places import ROOT, name, python_files, tree_of

NUMBERS = tuple(f"{number:02d}" for number in range(1, 35))
LIST = ROOT / "docs/threats.md"
_NAMED = re.compile(r"test_threat_(\d\d)_")
_ROW = re.compile(r"^\| (\d+) \| (.+?) \| (.+?) \| (.+?) \| (.+?) \|$", re.MULTILINE)


@cache
def files_of_tests() -> dict[str, set[str]]:
    """The files with tests of each fault, by its number."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in python_files("tests"):
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.FunctionDef) and (named := _NAMED.match(node.name)):
                found[named[1]].add(name(path))
    return dict(found)


@cache
def rows() -> dict[str, tuple[str, ...]]:
    """The list's rows, by number: fault, identifiers, what is tried, where."""
    return {number.zfill(2): tuple(rest) for number, *rest in _ROW.findall(LIST.read_text("utf-8"))}


@pytest.mark.parametrize("number", NUMBERS)
def test_every_published_fault_has_a_test(number: str) -> None:
    """`pytest -k threat_07` finds the row."""
    assert files_of_tests().get(number)


def test_there_are_no_tests_of_faults_that_nobody_lists() -> None:
    """A number that does not stand in the list explains nothing."""
    assert sorted(files_of_tests().keys() - set(NUMBERS)) == []


def test_the_list_has_every_fault_once_and_in_order() -> None:
    """Thirty-four rows."""
    assert tuple(rows()) == NUMBERS


@pytest.mark.parametrize("number", NUMBERS)
def test_the_list_names_the_files_with_the_tests(number: str) -> None:
    """All that have one, in their order, and no other."""
    assert re.findall(r"`(tests/[a-z0-9_/]+\.py)`", rows()[number][3]) == sorted(files_of_tests()[number])


@pytest.mark.parametrize("number", NUMBERS)
def test_the_list_names_public_identifiers(number: str) -> None:
    """Where somebody can read about it."""
    assert re.search(
        r"CVE-\d{4}-\d+|GHSA-|#\d+|[0-9a-f]{7,}|F-\d\d|PR \d+|RFC \d+|no public identifier", rows()[number][1]
    )
