"""How a meter format declares itself: by what its records are recognised, and who reads them.

Adding a format is one module with such a declaration and one line of the table in `formats/__init__.py`; containers
and judgement ask for what is declared here, and not for a format's name, wherever that tells enough.
"""

from __future__ import annotations

from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING

from meter_sign.crypto.keys import KeyForm
from meter_sign.errors import ContentError

if TYPE_CHECKING:
    from collections.abc import Callable

    from meter_sign.limits import Limits
    from meter_sign.model import Beside, ParsedRecord, PayloadFormat, RecordContent, SignedPayload


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterFormat:
    """One format of signed meter values."""

    name: PayloadFormat
    #: Whether these bytes, a whole value freed of its text encoding, are a record of this format. Looks at marks only,
    #: decides on nothing else, and never raises.
    recognises: Callable[[bytes], bool]
    #: Reads one value; see `formats.parse` for what it returns and raises.
    parse: Callable[[SignedPayload, Limits], ParsedRecord]
    #: What OCPI's `SignedData.encoding_method` calls it: a registered name, else the format's own.
    encoding_method: str
    #: How the format itself writes public keys, and OCPI's `SignedData.public_key` with it.
    key_form: KeyForm = KeyForm.SPKI
    #: Source of a regular expression over bytes: how a line begins with which a record of this format begins in a text
    #: file, in every text encoding; None for formats that do not come as lines of text.
    line_mark: bytes | None = None
    #: Whether text before the first such line is told as a broken value. A mark of few characters proves too little.
    tells_itself: bool = True
    #: Makes the record of what is signed and what signs it, where these were sent apart and a record is nothing but the
    #: two of them; None where they are no such halves. None for formats that are never sent so.
    join: Callable[[bytes, bytes], bytes | None] | None = None
    #: How many values lie in one of its records, for formats that are containers themselves (EDIFACT); each of them is
    #: parsed with the whole record as its `raw`. Never raises: a record that cannot be read is one broken value.
    count: Callable[[bytes, Beside, Limits], int] | None = None
    #: The cap on one record in bytes.
    cap: Callable[[Limits], int] = attrgetter("record_bytes")
    #: Local name of the XML element that is one record, for formats that are XML themselves.
    xml_element: str | None = None
    #: Name in the `@context` of a JSON object that is one record, for formats that are JSON themselves.
    json_context: str | None = None


def content_or_reason(read: Callable[[], RecordContent]) -> tuple[RecordContent | None, ContentError | None]:
    """What was signed, or why that is no measurement: the signature is judged before this reason is given.

    Args:
        read: makes the content of what was signed.
    """
    try:
        return read(), None
    except ContentError as error:
        return None, error
