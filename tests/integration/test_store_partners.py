from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from cdr_service.domain.errors import ConflictError, NotFoundError
from cdr_service.domain.party import BusinessDetails, CredentialsRole, PartyId, Role
from cdr_service.persistence.records import (
    AcceptedToken,
    ApiKey,
    CounterpartyState,
    Endpoint,
    EndpointRole,
    SentToken,
    TokenScope,
)
from tests.unit.persistence.samples import EMSP, NOW, closing_database, counterparty, opening

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from cdr_service.persistence.store import Store

    Opened = Callable[[], AbstractContextManager[Store]]

_OTHER = counterparty(id="cp-2", name="Other", party=PartyId("NL", "OTH"))


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opened]:
    """Opens transactions on a database with one invited partner."""
    with closing_database(tmp_path) as engine:
        with opening(engine)() as store:
            store.add_counterparty(counterparty(), now=NOW)
        yield opening(engine)


def _role(role: Role, party: PartyId = EMSP) -> CredentialsRole:
    """A role with an umlaut in its name."""
    return CredentialsRole(role=role, party=party, business_details=BusinessDetails(name="Tanke GmbH & Söhne"))


def test_an_invitation_comes_back_as_it_was(opened: Opened) -> None:
    """By id, by name and in the list."""
    with opened() as store:
        found = (store.get_counterparty("cp-1"), store.find_counterparty_by_name("Tanke"), store.list_counterparties())
    assert found == (counterparty(), counterparty(), (counterparty(),))


def test_a_name_belongs_to_one_partner(opened: Opened) -> None:
    """A second invitation under a name would make the first one's token ambiguous."""
    with pytest.raises(ConflictError, match="COUNTERPARTY_EXISTS"), opened() as store:
        store.add_counterparty(counterparty(id="cp-9"), now=NOW)


def test_the_handshake_moves_the_state(opened: Opened) -> None:
    """The state is what was last set."""
    with opened() as store:
        store.set_counterparty_state("cp-1", CounterpartyState.REGISTERED)
    with opened() as store:
        assert store.get_counterparty("cp-1").state is CounterpartyState.REGISTERED


def test_a_partner_is_found_by_each_of_its_parties(opened: Opened) -> None:
    """All roles of all parties come back; a party that it never named finds nobody."""
    roles = (_role(Role.EMSP), _role(Role.NSP), _role(Role.EMSP, PartyId("DE", "ABC")))
    with opened() as store:
        store.replace_counterparty_roles("cp-1", roles, now=NOW)
    with opened() as store:
        found = store.find_counterparty_by_party(EMSP)
        assert found is not None
        assert set(roles) == set(found.roles)
        assert found == store.find_counterparty_by_party(PartyId("de", "abc"))
        assert store.find_counterparty_by_party(PartyId("NL", "OTH")) is None


def test_a_party_speaks_over_one_connection(opened: Opened) -> None:
    """Not even with another role: else a partner could take over another one's CDRs."""
    with opened() as store:
        store.replace_counterparty_roles("cp-1", (_role(Role.EMSP),), now=NOW)
        store.add_counterparty(_OTHER, now=NOW)
    with pytest.raises(ConflictError, match="PARTY_BELONGS_TO_ANOTHER"), opened() as store:
        store.replace_counterparty_roles("cp-2", (_role(Role.CPO),), now=NOW)
    with opened() as store:
        assert store.get_counterparty("cp-1").roles == (_role(Role.EMSP),)


def test_roles_that_are_no_longer_named_are_gone(opened: Opened) -> None:
    """A new credentials exchange replaces all roles, and frees the parties."""
    with opened() as store:
        store.replace_counterparty_roles("cp-1", (_role(Role.EMSP),), now=NOW)
        store.replace_counterparty_roles("cp-1", (_role(Role.EMSP), _role(Role.HUB)), now=NOW)
        store.replace_counterparty_roles("cp-1", (), now=NOW)
        assert store.find_counterparty_by_party(EMSP) is None


