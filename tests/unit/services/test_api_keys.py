"""Keys of the operator's API: shown once, kept as hashes, compared whole."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from cdr_service.app import create_gateway
from cdr_service.domain.errors import CredentialsError
from cdr_service.services.api_keys import add_api_key, check_api_key, has_api_keys
from cdr_service.settings import from_environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cdr_service.services.ports import Ports

NOW = datetime(2026, 1, 15, 9, 0, tzinfo=UTC)


@pytest.fixture
def ports(tmp_path: Path) -> Iterator[Ports]:
    """The ports of a gateway on a new database."""
    settings = from_environment(
        {}, database_url=f"sqlite:///{tmp_path / 'x.sqlite'}", secret_key=bytes(32), public_url="http://127.0.0.1:1"
    )
    gateway = create_gateway(settings, clock=lambda: NOW)
    yield gateway.ports
    gateway.ports.engine.dispose()


def test_a_new_gateway_has_no_key(ports: Ports) -> None:
    """No key is there from the beginning that somebody could know."""
    assert not has_api_keys(ports)


def test_a_key_that_was_made_is_known(ports: Ports) -> None:
    """The text that was shown once finds its key and its role."""
    key = add_api_key(ports, "operator")
    assert has_api_keys(ports)
    assert check_api_key(ports, key).role == "operator"


def test_two_keys_are_two(ports: Ports) -> None:
    """Each key finds its own row."""
    one, other = add_api_key(ports, "operator"), add_api_key(ports, "operator")
    assert one != other
    assert check_api_key(ports, one).id != check_api_key(ports, other).id


def test_the_database_holds_no_key(ports: Ports) -> None:
    """Whoever reads the database learns no more than the first 8 characters."""
    key = add_api_key(ports, "operator")
    with ports.engine.connect() as connection:
        rows = connection.execute(text("SELECT * FROM api_key")).all()
    assert len(rows) == 1
    assert key[:9] not in str(rows)


@pytest.mark.parametrize("spoil", ["{key}x", "{beginning}", "", "{key} ", "{beginning}" + "A" * 56])
def test_what_is_not_the_key_is_refused(ports: Ports, spoil: str) -> None:
    """A key's beginning, or a key with something behind it, opens nothing."""
    key = add_api_key(ports, "operator")
    presented = spoil.format(key=key, beginning=key[:8])
    with pytest.raises(CredentialsError) as refusal:
        check_api_key(ports, presented)
    assert refusal.value.code == "API_KEY_UNKNOWN"
    assert key[:8] not in str(refusal.value)


def test_an_unknown_role_makes_no_key(ports: Ports) -> None:
    """Only roles that exist can be given."""
    with pytest.raises(CredentialsError, match="ROLE_UNKNOWN"):
        add_api_key(ports, "admin")
    assert not has_api_keys(ports)
