"""What the Python package costs: measures every row, and says which promises are kept."""

from __future__ import annotations

import argparse
import platform
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from statistics import median

from processes import client, printed, quick_upstream, slow_upstream, start_to_end
from request import read

#: Callers at once, and how long their upstream takes for an answer, in seconds.
CALLERS = 64
LATENCY = 0.2
#: What is promised; the two times in microseconds of CPU.
MOST_OVER_RUST = 150.0
MOST_OVER_EMPTY = 150.0
LEAST_BELOW_LITELLM = 20.0
LEAST_OF_IDEAL = 90.0
MOST_IMPORT_MS = 50.0
MOST_WHEEL_MB = 10.0

#: The Rust program's word for the way through the manager.
RUST = "managed"
#: How many calls a side makes in a round, against those of the quickest.
SHARES = {
    RUST: 1.0,
    "llm-manager": 1.0,
    "llm-manager-async": 1.0,
    "openai": 0.2,
    "litellm-router": 0.1,
    "crewai-empty": 0.5,
    "crewai-waiting": 0.5,
    "crewai-object": 0.5,
}


@dataclass(frozen=True)
class Row:
    """A figure, and whether it is as promised; one without a promise is for information."""

    what: str
    found: str
    target: str = ""
    kept: bool | None = None

    def __str__(self) -> str:
        verdict = {None: "", True: "met", False: "**missed**"}[self.kept]
        return f"| {self.what} | {self.found} | {self.target} | {verdict} |"


