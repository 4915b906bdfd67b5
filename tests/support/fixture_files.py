"""The judged files of fixtures/ as the manifest lists them, with the keys that it names."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from meter_sign.cli.key_file import read_registry
from meter_sign.crypto.certificates import KnownCertificate, read_certificates
from meter_sign.judgement import Judgement, KeyPolicy, NamedKey, judge
from meter_sign.model import Beside

if TYPE_CHECKING:
    from meter_sign.registry import KeyRegistry

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
_MANIFEST = tomllib.loads(FIXTURES.joinpath("MANIFEST.toml").read_text(encoding="utf-8"))
AT = datetime.fromisoformat(_MANIFEST["at"])


@cache
def _certificates(paths: tuple[str, ...]) -> tuple[KnownCertificate, ...]:
    return tuple(one for path in paths for one in read_certificates(FIXTURES.joinpath(path).read_bytes()))


@cache
def _registry(path: str | None) -> KeyRegistry | None:
    return read_registry(str(FIXTURES.joinpath(path))) if path else None


@cache
def _policy(path: str) -> KeyPolicy:
    entry = _ENTRIES[path]
    return KeyPolicy(
        arguments=tuple(
            NamedKey(name=entry.get("key_name"), text=FIXTURES.joinpath(key).read_bytes()) for key in entry["keys"][:1]
        ),
        registry=_registry(entry.get("registry")),
        require_registry=entry.get("require_registry", False),
        certificates=_certificates(tuple(entry.get("certificates", ()))),
        trust_anchors=_certificates(tuple(entry.get("trust_anchors", ()))),
        allow_secp256k1=entry.get("allow_secp256k1", False),
    )


@dataclass(frozen=True)
class FixtureFile:
    """One file and what the manifest says of it; of several keys the first."""

    path: str
    entry: dict[str, Any]

    @property
    def raw(self) -> bytes:
        """Its bytes."""
        return FIXTURES.joinpath(self.path).read_bytes()

    @property
    def policy(self) -> KeyPolicy:
        """The keys that count."""
        return _policy(self.path)

    @property
    def beside(self) -> Beside:
        """The signatures that lie beside it."""
        return Beside(
            autacks=tuple(FIXTURES.joinpath(path).read_bytes() for path in self.entry.get("autacks", ())),
            detached_signatures=tuple(
                FIXTURES.joinpath(path).read_bytes() for path in self.entry.get("detached_signatures", ())
            ),
        )

    def judged(self, raw: bytes | None = None, beside: Beside | None = None) -> Judgement:
        """The judgement of the file, or of other bytes under its keys and with what lies beside it."""
        chosen = self.beside if beside is None else beside
        return judge(self.raw if raw is None else raw, self.policy, at=AT, beside=chosen)


_ENTRIES = {entry["path"]: entry for entry in _MANIFEST["file"]}
ALL = tuple(FixtureFile(entry["path"], entry) for entry in _MANIFEST["file"] if "verdict" in entry)
#: Files of which every value is verified, whatever the keys.
VALID = tuple(one for one in ALL if "attacked" not in one.path and one.entry["verdict"] == "valid")
