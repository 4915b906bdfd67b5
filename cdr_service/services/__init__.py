"""The use cases, one module each: what an operator or a partner can make the gateway do."""
