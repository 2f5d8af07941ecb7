"""The laws over the real service, twenty examples, the same every time; ``make laws-service`` runs more."""

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.laws.service import service_walks


def test_the_laws_hold_over_the_service() -> None:
    chosen = settings(
        max_examples=20,
        stateful_step_count=25,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    with service_walks() as walks:
        run_state_machine_as_test(walks, settings=chosen)
