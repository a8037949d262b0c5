"""What a measurement found, and whether that is what was wanted."""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

Figures = dict[str, float]
"""What one way did in one round, by the name of the figure."""


@dataclass(frozen=True)
class Target:
    """A bound that a figure should keep."""

    text: str
    figure: float
    at_least: float | None = None
    at_most: float | None = None

    @property
    def met(self) -> bool:
        low = -math.inf if self.at_least is None else self.at_least
        high = math.inf if self.at_most is None else self.at_most
        return low <= self.figure <= high


@dataclass
class Result:
    """One measurement: the figures of each way in each round, in the order they were measured."""

    name: str
    title: str
    claims: list[int]
    clients: int
    rounds: dict[str, list[Figures]]
    figures: dict[str, Figures] = field(default_factory=dict)
    """What counts of all rounds together; where nothing is said, the medians."""
    ratios: dict[str, Figures] = field(default_factory=dict)
    """By the two ways, as in 'create_reservation / bare insert'."""
    targets: list[Target] = field(default_factory=list)

    def summary(self) -> dict[str, Figures]:
        """Each way's figures over all rounds."""
        return self.figures or {way: medians(figures) for way, figures in self.rounds.items()}

    def compare(self, way: str, base: str, *figures: str) -> Figures:
        """The medians over the rounds of ``way`` divided by the ``base`` measured next to it; kept in ``ratios``."""
        pairs = list(zip(self.rounds[way], self.rounds[base], strict=True))
        ratios = medians([{figure: one[figure] / other[figure] for figure in figures} for one, other in pairs])
        self.ratios[f"{way} / {base}"] = ratios
        return ratios


def medians(rounds: Sequence[Mapping[str, float]]) -> Figures:
    """The median of each figure."""
    return {name: statistics.median(figures[name] for figures in rounds) for name in rounds[0]}


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that this share of the values does not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def latencies(seconds: Sequence[float]) -> Figures:
    """Median, 99th percentile and maximum, in milliseconds."""
    return {
        "p50_ms": percentile(seconds, 50) * 1000,
        "p99_ms": percentile(seconds, 99) * 1000,
        "max_ms": max(seconds) * 1000,
    }
