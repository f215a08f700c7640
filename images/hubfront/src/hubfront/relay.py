"""Passes one HTTP request on to another server, and the answer back, byte by byte: pages, event streams and WebSockets alike.

The request is sent on a connection of its own that ends with the answer, so nothing here has to understand the answer. Knows nothing of
users and tokens.
"""

import asyncio
import contextlib
from collections.abc import Mapping

from tornado import httputil, web
from tornado.iostream import IOStream, StreamClosedError
from tornado.tcpclient import TCPClient

CONNECT_SECONDS = 5
PIECE_BYTES = 65536

# RFC 9110, section 7.6.1, and what belongs to the framing of the body, which is sent anew.
HOP_BY_HOP = {"connection", "content-length", "expect", "host", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection",
              "te", "trailer", "transfer-encoding", "upgrade"}  # fmt: skip


class Unreachable(Exception):
    """The other server could not be connected to."""


async def relay(handler: web.RequestHandler, host: str, port: int, target: str, headers: httputil.HTTPHeaders) -> None:
    """Sends the handler's request as `target` with `headers`, and its client whatever comes back. The handler is done then.

    Raises Unreachable while the client can still be answered otherwise.
    """
    request = handler.request
    try:
        server = await TCPClient().connect(host, port, timeout=CONNECT_SECONDS)
    except (OSError, StreamClosedError, asyncio.TimeoutError) as error:
        raise Unreachable(str(error)) from None
    with contextlib.closing(server):
        begun = await _ask(server, _head(request, target, headers, is_upgrade(request)) + request.body)
        with contextlib.closing(handler.detach()) as client, contextlib.suppress(StreamClosedError):
            await client.write(begun)
            await _exchange(client, server, is_upgrade(request))


async def _ask(server: IOStream, request: bytes) -> bytes:
    """The beginning of the answer. A tunnel takes a connection even when there is nobody at its other end, and then ends it."""
    try:
        await server.write(request)
        return await server.read_bytes(PIECE_BYTES, partial=True)
    except StreamClosedError:
        raise Unreachable("it said nothing") from None


def is_upgrade(request: httputil.HTTPServerRequest) -> bool:
    return "upgrade" in _tokens(request.headers.get("Connection", "")) and "Upgrade" in request.headers


def forwarded(request: httputil.HTTPServerRequest) -> httputil.HTTPHeaders:
    """The request's headers, without those that concern only the connection that it came by."""
    named = _tokens(request.headers.get("Connection", ""))
    headers = httputil.HTTPHeaders()
    for name, value in request.headers.get_all():
        if name.lower() not in HOP_BY_HOP and name.lower() not in named:
            headers.add(name, value)
    return headers


def _tokens(text: str) -> set[str]:
    return {word.strip().lower() for word in text.split(",")}


def _head(request: httputil.HTTPServerRequest, target: str, headers: Mapping[str, str], upgrade: bool) -> bytes:
    lines = [f"{request.method} {target} HTTP/1.1", f"Host: {request.host}"]
    lines += [f"{name}: {value}" for name, value in httputil.HTTPHeaders(headers).get_all()]
    lines += ["Connection: Upgrade", f"Upgrade: {request.headers['Upgrade']}"] if upgrade else ["Connection: close"]
    if request.body or request.method in ("POST", "PUT", "PATCH"):
        lines.append(f"Content-Length: {len(request.body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


async def _exchange(client: IOStream, server: IOStream, both_ways: bool) -> None:
    """Until the server has said all, or either side is gone."""
    answer = asyncio.ensure_future(_copy(server, client))
    if both_ways:
        rest = asyncio.ensure_future(_copy(client, server))
    else:
        rest = asyncio.ensure_future(_gone(client))
    try:
        await asyncio.wait([answer, rest], return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (answer, rest):
            task.cancel()
        await asyncio.gather(answer, rest, return_exceptions=True)


async def _copy(source: IOStream, sink: IOStream) -> None:
    with contextlib.suppress(StreamClosedError):
        while True:
            await sink.write(await source.read_bytes(PIECE_BYTES, partial=True))


async def _gone(stream: IOStream) -> None:
    """Returns when the stream is closed; what still comes in is not for anybody."""
    with contextlib.suppress(StreamClosedError):
        while True:
            await stream.read_bytes(PIECE_BYTES, partial=True)
