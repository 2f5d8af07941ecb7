"""What a load test runs and what must hold, as data: ``plan.yaml`` read into frozen values.

Times are in seconds, but for latencies, which are in milliseconds; shares are of 1.
"""

from pathlib import Path
from typing import Annotated, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

PLAN = Path(__file__).with_name("plan.yaml")

ShapeName = Literal["smoke", "average", "breakpoint", "soak"]
Behaviour = Literal["walker", "dashboard", "reader", "careless"]
Share = Annotated[float, Field(gt=0, le=1)]


class Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Faults(Data):
    """How the simulated upstreams behave: each call takes ``latency`` and at most ``jitter``; some fail."""

    latency: float = Field(ge=0, le=10)
    jitter: float = Field(default=0, ge=0, le=10)
    status: int | None = Field(default=None, ge=400, le=599)
    probability: float = Field(default=1, ge=0, le=1)


class World(Data):
    replicas: int = Field(ge=1, le=8)
    tenants: int = Field(ge=1, le=100)
    items: int = Field(ge=1, le=100_000)
    """What each upstream holds."""
    upstreams: Faults


class Stage(Data):
    """``users`` at the end of it, reached in a straight line from those of the stage before."""

    share: Share
    """Of the whole time."""
    users: int = Field(ge=0, le=100_000)


class Threshold(Data):
    """A measure must be there, and within its bound."""

    measure: str = Field(min_length=1)
    at_most: float | None = None
    at_least: float | None = None

    @model_validator(mode="after")
    def _has_one_bound(self) -> Self:
        if (self.at_most is None) == (self.at_least is None):
            raise ValueError("give either at_most or at_least")
        return self

    def __str__(self) -> str:
        return f"{self.measure} {'<=' if self.at_least is None else '>='} {self.bound:g}"

    @property
    def bound(self) -> float:
        return self.at_most if self.at_most is not None else self.at_least or 0.0

    def holds(self, value: float) -> bool:
        return value <= self.bound if self.at_least is None else value >= self.bound


class Limit(Data):
    """Where a rising load is stopped: what the last ten seconds may show at most."""

    p95_ms: float = Field(gt=0)
    error_share: float = Field(ge=0, le=1)


class Shape(Data):
    seconds: float = Field(gt=0, le=86_400)
    stages: tuple[Stage, ...] = Field(min_length=1)
    stop_at: Limit | None = None
    upstreams: Faults | None = None
    """Instead of the world's."""
    thresholds: tuple[Threshold, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _stages_take_the_whole_time(self) -> Self:
        if abs(sum(stage.share for stage in self.stages) - 1) > 1e-9:  # noqa: PLR2004 - what floats add up to
            raise ValueError("the shares of the stages must add up to 1")
        return self

    def users_at(self, elapsed: float, seconds: float) -> int | None:
        """Users wanted after so much of ``seconds``; None once the time is over."""
        began, before = 0.0, 0
        for stage in self.stages:
            length = stage.share * seconds
            if elapsed < began + length:
                return round(before + (stage.users - before) * (elapsed - began) / length)
            began, before = began + length, stage.users
        return None


class Plan(Data):
    world: World
    mix: dict[Behaviour, int]
    """How many of each kind there are among the users."""
    shapes: dict[ShapeName, Shape]


def read_plan(path: Path = PLAN) -> Plan:
    """Raises ``pydantic.ValidationError``."""
    return Plan.model_validate(yaml.safe_load(path.read_text()))
