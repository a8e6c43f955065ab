"""Journeys: real nodes, as processes, speaking HTTP to each other on the loopback address."""
