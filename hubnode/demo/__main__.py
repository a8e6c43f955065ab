"""`python -m hubnode.demo up|check|reset`: five hubs on this computer."""

from __future__ import annotations

import fcntl
import json
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn

import click

from hubnode.demo import nodes as processes
from hubnode.demo.check import measure
from hubnode.demo.commands import CommandFailed
from hubnode.demo.nodes import Node, NodeFailed
from hubnode.demo.records import demo_hubs
from hubnode.demo.setup import ACCOUNTS, PASSWORD, State, nodes_for, open_network
from hubnode.demo.visitor import NoAnswer, free_ports, port_is_free
from hubnode.records import vocabulary

FOLDER = Path("instance/demo").resolve()
FIRST_PORT = 5001


@click.group()
def main() -> None:
    """Five hubs on this computer, each with its own folder, database and keys."""
    signal.signal(signal.SIGTERM, _like_ctrl_c)
    signal.signal(signal.SIGHUP, _like_ctrl_c)


def _like_ctrl_c(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


@main.command()
@click.option("--port", default=FIRST_PORT, show_default=True, help="Port of the first hub; the others follow.")
def up(port: int) -> None:
    """Start the five hubs and keep them running until Ctrl-C."""
    ports = list(range(port, port + len(demo_hubs())))
    with _alone(FOLDER):
        _refuse_other_ports(ports)
        _refuse_busy(ports)
        click.echo(
            "Fünf Hubs starten" if State.read(FOLDER).done else "Fünf Hubs werden eingerichtet (nur beim ersten Mal)"
        )
        nodes = nodes_for(FOLDER, ports)
        try:
            open_network(FOLDER, nodes, click.echo)
            _show(nodes)
            _watch(nodes)
        except KeyboardInterrupt:
            click.echo("\nDie Hubs werden beendet; ihre Daten bleiben (make demo-reset löscht sie).")
        except (NodeFailed, CommandFailed) as failure:
            raise click.ClickException(str(failure)) from failure
        finally:
            processes.stop_all(nodes)


def _watch(nodes: Sequence[Node]) -> NoReturn:
    """Say which process has ended by itself; the other hubs go on, as they would in life."""
    told: set[tuple[str, str]] = set()
    while True:
        time.sleep(0.5)
        for node in nodes:
            for part in node.ended():
                if (node.key, part) not in told:
                    told.add((node.key, part))
                    click.echo(f"{node.key}: {part} hat sich beendet, die anderen Hubs laufen weiter. Zuletzt:")
                    click.echo(node.last_words(part))


@main.command()
def check() -> None:
    """Do the same in a temporary folder, publish at each hub, wait until all show it, and print figures."""
    folder = Path(tempfile.mkdtemp(prefix="hubnode-demo-"))
    nodes = nodes_for(folder, free_ports(len(demo_hubs())))
    try:
        open_network(folder, nodes, _aside)
        _aside("  An jedem Hub veröffentlichen und bei allen nachsehen")
        click.echo(json.dumps(measure(nodes, folder)))
    except (NodeFailed, CommandFailed, NoAnswer) as failure:
        raise click.ClickException(str(failure)) from failure
    except KeyboardInterrupt:
        sys.exit(130)
    finally:
        processes.stop_all(nodes)
        shutil.rmtree(folder, ignore_errors=True)


@main.command()
def reset() -> None:
    """Delete the data of the demo; the next start begins from nothing."""
    with _alone(FOLDER):
        shutil.rmtree(FOLDER, ignore_errors=True)
    click.echo("Die Daten der Demo sind gelöscht.")


def _aside(text: str) -> None:
    click.echo(text, err=True)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the demo in `folder`; a second one beside it is refused."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / ".demo.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise click.ClickException("Die Demo läuft schon. Abhilfe: sie dort mit Strg-C beenden.") from error
        yield


def _refuse_other_ports(ports: list[int]) -> None:
    """The address of a hub is its name: hubs made for some ports can't move to others."""
    made_for = State.read(FOLDER).ports
    if made_for and made_for != ports:
        raise click.ClickException(
            f"Die Daten gehören zu den Ports ab {made_for[0]}. "
            f"Abhilfe: make demo PORT={made_for[0]}, oder mit make demo-reset von vorn beginnen."
        )


def _refuse_busy(ports: list[int]) -> None:
    busy = [str(port) for port in ports if not port_is_free(port)]
    if busy:
        raise click.ClickException(
            f"Belegt: Port {', '.join(busy)}. Abhilfe: das andere Programm beenden (ss -ltnp zeigt es), "
            f"oder andere Ports nehmen: make demo-reset; make demo PORT={ports[0] + 1000}"
        )


def _show(nodes: Sequence[Node]) -> None:
    click.echo(f"\n  {'Adresse':<24}{'Hub':<24}{'Anmelden als':<36}Schwerpunkte")
    for hub, node in zip(demo_hubs(), nodes, strict=True):
        focus = ", ".join(vocabulary.label(topic, "de") for topic in hub.focus_areas)
        click.echo(f"  {node.origin:<24}{hub.place:<24}{f'koordination@{hub.key}.example':<36}{focus}")
    others = ", ".join(f"{local}@…" for local, _, role in ACCOUNTS if role != "coordinator")
    click.echo(f"\n  Ebenso {others}; das Passwort ist überall {PASSWORD}")
    click.echo("  Was verschickt würde, zeigt jeder Hub unter /postfach\n\n  Strg-C beendet alle Hubs.")


if __name__ == "__main__":
    main()
