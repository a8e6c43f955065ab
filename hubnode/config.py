"""What a node is told from outside: one frozen set of settings, read once at start."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

Mode = Literal["demo", "production", "test"]
TlsMode = Literal["starttls", "tls", "none"]
LOOPBACK = ("127.0.0.1", "::1", "localhost")
PREFIX = "HUBNODE_"
MAX_SIZE = 10 * 1024 * 1024
"""Bytes of the largest file that any hub takes."""

CONTRIBUTORS = "http://dcat-ap.de/def/contributors/"
LAND_TEXTS = Path(__file__).resolve().parent / "web" / "legal_texts" / "land"


def laender() -> list[str]:
    """The Länder whose law the legal texts know, by their abbreviations."""
    return sorted(file.stem.upper() for file in LAND_TEXTS.glob("*.json"))


class BadSettings(Exception):
    """The settings can't be used; the message says which one and how to mend it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings of one node: from the environment, else from ``instance/settings.toml``, else the default."""

    instance: Path
    """Folder of this node: settings, keys, database, legal texts."""
    base_url: str
    """Origin of this node as others reach it, such as ``https://hub-wilster.example``; no path, no slash at the end."""
    name: str
    """Full name of the hub, shown in the header."""
    place: str
    """Short name, shown where several hubs are listed."""
    secret_key: str
    """Secret that signs form tokens; at least 32 characters; ``hubnode init`` makes one."""
    focus_areas: tuple[str, ...] = ()
    """Topic ids of this hub's focus areas, most important first."""
    district: str = ""
    """Name of the Kreis, for the tile map."""
    geo_keys: tuple[str, ...] = ()
    """Regional keys of this hub's area."""
    intro: Mapping[str, str] = field(default_factory=dict)
    """One or two sentences about this hub, by language: ``{de = "…", en = "…"}``."""
    contact_email: str = ""
    """Address of the hub's office, published on the hub card and in the imprint."""
    security_contact: str = ""
    """Mail address, or address of a form, for whoever finds a weakness (RFC 9116); empty means `contact_email`."""
    database_url: str = ""
    """SQLAlchemy URL; empty means ``hub.db`` in the instance folder."""
    mode: Mode = "production"
    """``production`` refuses to start on unsafe settings; ``demo`` and ``test`` allow plain HTTP on loopback."""
    host: str = "127.0.0.1"
    """Address the web process listens on."""
    port: int = 5000
    """Port the web process listens on."""
    threads: int = 4
    """Threads of the web process: that many requests are answered at once."""
    tick_s: float = 0.5
    """Seconds between two looks of the worker for something to do."""
    poke_coalesce_s: float = 2.0
    """Seconds after telling a peer of a publication in which further ones are gathered, to be told once."""
    poll_s: float = 300.0
    """Seconds between two pulls of a peer that has not poked."""
    backoff_max_s: float = 3600.0
    """Longest pause, in seconds, before a silent peer is tried again."""
    metrics_token: str = ""
    """Token with which a monitoring system may read ``/metrics``; empty means that there is no such page."""
    disk_reserve_mb: int = 200
    """Megabytes that stay free on the disk of the instance folder: with less, nothing more is copied from others."""
    private_origins: tuple[str, ...] = ()
    """Peers that may resolve to private addresses because the operator entered them on purpose."""
    session_days: int = 14
    """Days after which a sign-in ends by itself."""
    second_factor_roles: tuple[str, ...] = ()
    """Roles that can't sign in without a second factor, such as ``["admin"]``; who has none must enrol one first."""
    provider_issuer: str = ""
    """Issuer of an outside OpenID provider such as Keycloak with which own people may sign in; empty: there is none."""
    provider_name: str = ""
    """How the sign-in page calls it, such as ``Kreis Steinburg``."""
    provider_client_id: str = ""
    """Under what name this hub is registered there; empty means its `base_url`."""
    provider_client_secret: str = ""
    """The secret agreed there; empty: the hub proves itself by its own key, published at ``/oauth/jwks``."""
    provider_claims: Mapping[str, str] = field(default_factory=dict)
    """How its claims are called where not as usual: ``{name = "…", mail = "…", affiliation = "…", role = "…"}``."""
    provider_roles: Mapping[str, str] = field(default_factory=dict)
    """Role here of a new account by what the provider calls it there; everybody else becomes staff."""
    provider_scopes: tuple[str, ...] = ()
    """Organisations for which it may speak, as after the @ of an affiliation; empty: affiliations are not looked at."""
    provider_domains: tuple[str, ...] = ()
    """Mail domains whose people get an account with their first sign-in there; others need an invitation."""
    provider_acr: tuple[str, ...] = ()
    """Its names of a sign-in with two factors (``acr``): asked for, and then no second factor is asked for here."""
    backup_days: int = 0
    """Days after which the last backup that holds an erased text is gone; receipts promise it. 0: they say nothing."""
    proxies: int = 0
    """Own web servers in front of this one: that many entries of ``X-Forwarded-For``, from its end, are believed."""
    media_max_bytes: int = MAX_SIZE
    """Bytes of the largest file that own people may attach to a record; never more than 10 MiB."""
    media_fetch_max_bytes: int = MAX_SIZE
    """Bytes up to which files of other hubs are copied here; pages link larger ones to their home hub."""
    media_peer_max_bytes: int = 2 * 1024**3
    """Bytes that the copied files of one other hub may take up in all."""
    smtp_host: str = ""
    """Mail server that takes this hub's letters; empty: no letters are sent, and in demo mode a page shows them."""
    smtp_port: int = 587
    """Port of the mail server."""
    smtp_tls: TlsMode = "starttls"
    """``starttls`` (usual with port 587), ``tls`` from the first byte (port 465), ``none`` only to the own machine."""
    smtp_user: str = ""
    """Name under which the mail server knows this hub; empty: it wants none."""
    smtp_password: str = ""
    """Its password; better as ``HUBNODE_SMTP_PASSWORD`` or in a file of its own."""
    smtp_password_file: str = ""
    """File with the password in its first line, instead of `smtp_password`."""
    mail_from: str = ""
    """Sender of the letters; empty means `contact_email`."""
    questions_kept_days: int = 365
    """Days after the last message of a question, after which it is deleted."""
    registrations_kept_days: int = 30
    """Days after an event has ended, after which who had registered for it is deleted."""
    vouches_needed: int = 0
    """Members that must vouch for a hub so that it joins without anybody's approval; 0 means: never."""
    api_per_minute: int = 600
    """Requests to the interface in a minute from one address or with one token; more are asked to wait."""
    contributor_id: str = ""
    """Address that GovData has given to whoever delivers the catalogue: ``http://dcat-ap.de/def/contributors/…``."""
    audit_days: int = 365
    """Days after which notes of security-relevant acts are deleted; at least 30."""
    land: str = "SH"
    """The Land whose law the legal texts name: one of the files in ``web/legal_texts/land``."""
    privacy_contact: str = ""
    """Name and address of the data protection officer, for the record of processing (GDPR Art. 30)."""
    barrier_answer_days: int = 14
    """Days within which the hub promises to answer whoever reports a barrier."""
    barriers_kept_days: int = 730
    """Days after which reports of barriers are deleted."""

    @property
    def database(self) -> str:
        """The SQLAlchemy URL in force."""
        return self.database_url or f"sqlite:///{self.instance / 'hub.db'}"

    @property
    def sender(self) -> str:
        """The address that letters come from."""
        return self.mail_from or self.contact_email

    @property
    def shows_letters(self) -> bool:
        """Whether a page shows the letters instead of a server sending them: never outside demo and tests."""
        return self.loopback_allowed and not self.smtp_host

    @property
    def loopback_allowed(self) -> bool:
        """Whether peers on the loopback address are reachable: in the demo and in tests only."""
        return self.mode in ("demo", "test")

    @classmethod
    def load(cls, instance: Path, environ: Mapping[str, str] = os.environ) -> Settings:
        """Settings of the node in `instance`; raises `BadSettings` naming everything that is wrong."""
        instance = instance.resolve()  # where a process works must not decide where its database is
        file = instance / "settings.toml"
        if not file.is_file():
            raise BadSettings(f"{file} is missing; run: hubnode --instance {instance} init")
        try:
            given: dict[str, Any] = tomllib.loads(file.read_text("utf-8"))
        except tomllib.TOMLDecodeError as error:
            raise BadSettings(f"{file} can't be read: {error}") from error
        hints = get_type_hints(cls)
        known = {item.name for item in fields(cls)} - {"instance"}
        if unknown := sorted(set(given) - known):
            raise BadSettings(f"{file} has unknown settings: {', '.join(unknown)}")
        for name in known:
            if (text := environ.get(PREFIX + name.upper())) is not None:
                given[name] = _from_text(name, hints[name], text)
        missing = sorted(
            item.name
            for item in fields(cls)
            if item.name in known
            and item.default is MISSING
            and item.default_factory is MISSING
            and not given.get(item.name)
        )
        if missing:
            raise BadSettings(f"{file} lacks: {', '.join(missing)}")
        values = {name: _typed(name, hints[name], value) for name, value in given.items()}
        settings = cls(instance=instance, **values)
        settings.refuse_unsafe()
        return settings

    def refuse_unsafe(self) -> None:
        """Raise `BadSettings` where these settings would be unsafe to serve with."""
        if len(self.secret_key) < 32:
            raise BadSettings("secret_key needs at least 32 characters; hubnode init makes one")
        if not re.fullmatch(r"https?://[a-z0-9.:\[\]-]+", self.base_url):
            raise BadSettings("base_url must be an origin such as https://hub.example, lower case, without a path")
        if self.mode == "production" and not self.base_url.startswith("https://"):
            raise BadSettings("base_url must begin with https:// in production")
        if not 0 <= self.backup_days <= 3660:
            raise BadSettings("backup_days must be a number from 0 to 3660")
        if self.metrics_token and len(self.metrics_token) < 24:
            raise BadSettings("metrics_token needs at least 24 characters")
        if not 0 <= self.proxies <= 9:
            raise BadSettings("proxies must be a number from 0 to 9")
        if self.questions_kept_days < 1:
            raise BadSettings("questions_kept_days must be at least 1")
        if not 1 <= self.registrations_kept_days <= 365:
            raise BadSettings("registrations_kept_days must be a number from 1 to 365")
        if not 1 <= self.api_per_minute <= 1_000_000:
            raise BadSettings("api_per_minute must be a number from 1 to 1000000")
        if self.land not in (known := laender()):
            raise BadSettings(f"land must be one of {', '.join(known)}; the legal texts know no other law")
        if not 1 <= self.barrier_answer_days <= 90:
            raise BadSettings("barrier_answer_days must be a number from 1 to 90")
        if not 30 <= self.barriers_kept_days <= 3660:
            raise BadSettings("barriers_kept_days must be a number from 30 to 3660")
        if not 30 <= self.audit_days <= 3660:
            raise BadSettings("audit_days must be a number from 30 to 3660")
        if not 0 <= self.vouches_needed <= 99:
            raise BadSettings("vouches_needed must be a number from 0 to 99")
        if not 1 <= self.media_max_bytes <= MAX_SIZE:
            raise BadSettings(f"media_max_bytes must be a number from 1 to {MAX_SIZE}: no hub takes larger files")
        if self.contributor_id and not re.fullmatch(CONTRIBUTORS + r"[A-Za-z0-9._-]+", self.contributor_id):
            raise BadSettings(f"contributor_id must begin with {CONTRIBUTORS} (or be empty)")
        if self.security_contact and not re.fullmatch(r"[!-~]+@[!-~]+|https://[!-~]+", self.security_contact):
            raise BadSettings("security_contact must be a mail address or begin with https://")
        if self.mode == "production" and not self.contact_email:
            raise BadSettings("contact_email is empty; the imprint needs it (DDG § 5)")
        self._refuse_unsafe_mail()
        self._refuse_unsafe_provider()

    def _refuse_unsafe_provider(self) -> None:
        if not self.provider_issuer:
            return
        if not re.fullmatch(r"https?://[!-~]+", self.provider_issuer):
            raise BadSettings("provider_issuer must be an address such as https://login.example/realms/kreis")
        if not self.provider_issuer.startswith("https://") and not self.loopback_allowed:
            raise BadSettings("provider_issuer must begin with https://")
        if unknown := set(self.provider_claims) - {"name", "mail", "affiliation", "role"}:
            raise BadSettings(f"provider_claims has unknown keys: {', '.join(sorted(unknown))}")
        if not set(self.provider_roles.values()) <= {"coordinator", "editor", "staff", "expert"}:
            raise BadSettings("provider_roles may give the roles coordinator, editor, staff and expert")

    def _refuse_unsafe_mail(self) -> None:
        if not 1 <= self.smtp_port <= 65535:
            raise BadSettings("smtp_port must be a number from 1 to 65535")
        if self.smtp_host and not self.sender:
            raise BadSettings("mail_from and contact_email are empty; letters need a sender")
        if self.smtp_host and self.smtp_tls == "none" and self.smtp_host not in LOOPBACK:
            raise BadSettings("smtp_tls may be none only where the mail server is on this machine")
        if self.smtp_password and self.smtp_password_file:
            raise BadSettings("smtp_password and smtp_password_file are both set; one of them is enough")


