"""Everything that knows SQL: tables, migrations, the store, and the outbox of deliveries."""
