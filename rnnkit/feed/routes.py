"""The feeds as routes of the dashboard's server: what a browser asks for, and how it is answered.

Nothing here waits: what is at hand is answered at once, all else is read or written by a few threads, once for all who
ask for the same. Every answer is JSON, a refusal too: `{"error": SENTENCE}`. Knows no page.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

if TYPE_CHECKING:
    from rnnkit.feed.answer import Answer
    from rnnkit.feed.cache import Feeds
    from rnnkit.feed.rights import Viewer
    from rnnkit.store import Run, Store

_log = logging.getLogger("rnnkit.feed")
MOST_WAITING = 64  # texts that are asked for and not yet written; who comes then is told to ask again
Result = TypeVar("Result")
Ask = Callable[[Request], Awaitable[Response]]


answers: Counter[tuple[str, int]] = Counter()  # how often each feed was answered with each status, by this process


def routes(prefix: str, open_store: Callable[[], Store]) -> list[Route]:
    """The routes below a path prefix (`server.baseUrlPath`, with or without its slashes).

    `open_store` gives the store, which may take a moment the first time; it is called in a thread.
    """
    asks = _Asks(open_store)
    base = "/".join(["", *filter(None, prefix.split("/")), "feed"])
    found = {
        "run/{run}": asks.run,
        "run/{run}/texts": asks.texts,
        "runs": asks.runs,
        "duel": asks.duel,
        "wall": asks.wall,
        "class": asks.classroom,
    }
    return [
        Route(f"{base}/{path}", _counted(path, _answered(asks, ask)), methods=["GET"]) for path, ask in found.items()
    ]


def _counted(path: str, ask: Ask) -> Ask:
    async def counted(request: Request) -> Response:
        answer = await ask(request)
        answers[path, answer.status_code] += 1
        return answer

    return counted


class _Once:
    """Work in threads: what is asked for while it is done is not done again."""

    def __init__(self, threads: int, name: str):
        self._pool = ThreadPoolExecutor(threads, name)
        self._going: dict[Hashable, asyncio.Future] = {}

    def __len__(self) -> int:
        return len(self._going)

    async def __call__(self, key: Hashable, work: Callable[[], Result]) -> Result:
        going = self._going.get(key)
        if going is None:
            going = self._going[key] = asyncio.get_running_loop().run_in_executor(self._pool, work)
            going.add_done_callback(partial(self._done, key))
        return await asyncio.shield(going)  # one who goes away does not take it from the others

    def _done(self, key: Hashable, going: asyncio.Future) -> None:
        del self._going[key]
        if not going.cancelled():
            going.exception()  # told to those who still wait


class _Asks:
    """What is asked, for one store."""

    def __init__(self, open_store: Callable[[], Store]):
        self._open_store = open_store
        self._reads, self._writes = _Once(4, "feed"), _Once(2, "feed texts")
        self._feeds: Feeds | None = None
        self._forgets = False

    async def run(self, request: Request) -> Response:
        """What is new in a run."""
        run_id, since = request.path_params["run"], request.query_params.get("since", "")[:100]
        feeds = await self._opened()
        found = feeds.at_hand(run_id, since)
        if found is None:
            found = await self._reads(("run", run_id, since), lambda: feeds.run(run_id, since))
        run, answer = found
        _check(request, run)
        return _told(request, answer)

    async def texts(self, request: Request) -> Response:
        """What one checkpoint writes."""
        from rnnkit.feed.texts import asked

        run_id, given = request.path_params["run"], request.query_params
        feeds = await self._opened()
        run, kept = await self._reads(("kept", run_id), lambda: feeds.kept(run_id))
        _check(request, run)
        moment = asked(run, kept, *(given.get(name, "") for name in ("at", "prompt", "seed")))
        answer = feeds.texts.at_hand(moment)
        if answer is None and len(self._writes) >= MOST_WAITING:
            return _refused(503, "Many texts are being written just now. Ask again in a moment.")
        if answer is None:
            answer = await self._writes(moment, lambda: feeds.texts.write(moment, kept))
        return _told(request, answer)

    async def runs(self, request: Request) -> Response:
        """All that live."""
        from rnnkit.feed.rights import may_read

        feeds = await self._opened()
        lines = feeds.lines_at_hand()
        if lines is None:
            lines = await self._reads("runs", feeds.lines)
        return _told(request, lines.answer(partial(may_read, _viewer(request))))

    async def duel(self, request: Request) -> Response:
        """How a duel stands."""
        from rnnkit.feed.rights import check_ids

        runs, unit = (request.query_params.get(name, "")[:200] for name in ("runs", "unit"))
        check_ids(_viewer(request), runs.split(","))  # what is said of runs that do not go together tells something
        races = (await self._opened()).races
        found = races.at_hand(runs, unit)
        if found is None:
            found = await self._reads(("duel", runs, unit), lambda: races.stands(runs, unit))
        for run in found.runs:
            _check(request, run)
        return _told(request, found.answer)

    async def wall(self, request: Request) -> Response:
        """A tile for everybody who trains."""
        from rnnkit.errors import NotAllowed
        from rnnkit.feed.classroom import may_see_wall

        viewer, wall = _viewer(request), (await self._opened()).wall
        if not may_see_wall(viewer.known, viewer.person):
            raise NotAllowed("wall: expected a time when the teacher shows it, got another")
        answer = wall.at_hand()
        if answer is None:
            answer = await self._reads("wall", wall.look)
        return _told(request, answer)

    async def classroom(self, request: Request) -> Response:
        """What the class tells every page of it."""
        viewer, classroom = _viewer(request), (await self._opened()).classroom
        if classroom.to_note(viewer.person):
            await self._reads(("here", viewer.person.id), partial(classroom.note, viewer.person))
        return _told(request, classroom.told(viewer.known, viewer.person))

    async def viewer(self, request: Request) -> Viewer:
        """Who asks. Raises NotAllowed: a stranger, in a class."""
        from rnnkit.feed.rights import Viewer

        store = (await self._opened()).store
        of = partial(Viewer.of, request.cookies, store)
        return of() if Viewer.at_hand(store) else await self._reads(("viewer", request.headers.get("cookie")), of)

    async def _opened(self) -> Feeds:
        if self._feeds is None:
            self._feeds = await self._reads("open", self._open)
        return self._feeds

    def _open(self) -> Feeds:
        from rnnkit.feed import cache  # here: a server that starts has no need to wait for it
        from rnnkit.people import known

        if not self._forgets:
            self._forgets = True
            known.keeps(self._forget)
        return cache.Feeds(self._open_store())

    def _forget(self) -> None:
        """What was made of runs that may be gone now."""
        self._feeds = None


def _viewer(request: Request) -> Viewer:
    return request.state.viewer


def _check(request: Request, run: Run) -> None:
    """Raises UnknownRun where this viewer may not read the run: nobody learns that it is there."""
    from rnnkit.errors import UnknownRun
    from rnnkit.feed.rights import may_read

    if not may_read(_viewer(request), run):
        raise UnknownRun(f"run: expected the id of a run in this store, got {run.id!r}")


def _told(request: Request, answer: Answer) -> Response:
    """The answer, or nothing where the browser has it already."""
    headers = {"ETag": f'"{answer.tag}"', "Cache-Control": "private, no-cache", "Vary": "Accept-Encoding, Cookie"}
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if answer.packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
        return Response(answer.packed, headers=headers | {"Content-Encoding": "gzip"}, media_type="application/json")
    return Response(answer.body, headers=headers, media_type="application/json")


def _refused(status: int, sentence: str, calm: bool = False) -> Response:
    body = json.dumps({"error": sentence, "status": status})
    return Response(body, 200 if calm else status, {"Cache-Control": "no-store"}, media_type="application/json")


def _answered(asks: _Asks, ask: Ask) -> Ask:
    """The answer of `ask` to those who may ask, with whatever goes wrong as a sentence."""

    async def answer(request: Request) -> Response:
        from rnnkit.errors import NotAllowed, PersonError, StoreError, UnknownRun, no_run

        calm = request.query_params.get("calm") == "1"  # a browser writes each 4xx into its console as an error
        try:
            request.state.viewer = await asks.viewer(request)
            return await ask(request)
        except NotAllowed as error:
            return _refused(403, str(error), calm)
        except UnknownRun:
            gone = request.path_params.get("run") or request.query_params["runs"]
            return _refused(404, no_run(gone), calm)
        except StoreError as error:
            return _refused(503, str(error))
        except PersonError as error:
            return _refused(400, str(error), calm)
        except Exception:
            _log.exception("a feed failed")
            return _refused(500, "Something went wrong in rnnkit. The details are in the server's log.")

    return answer
