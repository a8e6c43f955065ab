"""The worker of a node."""
