"""Envelope, headers and URLs: what is written strictly and read leniently."""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime
from typing import Any

import pytest

from cdr_service.domain.errors import CredentialsError, LocalOcpiError
from cdr_service.domain.party import PartyId
from cdr_service.ocpi.envelope import Envelope, StatusCode, failure, open_envelope, success
from cdr_service.ocpi.errors import Violation
from cdr_service.ocpi.headers import MessageIds, Route, authorization, message_ids, token_candidates
from cdr_service.ocpi.origin import object_url, path_of

NOW = datetime(2026, 1, 15, 9, 0, 0, 5000, tzinfo=UTC)


class TestEnvelopes:
    """The envelope of OCPI, strictly written."""

    def test_success(self) -> None:
        """Data stands first, is left out when there is none, and an empty list is data."""
        assert {"data": [], "status_code": 1000, "timestamp": "2026-01-15T09:00:00Z"} == success([], NOW)
        assert {"status_code": 1000, "timestamp": "2026-01-15T09:00:00Z"} == success(None, NOW)

    def test_failure(self) -> None:
        """An error tells every place, and leaves data out when there is none."""
        assert {
            "data": {"errors": [{"pointer": "/id", "message": "missing"}]},
            "status_code": 2001,
            "status_message": "no valid Token",
            "timestamp": "2026-01-15T09:00:00Z",
        } == failure(StatusCode.INVALID_PARAMETERS, "no valid Token", NOW, errors=[Violation("/id", "missing")])
        assert "data" not in failure(2000, "no", NOW)

    @pytest.mark.parametrize("code", [1000, 1999, 0, 5000])
    def test_an_error_never_says_success(self, code: int) -> None:
        """A failure with a success code is a mistake of ours."""
        with pytest.raises(ValueError, match="no OCPI error code"):
            failure(code, "no", NOW)

    @pytest.mark.parametrize(
        ("expected", "raw"),
        [
            ((1000, None, {"id": "a"}), b'{"status_code":1000,"data":{"id":"a"},"timestamp":"x"}'),
            ((1000, None, None), b'{"status_code":1000}'),
            ((1000, None, None), b'{"status_code":1000.0,"data":null}'),
            ((2001, "no", None), b'{"status_code":2001,"status_message":"no"}'),
            ((None, "Not Found", None), b'{"detail":"Not Found"}'),
            ((None, None, None), b'{"detail":[{"loc":["body"]}]}'),
            ((None, None, None), b"<html>502</html>"),
            ((None, None, None), b""),
            ((None, None, None), b'[{"status_code":1000}]'),
            ((None, None, None), b'{"status_code":1000,"status_code":2000}'),
            ((None, None, None), b'{"status_code":"1000"}'),
            ((None, None, None), b'{"status_code":true}'),
            ((None, None, None), b'{"status_code":1000.5}'),
            ((None, None, None), b'{"status_code":10}'),
            ((None, None, None), b'{"status_code":1e15}'),
            ((None, None, None), b'{"status_code":1000,"data":NaN}'),
        ],
    )
    def test_opening(self, expected: tuple[Any, ...], raw: bytes) -> None:
        """Whatever a peer answers opens; without a readable status code there is none."""
        envelope = open_envelope(raw)
        assert expected == (envelope.status_code, envelope.status_message, envelope.data)

    @pytest.mark.parametrize(
        ("one", "many", "data"),
        [
            ({"a": 1}, [{"a": 1}], {"a": 1}),
            ({"a": 1}, [{"a": 1}], [{"a": 1}]),
            ([1, 2], [1, 2], [1, 2]),
            ([], [], []),
            (None, [], None),
        ],
    )
    def test_list_or_object(self, one: Any, many: list[Any], data: Any) -> None:
        """One object in a list is that object, and one object alone is a list of one."""
        envelope = Envelope(status_code=1000, status_message=None, data=data, timestamp=None)
        assert (one, many) == (envelope.one(), envelope.many())

    @pytest.mark.parametrize(("expected", "code"), [(True, 1000), (True, 1999), (False, 2000), (False, None)])
    def test_success_range(self, expected: bool, code: int | None) -> None:  # noqa: FBT001
        """1000 to 1999 is success, nothing else, and nothing is not."""
        assert expected is Envelope(status_code=code, status_message=None, data=None, timestamp=None).is_success

    def test_long_messages_are_cut(self) -> None:
        """A partner cannot fill our log with one message."""
        assert 500 == len(open_envelope(b'{"status_message":"' + b"x" * 9000 + b'"}').status_message or "")


