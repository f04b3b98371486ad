"""WHIP (RFC 9725) and WHEP (draft-ietf-wish-whep): an encoder sends, a player watches, with one HTTP request each.

Who may is said by a bearer token (:mod:`conference.services.streams`), never by cookies; so no token against forged forms is
needed, and pages of other sites may ask too. A refusal is problem+json (RFC 9457) with the stable code of the error tree.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import structlog
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt

from conference import live
from conference.database import in_database
from conference.domain.rate import Buckets
from conference.models import StreamKey
from conference.services import streams
from core.clock import monotonic_s, now
from core.errors import DiemcauError, Invalid, NotFound, NotSignedIn, TooMany, _
from core.messages import error_text
from core.numbers import whole
from people.access import open_to_all

log = structlog.get_logger(__name__)

SDP = "application/sdp"
MAX_OFFER_BYTES = 64_000
BURST, PER_S = 10, 0.2
"""Failed requests of one address, or those with one key: so many at once, and then in a second."""
MAX_BUCKETS = 2000

_NOT_USABLE = Invalid(
    "media.bad_sdp",
    _("The session description cannot be used. Let the device send H.264 (baseline profile) or VP8, and Opus."),
)
"""What pages are told of the same is of no use to an encoder."""

Handler = Callable[[HttpRequest, StreamKey], Awaitable[HttpResponse]]


class NotSdp(Invalid):
    http_status = 415


class TooLarge(Invalid):
    http_status = 413


class _Limits:
    """A bucket for each asker."""

    def __init__(self) -> None:
        self._buckets = Buckets(burst=BURST, per_s=PER_S, bound=MAX_BUCKETS)

    def take(self, asker: str) -> None:
        """Raises TooMany."""
        if not self._buckets.take(asker, monotonic_s()):
            raise TooMany("stream.too_often", _("This device asks too often. It may try again in a minute."))


limits = _Limits()


@csrf_exempt
@open_to_all
async def endpoint(request: HttpRequest, kind: str, key_id: str) -> HttpResponse:
    """Where a device begins: POST of its offer; 201 with the answer and the connection's address."""
    return await _handled(request, kind, key_id, {"POST": _begin})


@csrf_exempt
@open_to_all
async def resource(request: HttpRequest, kind: str, key_id: str, resource_id: str) -> HttpResponse:
    """A connection that runs: DELETE ends it. There is no PATCH: the node is ICE-lite and finds every path by itself."""

    async def end(request: HttpRequest, key: StreamKey) -> HttpResponse:
        if not key.resource or key.resource != resource_id:
            raise NotFound("stream.not_running_here", _("This connection has ended already."))
        session, peer = key.seat.session.public_id, key.seat.public_id
        await live.current().plane.drop(session, peer, streams.WAY[key.kind])
        await in_database(streams.ended, session_id=session, seat_id=peer, kind=key.kind, now=now())
        return HttpResponse(status=200)

    return await _handled(request, kind, key_id, {"DELETE": end})


async def _begin(request: HttpRequest, key: StreamKey) -> HttpResponse:
    if (request.content_type or "").lower() != SDP:
        raise NotSdp("stream.not_sdp", _("The request must hold a session description (application/sdp)."))
    offer = _offer(request)
    running = live.current()
    running.start()
    admitted = await in_database(streams.admit, key=key, now=now())
    try:
        send = running.plane.publish if key.kind == StreamKey.Kind.WHIP else running.plane.watch
        answer = await send(admitted.session, admitted.peer, offer)
    except DiemcauError as error:
        await in_database(streams.ended, session_id=admitted.session, seat_id=admitted.peer, kind=key.kind, now=now())
        raise _NOT_USABLE if error.code == _NOT_USABLE.code else error from None
    name = await in_database(streams.began, admitted=admitted, now=now())
    running.mark(admitted.session)
    response = HttpResponse(answer, content_type=SDP, status=201)
    response["Location"] = reverse(f"{key.kind}-resource", args=[key.public_id, name])
    return response


def _offer(request: HttpRequest) -> str:
    too_large = TooLarge("stream.too_large", _("The session description is too large."))
    if whole(request.headers.get("Content-Length", "0"), MAX_OFFER_BYTES) is None:
        raise too_large
    data = request.read(MAX_OFFER_BYTES + 1)
    if len(data) > MAX_OFFER_BYTES:
        raise too_large
    return data.decode("utf-8", "replace")


async def _handled(request: HttpRequest, kind: str, key_id: str, handlers: dict[str, Handler]) -> HttpResponse:
    try:
        response = await _answered(request, kind, key_id, handlers)
    except DiemcauError as error:
        log.info("stream.refused", kind=kind, key=key_id, code=error.code)
        response = _problem(error)
    response["Access-Control-Allow-Origin"] = "*"
    response["Access-Control-Expose-Headers"] = "Location"
    response["Cache-Control"] = "no-store"
    return response


async def _answered(request: HttpRequest, kind: str, key_id: str, handlers: dict[str, Handler]) -> HttpResponse:
    allowed = ", ".join([*handlers, "OPTIONS"])
    if request.method == "OPTIONS":
        response = HttpResponse(status=204)
        response["Access-Control-Allow-Methods"] = response["Allow"] = allowed
        response["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
        if "POST" in handlers:
            response["Accept-Post"] = SDP
        return response
    handler = handlers.get(request.method or "")
    if handler is None:
        # Not an error of the tree's: RFC 9725 wants just this status for all other methods.
        response = JsonResponse(
            {"status": 405, "title": "Method not allowed"}, status=405, content_type="application/problem+json"
        )
        response["Allow"] = allowed
        return response
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    token = token.strip() if scheme.lower() == "bearer" else ""
    try:
        key = await in_database(streams.authenticate, kind=kind, key_id=key_id, token=token)
    except NotSignedIn:  # only these count: a device must not be locked out by what its neighbours try
        limits.take(f"address {request.META.get('REMOTE_ADDR', '')}")
        raise
    limits.take(f"key {key_id}")
    return await handler(request, key)


def _problem(error: DiemcauError) -> HttpResponse:
    """RFC 9457."""
    body = {"type": f"urn:diemcau:{error.code}", "code": error.code, "status": error.http_status, "detail": error_text(error)}
    response = JsonResponse(body, status=error.http_status, content_type="application/problem+json")
    if isinstance(error, NotSignedIn):
        response["WWW-Authenticate"] = 'Bearer realm="diemcau"'
    if isinstance(error, TooMany):
        response["Retry-After"] = "60"
    return response
