"""Tests of registration for events."""
