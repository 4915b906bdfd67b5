"""How the tables came to be, step by step; `upgrade.migrate` runs the steps."""
