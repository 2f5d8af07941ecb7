from pathlib import Path

import pytest

from gateway.core.tenant import Tenant
from tests.config.writing import COMMON, KEY, OTHER_KEY, PROVIDER, TENANT, VALID, loaded, problems

DIGEST = (
    "is not the digest of a key: sha256: and 64 hexadecimal digits, as knowledge-gateway api-key prints them; "
    "the key itself does not belong here"
)
SEGMENT = "must be one path segment: not empty, without slashes, '?', '#' or control characters"
NO_KEYS = "keys is missing; add at least one: knowledge-gateway api-key makes it"
NO_PROVIDERS = "providers is missing; add at least one name that stands under providers"
BARE = COMMON + "providers:\n  aitronos:\n    type: aitronos\n"


def _tenant(text: str) -> str:
    return f"{COMMON}{PROVIDER}tenants:\n  t: {text}\n"


@pytest.mark.parametrize(
    ("tenant", "line"),
    [
        pytest.param(
            f'{{keys: ["{KEY}"], providers: [aitronos], rate_limit: 50/s}}',
            ".rate_limit: rate limits are not built yet: remove this line",
            id="rate limit",
        ),
        pytest.param(
            f'{{keys: ["{KEY}"], provider: [aitronos], providers: [aitronos]}}',
            ": unknown setting provider; did you mean providers?",
            id="unknown",
        ),
        pytest.param("{providers: [aitronos]}", f": {NO_KEYS}", id="no keys"),
        pytest.param("{keys: [], providers: [aitronos]}", f": {NO_KEYS}", id="empty keys"),
        pytest.param(f'{{keys: "{KEY}", providers: [aitronos]}}', ".keys: should be a list", id="key without a list"),
        pytest.param("{keys: [ksg_CANARY], providers: [aitronos]}", f".keys.0: {DIGEST}", id="the key itself"),
        pytest.param(f'{{keys: ["{KEY[:-1]}"], providers: [aitronos]}}', f".keys.0: {DIGEST}", id="short digest"),
        pytest.param(f'{{keys: ["{KEY}"]}}', f": {NO_PROVIDERS}", id="no providers"),
        pytest.param(f'{{keys: ["{KEY}"], providers: []}}', f": {NO_PROVIDERS}", id="empty providers"),
        pytest.param(
            f'{{keys: ["{KEY}"], providers: [aitrono]}}',
            ".providers.0: no such provider aitrono; did you mean aitronos?",
            id="unknown provider",
        ),
        pytest.param(
            f'{{keys: ["{KEY}"], providers: [aitronos, aitronos]}}',
            ".providers.1: stands here a second time",
            id="twice",
        ),
        pytest.param(
            f'{{keys: ["{KEY}"], providers: [aitronos], params: {{b3os: {{a: b}}}}}}',
            ".params: b3os is not one of this tenant's providers",
            id="override for another",
        ),
        pytest.param(
            f'{{keys: ["{KEY}"], providers: [aitronos], params: {{aitronos: {{org: b}}}}}}',
            ".params.aitronos: unknown param org; known are organization_id",
            id="unknown param",
        ),
        pytest.param(
            f'{{keys: ["{KEY}"], providers: [aitronos], params: {{aitronos: {{organization_id: a/b}}}}}}',
            f".params.aitronos.organization_id: {SEGMENT}",
            id="bad param",
        ),
        pytest.param(
            f'{{keys: ["{KEY}"], providers: [aitronos], credentials: {{aitronos: {{key: CANARY}}}}}}',
            ".credentials.aitronos: unknown credential; known are token",
            id="unknown credential",
        ),
        pytest.param(
            f'{{keys: ["{KEY}"], providers: [aitronos], credentials: {{aitronos: {{token: "CANARY\\n"}}}}}}',
            ".credentials.aitronos.token: holds a line break",
            id="bad credential",
        ),
        pytest.param("5", ": should be a mapping: lines of the form name: value", id="scalar"),
    ],
)
def test_a_mistake_in_a_tenant_is_told(tmp_path: Path, tenant: str, line: str) -> None:
    assert problems(tmp_path, _tenant(tenant)) == [f"gateway.yaml:8: tenants.t{line}"]


