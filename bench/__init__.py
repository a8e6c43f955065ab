"""The figures of this project, each measured beside something known, in one run: ``python -m bench``."""
