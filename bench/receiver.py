"""A hub that pulls another one, with the node's own code, when it is told to.

Run: ``python -m bench.receiver INSTANCE ORIGIN``. For each line on standard input it pulls until nothing is left, as
the worker would, and prints what it took as one line of JSON.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from bench.sampling import Sampler
from hubnode.config import Settings
from hubnode.core import create_core
from hubnode.network import pull
from hubnode.network.node import current_node
from hubnode.work import collector

PARTS = (
    (("hubnode/records/indexing.py", ""), "index"),
    (("hubnode/records/kinds/checks.py", ""), "schema"),
    (("hubnode/records/replica.py", ""), "store"),
    (("hubnode/db.py", "transaction"), "commit"),
    (("federation/pages.py", "read_page"), "verify"),
    (("federation/client.py", ""), "request"),
)
"""What a pull does, by the code that does it."""


def main() -> None:
    """Pull whenever told to, until standard input ends."""
    app = create_core(Settings.load(Path(sys.argv[1])))
    collector.calm()
    with app.app_context():
        print("ready", flush=True)
        for _ in sys.stdin:
            print(json.dumps(_pulled(sys.argv[2])), flush=True)


def _pulled(origin: str) -> dict[str, Any]:
    begun, used = time.monotonic(), time.process_time()
    entries, finished = 0, False
    with Sampler(PARTS, rest="rest") as sampler:
        while not finished:
            turn = pull.pull(current_node(), origin)
            entries, finished = entries + turn.entries, turn.finished
            if not turn.finished and not turn.entries:
                raise SystemExit(f"{origin} could not be pulled")
    return {
        "documents": entries,
        "seconds": time.monotonic() - begun,
        "cpu_s": time.process_time() - used,
        "us_each": sampler.us_each(max(1, entries)),
    }


if __name__ == "__main__":
    main()
