"""EDIFACT: frame, signatures and content of signed MSCONS messages."""
