"""What all tests share: no way out of this machine, a PostgreSQL where there is one, and in CI no silent skip."""

from __future__ import annotations

import gc
import itertools
import os
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from tests import cheaper, postgres, rooms, routes, serving

LOOPBACK = ("127.", "::1", "localhost", "0.0.0.0")  # noqa: S104 - compared with, not bound


class LeftTheMachine(RuntimeError):
    """A test tried to reach another machine."""


def _stay_home(event: str, arguments: tuple[Any, ...]) -> None:
    """Refuse every connection, look-up and datagram that would leave the loopback address."""
    if event in ("socket.connect", "socket.sendto"):
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else None
    elif event == "socket.getaddrinfo":
        host = arguments[0]
    else:
        return
    if isinstance(host, bytes):
        host = host.decode()
    if host and not str(host).startswith(LOOPBACK):
        raise LeftTheMachine(f"{event} to {host}: tests speak to this machine only")


sys.addaudithook(_stay_home)
cheaper.keep_in_memory()
gc.set_threshold(50_000, 20, 100)  # an application is thousands of objects: looking at all of them again costs a tenth
cheaper.share_routes()
routes.share()
cheaper.share_templates()
cheaper.write_lazily()


LONGEST = (
    "test_accidents.py",
    "test_every_page.py",
    "test_power_cuts.py",
    "test_forms.py",
    "test_joining.py",
    "test_disturbances.py",
    "test_restored.py",
    "test_canary.py",
    "test_push.py",
)
"""Files whose tests run one after the other, the longest first: begun last, one of them would be waited for alone."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first, each with its tests in their order."""
    places = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path.name, len(places)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> rooms.ByRoom | None:
    """Where files stay whole, let processes stay in a folder."""
    return rooms.ByRoom(config, log) if config.getvalue("dist") == "loadfile" else None


@pytest.fixture
def free_port() -> int:
    """A port on 127.0.0.1 that nobody listens on."""
    return serving.free_port()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """URL of a PostgreSQL server for this run; skips, naming the remedy, where there is none."""
    with postgres.server() as url:
        yield url


_numbers = itertools.count(1)


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """URL of an empty PostgreSQL database, dropped afterwards."""
    name = f"hub_{os.getpid()}_{next(_numbers)}"
    engine = sa.create_engine(postgres_server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql(f'CREATE DATABASE "{name}"')
    yield sa.make_url(postgres_server).set(database=name).render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.exec_driver_sql(f'DROP DATABASE "{name}" WITH (FORCE)')


def no_skip() -> bool:
    """Whether a skipped test is a failure: in CI, where everything that a test needs is installed."""
    return os.environ.get("HUBNODE_NO_SKIP") == "1"


class Skips:
    """Counts what was skipped, and turns it into a failure where nothing may be."""

    def __init__(self) -> None:
        self.reasons: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a test that was skipped; an expected failure is none."""
        if report.skipped and not hasattr(report, "wasxfail"):
            self.reasons.append(f"{report.nodeid}: {_reason(report)}")

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note a whole file that was skipped."""
        if report.skipped:
            self.reasons.append(f"{report.nodeid}: {_reason(report)}")

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Fail the run for a skip."""
        if self.reasons and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Say which skip failed the run."""
        if self.reasons:
            terminalreporter.section("HUBNODE_NO_SKIP=1: a skip is a failure", red=True)
            for reason in self.reasons:
                terminalreporter.line(reason)


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    longrepr = report.longrepr
    return str(longrepr[2]) if isinstance(longrepr, tuple) else str(longrepr)


def pytest_configure(config: pytest.Config) -> None:
    """Watch for skips, in the process that reports."""
    if no_skip() and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Skips(), "skips")
