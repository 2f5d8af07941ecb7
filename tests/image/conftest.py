from collections.abc import Iterator

import pytest

from tests.image.archive import ARCHIVE, Image, unpack
from tests.support.redis_servers import RedisServer, binaries


@pytest.fixture(scope="session")
def image(tmp_path_factory: pytest.TempPathFactory) -> Image:
    """The image that ``make image`` has built."""
    return unpack(ARCHIVE, tmp_path_factory.mktemp("image"))


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    with RedisServer(binaries()["redis"]) as server:
        yield server
