"""English texts of EDIFACT: its frame, its signatures and their keys, its values."""

from __future__ import annotations

from meter_sign.codes import Code

#: What happened, and what to do about it.
TEXTS: dict[Code, tuple[str, str]] = {
    Code.AUTACK_UNUSED: (
        "The AUTACK that was handed in beside the file does not sign this message; its other signatures were checked.",
        "Check whether it belongs to another file, or was cut or altered.",
    ),
    Code.INTERVAL_BEYOND_SESSION: (
        "An interval of the load profile began before the session or ended after it; its energy is booked whole.",
        "Check that the energy is this session's. A register read at begin and end would make it exact.",
    ),
    Code.NOT_EDIFACT: (
        "What lies in the signed wrapper, or in the place of an EDIFACT file, is no EDIFACT.",
        "Check which file was signed and sent. The sender has to sign the EDIFACT file itself.",
    ),
    Code.TRUNCATED: (
        "The file ends within a segment or a CMS structure, or a message or the interchange has no end.",
        "Fetch the file again, whole.",
    ),
    Code.TRAILING_DATA: (
        "Further bytes follow behind the end of the interchange or of the signature, and nothing signs them.",
        "Ask the sender for the file as it was signed; do not cut it by hand.",
    ),
    Code.UNA_UNSIGNED: (
        (
            "UNA, which the signature does not cover, gives characters another meaning than usual: signed bytes then"
            " say otherwise."
        ),
        "Treat the file as forged. Its maker has to use the usual characters, or to sign the whole file (S/MIME).",
    ),
    Code.UNSIGNED_SEGMENTS: (
        "Segments stand outside of what is signed, where somebody could have put them afterwards.",
        "Treat the file as forged, and ask the sender for it again; only what is signed counts.",
    ),
    Code.UNT_COUNT: (
        "The message's end (UNT) states another number of segments than the message has.",
        "Ask the sender for the file again: segments were added or lost.",
    ),
    Code.UNT_REF: (
        "The message's end (UNT) carries another reference than its header (UNH).",
        "Ask the sender for the file again: parts of two messages may have been put together.",
    ),
    Code.UNZ_COUNT: (
        "The interchange's end (UNZ) states another number of messages than there are.",
        "Ask the sender for the file again: messages were added or lost.",
    ),
    Code.UNZ_REF: (
        "The interchange's end (UNZ) carries another reference than its header (UNB).",
        "Ask the sender for the file again: parts of two files may have been put together.",
    ),
    Code.UST_COUNT: (
        "The end of a signature (UST) states another number of security segments than there are.",
        "Ask the sender for the file again, and tell the maker of the signing software.",
    ),
    Code.UST_REF: (
        "The end of a signature (UST) belongs to none of the signatures that were begun (USH).",
        "Ask the sender for the file again, and tell the maker of the signing software.",
    ),
    Code.SECURITY_TRAILER_MISSING: (
        "A signature is begun (USH) and has no end (UST), where its value would stand.",
        "Fetch the file again, whole; a signature may have been cut out of it.",
    ),
    Code.SECURITY_REF_DUPLICATE: (
        "Two signatures of one message carry the same reference, so it is open which value belongs to which.",
        "Tell the maker of the signing software; each signature needs a reference of its own (USH 0534).",
    ),
    Code.REFERENCE_NOT_FOUND: (
        "An AUTACK signs an interchange or a message that is not here, or that is here more than once.",
        "Hand in the file to which the AUTACK refers, once; it may belong to another file.",
    ),
    Code.SIGNED_FILE_MISSING: (
        "This is a detached signature: it signs a file that is not in it.",
        "Give the file that it signs, and this one beside it with --detached-signature.",
    ),
    Code.PADDING_UNSUPPORTED: (
        "The RSA signature states a padding that cannot be judged here.",
        "Ask the signer for PKCS #1 version 1.5 or PSS; until then the message counts as not verified.",
    ),
    Code.FILTER_UNSUPPORTED: (
        "The signature's value is written by a filter that cannot be read here.",
        "Ask the signer for hexadecimal or base64 (USH 0505 = 2 or 7).",
    ),
    Code.SCOPE_UNSUPPORTED: (
        "The signature says that it covers a stretch of the file that cannot be judged here.",
        "Ask the signer for a signature over header and body (USH 0541 = 1 or 2).",
    ),
    Code.SERVICE_UNSUPPORTED: (
        (
            "The security segments are of another service than a signature of origin: encryption, a receipt, an older"
            " version."
        ),
        "Ask the sender for a signature of origin (USH 0501 = 1, in an AUTACK 7).",
    ),
    Code.MESSAGE_TYPE: (
        "The message is no MSCONS, so it carries no meter values that could be judged.",
        "Nothing, if the file was meant to carry it; otherwise ask for the values as MSCONS.",
    ),
    Code.MESSAGE_UNSIGNED: (
        "No signature covers this message, whatever else in the file is signed.",
        "Ask the sender to sign it, or hand in the AUTACK or the detached signature that came with it.",
    ),
    Code.AUTACK_UNSIGNED: (
        "An AUTACK states a check sum of the message, but nobody signed the AUTACK: anyone can compute a check sum.",
        "Ask the sender for an AUTACK that is signed.",
    ),
    Code.NO_SIGNER: (
        "The S/MIME or CMS file holds no signature of anybody, but certificates only, or nothing but a digest.",
        "Ask the sender for the signed file; certificates alone prove nothing.",
    ),
    Code.FILTER_DECODE: (
        "The signature's value is not written as it says, in hexadecimal or base64.",
        "Check whether the file was converted on its way; otherwise tell the maker of the signing software.",
    ),
    Code.DIGEST_MISMATCH: (
        "The check sum that was signed is not that of this file: it was changed after signing, or it is another one.",
        "Ask the sender for the file as it was signed. Never bill it as it is.",
    ),
    Code.WEAK_HASH: (
        "The signature rests on a hash that is no longer safe against forgery (SHA-1, MD5 and others).",
        "Do not bill it. Ask the signer for SHA-256 or stronger.",
    ),
    Code.WEAK_KEY: (
        "The key that signed is too short to be safe against forgery: RSA below 2048, elliptic curves below 256 bits.",
        "Do not bill it. Ask the signer for a longer key, and register that one.",
    ),
    Code.CERT_EXPIRED: (
        (
            "The signer's certificate was not valid when the message was signed, or only a time that proves too"
            " little says so."
        ),
        "Ask the signer for the certificate that was valid then, or for the message signed anew.",
    ),
    Code.CERT_UNTRUSTED: (
        "The signer's certificate leads to no root that is trusted here, or its issuer does not allow it to sign.",
        "Register the certificate once you have checked it, or name the root with --trust-anchor.",
    ),
    Code.KEY_METER_MISMATCH: (
        "The key that signed is registered, but for other meters than the one that the message is about.",
        (
            "First find out whose key it is. If it may speak for this meter, register it for this meter too; a party's"
            ' is registered with signer_kind = "party", never under a meter as its own. EDIFACT: in --keys, for --key'
            " does not help here."
        ),
    ),
    Code.DUPLICATE_LIN: (
        "One line or one reading stands twice in the message: it was signed so, and one energy would count twice.",
        "Ask the signer for a corrected message; this one is never billed.",
    ),
    Code.INTERVAL_GAP: (
        "Between two intervals of a load profile time is missing, and so is the energy of that time.",
        "Ask the signer for the whole profile; nothing is estimated.",
    ),
    Code.INTERVAL_OVERLAP: (
        "Two intervals of a load profile cover the same time, so one energy would count twice.",
        "Ask the signer for a corrected profile; this one is never billed.",
    ),
    Code.UNIT: (
        "A value has a unit that is no energy, such as kilowatts.",
        "Ask the signer for energy in kWh (Wh and MWh are read too).",
    ),
    Code.NUMBER_FORMAT: (
        "A value is not written as a number: plain digits and at most one decimal mark.",
        "Ask the signer for a corrected message; no number is guessed.",
    ),
    Code.DATE_FORMAT: (
        "A value has no time, an impossible one, or one without its zone, so it is open when it was measured.",
        "Ask the signer for times with their zone (DTM format 303 or 304).",
    ),
    Code.CANCELLATION: (
        "The message takes back an earlier one; it measures nothing itself.",
        "Do not bill the message that it takes back, and wait for the one that replaces it.",
    ),
    Code.REGISTER_PROFILE_MISMATCH: (
        "The register counted another energy than the intervals of the load profile add up to.",
        "Ask the signer which of the two is right, and for a message in which they agree.",
    ),
    Code.START_MISSING: (
        "The charge record carries the reading at the end alone; without the one at the start it tells no energy.",
        "Put the signed reading at the start beside it, or a message that holds both.",
    ),
    Code.CRLF_STRIPPED: (
        "The signature holds once the line breaks between the segments are left out; they are no data.",
        "Nothing now; whoever adds or removes line breaks on the way should stop doing so.",
    ),
    Code.SYNTAX3_SECURITY: (
        "Signatures of syntax version 4 stand in a file of version 3, which does not know them; they were judged.",
        "Nothing now; other receivers may refuse the file.",
    ),
    Code.SUBSTITUTE_VALUE: (
        "A value is a substitute (QTY 67): it is authentic, but somebody made it up in the place of a measurement.",
        "Do not bill it without asking. Ask for the measured value, or for the reason why there is none.",
    ),
    Code.NOT_TRUE_VALUE: (
        (
            "The message does not call a value a measured one (QTY 220): it is provisional, a forecast, missing or"
            " something else."
        ),
        "Do not bill it. Wait for the measured value, or ask for it.",
    ),
    Code.VALUE_REASON: (
        "A measured value comes with a remark on its quality or its origin (STS).",
        "Look the remark up and decide whether the value is good; until then it is not billed.",
    ),
    Code.CERT_EXPIRED_NOW: (
        "The signer's certificate has expired by now; it was valid when the message was signed.",
        "Nothing: the message keeps its worth. New messages need a new certificate.",
    ),
    Code.SIGNING_TIME_FAR: (
        "The message says that it was signed more than 24 hours away from its last reading.",
        "Nothing, if it is a correction or came late; otherwise have the signer's clock checked.",
    ),
    Code.SIGNER_IS_PARTY: (
        "A market party signed and not the meter: that proves where the file comes from, and no measurement.",
        (
            "Get the readings as the meter signed them. Whoever accepts a party's word instead has to say why, in"
            " writing (at the gateway in CDR_ACCEPT_PARTY_SIGNATURES)."
        ),
    ),
    Code.SIGNER_UNKNOWN: (
        "The key is trusted, but the registry does not say whether it is this meter's or a market party's.",
        "Register the key for its meter, or as a party's, by signer_kind.",
    ),
    Code.KEY_UNKNOWN: (
        (
            "No key is registered for this meter, or not the one that the record names; a key from the file proves"
            " only that the file agrees with itself."
        ),
        (
            "First find out whose key it is. Register a meter's under its serial number, a market party's with"
            ' signer_kind = "party", never as if it were a meter. EDIFACT: --keys, or --certificate with'
            " --trust-anchor; --key counts only for a key that the message calls by its name."
        ),
    ),
    Code.ENCRYPTED: (
        "The mail or the CMS file is encrypted; values and signature are inside, where nobody else can see them.",
        (
            "Decrypt it first, with the key of whom it was sent to, and hand in the signed file from inside: the"
            " signature is there."
        ),
    ),
    Code.SENDER_DIFFERS: (
        "The message names another sender (NAD+MS) than the market party whose key signed it.",
        "Ask the sender who signs for it. A service provider may sign for others; that has to be agreed with you.",
    ),
    Code.OTHER_SESSIONS_IN_FILE: (
        (
            "The file holds messages of other sessions as well. A CDR would carry the whole file, and so another"
            " customer's readings, to the partner."
        ),
        "Ask the sender for one file a session. Nothing can be cut out of a file that is signed as a whole.",
    ),
    Code.SIGNATURE_IN_OTHER_FILE: (
        (
            "What signs the message lies in another file (AUTACK, detached signature), and OCPI carries one file"
            " only: nobody could verify it there."
        ),
        "Put both interchanges into one file, one after the other (AUTACK), or ask for CMS that holds the file (.p7m).",
    ),
}
