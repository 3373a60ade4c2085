"""Carrying out a fault on the https side: waiting, staying silent, cutting the connection."""

import asyncio
from typing import Never

from aiohttp import web

from sandbox.faults import Fault

FOREVER_S = 3600
LOOK_EVERY_S = 0.1  # whether the client is still there: one that was killed takes no place of the mailbox


async def linger(fault: Fault | None) -> None:
    """The slow network of `delay_ms`."""
    if fault and fault.delay_ms:
        await asyncio.sleep(fault.delay_ms / 1000)


async def drop(request: web.Request, fault: Fault) -> Never:
    """Cut the connection without an answer, for `hang` after `seconds` of silence or when the client has gone."""
    if fault.action == "hang":
        loop = asyncio.get_running_loop()
        until = loop.time() + (fault.seconds or FOREVER_S)
        while loop.time() < until and request.transport and not request.transport.is_closing():
            await asyncio.sleep(LOOK_EVERY_S)
    if request.transport:
        request.transport.abort()
    raise asyncio.CancelledError
