"""The voting page on a web server: for this machine, or with tokens for a lab's network."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing
from typing import TypeVar

import uvicorn
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.people._page import clip_name, served_page
from emoprefer_assets.people.annotators import Doors, invited
from emoprefer_assets.people.study import Plan
from emoprefer_assets.people.votes import Votes
from emoprefer_assets.people.voting import Given, Named, NotNext, Voting

LOCAL = ("localhost", "127.0.0.1", "::1")
# A vote with a long reason is a tenth of it.
MOST_BYTES = 20_000
YEAR_SECONDS = 365 * 24 * 3600

Body = TypeVar("Body", bound=BaseModel)


class Entering(BaseModel):
    """What lets an annotator in."""

    model_config = ConfigDict(extra="forbid", strict=True)
    code: str = Field(max_length=200)


def serve(plan: Plan, host: str, port: int, names: Sequence[str] = ()) -> None:
    """Serve the study's page until the process is stopped.

    Args:
        host: where to listen.
        names: further names that the server is reached by.

    Raises:
        EmopreferError: others could reach it and no tokens were made, or nobody can listen there.
    """
    doors = Doors(plan.annotators, invited(plan.folder))
    if host not in LOCAL and not doors.by_token:
        raise EmopreferError(
            f"{host} can be reached by others, who need tokens. Make them by `emoprefer study invite {plan.folder}`."
        )
    _refuse_taken(host, port)
    with closing(Votes(plan.folder)) as votes:
        app = voting_app(Voting(plan, votes), doors, known_hosts(host, names))
        # A player may hold its connection open.
        uvicorn.run(app, host=host, port=port, log_level="warning", server_header=False, timeout_graceful_shutdown=2)


def known_hosts(host: str, names: Sequence[str]) -> frozenset[str]:
    """The names that requests may be for. Addresses in figures are known always: no other site has one of ours."""
    own = () if host in LOCAL else (socket.gethostname(), socket.getfqdn(), host)
    return frozenset(name.lower() for name in (*LOCAL, *own, *names))


def voting_app(voting: Voting, doors: Doors, hosts: frozenset[str]) -> ASGIApp:
    """The page, its four verbs and its clips, for `hosts` alone."""
    page, policy = served_page(voting.plan.study, doors.by_token)
    # Cookies do not know ports: two studies may be open on one machine.
    cookie = f"emoprefer_vote_{voting.plan.study.name}"
    clips = {clip_name(clip): file for clip, file in voting.plan.files.items()}

    def who(request: Request) -> str:
        annotator = doors.annotator(request.cookies.get(cookie, ""))
        if annotator is None:
            raise HTTPException(401, "enter")
        return annotator

    def shown_to(annotator: str, note: str = "") -> JSONResponse:
        state = voting.state(annotator)
        if state["item"]:
            state["item"]["clip"] = f"clips/{clip_name(state['item']['clip'])}"
        return JSONResponse({**state, "note": note})

    async def show(request: Request) -> Response:
        return HTMLResponse(page)

    def state(request: Request) -> Response:
        annotator = doors.annotator(request.cookies.get(cookie, ""))
        return shown_to(annotator) if annotator else JSONResponse({"stage": "enter"})

    async def enter(request: Request) -> Response:
        code = (await _body(request, Entering)).code.strip()
        annotator = doors.annotator(code)
        if annotator is None:
            raise HTTPException(401, "unknown")
        response = await run_in_threadpool(shown_to, annotator)
        response.set_cookie(cookie, code, max_age=YEAR_SECONDS, httponly=True, samesite="strict")
        return response

    async def consent(request: Request) -> Response:
        annotator = who(request)
        await run_in_threadpool(voting.consent, annotator)
        return await run_in_threadpool(shown_to, annotator)

    async def answer(request: Request) -> Response:
        annotator, given = who(request), await _body(request, Given)
        try:
            kept = await run_in_threadpool(voting.answer, annotator, given)
        except NotNext:
            return await run_in_threadpool(shown_to, annotator, "elsewhere")
        return await run_in_threadpool(shown_to, annotator, "saved" if kept else "other")

    async def undo(request: Request) -> Response:
        annotator, named = who(request), await _body(request, Named)
        await run_in_threadpool(voting.undo, annotator, named)
        return await run_in_threadpool(shown_to, annotator, "undone")

    async def clip(request: Request) -> Response:
        who(request)
        file = clips.get(request.path_params["name"])
        if file is None or not file.is_file():
            raise HTTPException(404, "no such clip")
        # A player that seeks asks for parts again.
        return FileResponse(file, headers={"cache-control": "private, max-age=3600"})

    verbs = {"enter": enter, "consent": consent, "answer": answer, "undo": undo}
    routes = [
        Route("/", show),
        Route("/state", state),
        Route("/clips/{name}", clip),
        *(Route(f"/{name}", verb, methods=["POST"]) for name, verb in verbs.items()),
    ]
    return _Guard(Starlette(routes=routes, exception_handlers={HTTPException: _refused}), hosts, policy)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return JSONResponse({"error": error.detail}, error.status_code)


async def _body(request: Request, form: type[Body]) -> Body:
    # A form of another site cannot send this type.
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise HTTPException(415, "send JSON")
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > MOST_BYTES:
            raise HTTPException(413, "too long")
    try:
        return form.model_validate_json(bytes(content))
    except ValidationError:
        raise HTTPException(422, "not understood") from None


class _Guard:
    """Refuses what comes for other names or from other sites, and tells browsers what they may do with each reply."""

    def __init__(self, app: ASGIApp, hosts: frozenset[str], policy: str) -> None:
        self._app, self._hosts = app, hosts
        self._headers = {
            "content-security-policy": policy,
            "x-content-type-options": "nosniff",
            "x-frame-options": "DENY",
            "referrer-policy": "no-referrer",
            "cross-origin-resource-policy": "same-origin",
            "cross-origin-opener-policy": "same-origin",
            "cache-control": "no-store",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        host = request.headers.get("host", "")

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        app: Callable[[Scope, Receive, Send], Awaitable[None]] = self._app
        if not self._is_known(host):
            app = PlainTextResponse("This server is not known by that name. Start it with --name.\n", 421)
        elif request.method not in ("GET", "HEAD") and not _is_from(request, host):
            app = PlainTextResponse("Refused: sent by another site.\n", 403)
        await app(scope, receive, guarded)

    def _is_known(self, host: str) -> bool:
        name = _name(host)
        if name in self._hosts:
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True


def _name(host: str) -> str:
    """The name of `name:port`, `[address]:port`, or of either without port."""
    host = host.lower()
    return host[1 : host.find("]")] if host.startswith("[") else host.partition(":")[0]


def _is_from(request: Request, host: str) -> bool:
    """Whether the page that sends this is ours. Browsers name its origin with everything but GET and HEAD."""
    origin = request.headers.get("origin")
    return origin is not None and origin.partition("://")[2].lower() == host.lower()


def _refuse_taken(host: str, port: int) -> None:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        raise EmopreferError(
            f"cannot listen on {host} port {port}: {error}. Choose others by --host, --port."
        ) from None
