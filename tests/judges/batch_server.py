"""An OpenAI-compatible endpoint with files and batches on this machine."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class BatchServer:
    """Answers `a1` to each line of a batch, once `finish` was called.

    Attributes:
        files: what was uploaded and made, by id.
        batches: as the endpoint shows them, by id.
        before, after: called with the verb and path of a request, before it is looked at and before it is answered.
        refused: custom ids that get an error instead.
        usage: what each answer says that it took.
    """

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    batches: dict[str, dict[str, Any]] = field(default_factory=dict)
    before: Any = lambda what: None
    after: Any = lambda what: None
    refused: set[str] = field(default_factory=set)
    usage: dict[str, int] = field(default_factory=lambda: {"prompt_tokens": 100, "completion_tokens": 10})

    def asked(self) -> list[str]:
        """The keys of all questions in all batches, as often as they would be paid."""
        lines = [line for batch in self.batches.values() for line in self.files[batch["input_file_id"]].splitlines()]
        return [json.loads(line)["custom_id"] for line in lines]

    def finish(self, leave_out: int = 0) -> None:
        """End all batches; so many of their last questions have expired."""
        for batch in self.batches.values():
            if batch["status"] != "in_progress":
                continue
            lines = self.files[batch["input_file_id"]].splitlines()
            output = f"file-{len(self.files)}"
            self.files[output] = b"\n".join(map(self._answer, lines[: len(lines) - leave_out]))
            batch |= {"status": "expired" if leave_out else "completed", "output_file_id": output}

    def _answer(self, line: bytes) -> bytes:
        key = json.loads(line)["custom_id"]
        message = {"role": "assistant", "content": "a1"}
        answer = {"choices": [{"message": message, "finish_reason": "stop"}], "usage": self.usage}
        response: dict[str, Any] = {"status_code": 200, "body": answer}
        if key in self.refused:
            response = {"status_code": 400, "body": {"error": {"message": "flagged"}}}
        return json.dumps({"custom_id": key, "response": response, "error": None}).encode()

    def upload(self, content: bytes, kind: str) -> dict[str, Any]:
        header = Message()
        header["content-type"] = kind
        boundary = str(header.get_param("boundary")).encode()
        (part,) = (one for one in content.split(b"--" + boundary) if b"filename=" in one)
        file = f"file-{len(self.files)}"
        self.files[file] = part.partition(b"\r\n\r\n")[2].removesuffix(b"\r\n")
        return {
            "id": file,
            "object": "file",
            "bytes": 1,
            "created_at": 1,
            "filename": "f",
            "purpose": "batch",
            "status": "processed",
        }

    def create(self, body: dict[str, Any]) -> dict[str, Any]:
        name = f"batch_{len(self.batches)}"
        self.batches[name] = body | {"id": name, "object": "batch", "status": "in_progress", "created_at": 1}
        return self.batches[name]


@contextmanager
def running_batch_server() -> Iterator[BatchServer]:
    told = BatchServer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            self.deal(self.rfile.read(int(self.headers["content-length"])))

        def do_GET(self) -> None:
            self.deal(b"")

        def deal(self, content: bytes) -> None:
            path = self.path.removeprefix("/v1").partition("?")[0]
            what = f"{self.command} {path}"
            told.before(what)
            match [self.command, *path.strip("/").split("/")]:
                case ["POST", "files"]:
                    answer: Any = told.upload(content, self.headers["content-type"])
                case ["POST", "batches"]:
                    answer = told.create(json.loads(content))
                case ["GET", "batches"]:
                    answer = {"object": "list", "data": [*reversed(told.batches.values())], "has_more": False}
                case ["GET", "batches", name]:
                    answer = told.batches[name]
                case ["GET", "files", name, "content"]:
                    answer = told.files.get(name)
                case _:
                    answer = {"object": "list", "data": []}
            told.after(what)
            body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            try:
                self.send_response(200 if answer is not None else 404)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            except ConnectionError:
                # A run that was killed.
                self.close_connection = True

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    told.url = f"http://127.0.0.1:{server.server_port}/v1"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()
