"""Settings of an outside provider that can't be served with, and the command that renews the keys of tokens."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from hubnode.cli import main
from hubnode.config import BadSettings, Settings
from hubnode.network.signing_in.tokenkeys import FILE
from tests.hubnode.hubs import Hub

GOOD = {"provider_issuer": "https://login.kreis.example/realms/kreis"}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"provider_issuer": "login.kreis.example"}, "provider_issuer"),
        (
            {"provider_issuer": "http://login.kreis.example", "mode": "production", "base_url": "https://a.example"},
            "https",
        ),
        ({**GOOD, "provider_claims": {"password": "x"}}, "provider_claims"),
        ({**GOOD, "provider_roles": {"Chef": "admin"}}, "provider_roles"),
        ({**GOOD, "provider_roles": {"Chef": "king"}}, "provider_roles"),
    ],
)
def test_what_would_be_unsafe_is_refused_at_the_start(wilster: Hub, changes: dict[str, Any], words: str) -> None:
    replace(wilster.settings, **GOOD).refuse_unsafe()
    with pytest.raises(BadSettings, match=words):
        replace(wilster.settings, **changes).refuse_unsafe()


def test_tables_come_from_the_file_and_from_the_environment(tmp_path: Path) -> None:
    words = 'base_url = "http://127.0.0.1:5000"\nname = "A"\nplace = "A"\nmode = "test"\n'
    (tmp_path / "settings.toml").write_text(
        words + f'secret_key = "{"s" * 40}"\n[provider_roles]\nRedaktion = "editor"\n'
    )
    read = Settings.load(tmp_path, {"HUBNODE_PROVIDER_CLAIMS": "mail=upn, role=groups"})
    assert dict(read.provider_roles) == {"Redaktion": "editor"}
    assert dict(read.provider_claims) == {"mail": "upn", "role": "groups"}


def test_the_keys_of_tokens_are_renewed_by_command(wilster: Hub) -> None:
    folder = wilster.settings.instance
    words = {"base_url": wilster.origin, "name": "W", "place": "W", "mode": "test", "secret_key": "s" * 40}
    (folder / "settings.toml").write_text("\n".join(f"{key} = {json.dumps(value)}" for key, value in words.items()))
    for flag, count in (["--now"], 1), ([], 2):
        done = CliRunner().invoke(main, ["--instance", str(folder), "key", "rotate-tokens", *flag])
        assert done.exit_code == 0, done.output
        assert len(json.loads((folder / "keys" / FILE).read_text())) == count
