"""Four kinds of clients: a nightly job that walks, a dashboard that polls, a reader who filters, a careless one.

Every answer is checked. What is wrong with one is a failure in Locust's statistics, under the name of the behaviour.
"""

import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

import orjson
from locust import FastHttpUser, between, task

from loadtests.locust.plan import read_plan
from loadtests.locust.tally import Tally
from loadtests.locust.target import Target
from loadtests.locust.walk import WalkSoFar

ENDPOINT = "/v1/knowledge-stores"
OK, NOT_MODIFIED = 200, 304
#: times a walker asks again for a page that it did not get, before it gives the walk up
ATTEMPTS = 3
TARGET = Target.of_environment()
WEIGHTS = read_plan().mix

Query = dict[str, str]
Page = dict[str, Any]


class Client(FastHttpUser):
    """Belongs to one tenant and asks any replica."""

    abstract = True
    host = TARGET.urls[0]

    def on_start(self) -> None:
        self.key = random.choice(TARGET.keys)

    @property
    def tally(self) -> Tally:
        tally: Tally = self.environment.tally
        return tally

    @contextmanager
    def asking(self, name: str, query: Query, headers: Mapping[str, str] | None = None) -> Iterator[Any]:
        """The answer, to be judged within the block: nobody else says whether it is right."""
        url = f"{random.choice(TARGET.urls)}{ENDPOINT}?{urlencode(query)}"
        sent = {"X-API-Key": self.key, **(headers or {})}
        with self.client.get(url, name=name, headers=sent, catch_response=True) as answer:
            yield answer

    def page(self, name: str, query: Query, headers: Mapping[str, str] | None = None) -> Page | None:
        """A page; None where none came."""
        with self.asking(name, query, headers) as answer:
            if answer.status_code != OK:
                answer.failure(f"status {answer.status_code}")
                return None
            page: Page = orjson.loads(answer.content)
            answer.success()
        self.tally.page(complete=page["complete"])
        return page


class Walker(Client):
    """Pages to the end, without haste, and checks what came."""

    weight = WEIGHTS["walker"]
    wait_time = between(0.05, 0.3)

    @task
    def walk(self) -> None:
        providers = random.choice(((), (), (), *((name,) for name in TARGET.expected)))
        query = {"provider": ",".join(providers)} if providers else {}
        walk = WalkSoFar()
        while page := self._next(query):
            walk.add(page)
            if page["next_cursor"] is None:
                self.tally.walk(walk.faults(TARGET.due(providers)))
                return
            query = {"cursor": page["next_cursor"]}
            self.wait()
        self.tally.walk("given up")

    def _next(self, query: Query) -> Page | None:
        for _ in range(ATTEMPTS):
            if page := self.page("walker", {"limit": random.choice(("20", "50", "100")), **query}):
                return page
            self.wait()
        return None


class Dashboard(Client):
    """Polls the first page; now and then somebody presses reload."""

    weight = WEIGHTS["dashboard"]
    wait_time = between(0.5, 1.5)  # not a steady second: those who came together would always ask together

    def on_start(self) -> None:
        super().on_start()
        self.limit = random.choice(("10", "20"))
        self.tag = ""

    @task(30)
    def poll(self) -> None:
        headers = {"If-None-Match": self.tag} if self.tag else {}
        with self.asking("dashboard", {"limit": self.limit}, headers) as answer:
            if answer.status_code == OK:
                self.tag = answer.headers.get("ETag", "")
                self.tally.page(complete=orjson.loads(answer.content)["complete"])
            elif answer.status_code != NOT_MODIFIED or not self.tag:
                answer.failure(f"status {answer.status_code}")
                return
            answer.success()

    @task(1)
    def reload(self) -> None:
        self.page("refresh", {"limit": self.limit}, {"Cache-Control": "no-cache"})


class Reader(Client):
    """Looks at the first pages of one or two providers."""

    weight = WEIGHTS["reader"]
    wait_time = between(0.5, 2)

    @task
    def read(self) -> None:
        providers = random.sample(sorted(TARGET.expected), random.choice((1, 2)))
        query = {"provider": ",".join(providers), "limit": random.choice(("5", "20", "50"))}
        if random.random() < 0.2:  # noqa: PLR2004 - few want the provider's own object
            query["include"] = "raw"
        for _ in range(random.randint(1, 3)):
            page = self._filtered(query, set(providers))
            if not page or page["next_cursor"] is None:
                return
            query = {**query, "cursor": page["next_cursor"]}
            self.wait()

    def _filtered(self, query: Query, providers: set[str]) -> Page | None:
        with self.asking("reader", query) as answer:
            if answer.status_code != OK:
                answer.failure(f"status {answer.status_code}")
                return None
            page: Page = orjson.loads(answer.content)
            if {item["provider"] for item in page["items"]} <= providers:
                answer.success()
            else:
                answer.failure("an item of another provider")
        self.tally.page(complete=page["complete"])
        return page


#: what is sent, with which headers, and the status that is due
MISTAKES: tuple[tuple[Query, dict[str, str], int], ...] = (
    ({"limit": "0"}, {}, 400),
    ({"limit": "many"}, {}, 400),
    ({"colour": "blue"}, {}, 400),
    ({"provider": "nobody"}, {}, 400),
    ({"provider": "../etc"}, {}, 400),
    ({"cursor": "AYx1qJ0vZm9yZ2Vk"}, {}, 400),
    ({"timeout": "-1"}, {}, 400),
    ({}, {"X-API-Key": "not-a-key"}, 401),
    ({}, {"Accept": "text/csv"}, 406),
)


class Careless(Client):
    """Makes mistakes, and must be told so, as a problem document."""

    weight = WEIGHTS["careless"]
    wait_time = between(0.5, 2)

    @task
    def err(self) -> None:
        query, headers, due = random.choice(MISTAKES)
        with self.asking("careless", query, headers) as answer:
            kind = (answer.headers or {}).get("Content-Type", "")
            if answer.status_code != due:
                answer.failure(f"status {answer.status_code} where {due} was due")
            elif not kind.startswith("application/problem+json"):
                answer.failure("no problem document")
            else:
                answer.success()
