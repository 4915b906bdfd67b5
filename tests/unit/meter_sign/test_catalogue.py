from __future__ import annotations

import pytest

from meter_sign.catalogue import Language, explain
from meter_sign.codes import Code
from tools import codes_page

EVERY = [(code, language) for code in Code for language in Language]


@pytest.mark.parametrize(("code", "language"), EVERY)
def test_every_code_is_explained_in_every_language(code: Code, language: Language) -> None:
    """What happened, whose matter it is and what to do are said in one or two sentences each."""
    explanation = explain(code, language)
    texts = (explanation.what, explanation.whose_fault, explanation.remedy)
    assert [] == [text for text in texts if not 5 < len(text) <= 300 or text != text.strip() or text[-1] != "."]


@pytest.mark.parametrize("language", Language)
def test_no_two_codes_happen_in_the_same_words(language: Language) -> None:
    """A code that reads like another one would tell people nothing."""
    whats = [explain(code, language).what for code in Code]
    assert len(whats) == len(set(whats))


def test_german_is_german() -> None:
    """Umlauts are written as such, not as ae, oe, ue."""
    german = explain(Code.KEY_UNKNOWN, "de")
    assert german.what.startswith("Für diesen Zähler ist kein Schlüssel hinterlegt")


@pytest.mark.parametrize("language", ["fr", "", "EN"])
def test_another_language_is_a_programming_mistake(language: str) -> None:
    """An unknown language raises ValueError instead of falling back silently."""
    with pytest.raises(ValueError, match="Language"):
        explain(Code.KEY_UNKNOWN, language)


def test_page_of_codes_is_the_catalogue() -> None:
    """docs/codes.md is what the catalogue says today."""
    assert 0 == codes_page.main(["--check"])


def test_page_has_the_gateways_codes_too() -> None:
    """A finding of a session, a discrepancy and an error of a request, in both languages."""
    _, gateway = codes_page.page().split("# Codes of the gateway\n")
    for code in ("SIGNED_SESSION_DIFFERS", "TOTAL_EXCL", "SESSION_CLOSED"):
        entry = gateway.split(f"## {code}\n")[1].split("\n## ")[0]
        assert ["- *en*: ", "- *de*: "] == [line[:8] for line in entry.strip().splitlines()]
