"""Keys of the operator's API: shown once, kept as hashes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdr_service.domain.errors import CredentialsError
from cdr_service.persistence.records import ApiKey
from cdr_service.services.tokens import TokenDigest, digest, new_token

if TYPE_CHECKING:
    from cdr_service.services.ports import Ports

#: What a key may do. This release knows one role; the names of further ones are reserved here when they come.
ROLES = ("operator",)


def add_api_key(ports: Ports, role: str) -> str:
    """Make a key and return its text, which is not kept.

    Raises:
        CredentialsError: ROLE_UNKNOWN.
    """
    if role not in ROLES:
        raise CredentialsError("ROLE_UNKNOWN", f"{role!r} is none of {', '.join(ROLES)}")
    text = new_token(ports.new_secret)
    kept = digest(text)
    with ports.transaction() as store:
        store.add_api_key(
            ApiKey(id=ports.new_id(), prefix=kept.prefix, sha256=kept.sha256, role=role), now=ports.clock()
        )
    return text


def has_api_keys(ports: Ports) -> bool:
    """Whether any key was ever made."""
    with ports.transaction() as store:
        return bool(store.list_api_keys())


def check_api_key(ports: Ports, presented: str) -> ApiKey:
    """Find the key that was presented.

    Raises:
        CredentialsError: API_KEY_UNKNOWN.
    """
    with ports.transaction() as store:
        candidates = store.list_api_keys(digest(presented).prefix)
    for key in candidates:
        if TokenDigest(key.prefix, key.sha256).matches(presented):
            return key
    raise CredentialsError("API_KEY_UNKNOWN", "this API key is not known")
