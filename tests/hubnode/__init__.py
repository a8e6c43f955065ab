"""The node, room by room."""
