"""``python -m bench.search [records]``: the figures of the search alone, at any size."""

from __future__ import annotations

import sys

from bench.figures import table
from bench.search import measure


def main() -> int:
    """Measure and print; 1 where a bar is missed."""
    figures = list(measure.measure(int(sys.argv[1]) if len(sys.argv) > 1 else measure.RECORDS))
    print(table(figures))
    return 1 if any(figure.held is False for figure in figures) else 0


if __name__ == "__main__":
    sys.exit(main())
