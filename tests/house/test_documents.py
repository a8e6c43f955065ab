"""What is written down is true: settings, commands, references, versions."""

from __future__ import annotations

import ast
import configparser
import re
from collections.abc import Iterator
from dataclasses import MISSING, fields
from functools import cache
from pathlib import Path

import click
import pytest
import yaml

from hubnode import cli
from hubnode.config import Settings
from hubnode.demo.records import demo_hubs
from hubnode.demo.setup import PASSWORD
from hubnode.records import vocabulary
from tests.house.places import ROOT, files, name

GUIDE = ROOT / "docs/betrieb.md"
DOCUMENTS = [path for path in files() if path.suffix == ".md" and "legal_texts" not in path.parts]
DECISIONS = sorted((ROOT / "docs/decisions").glob("0*.md"))


def _read(file: str) -> str:
    return (ROOT / file).read_text("utf-8")


def _default(item: object) -> str:
    default = getattr(item, "default", MISSING)
    if default is MISSING:
        return "–" if getattr(item, "default_factory", MISSING) is not MISSING else "Pflicht"
    if default in ("", ()):
        return "–"
    return f"`{default:g}`" if isinstance(default, float) else f"`{default}`"


def test_the_operators_guide_lists_every_setting_with_its_default() -> None:
    """The table in the guide is the dataclass, no more and no less, in its order."""
    rows = re.findall(r"^\| `([a-z_]+)` \| (\S+) \| .{10,}\|$", GUIDE.read_text("utf-8"), re.MULTILINE)
    assert rows == [(item.name, _default(item)) for item in fields(Settings) if item.name != "instance"]


def test_every_setting_says_what_it_means() -> None:
    """Each field is followed by its docstring."""
    module = ast.parse(_read("hubnode/config.py"))
    settings = next(node for node in module.body if isinstance(node, ast.ClassDef) and node.name == "Settings")
    explained = {
        before.target.id
        for before, after in zip(settings.body, settings.body[1:], strict=False)
        if isinstance(before, ast.AnnAssign) and isinstance(before.target, ast.Name) and _is_text(after)
    }
    assert explained == {item.name for item in fields(Settings)}


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _commands(command: click.Command, words: str) -> Iterator[tuple[str, click.Command]]:
    if isinstance(command, click.Group):
        for word, below in command.commands.items():
            yield from _commands(below, f"{words} {word}")
    else:
        yield words, command


COMMANDS = dict(_commands(cli.main, "hubnode"))


@pytest.mark.parametrize("words", COMMANDS)
def test_every_command_is_documented(words: str) -> None:
    """The guide names the command with its options, and the command explains itself."""
    row = re.search(rf"^\| `{words}[` ].*$", GUIDE.read_text("utf-8"), re.MULTILINE)
    assert row, f"{words} is missing in docs/betrieb.md"
    assert COMMANDS[words].get_short_help_str()
    options = {option for item in COMMANDS[words].params for option in item.opts if option.startswith("--")}
    assert sorted(option for option in options if option not in row.group()) == []


def test_the_guide_names_no_command_that_does_not_exist() -> None:
    """A renamed command is renamed in the guides too."""
    named = re.findall(r"^\| `(hubnode(?: [a-z-]+)+)", GUIDE.read_text("utf-8"), re.MULTILINE)
    assert sorted(set(named) - COMMANDS.keys()) == []


@cache
def _definitions(file: str) -> frozenset[str]:
    found: set[str] = set()
    _collect(ast.parse(_read(file)).body, "", found)
    return frozenset(found)


def _collect(body: list[ast.stmt], prefix: str, found: set[str]) -> None:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(prefix + node.name)
            if isinstance(node, ast.ClassDef):
                _collect(node.body, prefix + node.name + ".", found)


REFERENCE = re.compile(r"`((?:hubnode|federation|migrations|tests|bench)/[\w/]+\.py):([\w.]+)`")


