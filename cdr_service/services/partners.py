"""The way to a partner: the URL of its own version details, the token it gave us, a client bound to its hosts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdr_service.domain.errors import NotFoundError
from cdr_service.services.tokens import SealedToken, unseal

if TYPE_CHECKING:
    from cdr_service.ocpi.client import OcpiClient
    from cdr_service.ocpi.schemas.versions import ModuleId
    from cdr_service.persistence.records import Counterparty, EndpointRole
    from cdr_service.services.ports import Ports


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """One module of one partner; `token` is a secret."""

    client: OcpiClient
    url: str
    token: str

    def __repr__(self) -> str:
        return f"Connection(url={self.url!r}, token='***')"


def connection(ports: Ports, partner: Counterparty, module: ModuleId, role: EndpointRole) -> Connection:
    """Open the way to one module of a partner.

    Raises:
        NotFoundError: ENDPOINT_UNKNOWN (its version details did not name the module) or TOKEN_MISSING (not registered).
        StoreError: SECRET_KEY_WRONG.
    """
    with ports.transaction() as store:
        endpoint = store.find_endpoint(partner.id, module, role)
    if endpoint is None:
        raise NotFoundError("ENDPOINT_UNKNOWN", f"{partner.name} offers no {module} as {role}", where=partner.name)
    return Connection(client=client_of(ports, partner), url=endpoint.url, token=token_of(ports, partner))


def client_of(ports: Ports, partner: Counterparty) -> OcpiClient:
    """A client that reaches this partner's hosts and no others."""
    return ports.client_for(frozenset(partner.allowed_hosts))


def token_of(ports: Ports, partner: Counterparty) -> str:
    """The token that this partner gave us.

    Raises:
        NotFoundError: TOKEN_MISSING.
        StoreError: SECRET_KEY_WRONG.
    """
    with ports.transaction() as store:
        sent = store.find_sent_token(partner.id)
    if sent is None:
        raise NotFoundError("TOKEN_MISSING", f"{partner.name} has given us no token yet", where=partner.name)
    sealed = SealedToken(sent.nonce, sent.ciphertext)
    return unseal(sealed, ports.settings.secret_key, bound_to=sent.id)
