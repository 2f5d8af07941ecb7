import subprocess

from gateway.telemetry.metrics import Metrics
from tests.telemetry.samples import EVENTS


def test_promtool_finds_nothing_to_mend_in_the_exposition() -> None:
    metrics = Metrics()
    for event in EVENTS:
        metrics(event)
    body, _ = metrics.render()
    checked = subprocess.run(["promtool", "check", "metrics"], input=body, capture_output=True, check=False)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, b"", b"")
