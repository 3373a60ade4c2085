"""The check: a person's real way of sending, walked step by step by the code that sends, and explained.

`examine.examine` looks, `runs` stores and repeats, `sender/pages/check.py` and `manage.py checkmail` show.
"""
