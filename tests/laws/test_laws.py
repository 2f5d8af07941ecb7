"""The laws over five hundred examples, the same every time; ``make laws`` runs many more."""

import pytest
from hypothesis import HealthCheck, settings

from tests.laws.machine import Walks

pytestmark = pytest.mark.timeout(600)  # a broken law is shrunk, which takes its time

TestWalks = Walks.TestCase
TestWalks.settings = settings(
    max_examples=500,
    stateful_step_count=25,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)