def _from_text(name: str, hint: Any, text: str) -> Any:
    """A value from the environment, in the shape that TOML would have given."""
    if hint is int or hint is float:
        try:
            return hint(text)
        except ValueError as error:
            raise BadSettings(f"{PREFIX}{name.upper()} must be a number") from error
    if hint == tuple[str, ...]:
        return [part.strip() for part in text.split(",") if part.strip()]
    if name == "intro":
        return {"de": text}
    if hint == Mapping[str, str]:
        return {key.strip(): value.strip() for key, _, value in (part.partition("=") for part in text.split(","))}
    return text


def _typed(name: str, hint: Any, value: Any) -> Any:
    if hint == tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(part, str) for part in value):
            raise BadSettings(f"{name} must be a list of texts")
        return tuple(value)
    if get_origin(hint) is Literal:
        if value not in get_args(hint):
            raise BadSettings(f"{name} must be one of {', '.join(get_args(hint))}")
        return value
    if hint == Mapping[str, str]:
        if not isinstance(value, dict) or not all(isinstance(part, str) for part in value.values()):
            raise BadSettings(f"{name} must be a table of texts")
        return dict(value)
    if hint is float and isinstance(value, int):
        return float(value)
    if not isinstance(value, hint) or isinstance(value, bool):
        raise BadSettings(f"{name} must be of type {hint.__name__}")
    return value