class TestTokens:
    """The Authorization header."""

    def test_sending(self) -> None:
        """A token is sent as Base64 of its bytes after one blank."""
        assert {"Authorization": "Token ZXhhbXBsZS10b2tlbg=="} == authorization("example-token")

    @pytest.mark.parametrize("token", ["", "a b", "a\nb", "ä", "x" * 65])
    def test_unlawful_tokens_are_not_sent(self, token: str) -> None:
        """A token that OCPI does not allow never becomes a header, and is not quoted."""
        with pytest.raises(LocalOcpiError) as caught:
            authorization(token)
        assert token == "" or token not in str(caught.value)

    @pytest.mark.parametrize(
        ("expected", "header"),
        [
            (("example-token", "ZXhhbXBsZS10b2tlbg=="), "Token ZXhhbXBsZS10b2tlbg=="),
            (("example-token", "ZXhhbXBsZS10b2tlbg=="), "token ZXhhbXBsZS10b2tlbg=="),
            (("raw-token",), "Token raw-token"),
            (("x" * 64,), "Token " + b64encode(b"x" * 64).decode()),
            (("ZXhhbXBsZS10b2tlbgo=",), "Token ZXhhbXBsZS10b2tlbgo="),
        ],
    )
    def test_candidates(self, expected: tuple[str, ...], header: str) -> None:
        """Both readings are candidates; the specification's sample ends in a newline, which is stripped nowhere."""
        assert expected == token_candidates(header)

    @pytest.mark.parametrize(
        ("code", "header"),
        [
            ("TOKEN_MISSING", None),
            ("TOKEN_MISSING", ""),
            ("TOKEN_MALFORMED", "Token"),
            ("TOKEN_MALFORMED", "Token "),
            ("TOKEN_MALFORMED", "Token  abc"),
            ("TOKEN_MALFORMED", "Token abc def"),
            ("TOKEN_MALFORMED", "Bearer abc"),
            ("TOKEN_MALFORMED", "Token äbc"),
            ("TOKEN_MALFORMED", "Token " + "x" * 101),
        ],
    )
    def test_unreadable_headers(self, code: str, header: str | None) -> None:
        """Without `Token <value>` there is no candidate."""
        with pytest.raises(CredentialsError) as caught:
            token_candidates(header)
        assert code == caught.value.code


def test_message_ids_are_given_back_or_made() -> None:
    """A peer's ids come back as they are; missing or dangerous ones are replaced."""
    ids = message_ids({"X-Request-ID": "r-1", "X-Correlation-ID": "c 1\n"}, lambda: "new")
    assert MessageIds(request_id="r-1", correlation_id="new") == ids
    assert {"X-Request-ID": "r-1", "X-Correlation-ID": "new"} == ids.headers()


def test_routing_headers() -> None:
    """The four headers name both parties."""
    assert {
        "OCPI-from-country-code": "DE",
        "OCPI-from-party-id": "ABC",
        "OCPI-to-country-code": "NL",
        "OCPI-to-party-id": "EMS",
    } == Route(sender=PartyId("DE", "ABC"), receiver=PartyId("NL", "EMS")).headers()


@pytest.mark.parametrize(
    ("expected", "endpoint", "segments", "query"),
    [
        ("https://h/t/DE/ABC/1", "https://h/t", ("DE", "ABC", "1"), ()),
        ("https://h/t/DE/ABC/1", "https://h/t/", ("DE", "ABC", "1"), ()),
        ("https://h/1", "https://h", ("1",), ()),
        ("https://h/x/t/a%2Fb%3Fc%23d?t=7", "https://h/x/t/?t=7", ("a/b?c#d",), ()),
        ("https://h/t/u/authorize?t=7&type=RFID", "https://h/t?t=7", ("u", "authorize"), (("type", "RFID"),)),
        ("https://h/t/%25%20%C3%A4", "https://h/t#f", ("% ä",), ()),
        ("https://h/a%2Fb;v=1/t/1", "https://h/a%2Fb;v=1/t", ("1",), ()),
    ],
)
def test_ids_are_appended_to_the_published_url(
    expected: str, endpoint: str, segments: tuple[str, ...], query: tuple[tuple[str, str], ...]
) -> None:
    """Exactly one slash before each id, the published path and query untouched, ids encoded whole."""
    assert expected == object_url(endpoint, *segments, query=query)


@pytest.mark.parametrize(
    ("expected", "url"),
    [
        ("/", "https://h"),
        ("/?a=b", "https://h?a=b"),
        ("//odd//path/", "https://h//odd//path/"),
        ("/a;p=1?b=%2F", "https://h/a;p=1?b=%2F#c"),
    ],
)
def test_the_request_line_is_the_published_path(expected: str, url: str) -> None:
    """Path and query are sent as published, also where slashes are doubled; a fragment is not sent."""
    assert expected == path_of(url)


@pytest.mark.parametrize("segment", ["", ".", ".."])
def test_dot_segments_are_refused(segment: str) -> None:
    """An id that a server would resolve away never becomes part of a URL."""
    with pytest.raises(LocalOcpiError, match="ID_NOT_ADDRESSABLE"):
        object_url("https://h/t", "DE", segment)
