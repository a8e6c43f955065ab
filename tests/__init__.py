"""The tests: sentences about this world, with real parts."""
