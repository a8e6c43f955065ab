"""Which process runs which file, where files share what they start: each stays in the folder it has begun in.

A network of nodes and a browser cost more to start than many tests, and a network that waits still computes.
"""

from __future__ import annotations

from xdist.scheduler import LoadFileScheduling
from xdist.workermanage import WorkerController


class ByRoom(LoadFileScheduling):  # type: ignore[misc]  # xdist is not typed
    """Hands out file after file as they stand in line, but to each process first those of its own folder."""

    def _assign_work_unit(self, node: WorkerController) -> None:
        begun = next(reversed(self.assigned_work.get(node) or {}), None)
        if begun is not None:
            for scope in self.workqueue:
                if folder(scope) == folder(begun):
                    self.workqueue.move_to_end(scope, last=False)
                    break
        super()._assign_work_unit(node)


def folder(scope: str) -> str:
    """The folder of a file of tests."""
    return scope.rpartition("/")[0]
