"""Bodies of the operator's API; unknown fields are refused, because a typo there costs money."""
