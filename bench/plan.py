"""How much is measured."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    """What ``berth bench`` was asked for."""

    claims: tuple[int, ...] = (100_000,)
    """Sizes of the database for all but ``scale``."""
    scale: tuple[int, int] = (1_000, 1_000_000)
    """The two sizes that ``scale`` compares."""
    seconds: float = 5
    """How long each way is measured in each round."""
    rounds: int = 5
    """How often the ways take turns."""
    only: tuple[str, ...] = ()
    """Names of measurements; none means all."""

    def times(self, each_second: float) -> int:
        """How often something is done that is done so often for each second."""
        return max(1, round(each_second * self.seconds))
