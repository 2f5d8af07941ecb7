"""The configuration: one YAML file, read once into frozen values, with every mistake in it told at once.

``load`` gives a ``Config`` or raises ``ConfigError``. The options themselves are declared where they are used, in the
``options`` module of each package; what may be written where stands in ``entries``.
"""

from gateway.config.loading import load
from gateway.config.settings import Config, ConfiguredProvider
from gateway.config.source import Source

__all__ = ["Config", "ConfiguredProvider", "Source", "load"]
