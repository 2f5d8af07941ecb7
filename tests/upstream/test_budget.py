"""How many attempts may be made again."""

from hypothesis import given, strategies as st

from gateway.core.events import Event, RetryBudgetChanged
from gateway.upstream.budget import MOST, RetryBudget
from gateway.upstream.options import RetryBudgetOptions
from tests.support.clock import ManualClock


class Account:
    def __init__(self, **options: float) -> None:
        self.clock = ManualClock()
        self.events: list[Event] = []
        self.budget = RetryBudget(options=RetryBudgetOptions(**options), clock=self.clock, observer=self.events.append)

    def spend(self) -> int:
        """Everything that is there."""
        spent = 0
        while self.budget.withdraw("b3os"):
            spent += 1
        return spent


def test_one_sudden_failure_may_be_retried_from_the_start() -> None:
    assert Account().spend() == MOST


def test_pages_asked_for_pay_for_their_share_of_retries() -> None:
    account = Account(share=0.25, floor=0)
    account.spend()
    for _ in range(40):
        account.budget.deposit("b3os")
    assert account.spend() == 10


def test_time_pays_for_the_floor() -> None:
    account = Account(share=0, floor=2)
    account.spend()
    account.clock.advance(3.5)
    account.budget.deposit("b3os")
    assert account.spend() == 7


def test_it_never_holds_more_than_at_the_start() -> None:
    account = Account()
    account.budget.deposit("b3os")
    account.clock.advance(3600)
    account.budget.deposit("b3os")
    assert account.spend() == MOST


def test_time_before_a_full_bucket_is_drawn_from_does_not_count() -> None:
    account = Account(share=0, floor=1)
    account.clock.advance(3600)
    account.spend()
    account.budget.deposit("b3os")
    assert account.spend() == 0


def test_whole_tokens_are_told_as_they_come_and_go() -> None:
    account = Account(share=0.5, floor=0)
    account.budget.deposit("b3os")
    account.budget.withdraw("b3os")
    account.budget.deposit("b3os")
    account.budget.deposit("b3os")
    account.budget.deposit("b3os")
    assert account.events == [
        RetryBudgetChanged("b3os", 20, began=True),
        RetryBudgetChanged("b3os", 19),
        RetryBudgetChanged("b3os", 20),
    ]


@given(st.lists(st.tuples(st.integers(1, 50), st.floats(0, 5)), max_size=40), st.floats(0, 1), st.floats(0, 10))
def test_retries_are_never_more_than_the_share_the_floor_and_the_start(
    bursts: list[tuple[int, float]], share: float, floor: float
) -> None:
    account, asked, spent = Account(share=share, floor=floor), 0, 0
    for pages, seconds in bursts:
        account.clock.advance(seconds)
        for _ in range(pages):
            account.budget.deposit("b3os")
            spent += account.budget.withdraw("b3os")
        asked += pages
    assert spent <= MOST + share * asked + floor * account.clock.monotonic() + 1e-6
