"""The `hubnode` command; each module adds its commands to the group."""

from hubnode.cli import doctor, erasures, keys, membership, network, people, records, serve, setup
from hubnode.cli.main import main

__all__ = ["doctor", "erasures", "keys", "main", "membership", "network", "people", "records", "serve", "setup"]
