"""Makes nodes known to each other, and sees whether all of them know the same."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from typing import Any

from hubnode.demo.commands import Operator
from hubnode.demo.nodes import Node, NodeFailed, refuse_ended

AGREED = ("--agreement", "Vereinbarung der Hubs, Muster für die Vorführung")
"""How the operators of the demo name the agreement under GDPR Art. 26, so that the hubs share what is for members."""


def finish(waiting: Iterable[Future[str]]) -> list[str]:
    """What all these commands printed; raises `CommandFailed` for the first that failed."""
    return [future.result() for future in list(waiting)]


def acquaint(operator: Operator, nodes: Sequence[Node]) -> None:
    """Pin every node at every other one, by the fingerprint that its own operator reads out, with an agreement."""
    pairs = [(here, there) for here in nodes for there in nodes if here is not there]
    finish(
        [
            operator.submit(here, "peer", "add", there.origin, "--fingerprint", there.fingerprint, *AGREED)
            for here, there in pairs
        ]
    )


def wait_until_equal(operator: Operator, nodes: Sequence[Node], patience: float = 60.0) -> None:
    """Return when every node holds every log, and all hold the same; raises `NodeFailed` where that takes too long."""
    deadline = time.monotonic() + patience
    while not all_equal(status := operator.status(nodes)):
        refuse_ended(nodes)
        if time.monotonic() > deadline:
            raise NodeFailed(f"Nach {patience:.0f} s wissen noch nicht alle Hubs dasselbe:\n{_sizes(status)}")
        time.sleep(0.2)


def _sizes(status: Mapping[str, Any]) -> str:
    """A line for each hub: how many entries of which log it holds."""
    held = {key: {log["origin"]: log["size"] for log in report["logs"]} for key, report in status.items()}
    troubles = {
        key: [hub["last_error"] for hub in report["hubs"] if hub["last_error"]] for key, report in status.items()
    }
    return "\n".join(f"  {key}: {sizes} {troubles[key] or ''}" for key, sizes in held.items())


def all_equal(status: Mapping[str, Any]) -> bool:
    """Whether all these nodes hold the logs of all of them, with the same tree and the same records."""
    origins = {report["origin"] for report in status.values()}
    held = [_held(report, origins) for report in status.values()]
    return held[0].keys() == origins and all(one == held[0] for one in held)


def _held(report: Mapping[str, Any], origins: set[str]) -> dict[str, tuple[str, str]]:
    """Origin → (root of the tree, digest of the records made from it)."""
    return {log["origin"]: (log["root"], log["digest"]) for log in report["logs"] if log["origin"] in origins}
