"""What is measured: the table of scenarios, and the figures that each one is read by.

A delivery is one message at one receiver. "Closed loop, window w": a sender has w messages outstanding and posts the
next one when a receiver has heard the first of them.
"""

from __future__ import annotations

from dataclasses import dataclass

LOAD, IDLE, START = "load", "idle", "start"
STARTS = 7


@dataclass(frozen=True)
class Metric:
    """One figure of a run: its key, how people call it, its unit, and how many decimals are worth printing."""

    key: str
    title: str
    decimals: int = 0

    def text(self, value: float) -> str:
        """The value as people read it."""
        return f"{value:,.{self.decimals}f}"


CPU = Metric("cpu_us/delivery", "CPU us/delivery", 2)
RATE = Metric("deliveries/s", "deliveries/s")
P50 = Metric("p50_us", "p50 us")
P99 = Metric("p99_us", "p99 us")
RSS = Metric("rss_mib", "RSS MiB", 1)
CONNECTION = Metric("connection_kib", "KiB/connection", 1)
READY = Metric("ready_ms", "ms to ready")


@dataclass(frozen=True)
class Goal:
    """What we want of a figure: at most (or at least) `bound`, of InspIRCd's figure on the same run when `relative`."""

    metric: Metric
    bound: float
    at_least: bool = False
    relative: bool = False

    def is_met(self, value: float, reference: float | None) -> bool | None:
        """Whether our `value` reaches the goal; None when the reference that it needs is missing."""
        if self.relative and not reference:
            return None
        measured = value / reference if self.relative and reference else value
        return measured >= self.bound if self.at_least else measured <= self.bound

    def __str__(self) -> str:
        sign = ">=" if self.at_least else "<="
        return f"{sign} {self.bound:g}x InspIRCd" if self.relative else f"{sign} {self.bound:,g}"


@dataclass(frozen=True)
class Scenario:
    """One row: the name on the command line, what happens in it, ircload's options, the figures, and the goal."""

    name: str
    title: str
    kind: str
    options: tuple[str, ...]
    metrics: tuple[Metric, ...]
    goal: Goal | None = None


def load(name: str, title: str, options: str, goal: Goal | None = None) -> Scenario:
    """A scenario in which clients post."""
    return Scenario(name, title, LOAD, tuple(options.split()), (CPU, RATE, P50, P99, RSS), goal)


def idle(clients: int) -> Scenario:
    """A scenario in which `clients` are registered, in rooms of 20, and say nothing."""
    options = ("-i", "1", "-c", str(clients), "-k", str(clients // 20))
    return Scenario("idle", f"{clients:,} idle", IDLE, options, (CONNECTION, RSS), Goal(CONNECTION, 12))


SCENARIOS = (
    load(
        "fanout",
        "fan-out: 1 channel of 1,000, one sender, window 1",
        "-c 1000 -k 1 -s 1 -w 1",
        Goal(CPU, 1.3, relative=True),
    ),
    load(
        "loaded",
        "loaded: 1 channel of 1,000, 8 senders, window 8",
        "-c 1000 -k 1 -s 8 -w 8",
        Goal(CPU, 0.8, relative=True),
    ),
    load("pairs", "pairs: 500 channels of 2, window 1", "-c 1000 -k 500 -s 1 -w 1", Goal(CPU, 4.5, relative=True)),
    load(
        "durable",
        "durable: 64 channels of 2, window 4",
        "-c 128 -k 64 -s 1 -w 4",
        Goal(RATE, 20_000, at_least=True),
    ),
    load("lone", "lone: 1 channel of 2, window 1", "-c 2 -k 1 -s 1 -w 1"),
    idle(1000),
    idle(5000),
    Scenario("start", f"start (median of {STARTS})", START, (), (READY,), Goal(READY, 500)),
)

NAMES = tuple(dict.fromkeys(scenario.name for scenario in SCENARIOS))


def chosen(names: list[str]) -> list[Scenario]:
    """The scenarios of these names in the table's order; all of them without a name."""
    return [scenario for scenario in SCENARIOS if not names or scenario.name in names]