def test_every_step_of_the_walk_is_in_the_code() -> None:
    """ARCHITECTURE names `file:function`; each of them is there."""
    steps = REFERENCE.findall(_read("ARCHITECTURE.md"))
    assert len(steps) > 20
    wrong = [f"{file}:{what}" for file, what in steps if not (ROOT / file).is_file() or what not in _definitions(file)]
    assert wrong == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_every_link_and_path_leads_somewhere(document: Path) -> None:
    """Links inside the repository, and files and folders named in backticks, exist."""
    text = re.sub(r"^```.*?^```", "", document.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    links = [link for link in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text) if "://" not in link]
    paths = re.findall(r"`((?:hubnode|federation|migrations|tests|docs)/[\w./-]*)`", text)
    missing = [link for link in links if not (document.parent / link).exists()]
    missing += [path for path in paths if not (ROOT / path).exists()]
    assert missing == []


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md"])
def test_every_make_target_named_is_there(document: str) -> None:
    """What a document tells one to type, the Makefile knows."""
    targets = set(re.findall(r"^([a-z-]+):", _read("Makefile"), re.MULTILINE))
    assert set(re.findall(r"(?:`|^)make ([a-z-]+)", _read(document), re.MULTILINE)) <= targets


def test_decisions_are_numbered_listed_and_complete() -> None:
    """Each has its number, its context, its decision, its consequence, and one page."""
    index = _read("docs/decisions/README.md")
    for number, path in enumerate(DECISIONS, start=1):
        text = path.read_text("utf-8")
        assert path.name.startswith(f"{number:04d}-")
        assert text.startswith(f"# {number}. ")
        assert re.findall(r"^## (.*)$", text, re.MULTILINE) == ["Context", "Decision", "Consequence"]
        assert text.count("\n") < 60
        assert path.name in index


def test_the_version_is_the_same_everywhere() -> None:
    """setup.cfg, publiccode.yml and the changelog speak of the same version."""
    metadata = configparser.ConfigParser()
    metadata.read_string(_read("setup.cfg"))
    version = metadata["metadata"]["version"]
    assert yaml.safe_load(_read("publiccode.yml"))["softwareVersion"] == version
    assert re.search(r"^## \[(.+?)\]", _read("CHANGELOG.md"), re.MULTILINE).group(1) == version  # type: ignore[union-attr]


def test_publiccode_says_what_the_standard_wants() -> None:
    """The keys that publiccode.yml 0.4 requires, with values of the right form."""
    card = yaml.safe_load(_read("publiccode.yml"))
    assert card["publiccodeYmlVersion"] == "0.4"
    assert card["legal"]["license"] == "EUPL-1.2"
    assert card["developmentStatus"] in {"concept", "development", "beta", "stable", "obsolete"}
    assert card["softwareType"] == "standalone/web"
    assert card["maintenance"]["type"] in {"internal", "contract", "community", "none"}
    assert all(contact["name"] for contact in card["maintenance"]["contacts"])
    assert card["platforms"]
    assert card["categories"]
    assert re.fullmatch(r"https://\S+\.git", card["url"])
    assert set(card["localisation"]["availableLanguages"]) == card["description"].keys() == {"de", "en"}
    for text in card["description"].values():
        assert len(text["shortDescription"]) <= 150
        assert 150 <= len(text["longDescription"]) <= 10_000
        assert text["features"]


def test_the_licence_is_the_whole_licence() -> None:
    """All fifteen articles and the appendix of the EUPL 1.2."""
    text = _read("LICENSE")
    assert text.startswith("EUROPEAN UNION PUBLIC LICENCE v. 1.2")
    assert [int(number) for number in re.findall(r"^(\d+)\.[A-Z]", text, re.MULTILINE)] == list(range(1, 16))
    assert "‘Compatible Licences’ according to Article 5 EUPL are:" in text


def test_the_readme_lists_the_hubs_of_the_demo() -> None:
    """Addresses, places, focus areas and logins are those that `make demo` shows."""
    rows = [
        f"| `http://127.0.0.1:{hub.port}` | {hub.place} | "
        f"{', '.join(vocabulary.label(topic, 'de') for topic in hub.focus_areas)} | `koordination@{hub.key}.example` |"
        for hub in demo_hubs()
    ]
    text = _read("README.md")
    assert re.findall(r"^\| `http://127.*$", text, re.MULTILINE) == rows
    assert f"`{PASSWORD}`" in text
