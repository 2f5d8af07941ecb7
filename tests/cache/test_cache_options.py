import pytest
from pydantic import ValidationError

from gateway.cache.options import CacheOptions


@pytest.mark.parametrize("url", ["redis://h:6379/0", "rediss://u:p@h", "unix:///run/redis.sock"])
def test_an_url_of_redis_is_taken(url: str) -> None:
    options = CacheOptions.model_validate({"url": url})
    assert options.url
    assert options.url.get_secret_value() == url


@pytest.mark.parametrize("url", ["http://CANARY", "CANARY", "redis://", "redis://h:CANARY/0", "unix://", ""])
def test_any_other_url_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(ValidationError, match="redis://host:6379/0") as refused:
        CacheOptions.model_validate({"url": url})
    assert "CANARY" not in str(refused.value)
