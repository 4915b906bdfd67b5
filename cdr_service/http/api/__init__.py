"""What the operator's own systems call: `/api/v1` (contracts.md, section 3)."""
