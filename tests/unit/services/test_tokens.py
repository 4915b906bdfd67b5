"""Tokens we hand out are kept as hashes, tokens we were given are kept sealed to their row."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdr_service.domain.errors import StoreError
from cdr_service.ocpi.headers import authorization, token_candidates
from cdr_service.services import tokens
from cdr_service.services.tokens import SealedToken, TokenDigest, digest, new_token, seal, unseal
from cdr_service.settings import Secret

if TYPE_CHECKING:
    from collections.abc import Callable

KEY = Secret(bytes(range(32)))
NONCE = b"twelve bytes"
TOKEN = "token-of-the-partner"


def test_a_new_token_has_the_64_characters_that_ocpi_allows() -> None:
    """All randomness that fits into OCPI's 64 characters is used, in characters that a header carries."""
    asked: list[int] = []

    def all_ones(count: int) -> bytes:
        asked.append(count)
        return b"\xff" * count

    token = new_token(all_ones)
    assert [48] == asked
    assert "_" * 64 == token
    assert token in token_candidates(authorization(token)["Authorization"])


@given(st.binary(min_size=48, max_size=48), st.binary(min_size=48, max_size=48))
def test_other_randomness_is_another_token(one: bytes, other: bytes) -> None:
    """No bit of the randomness is lost on the way into the token."""
    assert (one == other) == (new_token(lambda _: one) == new_token(lambda _: other))


def test_the_digest_holds_no_more_than_the_beginning() -> None:
    """Of a token the first 8 characters and the SHA-256 of all are kept."""
    assert TokenDigest("abcdefgh", sha256(b"abcdefghijkl").hexdigest()) == digest("abcdefghijkl")


@pytest.mark.parametrize(
    "presented", ["", "abcdefgh", "abcdefghijkL", "abcdefghijkl ", "abcdefghijklm", "Abcdefghijkl", "\u0430bcdefghijkl"]
)
def test_only_the_token_itself_matches(presented: str) -> None:
    """A beginning, another case, a blank more: none is the token."""
    kept = digest("abcdefghijkl")
    assert kept.matches("abcdefghijkl")
    assert not kept.matches(presented)


def test_the_comparison_takes_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Digests are compared by `hmac.compare_digest`, whose time does not tell how much was right."""
    compared: list[tuple[str, str]] = []
    real: Callable[[str, str], bool] = tokens.compare_digest

    def watched(one: str, other: str) -> bool:
        compared.append((one, other))
        return real(one, other)

    monkeypatch.setattr(tokens, "compare_digest", watched)
    digest("right").matches("wrong")
    assert [(sha256(b"right").hexdigest(), sha256(b"wrong").hexdigest())] == compared


def test_a_sealed_token_opens_in_its_row() -> None:
    """The key and the row's id give the token back."""
    assert unseal(seal(TOKEN, KEY, bound_to="row-1", nonce=NONCE), KEY, bound_to="row-1") == TOKEN


def test_a_sealed_token_shows_nothing() -> None:
    """The ciphertext holds neither the token nor a part of it."""
    assert TOKEN[:5].encode() not in seal(TOKEN, KEY, bound_to="row-1", nonce=NONCE).ciphertext


def test_a_ciphertext_moved_to_another_row_does_not_open() -> None:
    """Whoever can write to the database cannot make us send one partner's token to another."""
    sealed = seal(TOKEN, KEY, bound_to="row-1", nonce=NONCE)
    with pytest.raises(StoreError, match="SECRET_KEY_WRONG"):
        unseal(sealed, KEY, bound_to="row-2")


@pytest.mark.parametrize("position", range(len(TOKEN) + 16))
def test_a_changed_ciphertext_does_not_open(position: int) -> None:
    """Every byte of ciphertext and tag counts."""
    sealed = seal(TOKEN, KEY, bound_to="row-1", nonce=NONCE)
    changed = bytearray(sealed.ciphertext)
    changed[position] ^= 1
    with pytest.raises(StoreError, match="SECRET_KEY_WRONG"):
        unseal(SealedToken(sealed.nonce, bytes(changed)), KEY, bound_to="row-1")


@pytest.mark.parametrize(
    ("key", "nonce"), [(Secret(bytes(32)), NONCE), (KEY, b"TWELVE BYTES")], ids=["another key", "another nonce"]
)
def test_another_key_or_nonce_does_not_open(key: Secret, nonce: bytes) -> None:
    """Only the key and the nonce that sealed a token open it, and the error names neither."""
    sealed = seal(TOKEN, KEY, bound_to="row-1", nonce=NONCE)
    with pytest.raises(StoreError) as refusal:
        unseal(SealedToken(nonce, sealed.ciphertext), key, bound_to="row-1")
    assert TOKEN not in str(refusal.value)
