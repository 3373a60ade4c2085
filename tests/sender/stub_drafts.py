"""A StubGraph that also takes drafts and uploads; `answers` are those to the sending."""

import json

from tests.sender.stub_servers import GraphCall, StubGraph

DRAFT = "/v1.0/me/messages/AAk%2F1%3D"


class StubDrafts(StubGraph):
    """`requests` are the sendings alone; `calls` the methods and paths of everything, `drafts` what was made.

    `replies` are used up one by one for what ends with their key: (status, headers, JSON or bytes), or DROP.
    """

    def __init__(self, answers: list | None = None, replies: dict[str, list] | None = None) -> None:
        super().__init__(answers)
        self.replies = replies or {}
        self.calls: list[tuple[str, str]] = []
        self.headers: list[dict[str, str]] = []
        self.drafts: list[bytes] = []
        self.uploaded = bytearray()
        self.RequestHandlerClass = _DraftCall

    def reply_to(self, call: str) -> object:
        """The next reply told for this call, or the ordinary one."""
        for end, waiting in self.replies.items():
            if call.endswith(end) and waiting:
                return waiting.pop(0)
        return None

    def progress(self) -> dict[str, object]:
        return {"nextExpectedRanges": [f"{len(self.uploaded)}-"]}


class _DraftCall(GraphCall):
    def do_POST(self):  # noqa: N802 - as http.server calls it
        self._note()
        if self.path.endswith("/send"):
            super().do_POST()
            return
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if len(body) < int(self.headers["Content-Length"]):
            self.close_connection = True
        elif self.path.endswith("/messages"):
            self.server.drafts.append(body)
            self._answer("POST messages", 201, {"id": "AAk/1="})
        elif self.path.endswith("/createUploadSession"):
            self.server.uploaded.clear()
            self._answer("createUploadSession", 201, {"uploadUrl": f"{self.server.url}/up?key=k3y"})
        else:
            self._answer("POST attachments", 201, {"id": "1"})

    def do_PUT(self):  # noqa: N802 - as http.server calls it
        self._note()
        piece = self.rfile.read(int(self.headers["Content-Length"]))
        size = int(self.headers["Content-Range"].partition("/")[2])
        if not self._told("PUT"):
            self.server.uploaded += piece
            is_whole = len(self.server.uploaded) == size
            self._say(201 if is_whole else 200, {}, self.server.progress())

    def do_GET(self):  # noqa: N802 - as http.server calls it
        self._note()
        self._answer("GET draft" if "isDraft" in self.path else "GET upload", 200, self.server.progress())

    def do_DELETE(self):  # noqa: N802 - as http.server calls it
        self._note()
        self._answer("DELETE", 204, b"")

    def _note(self):
        self.server.calls.append((self.command, self.path))
        self.server.headers.append(dict(self.headers))

    def _answer(self, call: str, status: int, content: object):
        if not self._told(call):
            self._say(status, {}, content)

    def _told(self, call: str) -> bool:
        told = self.server.reply_to(call)
        if told == "drop":
            self.close_connection = True
        elif told is not None:
            self._say(*told)
        return told is not None

    def _say(self, status: int, headers: dict[str, str], content: object):
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        for name, value in {**headers, "request-id": "r-2", "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
