"""Finding the spec that a provider's ``type`` names: a built-in one, or a file beside the config."""

from dataclasses import dataclass, field
from pathlib import Path

from gateway.config.document import MAX_BYTES, Unreadable, parse
from gateway.config.headers import header_problem
from gateway.config.problems import Problems, Spot, shown, unknown_value
from gateway.config.references import Read, why_unreadable
from gateway.config.urls import BadUrl, provider_url
from gateway.config.validation import validated
from gateway.provider import catalog
from gateway.provider.spec import HeaderAuth, ProviderSpec


@dataclass(frozen=True, slots=True)
class Specs:
    """Each file is read once, and its mistakes are told once, however many providers name it."""

    folder: Path
    read: Read
    problems: Problems
    _files: dict[str, ProviderSpec | None] = field(default_factory=dict)

    def find(self, name: str, spot: Spot) -> ProviderSpec | None:
        """The spec; None where there is none or it cannot be used, which is then told."""
        if name.endswith((".yaml", ".yml")):
            if name not in self._files:
                self._files[name] = self._from_file(name, spot)
            return self._files[name]
        if name in catalog.names():
            return catalog.spec(name)
        spot.tell(unknown_value("no such type", name, catalog.names()))
        return None

    def _from_file(self, name: str, spot: Spot) -> ProviderSpec | None:
        path = self.folder / name
        try:
            document, flaws = parse(str(path), self.read(path, MAX_BYTES + 1))
        except (OSError, ValueError) as error:
            spot.tell(f"the file {shown(name)}: {why_unreadable(error)}")
            return None
        except Unreadable as error:
            self.problems.tell_file(str(path), error.flaw.text, error.flaw.line)
            return None
        for flaw in flaws:
            self.problems.tell_file(document.file, flaw.text, flaw.line, flaw.where)
        root = Spot(self.problems, document)
        spec = validated(ProviderSpec, root)
        if spec is not None:
            _check(spec, root)
        return None if self.problems.about(document.file) else spec


def _check(spec: ProviderSpec, root: Spot) -> None:
    """What a spec from outside could get wrong that its fields alone do not show."""
    if spec.base_url is not None:
        try:
            provider_url(spec.base_url)
        except BadUrl as error:
            (root / "base_url").tell(str(error))
    sent = {"headers": spec.headers}
    if isinstance(spec.auth, HeaderAuth):
        sent["auth"] = spec.auth.headers
    for part, headers in sent.items():
        spot = root / part if part == "headers" else root / part / "headers"
        for header in headers:
            if reason := header_problem(header, credential=part == "auth"):
                (spot / header).tell(reason)
