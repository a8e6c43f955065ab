"""The `hubnode` command; each module adds its commands to the group."""

from hubnode.cli import doctor, keys, membership, network, people, records, serve, setup
from hubnode.cli.main import main

__all__ = ["doctor", "keys", "main", "membership", "network", "people", "records", "serve", "setup"]
