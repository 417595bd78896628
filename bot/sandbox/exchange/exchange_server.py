"""One HTTP server for all venues; the sandbox's own levers are under ``/control/``."""

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal

import msgspec
from aiohttp import web

from bot.domain.errors import BadConfiguration
from bot.sandbox.exchange.account_truth import ActWatch, account_truth
from bot.sandbox.exchange.control import Lever
from bot.sandbox.exchange.dialects import dialect_of
from bot.sandbox.exchange.exchange_options import LocalExchangeOptions
from bot.sandbox.exchange.levers import Levers
from bot.sandbox.exchange.market_maker import MarketMaker
from bot.sandbox.exchange.price_player import Stage
from bot.sandbox.exchange.request_spoiling import spoiled_answer
from bot.sandbox.exchange.trading_floor import Floor

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_MAX_BODY_BYTES = 500_000_000  # a whole recording may come in one piece
_ONE = Decimal(1)


class ExchangeServer:
    """All floors; lives on one event loop."""

    def __init__(self, options: LocalExchangeOptions) -> None:
        """Open every venue, and quote every market.

        Raises:
            BadConfiguration: a venue that nobody speaks for, or a price that is none.
        """
        self._options = options
        floors = [Floor(venue) for venue in options.venues]
        self._stages = {f.venue: Stage(f, MarketMaker(f, options.shape)) for f in floors}
        self._dialects = {f.venue: dialect_of(f) for f in floors}
        self._venue_by_host = {
            host: venue for venue, dialect in self._dialects.items() for host in dialect.hosts
        }
        self._levers = Levers(self._stages)
        self._acts = ActWatch(floors)
        self._decoder = msgspec.json.Decoder(Lever)
        self._quote_all()

    def application(self) -> web.Application:
        """Return what aiohttp serves."""
        application = web.Application(
            middlewares=[self._through_mishaps], client_max_size=_MAX_BODY_BYTES
        )
        application.router.add_post("/control/pull", self._pull)
        application.router.add_get("/control/state", self._state)
        application.router.add_get("/control/account/{venue}/{name}", self._account)
        application.router.add_get("/control/acts", self._tell_acts)
        for dialect in self._dialects.values():
            application.router.add_routes(dialect.routes())
        return application

    async def keep_breathing(self) -> None:
        """Keep quiet books talking, until cancelled; a recording is left alone."""
        while self._options.breath_s is not None:
            await asyncio.sleep(self._options.breath_s)
            if not self._levers.player.holds_time:
                for stage in self._stages.values():
                    stage.maker.breathe()

    def close(self) -> None:
        """End the recording and cut every socket."""
        self._levers.player.stop()
        for stage in self._stages.values():
            stage.floor.cut_sockets()

    def _quote_all(self) -> None:
        for stage in self._stages.values():
            for pair, ladder in stage.maker.ladders.items():
                try:
                    ladder.set_middle(self._options.prices.get(pair, _ONE))
                except ValueError as error:
                    raise BadConfiguration(str(error)) from error

    @web.middleware
    async def _through_mishaps(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        host = request.path.split("/", 2)[1]
        venue = self._venue_by_host.get(host)
        if venue is None:
            return await handler(request)
        return await spoiled_answer(
            request, handler, self._stages[venue].floor, self._dialects[venue]
        )

    async def _pull(self, request: web.Request) -> web.Response:
        try:
            self._levers.pull(self._decoder.decode(await request.read()))
        except (msgspec.DecodeError, BadConfiguration) as error:
            return web.json_response({"error": str(error)}, status=400)
        return web.json_response({})

    async def _state(self, _: web.Request) -> web.Response:
        return _json(self._levers.state())

    async def _account(self, request: web.Request) -> web.Response:
        floor = self._stages[request.match_info["venue"]].floor
        return _json(account_truth(floor, request.match_info["name"]))

    async def _tell_acts(self, request: web.Request) -> web.Response:
        after, wait_s = int(request.query["after"]), float(request.query["wait_s"])
        return _json(await self._acts.after(after, wait_s))


def _json(value: object) -> web.Response:
    return web.Response(body=msgspec.json.encode(value), content_type="application/json")
