"""Whether the upstream answers, and with a list."""

from collections.abc import Iterator

from gateway.conformance import clues
from gateway.conformance.evidence import Evidence
from gateway.conformance.finding import Finding, error, ok, warning
from gateway.conformance.sample import Sample
from gateway.core.errors import FailureCode, UpstreamError
from gateway.provider.paths import MISSING
from gateway.provider.spec import BearerAuth, HeaderAuth, ProviderSpec

_REMEDIES = {
    FailureCode.TIMEOUT: "set a longer timeout for the provider, or a smaller page_size",
    FailureCode.UNREACHABLE: "look at base_url, and at proxy and tls in the config",
    FailureCode.THROTTLED: "wait, and probe again; the gateway waits as the server asks",
    FailureCode.SERVER_ERROR: "probe again; where it stays, ask for a smaller page_size, and look at path and query",
    FailureCode.TOO_LARGE: "set a smaller page_size, or raise max_body and max_decoded_body in the config",
    FailureCode.CONFIG: "look at base_url and at the headers",
    FailureCode.MALFORMED: "look at base_url and path: this is not the list API",
}
_CREDENTIALS = {FailureCode.UNAUTHORIZED, FailureCode.FORBIDDEN}


def reached(evidence: Evidence) -> Iterator[Finding]:
    """Why there is no page to look at."""
    sample = evidence.fatal or evidence.first
    assert sample.failure
    if sample.value is not MISSING and not sample.listed:
        yield _no_list(sample)
    else:
        bare = any(not tried.variant.change for tried in evidence.others)
        yield (
            _failed(evidence.spec, sample, sample.failure, bare=bare)
            if not _paging(evidence)
            else _unpaged(evidence, sample)
        )


def _paging(evidence: Evidence) -> bool:
    """Whether the list came where nothing was said about pages."""
    return any(not tried.variant.change and tried.sample.listed for tried in evidence.others)


def _unpaged(evidence: Evidence, sample: Sample) -> Finding:
    assert sample.failure
    names = [getattr(evidence.spec.pagination, name, None) for name in ("limit", "offset", "page")]
    declared = f"the parameters {', '.join(name for name in names if name)}"
    seen = f"{sample.failure.detail}, and the list came where nothing was said about pages"
    remedy = "none of the usual other names and sizes is taken: look at the API's own pages on paging"
    return error("pagination", seen, declared=declared, remedy=remedy)


def answered(evidence: Evidence) -> Iterator[Finding]:
    """That there is a page; and where the declared call was refused, what was answered instead."""
    if evidence.page_one is evidence.first:
        yield ok("reach", "the upstream answers with JSON")
        return
    asked = evidence.others[-1].variant.change
    about = asked.partition(":")[0]
    first = evidence.first
    was = f"refused (status {first.failure.status})" if first.failure else "empty"
    declared = _declared(evidence.spec, about)
    yield error(
        f"pagination.{about}",
        f"the first page was {was}; with {asked} it was answered",
        declared=declared,
        remedy=f"{asked}{_largest_of(asked)}",
    )


def _largest_of(change: str) -> str:
    return (
        f" or lower, and max_{change} (the largest of the usual sizes that is taken)" if "page_size:" in change else ""
    )


def _declared(spec: ProviderSpec, about: str) -> str:
    value = getattr(spec.pagination, about, None)
    return "" if value is None else f"{about}: {value}"


def empty(evidence: Evidence) -> Finding:
    del evidence
    return warning("response.items", "the list is empty: nothing about items and pages can be checked")


def broken_off(evidence: Evidence, sample: Sample) -> Finding:
    """At which call the upstream could not be asked any further."""
    assert sample.failure
    return _failed(evidence.spec, sample, sample.failure)


def _failed(spec: ProviderSpec, sample: Sample, failure: UpstreamError, *, bare: bool = False) -> Finding:
    seen = failure.detail
    if failure.retry_after:
        seen += f", and asked to wait {failure.retry_after:.0f} s"
    if failure.code in _CREDENTIALS:
        return error("auth", f"{seen}: the credential was refused", declared=_auth(spec), remedy=_credential(failure))
    if sample.redirected:
        remedy = "write the address that it leads to as base_url and path; redirects are not followed"
        return error("reach", f"{seen}: a redirect", declared=f"path: {spec.path}", remedy=remedy)
    if sample.refused:
        what = "path and params" if failure.code is FailureCode.NOT_FOUND else "query, sort, headers and params"
        remedy = f"look at {what}" + ("; the call is refused without a word about pages too" if bare else "")
        return error("reach", seen, declared=f"path: {spec.path}", remedy=remedy)
    return error("reach", seen, remedy=_REMEDIES.get(failure.code, ""))


def _auth(spec: ProviderSpec) -> str:
    match spec.auth:
        case BearerAuth(credential=name):
            return f"auth: bearer, with the credential {name}"
        case HeaderAuth(headers=headers):
            return f"auth: the headers {', '.join(headers)}"
        case _:
            return "auth: none"


def _credential(failure: UpstreamError) -> str:
    if failure.code is FailureCode.FORBIDDEN:
        return "the credential is known but may not read this list: look at its rights, and at params"
    return "look at the credential's value, and at auth: which header the API wants it in"


def _no_list(sample: Sample) -> Finding:
    paths = sample.ask.spec.response.items
    declared = f"items: {paths if isinstance(paths, str) else ', '.join(paths)}"
    found = clues.lists(sample.value)
    if not found:
        seen = "the answer holds no list of objects at all"
        return error("response.items", seen, declared=declared, remedy="look at base_url, path and query")
    seen = f"the answer holds no list of objects there; it holds one at {', '.join(found[:3])}"
    return error("response.items", seen, declared=declared, remedy=f"items: {found[0]}")