@pytest.mark.parametrize("name", ["a b", ".a", "é", "a" * 65, '""'])
def test_a_tenant_name_that_is_none_is_refused(tmp_path: Path, name: str) -> None:
    (line,) = problems(tmp_path, VALID.replace("  search:", f"  {name}:"))
    assert line.startswith("gateway.yaml:8: tenants: the name ")


def test_anonymous_is_no_name_for_a_tenant(tmp_path: Path) -> None:
    (line,) = problems(tmp_path, VALID.replace("  search:", "  anonymous:"))
    assert line.startswith("gateway.yaml:8: tenants: the name anonymous is taken: ")


@pytest.mark.parametrize("tenants", ["", "tenants:\n", "tenants: {}\n"])
def test_a_config_that_lets_nobody_in_is_refused(tmp_path: Path, tenants: str) -> None:
    (line,) = problems(tmp_path, COMMON + PROVIDER + tenants)
    assert line.endswith(
        ": tenants is missing; add one with the digest of its key, or anonymous: {providers: [...]} "
        "for callers without a key"
    )


def test_tenants_that_are_no_mapping_are_told(tmp_path: Path) -> None:
    assert problems(tmp_path, f"{COMMON}{PROVIDER}tenants: [search]\n") == [
        "gateway.yaml:7: tenants: should be a mapping: lines of the form name: value"
    ]


@pytest.mark.parametrize("anonymous", ["anonymous:\n", "anonymous: {}\n", "anonymous: {providers: []}\n"])
def test_anonymous_names_its_providers(tmp_path: Path, anonymous: str) -> None:
    assert problems(tmp_path, COMMON + PROVIDER + anonymous) == [f"gateway.yaml:7: anonymous: {NO_PROVIDERS}"]


def test_a_key_has_one_tenant(tmp_path: Path) -> None:
    other = f'  other: {{keys: ["{KEY.upper().replace("SHA", "sha")}"], providers: [aitronos]}}\n'
    assert problems(tmp_path, VALID + other) == [
        (
            "gateway.yaml:11: tenants.other.keys.0: the same key stands at tenants.search.keys.0: "
            "a key has one tenant, and stands once"
        )
    ]


def test_each_key_of_a_tenant_is_its_own(tmp_path: Path) -> None:
    config = loaded(tmp_path, _tenant(f'{{keys: ["{KEY}", "{OTHER_KEY}"], providers: [aitronos]}}'))
    ring = config.key_ring()
    assert ring.tenant_of(b"key of the search team") == ring.tenant_of(b"key of the dashboard") == config.tenants[0]


def test_a_tenant_lists_what_is_switched_on_sorted_by_name(tmp_path: Path) -> None:
    entry = "{type: b3os, params: {organization_id: o}, credentials: {token: t}"
    more = f"  idle: {entry}, enabled: false}}\n  b: {entry}}}\n  a: {entry}}}\n"
    tenant = TENANT.replace("[aitronos]", "[idle, b, aitronos, a]")
    assert loaded(tmp_path, COMMON + PROVIDER + more + tenant).tenants == (Tenant("search", ("a", "aitronos", "b")),)


def test_tenants_that_bring_nothing_share_one_provider(tmp_path: Path) -> None:
    config = loaded(tmp_path, VALID + f'  other: {{keys: ["{OTHER_KEY}"], providers: [aitronos]}}\n')
    one, other = config.tenants
    assert config.provider(one, "aitronos") is config.provider(other, "aitronos")


def test_what_a_tenant_brings_goes_over_what_the_provider_has(tmp_path: Path) -> None:
    own = "providers: [aitronos], credentials: {aitronos: {token: mine}}"
    config = loaded(tmp_path, VALID + f'  other: {{keys: ["{OTHER_KEY}"], {own}}}\n')
    one, other = (config.provider(tenant, "aitronos") for tenant in config.tenants)
    assert one
    assert other
    assert one.call(None).url == other.call(None).url
    assert other.call(None).headers == (("authorization", "Bearer mine"),)
    assert one.cache_identity != other.cache_identity


