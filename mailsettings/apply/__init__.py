"""Settings from a file (`manage.py apply`): read it, then write it in one transaction, or only say what would change.

docs/apply.md describes the format. The rules are those of the forms; nothing here knows what a good host is.
"""
