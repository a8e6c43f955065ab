"""The node: one hub's own Flask application, its records, its people and its part in the network."""

__version__ = "0.1.0"
