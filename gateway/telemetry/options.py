"""What can be set about the log."""

from typing import Literal

from gateway.core.options import Options

Level = Literal["debug", "info", "warning", "error"]
Format = Literal["json", "console"]


class LogOptions(Options):
    level: Level = "info"
    """The least that is written. A request is `info`, or `warning` where its status is 500 or above."""
    format: Format = "json"
    """One JSON object per line for machines, or `key=value` for people."""
