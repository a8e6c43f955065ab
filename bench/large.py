"""First sync of 100,000 records: as long as a new hub waits for a network that has been at work for years."""

from __future__ import annotations

from bench import processes, stage
from bench.figures import Bar, Figure
from bench.speaking import python

RECORDS = 100_000
LIMIT_S = 60
PART = "Erster Abgleich von 100.000 Datensätzen"


def measure() -> list[Figure]:
    """Publish them at one hub, and pull them from another; the machine's two cores serve both."""
    with stage.pair(RECORDS) as pair, python("receiver", str(pair.receiver.folder), pair.origin.origin) as receiver:
        used = processes.cpu_s([receiver.pid])
        answer = receiver.ask("{}")
        cpu_s = processes.cpu_s([receiver.pid]) - used
    if answer["documents"] != RECORDS:
        raise RuntimeError(f"{answer['documents']} of {RECORDS} records came over")
    return [
        Figure(PART, "Dauer", answer["seconds"], "s", bar=Bar("at most", LIMIT_S)),
        Figure(PART, "Sätze je Sekunde", RECORDS / answer["seconds"], "je s"),
        Figure(PART, "CPU beim Empfänger", 1000 * cpu_s / RECORDS, "ms je Satz"),
    ]