def main() -> int:
    """Prints the tables; 1 when a promise is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--overhead", type=Path, required=True, help="the program of llm-bench")
    parser.add_argument("--simulated", type=Path, required=True, help="the program of llm-testkit")
    parser.add_argument("--wheel", type=Path, required=True, help="the wheel that is installed")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--calls", type=int, default=3000, help="of the quickest side in a round")
    options = parser.parse_args()
    names = ("crewai", "litellm", "openai", "aiohttp", "httpx", "pydantic")
    versions = ", ".join(f"{name} {version(name)}" for name in names)
    print(f"{date.today()}, Python {platform.python_version()}, {versions}\n")
    with tempfile.TemporaryDirectory() as folder:
        request = Path(folder) / "request.json"
        request.write_text(printed([options.overhead, "request"]))
        costs = measure_costs(options.overhead, request, options.rounds, options.calls)
        rows = [*rows_of_costs(costs), *rows_of_throughput(options.simulated, request)]
    rows.extend([row_of_import(20), row_of_wheel(options.wheel)])
    print("\n| | found | target | |\n|---|---:|---:|---|")
    print("\n".join(map(str, rows)))
    return 1 if any(row.kept is False for row in rows) else 0


def measure_costs(
    overhead: Path, request: Path, rounds: int, calls: int
) -> dict[str, list[float]]:
    """Microseconds of CPU of one call, by side, one figure a round.

    The sides take turns, each in a fresh process, so that a slow minute hits them all.
    """
    costs: dict[str, list[float]] = {side: [] for side in SHARES}
    print(f"CPU of one call in µs, {rounds} rounds, {calls} calls or a share of them\n")
    print(f"| round | {' | '.join(SHARES)} |\n|---:|{'---:|' * len(SHARES)}")
    with quick_upstream(overhead) as base_url:
        for number in range(1, rounds + 1):
            for side, share in SHARES.items():
                n_calls = max(10, round(calls * share))
                if side == RUST:
                    cost = float(printed([overhead, "client", RUST, base_url]))
                else:
                    cost = client("client.py", side, base_url, request, n_calls // 10, n_calls)
                costs[side].append(cost)
            figures = " | ".join(f"{costs[side][-1]:.0f}" for side in SHARES)
            print(f"| {number} | {figures} |", flush=True)
    return costs


def rows_of_costs(costs: dict[str, list[float]]) -> list[Row]:
    """What the rounds say: each figure is taken within a round, and the median of them counts."""
    ours = costs["llm-manager"]
    over_rust = _pairs(ours, costs[RUST], lambda python, rust: python - rust)
    over_rust_async = _pairs(costs["llm-manager-async"], costs[RUST], lambda a, b: a - b)
    over_empty = _pairs(costs["crewai-object"], costs["crewai-empty"], lambda a, b: a - b)
    over_waiting = _pairs(costs["crewai-object"], costs["crewai-waiting"], lambda a, b: a - b)
    below_litellm = _pairs(costs["litellm-router"], ours, lambda theirs, our: theirs / our)
    below_openai = _pairs(costs["openai"], ours, lambda theirs, our: theirs / our)
    return [
        Row(
            "CPU of `LLMManager.generate_response_sync` over the Rust call",
            _spread(over_rust, "µs"),
            f"at most {MOST_OVER_RUST:.0f} µs",
            median(over_rust) <= MOST_OVER_RUST,
        ),
        Row("the same of `generate_response`, on asyncio", _spread(over_rust_async, "µs")),
        Row(
            "CPU of `litellm.Router.acompletion` over that of ours",
            _spread(below_litellm, "times", 1),
            f"at least {LEAST_BELOW_LITELLM:.0f} times",
            median(below_litellm) >= LEAST_BELOW_LITELLM,
        ),
        Row("CPU of openai's own client over that of ours", _spread(below_openai, "times", 1)),
        Row(
            "CPU of the CrewAI object over an empty one with the same two events",
            _spread(over_empty, "µs"),
            f"at most {MOST_OVER_EMPTY:.0f} µs",
            median(over_empty) <= MOST_OVER_EMPTY,
        ),
        Row("the same over an empty one that waits for the upstream", _spread(over_waiting, "µs")),
    ]


def rows_of_throughput(simulated: Path, request: Path, calls: int = 20) -> list[Row]:
    """How near many callers at once come to the ideal, threads and tasks."""
    rows = []
    with slow_upstream(simulated, read(request)["model"], LATENCY) as base_url:
        for kind, what in (("threads", "threads"), ("tasks", "asyncio tasks")):
            arguments = (kind, base_url, request, CALLERS, calls, LATENCY)
            shares = [100 * client("throughput.py", *arguments) for _ in range(3)]
            rows.append(
                Row(
                    f"{CALLERS} {what}, an upstream of {LATENCY * 1e3:.0f} ms: of the ideal",
                    _spread(shares, "%", 1),
                    f"at least {LEAST_OF_IDEAL:.0f} %",
                    median(shares) >= LEAST_OF_IDEAL,
                )
            )
    return rows


def row_of_import(runs: int) -> Row:
    """How much longer an interpreter takes that imports the package."""
    bare = "import sys"
    imports = f"{bare}; import llm_crewai; assert not {{'crewai', 'pydantic'}} & set(sys.modules)"
    times = [(start_to_end(imports), start_to_end(bare)) for _ in range(runs)]
    clock, used = (
        median(with_it[which] for with_it, _ in times) - median(bare[which] for _, bare in times)
        for which in (0, 1)
    )
    return Row(
        "`import llm_crewai`, over a bare interpreter",
        f"{clock * 1e3:.1f} ms ({used * 1e3:.1f} ms of CPU)",
        f"at most {MOST_IMPORT_MS:.0f} ms",
        clock * 1e3 <= MOST_IMPORT_MS,
    )


def row_of_wheel(wheel: Path) -> Row:
    """How large the wheel is."""
    size = wheel.stat().st_size / 1e6
    target = f"at most {MOST_WHEEL_MB:.0f} MB"
    return Row("the wheel", f"{size:.1f} MB", target, size <= MOST_WHEEL_MB)


def _pairs(
    left: Sequence[float], right: Sequence[float], compare: Callable[[float, float], float]
) -> list[float]:
    return [compare(*pair) for pair in zip(left, right)]


def _spread(figures: Sequence[float], unit: str, digits: int = 0) -> str:
    low, middle, high = min(figures), median(figures), max(figures)
    return f"{middle:.{digits}f} {unit} ({low:.{digits}f} to {high:.{digits}f})"


if __name__ == "__main__":
    sys.exit(main())
