"""What follows from two origins for sign-in across hubs, and that the specification names it."""

from __future__ import annotations

from pathlib import Path

import pytest

from federation import signin
from federation.errors import BadRequest

SPECIFICATION = (Path(__file__).parents[2] / "FEDERATION.md").read_text("utf-8")
PATHS = [
    signin.DISCOVERY, signin.AUTHORIZE, signin.TOKEN, signin.JWKS, signin.USERINFO, signin.REVOKE, signin.END_SESSION,
    signin.CALLBACK, signin.SIGNED_OUT,
]  # fmt: skip


def test_each_client_has_one_redirect_address_for_each_issuer() -> None:
    made = signin.callback_of("https://wilster.example", "https://hennstedt.example:8443")
    assert made == "https://wilster.example/oauth/callback/hennstedt.example:8443"


@pytest.mark.parametrize("origin", ["", "https://wilster.example/", "http://wilster.example", "wilster.example"])
def test_what_is_no_origin_has_none(origin: str) -> None:
    with pytest.raises(BadRequest):
        signin.callback_of(origin, "https://hennstedt.example")
    with pytest.raises(BadRequest):
        signin.callback_of("https://wilster.example", origin)


@pytest.mark.parametrize(
    ("value", "held"),
    [
        (signin.affiliation("employee", "https://hennstedt.example"), True),
        ("employee@hennstedt.example", True),
        ("employee@wilster.example", False),
        ("employee@sub.hennstedt.example", False),
        ("employee@hennstedt.example@wilster.example", False),
        ("employee@hennstedt.example:443", False),
        ("@hennstedt.example", False),
        ("hennstedt.example", False),
        ("", False),
    ],
)
def test_a_hub_speaks_for_itself_only(value: str, held: bool) -> None:
    assert signin.belongs(value, "https://hennstedt.example") is held


@pytest.mark.parametrize("path", PATHS)
def test_the_specification_names_every_address(path: str) -> None:
    assert f"`{path}`" in SPECIFICATION


def test_the_specification_names_what_is_fixed() -> None:
    for word in (signin.ALGORITHM, signin.ASSERTION_TYPE, *signin.SCOPES):
        assert word in SPECIFICATION
