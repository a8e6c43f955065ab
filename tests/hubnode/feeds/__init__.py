"""Feeds, one file of tests for each file of the room."""
