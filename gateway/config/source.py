"""Where a config comes from, so that it can be read again."""

from collections.abc import Mapping
from pathlib import Path

from gateway.config.loading import load
from gateway.config.references import read_file
from gateway.config.settings import Config


class Source:
    """``path`` is the config file, ``environ`` where ``${NAME}`` leads; the rest overrides what the file says.

    ``files`` is everything that the last ``load`` looked at, also what was not there.
    """

    def __init__(
        self,
        path: Path,
        environ: Mapping[str, str],
        *,
        host: str | None = None,
        port: int | None = None,
        metrics_port: int | None = None,
    ) -> None:
        self.files: tuple[Path, ...] = ()
        self._path = path
        self._environ = environ
        self._addresses = {"port": port, "metrics_port": metrics_port}
        self._host = host

    def load(self) -> Config:
        """Raises ``ConfigError`` with every mistake in it."""
        found: dict[Path, None] = {}

        def read(path: Path, limit: int) -> bytes:
            found[path] = None
            return read_file(path, limit)

        try:
            config = load(self._path, self._environ, read=read)
            found |= dict.fromkeys(config.tls_files())
            return config.listening_on(host=self._host, **self._addresses)
        finally:
            self.files = tuple(found)
