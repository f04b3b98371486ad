"""What a view declares about who may call it. Every view declares: ``./diemcau check`` and a test refuse one that does not.

Example::

    @requires(Action.CONFERENCE_CREATE)
    def create(request): ...


    @requires(Action.CONTENT_PRESENT, on=session_of)  # path("s/<public_id>/pages/<int:number>", page)
    def page(request, session, number): ...  # the session stands in place of public_id


    @open_to_all
    def healthz(request): ...
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, TypeVar, cast

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.http import HttpRequest

from core.errors import NotAllowed, NotSignedIn
from people.permissions import Action, HasRoles, can

View = TypeVar("View", bound=Callable[..., Any])

UNDECLARED = object()
"""What :func:`declared_action` gives for a view that says nothing."""


def requires(action: Action, on: Callable[..., HasRoles] | None = None) -> Callable[[View], View]:
    """Only those who may do ``action`` (on the thing that ``on`` finds) reach the view.

    ``on`` is called with those URL arguments that its parameters name, and the view gets the thing as its second positional
    argument in place of them. For views that are functions, sync or async (in both cases ``on`` is called as sync code).

    The view then raises NotSignedIn where nobody is signed in (before the thing is looked for), what ``on`` raises
    (NotFound), or NotAllowed.
    """
    names = tuple(inspect.signature(on).parameters) if on is not None else ()

    def admit(request: HttpRequest, arguments: dict[str, Any]) -> tuple[HasRoles, ...]:
        """Check, and take from ``arguments`` what the thing stands for."""
        if not request.user.is_authenticated or not request.user.is_active:
            raise NotSignedIn
        things = (on(**{name: arguments.pop(name) for name in names if name in arguments}),) if on is not None else ()
        if not can(request.user, action, *things):
            raise NotAllowed
        return things

    def decorate(view: View) -> View:
        if iscoroutinefunction(view):

            @functools.wraps(view)
            async def guarded_async(request: HttpRequest, **arguments: Any) -> Any:
                things = await sync_to_async(admit)(request, arguments)
                return await view(request, *things, **arguments)

            return _declare(cast(View, guarded_async), action)

        @functools.wraps(view)
        def guarded(request: HttpRequest, **arguments: Any) -> Any:
            things = admit(request, arguments)
            return view(request, *things, **arguments)

        return _declare(cast(View, guarded), action)

    return decorate


def open_to_all(view: View) -> View:
    """Declares that anybody may call the view, signed in or not."""
    return _declare(view, None)


def declared_action(view: object) -> object:
    """The view's Action, None where it is open to all, or :data:`UNDECLARED`."""
    return getattr(view, "action", UNDECLARED)


def _declare(view: View, action: Action | None) -> View:
    view.action = action  # type: ignore[attr-defined]  # a function takes attributes
    return view
