"""Guides: one for each thing that somebody has to do at Microsoft, at Google or here, with the company's own values."""
