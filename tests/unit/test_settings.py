"""Every variable of the environment: its default, a good value, and what is refused."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import FrozenInstanceError, fields, replace

import pytest

from cdr_service.domain.money import RoundingPolicy
from cdr_service.domain.party import PartyId
from cdr_service.settings import Secret, Settings, SettingsError, from_environment

KEY = bytes(range(32))
OTHER_KEY = bytes(range(1, 33))


def read(**environment: str) -> Settings:
    """Read an environment of these variables and nothing else."""
    return from_environment(
        environment, database_url="sqlite:///file.sqlite", secret_key=KEY, public_url="http://127.0.0.1:8080"
    )


DEFAULTS = Settings(
    database_url="sqlite:///file.sqlite",
    secret_key=Secret(KEY),
    party=PartyId("DE", "EWK"),
    business_name="eichwerk",
    public_url="http://127.0.0.1:8080",
    allow_private_partners=False,
    second_opinion=True,
    rounding=RoundingPolicy(digits=4),
    partner_timeout_seconds=30,
    worker_interval_seconds=1,
)


def test_an_empty_environment_gives_the_safe_defaults() -> None:
    """Without any variable no private partner is reached, the second opinion is asked, and nothing is rounded away."""
    assert DEFAULTS == read()


@pytest.mark.parametrize(
    ("variable", "text", "field", "value"),
    [
        ("CDR_DATABASE_URL", "sqlite:///other.sqlite", "database_url", "sqlite:///other.sqlite"),
        ("CDR_DATABASE_URL", "postgresql+psycopg://u:p@db/x", "database_url", "postgresql+psycopg://u:p@db/x"),
        ("CDR_SECRET_KEY", b64encode(OTHER_KEY).decode(), "secret_key", Secret(OTHER_KEY)),
        ("CDR_PARTY", "AT*X1Z", "party", PartyId("AT", "X1Z")),
        ("CDR_BUSINESS_NAME", "Stadtwerke Köln", "business_name", "Stadtwerke Köln"),
        ("CDR_BUSINESS_NAME", "n" * 100, "business_name", "n" * 100),
        ("CDR_PUBLIC_URL", "https://cpo.example/gateway", "public_url", "https://cpo.example/gateway"),
        ("CDR_PUBLIC_URL", "https://cpo.example/", "public_url", "https://cpo.example"),
        ("CDR_ALLOW_PRIVATE_PARTNERS", "1", "allow_private_partners", True),
        ("CDR_ALLOW_PRIVATE_PARTNERS", "0", "allow_private_partners", False),
        ("CDR_SECOND_OPINION", "0", "second_opinion", False),
        ("CDR_SECOND_OPINION", "1", "second_opinion", True),
        ("CDR_ACCEPT_PARTY_SIGNATURES", "", "accept_party_signatures", None),
        ("CDR_ACCEPT_PARTY_SIGNATURES", "Vertrag 17, §3", "accept_party_signatures", "Vertrag 17, §3"),
        ("CDR_ACCEPT_PARTY_SIGNATURES", f" {'r' * 500} ", "accept_party_signatures", "r" * 500),
        ("CDR_ROUNDING_DIGITS", "0", "rounding", RoundingPolicy(digits=0)),
        ("CDR_ROUNDING_DIGITS", "2", "rounding", RoundingPolicy(digits=2)),
        ("CDR_PARTNER_TIMEOUT_SECONDS", "1", "partner_timeout_seconds", 1),
        ("CDR_PARTNER_TIMEOUT_SECONDS", "300", "partner_timeout_seconds", 300),
        ("CDR_WORKER_INTERVAL_SECONDS", "1", "worker_interval_seconds", 1),
        ("CDR_WORKER_INTERVAL_SECONDS", "60", "worker_interval_seconds", 60),
    ],
)
def test_a_good_value_changes_its_own_setting_only(variable: str, text: str, field: str, value: object) -> None:
    """A variable sets its setting and leaves every other one at its default."""
    changes: dict[str, object] = {field: value}
    assert replace(DEFAULTS, **changes) == read(**{variable: text})  # type: ignore[arg-type]  # any field


BAD_VALUES = {
    "CDR_DATABASE_URL": ["", "garbage", "sqlite://", "mysql://u:p@db/x", "postgresql://u:p@db/x", "file.sqlite"],
    "CDR_SECRET_KEY": ["", "no base64!", "ключ", "QUJD", b64encode(KEY[:31]).decode(), b64encode(KEY + b"x").decode()],
    "CDR_PARTY": ["", "DEEWK", "DE*", "*EWK", "DE*EW", "DE*EWKX", "XX*EWK", "DEU*EWK", "DE-EWK", "DE*E*K"],
    "CDR_BUSINESS_NAME": ["", " ", "n" * 101, "two\nlines", "tab\there"],
    "CDR_PUBLIC_URL": [
        "", "cpo.example", "ftp://cpo.example", "https://", "https://cpo.example/?token=x", "https://cpo.example/#x",
        "https://cpo.example/a b", "https://[::1", "https://кпо.example", "javascript:alert(1)",
    ],
    "CDR_ALLOW_PRIVATE_PARTNERS": ["", "true", "yes", "2", " 1", "on"],
    "CDR_SECOND_OPINION": ["", "false", "no", "off", "-1"],
    "CDR_ACCEPT_PARTY_SIGNATURES": ["1", "yes", "too short", " " * 20, "two lines\nof reasons", "r" * 501],
    "CDR_ROUNDING_DIGITS": ["", "5", "-1", "2.0", "+2", "two", "02", "\u0662"],
    "CDR_PARTNER_TIMEOUT_SECONDS": ["", "0", "301", "-1", "1.5", "1e2", " 30", "9" * 5000],
    "CDR_WORKER_INTERVAL_SECONDS": ["", "0", "61", "-1", "0.5", "inf"],
}  # fmt: skip


@pytest.mark.parametrize(("variable", "text"), [(name, text) for name, texts in BAD_VALUES.items() for text in texts])
def test_a_bad_value_is_refused_by_its_name(variable: str, text: str) -> None:
    """A value that cannot be used stops the start, and the message names the variable."""
    with pytest.raises(SettingsError, match=f"^{variable} "):
        read(**{variable: text})


def test_every_variable_has_bad_values() -> None:
    """There are as many variables tried as there are settings."""
    assert len(fields(Settings)) == len(BAD_VALUES)


@pytest.mark.parametrize(
    ("variable", "text", "secret"),
    [
        ("CDR_SECRET_KEY", b64encode(KEY[:31]).decode(), b64encode(KEY[:31]).decode()),
        ("CDR_DATABASE_URL", "mysql://user:geheim@db/x", "geheim"),
    ],
)
def test_no_message_repeats_a_secret(variable: str, text: str, secret: str) -> None:
    """A refused value that may hold a secret stands in no message."""
    with pytest.raises(SettingsError) as refusal:
        read(**{variable: text})
    assert secret not in str(refusal.value)


def test_a_key_file_of_another_length_is_refused() -> None:
    """A truncated key file is no key."""
    with pytest.raises(SettingsError, match="key file"):
        from_environment({}, database_url="sqlite:///x", secret_key=b"", public_url="http://127.0.0.1:1")


def test_the_secret_shows_in_no_text() -> None:
    """Neither the settings nor the secret print the key."""
    settings = read()
    assert "Secret('***')" in repr(settings)
    for text in (repr(settings), str(settings), f"{settings.secret_key}"):
        assert repr(KEY)[2:20] not in text


def test_settings_are_frozen() -> None:
    """Nothing changes a setting after the start."""
    with pytest.raises(FrozenInstanceError):
        read().business_name = "other"  # type: ignore[misc]  # that it is frozen is the point


def test_unknown_variables_are_nobodys_matter() -> None:
    """Other programs' variables change nothing."""
    assert DEFAULTS == read(PATH="x", CDR_UNKNOWN="x")