def test_tenants_may_bring_all_of_it(tmp_path: Path) -> None:
    own = "providers: [aitronos], params: {aitronos: {organization_id: o}}, credentials: {aitronos: {token: mine}}"
    config = loaded(tmp_path, f'{BARE}tenants:\n  t: {{keys: ["{KEY}"], {own}}}\n')
    provider = config.provider(config.tenants[0], "aitronos")
    assert provider
    assert provider.call(None).url.startswith("https://api.aitronos.com/v1/organizations/o/")


def test_what_only_some_tenants_bring_is_missing_at_the_others(tmp_path: Path) -> None:
    bare = BARE + "    params: {organization_id: o}\n"
    tenants = f"""\
tenants:
  one: {{keys: ["{KEY}"], providers: [aitronos], credentials: {{aitronos: {{token: mine}}}}}}
  two: {{keys: ["{OTHER_KEY}"], providers: [aitronos]}}
"""
    assert problems(tmp_path, bare + tenants) == [
        (
            "gateway.yaml:8: tenants.two.credentials.aitronos: token is missing; "
            "add it here, or for all tenants under providers.aitronos.credentials"
        )
    ]


def test_what_anonymous_callers_need_the_provider_must_have(tmp_path: Path) -> None:
    text = COMMON + PROVIDER.replace('token: "${TOKEN}"', "") + "anonymous: {providers: [aitronos]}\n"
    assert problems(tmp_path, text) == [
        "gateway.yaml:6: providers.aitronos.credentials: token is missing; add it under credentials"
    ]


def test_what_nobody_may_list_must_be_whole_too(tmp_path: Path) -> None:
    text = VALID.replace("providers:\n", "providers:\n  spare: {type: b3os, params: {organization_id: o}}\n", 1)
    assert problems(tmp_path, text) == [
        "gateway.yaml:3: providers.spare.credentials: token is missing; add it under credentials"
    ]


def test_a_tenant_reaches_nothing_that_it_was_not_given(tmp_path: Path) -> None:
    more = "  spare: {type: b3os, params: {organization_id: o}, credentials: {token: t}}\n"
    config = loaded(tmp_path, COMMON + PROVIDER + more + TENANT)
    assert config.provider(config.tenants[0], "spare") is None
    assert config.provider(config.tenants[0], "nope") is None
    assert config.provider(Tenant("stranger", ("nope",)), "nope") is None


def test_anonymous_callers_are_a_tenant_of_their_own(tmp_path: Path) -> None:
    config = loaded(tmp_path, f"{VALID}anonymous: {{providers: [aitronos]}}\n")
    anonymous = config.anonymous_tenant()
    assert anonymous == Tenant("anonymous", ("aitronos",))
    assert config.provider(anonymous, "aitronos") is config.provider(config.tenants[0], "aitronos")
    assert loaded(tmp_path, VALID).anonymous_tenant() is None


@pytest.mark.parametrize(
    "credentials",
    [
        pytest.param("{token:CANARY}", id="no space behind the colon"),
        pytest.param("{CANARY}", id="no name"),
        pytest.param("{token: ,CANARY}", id="a comma too many"),
        pytest.param("[CANARY]", id="list"),
        pytest.param("{token: [CANARY]}", id="list of one"),
        pytest.param("{CANARY: x}", id="the wrong way round"),
        pytest.param('{token: "CANARY\\n"}', id="line break"),
    ],
)
def test_a_credential_in_the_wrong_place_is_not_shown(tmp_path: Path, credentials: str) -> None:
    text = VALID.replace('{token: "${TOKEN}"}', credentials)
    assert "CANARY" not in "\n".join(problems(tmp_path, text))
    own = f"credentials: {{aitronos: {credentials}}}"
    assert "CANARY" not in "\n".join(problems(tmp_path, f"{VALID}    {own}\n"))
