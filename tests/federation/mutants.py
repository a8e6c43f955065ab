"""Mutation testing of the protocol's core: ``python -m tests.federation.mutants``, part of ``make check-deep``.

mutmut changes the code in one place at a time and runs the tests; a mutant that no test notices is a gap. Ends with 0
if every survivor is explained in MUTANTS.md, and everything explained there still survives.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EXPLAINED = Path(__file__).with_name("MUTANTS.md")
MUTMUT = (sys.executable, "-m", "mutmut")
CAUGHT = {"killed", "caught by type check", "timeout"}
"""A timeout is an endless loop: the time allowed is ten times the usual one."""


def main() -> int:
    """Run mutmut, compare its survivors with the explained ones, and say which differ."""
    profile = {**os.environ, "HYPOTHESIS_PROFILE": "mutation"}
    subprocess.run([*MUTMUT, "run", "--max-children", "2"], cwd=ROOT, env=profile, check=False)
    survivors = {_change(name): f"{name} ({status})" for name, status in _results() if status not in CAUGHT}
    explained = set(_explained())
    for change in survivors.keys() - explained:
        print(f"\nnot explained: {survivors[change]}\n{change}")
    for change in explained - survivors.keys():
        print(f"\nexplained, but caught by now:\n{change}")
    print(f"\n{len(survivors)} survivors, {len(explained)} explained")
    return int(survivors.keys() != explained)


def _results() -> Iterable[tuple[str, str]]:
    listed = subprocess.run([*MUTMUT, "results"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for line in listed.splitlines():
        name, separator, status = line.strip().rpartition(": ")
        if separator:
            yield name, status


def _change(name: str) -> str:
    """The changed lines of a mutant, which stay the same when mutmut counts anew."""
    shown = subprocess.run([*MUTMUT, "show", name], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return _lines(shown.splitlines())


def _explained() -> Iterable[str]:
    for block in re.findall(r"^```diff\n(.*?)^```$", EXPLAINED.read_text("utf-8"), re.MULTILINE | re.DOTALL):
        yield _lines(block.splitlines())


def _lines(diff: Iterable[str]) -> str:
    changed = [line for line in diff if line.startswith(("-", "+")) and not line.startswith(("---", "+++"))]
    return "\n".join(f"{line[0]} {line[1:].strip()}" for line in changed)


if __name__ == "__main__":
    sys.exit(main())
