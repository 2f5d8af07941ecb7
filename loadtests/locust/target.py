"""What the simulated clients aim at: written by whoever starts the gateway, read by the Locust process."""

import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

import orjson

#: the environment's variable that names the file
VARIABLE = "LOAD_TARGET"


@dataclass(frozen=True, slots=True)
class Target:
    """``keys``: an API key for each tenant. ``expected``: the ids that a walk must bring, by provider."""

    urls: tuple[str, ...]
    keys: tuple[str, ...]
    expected: dict[str, list[str]]
    shape: str
    seconds: float
    measures: str
    """Where the measures are to be written."""

    def write(self, path: Path) -> None:
        path.write_bytes(orjson.dumps(asdict(self)))

    @classmethod
    def of_environment(cls) -> Self:
        given = orjson.loads(Path(os.environ[VARIABLE]).read_bytes())
        return cls(**{**given, "urls": tuple(given["urls"]), "keys": tuple(given["keys"])})

    def due(self, providers: tuple[str, ...]) -> list[str]:
        """The ids of a walk over these providers; none named: over all."""
        return [id_ for name in providers or tuple(self.expected) for id_ in self.expected[name]]
