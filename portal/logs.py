"""Logging: one line an event, JSON or plain, with secrets masked at the last step before writing."""

import logging
import logging.config

import structlog

from core.redact import redact


def _mask(_logger: object, _method: str, event: dict) -> dict:
    return {name: redact(value) if isinstance(value, str) else value for name, value in event.items()}


class RedactingFormatter(structlog.stdlib.ProcessorFormatter):
    """Masks the finished line as well, so that tracebacks and library messages are covered."""

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


def configure(options: dict) -> None:
    """Called by Django with settings.LOGGING: `format` is "json" or "plain", `level` a level's name."""
    shared = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if options["format"] == "json":
        last = [structlog.processors.format_exc_info, _mask, structlog.processors.JSONRenderer()]
    else:
        last = [
            _mask,
            structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
        ]
    handler = logging.StreamHandler()
    handler.setFormatter(
        RedactingFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(options["level"])
    # Django's own handlers mask nothing: one prints whole addresses, codes and all, one mails tracebacks.
    for name in ("django", "django.server"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    # MSAL logs the body of answers it cannot read; urllib3 logs addresses with queries.
    for noisy in ("msal", "urllib3", "mail.log", "granian.access"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
