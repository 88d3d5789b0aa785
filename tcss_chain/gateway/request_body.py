"""Reading a request's body, up to a limit."""

from __future__ import annotations

from aiohttp import web

from .http_answers import ErrorCode, RefusedError


async def read_body(request: web.BaseRequest, most_bytes: int) -> bytes:
    """
    Read a body.

    Parameters
    ----------
    request : BaseRequest
        From a client.
    most_bytes : int
        How long it may be.

    Returns
    -------
    bytes
        The whole body.

    Raises
    ------
    RefusedError
        If it is longer, or ends early.
    """
    announced = request.content_length
    if announced is not None and announced > most_bytes:
        raise _too_large(most_bytes)
    chunks: list[bytes] = []
    length = 0
    try:
        while chunk := await request.content.readany():
            chunks.append(chunk)
            length += len(chunk)
            if length > most_bytes:
                raise _too_large(most_bytes)
    except RefusedError:
        raise
    except Exception:  # noqa: BLE001  # the library raises whatever the connection stumbled over
        raise RefusedError(ErrorCode.MALFORMED, "the body ended early", hang_up=True) from None
    return b"".join(chunks)


def _too_large(most_bytes: int) -> RefusedError:
    return RefusedError(ErrorCode.TOO_LARGE, f"a body of at most {most_bytes} bytes is taken", hang_up=True)