def test_endpoints_are_those_of_the_last_version_details(opened: Opened) -> None:
    """A module that the partner no longer offers has no URL any longer; the roles of a module differ."""
    receiver = Endpoint(identifier="cdrs", role=EndpointRole.RECEIVER, url="https://emsp.example/odd/x?y=cdrs")
    sender = replace(receiver, role=EndpointRole.SENDER, url="https://emsp.example/s")
    tariffs = Endpoint(identifier="tariffs", role=EndpointRole.RECEIVER, url="https://emsp.example/t")
    with opened() as store:
        store.replace_endpoints("cp-1", (tariffs,), now=NOW)
        store.replace_endpoints("cp-1", (sender, receiver), now=NOW)
    with opened() as store:
        assert store.list_endpoints("cp-1") == (receiver, sender)
        assert store.find_endpoint("cp-1", "cdrs", EndpointRole.RECEIVER) == receiver
        assert store.find_endpoint("cp-1", "tariffs", EndpointRole.RECEIVER) is None


def test_accepted_tokens_are_candidates_by_prefix(opened: Opened) -> None:
    """Two tokens may share a prefix: both are candidates, and the caller compares digests."""
    one = AcceptedToken(id="t-1", counterparty_id="cp-1", prefix="abcdefgh", sha256="11", scope=TokenScope.REGISTRATION)
    other = replace(one, id="t-2", sha256="22", scope=TokenScope.FULL)
    with opened() as store:
        store.add_accepted_token(one, now=NOW)
        store.add_accepted_token(other, now=NOW)
    with opened() as store:
        assert store.list_accepted_tokens("abcdefgh") == (one, other)
        assert store.list_accepted_tokens("abcdefgX") == ()
        store.revoke_accepted_tokens("cp-1", now=NOW, keep="t-2")
        assert store.list_accepted_tokens("abcdefgh") == (other,)
        store.revoke_accepted_tokens("cp-1", now=NOW)
        assert store.list_accepted_tokens("abcdefgh") == ()


def test_one_token_is_sent_at_a_time(opened: Opened) -> None:
    """A new token takes the place of the one before, whose sealed bytes stay on record."""
    one = SentToken(id="s-1", counterparty_id="cp-1", ciphertext=b"\x00\xff", nonce=b"n1", key_id="k")
    other = replace(one, id="s-2", nonce=b"n2")
    with opened() as store:
        assert store.find_sent_token("cp-1") is None
        store.set_sent_token(one, now=NOW)
        store.set_sent_token(other, now=NOW)
    with opened() as store:
        assert store.find_sent_token("cp-1") == other


def test_a_nonce_is_never_used_twice_under_a_key(opened: Opened) -> None:
    """AES-GCM with a repeated nonce gives both texts away."""
    one = SentToken(id="s-1", counterparty_id="cp-1", ciphertext=b"\x00", nonce=b"n1", key_id="k")
    with opened() as store:
        store.set_sent_token(one, now=NOW)
    with pytest.raises(ConflictError, match="UNIQUE_VIOLATED"), opened() as store:
        store.set_sent_token(replace(one, id="s-2"), now=NOW)


def test_a_revoked_api_key_is_not_found(opened: Opened) -> None:
    """And revoking it twice keeps the first time."""
    key = ApiKey(id="k-1", prefix="12345678", sha256="33", role="admin")
    with opened() as store:
        store.add_api_key(key, now=NOW)
        assert (store.list_api_keys("12345678"), store.list_api_keys("00000000")) == ((key,), ())
        store.revoke_api_key("k-1", now=NOW)
        store.revoke_api_key("k-1", now=NOW + timedelta(days=1))
        assert store.list_api_keys() == ()


def test_what_is_unknown_is_not_found(opened: Opened) -> None:
    """Each look-up by id says what is missing."""
    with pytest.raises(NotFoundError, match="COUNTERPARTY_UNKNOWN"), opened() as store:
        store.get_counterparty("nobody")
    with pytest.raises(NotFoundError, match="COUNTERPARTY_UNKNOWN"), opened() as store:
        store.set_counterparty_state("nobody", CounterpartyState.POSTED)
    with pytest.raises(NotFoundError, match="API_KEY_UNKNOWN"), opened() as store:
        store.revoke_api_key("nobody", now=NOW)
