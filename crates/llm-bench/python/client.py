"""A client process: makes the calls of one side and prints the microseconds of CPU of one call."""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from request import read
from sides import SIDES


def main() -> None:
    """Warms up, measures, prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("side", choices=sorted(SIDES))
    parser.add_argument("base_url")
    parser.add_argument("request", type=Path)
    parser.add_argument("warm_up", type=int)
    parser.add_argument("calls", type=int)
    options = parser.parse_args()
    # Beside the request, where whoever started this process removes it: what a manager has learned
    # is written until the process ends.
    folder = Path(tempfile.mkdtemp(dir=options.request.parent))
    run = SIDES[options.side](options.base_url, read(options.request), folder)
    run(options.warm_up)
    # The CPU of every thread of this process; the upstream is another one.
    before = time.process_time_ns()
    run(options.calls)
    print((time.process_time_ns() - before) / 1e3 / options.calls)


if __name__ == "__main__":
    main()
