"""A fault as Graph would tell it."""

from sandbox.faults import Fault
from sandbox.graph.errors import CODES, GraphError


def status_error(fault: Fault) -> GraphError:
    """The wanted status, code and message; Retry-After as it was given, seconds or a date."""
    status = fault.status or 503
    code = fault.code or CODES.get(status, "UnknownError")
    headers = {"Retry_After": fault.retry_after} if fault.retry_after else {}
    return GraphError(status, code, fault.message or "The sandbox was told to refuse this.", **headers)
