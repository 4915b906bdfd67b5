"""The steps, in order; each is frozen once it was released."""
