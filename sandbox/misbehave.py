"""Carrying out a fault on the https side: waiting, staying silent, cutting the connection."""

import asyncio
from typing import Never

from aiohttp import web

from sandbox.faults import Fault

FOREVER_S = 3600


async def linger(fault: Fault | None) -> None:
    """The slow network of `delay_ms`."""
    if fault and fault.delay_ms:
        await asyncio.sleep(fault.delay_ms / 1000)


async def drop(request: web.Request, fault: Fault) -> Never:
    """Cut the connection without an answer, for `hang` after `seconds` of silence."""
    if fault.action == "hang":
        await asyncio.sleep(fault.seconds or FOREVER_S)
    if request.transport:
        request.transport.abort()
    raise asyncio.CancelledError
