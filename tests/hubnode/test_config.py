"""Settings: from file and environment, typed, complete, safe; or a clear refusal."""

from __future__ import annotations

from pathlib import Path

import pytest

from hubnode.config import BadSettings, Settings

GOOD = """
base_url = "https://hub.example"
name = "Digital Hub"
place = "Kiel"
secret_key = "0123456789012345678901234567890123456789"
contact_email = "hub@hub.example"
focus_areas = ["focus-admin"]

[intro]
de = "Hallo"
"""


def load(tmp_path: Path, text: str = GOOD, **environ: str) -> Settings:
    """Settings from this text and environment."""
    (tmp_path / "settings.toml").write_text(text, "utf-8")
    return Settings.load(tmp_path, environ)


def test_settings_come_from_the_file(tmp_path: Path) -> None:
    settings = load(tmp_path)
    assert (settings.base_url, settings.focus_areas, settings.intro) == (
        "https://hub.example",
        ("focus-admin",),
        {"de": "Hallo"},
    )
    assert settings.database == f"sqlite:///{tmp_path / 'hub.db'}"
    assert settings.mode == "production"
    assert not settings.loopback_allowed


def test_a_relative_folder_means_the_same_for_every_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load(tmp_path)
    monkeypatch.chdir(tmp_path.parent)
    settings = Settings.load(Path(tmp_path.name), {})
    assert settings.instance == tmp_path
    assert settings.database == f"sqlite:///{tmp_path / 'hub.db'}"


def test_the_environment_goes_first(tmp_path: Path) -> None:
    settings = load(
        tmp_path, HUBNODE_PLACE="Wilster", HUBNODE_POLL_S="7.5", HUBNODE_FOCUS_AREAS="a, b", HUBNODE_INTRO="Moin"
    )
    assert (settings.place, settings.poll_s, settings.focus_areas, settings.intro) == (
        "Wilster",
        7.5,
        ("a", "b"),
        {"de": "Moin"},
    )


def test_a_folder_without_settings_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="init"):
        Settings.load(tmp_path, {})


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ('place = "Kiel"', "place"),
        ('secret_key = "0123456789012345678901234567890123456789"', "secret_key"),
        ('base_url = "https://hub.example"', "base_url"),
    ],
)
def test_a_missing_setting_is_named_and_has_no_default(tmp_path: Path, change: str, told: str) -> None:
    with pytest.raises(BadSettings, match=told):
        load(tmp_path, GOOD.replace(change, ""))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("https://hub.example", "http://hub.example"), "https"),
        (("https://hub.example", "https://hub.example/path"), "base_url"),
        (("https://hub.example", "https://HUB.example"), "base_url"),
        (("01234567890123456789012345678901", ""), "32 characters"),
        (("hub@hub.example", ""), "contact_email"),
        (('place = "Kiel"', "place = 7"), "place"),
        (('focus_areas = ["focus-admin"]', 'focus_areas = "focus-admin"'), "focus_areas"),
        (('place = "Kiel"', 'place = "Kiel"\nport = "x"'), "port"),
        (('place = "Kiel"', 'place = "Kiel"\nmode = "fast"'), "mode"),
        (('place = "Kiel"', 'place = "Kiel"\nunheard = 1'), "unheard"),
        (('place = "Kiel"', 'place = "Kiel"\nvouches_needed = -1'), "vouches_needed"),
        (('place = "Kiel"', "place = "), "can't be read"),
        (('de = "Hallo"', "de = 7"), "intro"),
        (('place = "Kiel"', 'place = "Kiel"\nsecurity_contact = "Frau Meyer"'), "security_contact"),
    ],
)
def test_an_unusable_setting_is_refused_by_name(tmp_path: Path, change: tuple[str, str], told: str) -> None:
    with pytest.raises(BadSettings, match=told):
        load(tmp_path, GOOD.replace(*change))


def test_a_number_in_the_environment_must_be_one(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="HUBNODE_PORT"):
        load(tmp_path, HUBNODE_PORT="many")


def test_plain_http_is_for_demo_and_test(tmp_path: Path) -> None:
    settings = load(tmp_path, GOOD.replace("https://hub.example", "http://127.0.0.1:5001"), HUBNODE_MODE="demo")
    assert settings.loopback_allowed
