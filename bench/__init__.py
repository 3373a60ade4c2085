"""Measuring: the sender beside plain smtplib and a peer, in one run, before sinks that count what they get."""
