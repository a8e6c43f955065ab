"""The `hubnode` command; each module adds its commands to the group."""

from hubnode.cli import (
    audit,
    choice,
    doctor,
    duties,
    erasures,
    factors,
    keys,
    membership,
    network,
    people,
    records,
    repair,
    searching,
    serve,
    setup,
    tokens,
)
from hubnode.cli.main import main

__all__ = [
    "audit",
    "choice",
    "doctor",
    "duties",
    "erasures",
    "factors",
    "keys",
    "main",
    "membership",
    "network",
    "people",
    "records",
    "repair",
    "searching",
    "serve",
    "setup",
    "tokens",
]
