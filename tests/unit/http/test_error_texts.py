"""Every code that an answer can carry is told in words, in both languages.

The codes are read from the source: whoever raises a new one meets this test before an operator meets silence.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import cdr_service
from cdr_service.domain.catalogue import explain as explain_gateway_code
from cdr_service.domain.errors import CdrServiceError
from cdr_service.domain.findings import GatewayCode
from cdr_service.http.error_texts import ERROR_TEXTS, Fault, de, en
from cdr_service.http.error_words import words_of
from cdr_service.ocpi import errors as wire_errors
from cdr_service.persistence.codes import StoreCode
from meter_sign import Code

PACKAGE = Path(cdr_service.__file__).parent
LANGUAGES = ("en", "de")
#: What makes an error of ours beside the classes: the wire's own small makers.
_MAKERS = frozenset({"error", "_unknown"})
_CODE = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*")


def _subclasses(kind: type[Exception]) -> set[str]:
    return {kind.__name__}.union(*(_subclasses(one) for one in kind.__subclasses__()))


_ERRORS = frozenset(_subclasses(CdrServiceError))


def literal_codes(source: str) -> set[str]:
    """Codes that a module writes where it makes an error: in the call, in `code = ...`, in a `..._code` function."""
    tree = ast.parse(source)
    return {
        constant.value
        for place in (place for node in ast.walk(tree) for place in _places(node))
        for constant in ast.walk(place)
        if isinstance(constant, ast.Constant) and isinstance(constant.value, str) and _CODE.fullmatch(constant.value)
    }


def _places(node: ast.AST) -> list[ast.AST]:
    if isinstance(node, ast.Call) and node.args:
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        base = ast.unparse(node.func) == "super().__init__"
        return [node.args[0]] if name in _ERRORS or name in _MAKERS or base else []
    if isinstance(node, ast.Assign) and [getattr(target, "id", "") for target in node.targets] == ["code"]:
        return [node.value]
    return [node] if isinstance(node, ast.FunctionDef) and node.name.endswith("_code") else []


def _raised() -> set[str]:
    return set().union(*(literal_codes(path.read_text(encoding="utf-8")) for path in PACKAGE.rglob("*.py")))


RAISED = sorted(_raised())


@pytest.mark.parametrize(
    ("source", "codes"),
    [
        ("raise ConflictError('CDR_EXISTS', 'x')", {"CDR_EXISTS"}),
        ("raise errors.NotSentError('HOST_UNKNOWN', 'x') from error", {"HOST_UNKNOWN"}),
        ("raise answer.error('ANSWER_INVALID', 'x')", {"ANSWER_INVALID"}),
        ("raise RequestError('A_B' if x else 'C_D', 'x')", {"A_B", "C_D"}),
        ("code = 'DEADLINE' if over else 'CONNECTION_LOST'", {"DEADLINE", "CONNECTION_LOST"}),
        ("def _connect_code(f):\n    return 'TLS_FAILED'", {"TLS_FAILED"}),
        ("class E(OcpiError):\n  def __init__(self):\n    super().__init__('OBJECT_INVALID', 'x')", {"OBJECT_INVALID"}),
        ("raise ValueError('SOMETHING')", set()),
        ("role = 'RECEIVER'", set()),
    ],
)  # fmt: skip
def test_the_scan_finds_a_code_where_it_is_written(source: str, codes: set[str]) -> None:
    """A code is found in every way in which the gateway makes an error, and nothing else is taken for one."""
    assert codes == literal_codes(source)


def test_the_scan_reads_the_gateway() -> None:
    """The source holds the codes of each layer; an empty scan would prove nothing."""
    assert {"API_KEY_MISSING", "TOKEN_UNKNOWN", "DEADLINE", "SESSION_CLOSED", "OBJECT_INVALID"} <= set(RAISED)


@pytest.mark.parametrize("code", sorted({*RAISED, *StoreCode}))
def test_every_raised_code_has_words(code: str) -> None:
    """A code that any module raises stands in one of the three catalogues."""
    assert code in ERROR_TEXTS or code in GatewayCode.__members__ or code in Code.__members__


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", sorted({*RAISED, *StoreCode, *ERROR_TEXTS, *GatewayCode, *Code}))
def test_words_are_whole_sentences(code: str, language: str) -> None:
    """What happened, whose matter it is, and what to do: each ends as a sentence does."""
    words = words_of(code, language)
    assert ["what", "whose_fault", "remedy"] == list(words)
    for text in words.values():
        assert text.endswith(".")


@pytest.mark.parametrize("code", sorted(ERROR_TEXTS))
def test_the_languages_differ(code: str) -> None:
    """The German words are German."""
    english, german = words_of(code, "en"), words_of(code, "de")
    for part in ("what", "whose_fault", "remedy"):
        assert english[part] != german[part]


def test_each_text_belongs_to_a_code_that_occurs() -> None:
    """No words stand in the table for a code that nothing raises."""
    elsewhere = {"HTTP_ERROR", "INTERNAL_ERROR", "FIELD_INVALID"}  # made by http/errors.py itself
    assert set() == set(ERROR_TEXTS) - set(RAISED) - set(StoreCode) - elsewhere


def test_both_languages_tell_the_same_codes() -> None:
    """A code told in one language only would leave half of the readers without words."""
    assert set(en.TEXTS) == set(de.TEXTS) == set(ERROR_TEXTS)


def test_a_code_of_the_domain_keeps_its_words() -> None:
    """The words for requests replace none of the other catalogues', but for fields that are missing or wrong."""
    assert {"FIELD_MISSING", "FIELD_INVALID"} == set(ERROR_TEXTS) & ({*GatewayCode.__members__} | {*Code.__members__})


def test_a_domain_code_is_told_by_the_domain() -> None:
    """The gateway's own findings come with the domain's words."""
    assert explain_gateway_code(GatewayCode.KEY_UNKNOWN, "de").what == words_of("KEY_UNKNOWN", "de")["what"]


@pytest.mark.parametrize(("language", "text"), [("en", "This gateway."), ("de", "Dieses Gateway.")])
def test_a_code_without_words_is_the_gateways_matter(language: str, text: str) -> None:
    """An unknown code is answered, not with a crash, and not as the caller's fault."""
    assert text == words_of("NOBODY_KNOWS_THIS", language)["whose_fault"]


def test_every_fault_is_somebodys() -> None:
    """Each party that can be at fault is at fault for at least one code."""
    assert set(Fault) == {text.fault for text in ERROR_TEXTS.values()}


def test_the_wires_errors_are_scanned() -> None:
    """The error classes of the wire are among those whose calls are read."""
    assert {wire_errors.NotSentError.__name__, wire_errors.UnknownOutcomeError.__name__} <= _ERRORS
