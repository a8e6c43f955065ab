"""Seeded fault simulation: real nodes and real stores under a simulated network and simulated clocks."""
