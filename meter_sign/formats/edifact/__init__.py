"""MSCONS of UN/EDIFACT with a signature: its own (ISO 9735-5), an AUTACK's (ISO 9735-6), or S/MIME's around it.

    segments.py      bytes to segments with offsets; never re-serialised
    interchange.py   interchanges and their messages; counts and references of the frame

OCPI's list of encoding methods does not name the format: `EDIFACT` is a bilateral name.

Source: ISO 9735 syntax 3 and 4, UN/EDIFACT D.04B MSCONS as profiled by BDEW; edifact.md.
"""
