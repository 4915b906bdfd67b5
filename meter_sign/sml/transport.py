"""The outermost layer: where a file begins and ends, what was doubled inside, and its check sum.

    1b1b1b1b 01010101   messages   00..00   1b1b1b1b 1a NN CC CC

NN is the number of fill bytes (0 to 3) that bring the messages to a multiple of four. Four escape bytes among the
messages are sent twice. CC CC is the check sum over everything before it, low byte first.

Source: SML 1.04, section 8.1 (SML transport protocol, version 1); ISO/IEC 13239 (CRC 16, as in X.25).
"""

from __future__ import annotations

from binascii import crc_hqx
from re import compile as pattern

from meter_sign.codes import Code
from meter_sign.errors import MalformedPayloadError

_ESCAPE = b"\x1b" * 4
#: How a file begins: an escape, and version 1.
BEGIN = _ESCAPE + b"\x01" * 4
#: After an escape: the end of the file follows.
_END = 0x1A
#: Bytes of the end: the mark, the number of fill bytes, the check sum.
_END_BYTES = 4
_FILL_BYTES_MAX = 3
#: A file with its fill bytes has a multiple of so many bytes.
_ALIGNED_TO = 4
_ESCAPE_RUN = pattern(rb"\x1b{4,}")
#: Each byte with its bits in reverse: CRC 16 of X.25 is the one of `crc_hqx`, run through such a mirror.
_MIRROR = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def checksum(covered: bytes) -> bytes:
    """The check sum of SML as it stands on the wire, low byte first: `123456789` in ASCII gives 6e 90.

    Args:
        covered: the bytes it protects.
    """
    mirrored = crc_hqx(covered.translate(_MIRROR), 0xFFFF) ^ 0xFFFF
    return mirrored.to_bytes(2, "big").translate(_MIRROR)


def unwrap(raw: bytes) -> bytes:
    """Take the transport layer off one file.

    Args:
        raw: the file, from its first escape to its check sum, and nothing else.

    Returns:
        `BEGIN` and the messages, fill bytes and doubled escapes taken out. `BEGIN` stays, so that offsets in the result
        are those in the file.

    Raises:
        MalformedPayloadError: FRAME_INVALID, when it does not begin or end as it must, or bytes follow the end;
            CRC_MISMATCH.
    """
    if not raw.startswith(BEGIN):
        raise _invalid("the file does not begin with an escape and version 1", 0)
    parts, start = [BEGIN], len(BEGIN)
    for run in _ESCAPE_RUN.finditer(raw, start):
        # Escape bytes that belong to the messages stand before the escape that ends them, in one run: eight of the run
        # are four of the messages, and only what then is left can hold an escape.
        doubled, rest = divmod(run.end() - run.start(), 2 * len(_ESCAPE))
        parts += [raw[start : run.start()], _ESCAPE * doubled]
        start = run.end() - rest
        if rest >= len(_ESCAPE):
            parts.append(raw[start : run.end() - len(_ESCAPE)])
            return _without_fill(b"".join(parts), raw, run.end())
    raise _invalid("the file has no end", len(raw))


def _without_fill(messages: bytes, raw: bytes, end: int) -> bytes:
    """Check what stands at the end of the file, and take the fill bytes away."""
    if end + _END_BYTES != len(raw) or raw[end] != _END:
        raise _invalid("an escape is not followed by the end of the file", end)
    fill, expected = raw[end + 1], checksum(raw[: end + 2])
    if raw[end + 2 :] != expected:
        detail = f"the check sum of the file is {raw[end + 2 :].hex()}, its bytes give {expected.hex()}"
        raise MalformedPayloadError(Code.CRC_MISMATCH, detail, where=f"byte {end + 2}")
    kept = len(messages) - fill
    if fill > _FILL_BYTES_MAX or messages[kept:] != bytes(fill) or kept < len(BEGIN):
        raise _invalid(f"{fill} fill bytes are announced and do not stand there", end + 1)
    if len(raw) % _ALIGNED_TO:
        raise _invalid(f"{len(raw)} bytes are not filled up to a multiple of {_ALIGNED_TO}", end + 1)
    return messages[:kept]


def _invalid(detail: str, offset: int) -> MalformedPayloadError:
    return MalformedPayloadError(Code.FRAME_INVALID, f"no SML file: {detail}", where=f"byte {offset}")
