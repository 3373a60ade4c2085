"""The vocabulary of failures as tables, one module a topic. Slugs are stable: add, never rename."""
