"""Where a request may go: partner-supplied URLs are hostile until they are checked here.

A URL is called only when its scheme is https, its host stands on the counterparty's own list (fixed at invitation),
and every address of the host is public. The address that was checked is the one that is connected to, so a second,
different DNS answer cannot lead elsewhere.

Source: OCPI 2.2.1 leaves URLs free (version_information_endpoint); RFC 3986, RFC 6890 (special-purpose addresses),
RFC 6052 (NAT64).
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network
from re import ASCII
from re import compile as pattern
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

from cdr_service.domain.errors import LocalOcpiError
from cdr_service.ocpi.errors import NotSentError

_DEFAULT_PORTS = {"https": 443, "http": 80}
_URL_TEXT = pattern(r"[!-~]{1,2048}", ASCII)
#: Networks that Python counts as global and that still lead inside: NAT64, 6to4 and Teredo embed any IPv4 address.
_EMBEDDING_NETWORKS = tuple(map(ip_network, ("64:ff9b::/96", "2002::/16", "2001::/32", "fec0::/10")))
#: IETF protocol assignments (RFC 6890); Python counts most of them as global.
_PROTOCOL_NETWORK = ip_network("192.0.0.0/24")


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Scheme, host and port of a URL; two URLs of one origin may share an Authorization header."""

    scheme: str
    #: Lower case, without the brackets of an IPv6 address.
    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


def origin_of(url: str) -> Origin:
    """Take the origin of an absolute URL.

    Raises:
        NotSentError: URL_REFUSED: not absolute, not http or https, a user name, blanks or control characters.
    """
    if not _URL_TEXT.fullmatch(url):
        raise NotSentError("URL_REFUSED", "the URL holds blanks, control or non-ASCII characters, or is too long")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise NotSentError("URL_REFUSED", "the URL cannot be read") from error
    if parts.scheme not in _DEFAULT_PORTS or not host or "@" in parts.netloc or port == 0 or "\\" in url:
        raise NotSentError("URL_REFUSED", "the URL is not an absolute http or https URL without user name")
    return Origin(scheme=parts.scheme, host=host.rstrip("."), port=port or _DEFAULT_PORTS[parts.scheme])


def path_of(url: str) -> str:
    """Path and query as they stand in the request line; the fragment stays here."""
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def check_address(address: str) -> None:
    """Let only public addresses through.

    Args:
        address: an IPv4 or IPv6 address as text, as the resolver gave it.

    Raises:
        NotSentError: ADDRESS_REFUSED for loopback, link-local, private, shared, unique-local, multicast, reserved
            addresses and those that embed an IPv4 address (mapped, NAT64, 6to4, Teredo).
    """
    ip = ip_address(address.partition("%")[0])
    embedded = isinstance(ip, IPv6Address) and (
        ip.ipv4_mapped is not None or any(ip in network for network in _EMBEDDING_NETWORKS if network.version == 6)
    )
    if embedded or ip in _PROTOCOL_NETWORK or not ip.is_global or ip.is_multicast or ip.is_reserved:
        raise NotSentError("ADDRESS_REFUSED", f"{address} is no public address")


def object_url(endpoint: str, *segments: str, query: tuple[tuple[str, str], ...] = ()) -> str:
    """Append object ids to a published endpoint.

    The endpoint is used as published: its path keeps its prefix, exactly one slash stands before each segment, and
    its own query stays and comes first. Ids are percent-encoded, so a slash or a question mark in an id stays part
    of the id.

    Args:
        endpoint: a URL out of the partner's version details.
        segments: ids, not encoded.
        query: further parameters, such as `type=RFID`.

    Returns:
        `https://h/x/tariffs/?t=7` with DE, ABC, 1/2 gives `https://h/x/tariffs/DE/ABC/1%2F2?t=7`.

    Raises:
        LocalOcpiError: ID_NOT_ADDRESSABLE, an empty id or a dot segment, which servers resolve away.
    """
    if any(segment in {"", ".", ".."} for segment in segments):
        raise LocalOcpiError("ID_NOT_ADDRESSABLE", "an id in a URL cannot be empty or consist of dots")
    parts = urlsplit(endpoint)
    path = "/".join([parts.path.rstrip("/"), *(quote(segment, safe="") for segment in segments)])
    added = urlencode(query)
    joined = "&".join(piece for piece in (parts.query, added) if piece)
    return urlunsplit((parts.scheme, parts.netloc, path, joined, ""))
