"""The demo: its hubs and what they publish."""
