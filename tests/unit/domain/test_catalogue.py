"""Every code is explained, in both languages."""

from __future__ import annotations

import pytest

from cdr_service.domain.catalogue import Language, de, en, explain
from cdr_service.domain.catalogue.parties import RESPONSIBLE, Party
from cdr_service.domain.findings import GatewayCode


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("code", GatewayCode)
def test_every_code_is_explained(code: GatewayCode, language: Language) -> None:
    """A code says what happened, whose matter it is and what to do, in whole sentences."""
    explanation = explain(code, language)
    for text in (explanation.what, explanation.whose_fault, explanation.remedy):
        assert text.endswith(".")
        assert text[0].isupper() or text.startswith(("total_", "meter_id", "signed_data"))


def test_nothing_is_explained_twice_or_in_vain() -> None:
    """Tables hold exactly the codes and the parties there are."""
    assert set(GatewayCode) == set(RESPONSIBLE) == set(en.TEXTS) == set(de.TEXTS)
    assert set(Party) == set(en.PARTIES) == set(de.PARTIES)


@pytest.mark.parametrize("code", GatewayCode)
def test_the_languages_are_not_the_same(code: GatewayCode) -> None:
    """A code is told in German in the German catalogue."""
    assert explain(code, "en").what != explain(code, "de").what


@pytest.mark.parametrize("code", GatewayCode)
def test_a_code_is_its_name(code: GatewayCode) -> None:
    """The value that JSON and logs show is the member's name."""
    assert code.name == code.value


def test_unknown_language_is_a_mistake() -> None:
    """There are two languages."""
    with pytest.raises(ValueError, match="fr"):
        explain(GatewayCode.TIME_SUM, "fr")
