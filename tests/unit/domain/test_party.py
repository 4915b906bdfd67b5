"""Parties are pairs, countries are assigned, secrets and parts of errors are kept."""

from __future__ import annotations

import pytest

from cdr_service.domain.errors import ReconciliationError, RemoteOcpiError
from cdr_service.domain.party import Credentials, PartyId, is_assigned_alpha3, is_assigned_country_code


@pytest.mark.parametrize("code", ["DE", "NL", "CH"])
def test_assigned_country_code(code: str) -> None:
    """An assigned alpha-2 code is one."""
    assert is_assigned_country_code(code) is True


@pytest.mark.parametrize("code", ["EU", "UK", "XK", "XX", "de", "DEU", ""])
def test_not_assigned_country_code(code: str) -> None:
    """A reserved, user-assigned, lower-case or longer code is none."""
    assert is_assigned_country_code(code) is False


@pytest.mark.parametrize(("expected", "code"), [(True, "DEU"), (False, "GER"), (False, "DE"), (False, "XKX")])
def test_alpha3_code(expected: bool, code: str) -> None:  # noqa: FBT001  # the expected value stands on the left
    """The country of a CDR's location is an assigned alpha-3 code."""
    assert expected == is_assigned_alpha3(code)


def test_party_ids_compare_without_case() -> None:
    """CiStrings are kept in upper case, so de*abc and DE*ABC are one party."""
    assert PartyId("DE", "ABC") == PartyId("de", "abc")
    assert str(PartyId("de", "abc")) == "DE*ABC"


@pytest.mark.parametrize(("country_code", "party_id"), [("EU", "ABC"), ("DE", "AB"), ("DE", "ABCD"), ("DE", "Ä12")])
def test_what_no_hub_would_route_is_refused(country_code: str, party_id: str) -> None:
    """A party has an assigned country and three letters or digits."""
    with pytest.raises(ValueError, match="is not"):
        PartyId(country_code, party_id)


def test_token_is_not_printed() -> None:
    """Credentials do not show their token."""
    assert "hush" not in repr(Credentials(token="hush", url="https://example.org", roles=()))


def test_partners_words_are_kept() -> None:
    """An error of the partner keeps HTTP status, OCPI code and request id apart from the message."""
    error = RemoteOcpiError(
        "PARTNER_REFUSED", "no", where="cdr-1", http_status=200, status_code=2001, request_id="req-1"
    )
    assert (200, 2001, "req-1", "PARTNER_REFUSED: no (at cdr-1)") == (
        error.http_status,
        error.status_code,
        error.request_id,
        str(error),
    )


def test_failed_reconciliation_counts_its_discrepancies() -> None:
    """The message of a failed reconciliation says how much is wrong."""
    assert str(ReconciliationError(())) == "RECONCILIATION_FAILED: 0 discrepancies"
