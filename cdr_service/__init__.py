"""The gateway: sessions with verified meter values become reconciled OCPI 2.2.1 CDRs, delivered once."""
