"""HTTP in: thin views that read, call one use case, and write."""
