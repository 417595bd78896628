"""One key's line to one venue: unmodified ccxt signs and sends, every answer is read here.

ccxt parses numbers as floats and errors into classes that say too little, so its methods are not
used but for signing, sending and sockets. No exception of ccxt's ever leaves this module: their
texts hold addresses with signatures.
"""

import asyncio
import logging
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import aiohttp
import msgspec

from bot.chain.wire import decode_json
from bot.domain.errors import BadConfiguration
from bot.domain.units import NANOS_PER_MS, NANOS_PER_S, Nanos
from bot.execution.account_options import AccountOptions, Credentials
from bot.execution.order_errors import (
    MISSHAPEN,
    Meaning,
    VenueFault,
    cut,
    misread,
    verdict_on,
)
from bot.execution.rate_budget import LOCAL_QUOTA, QUOTAS, BudgetSpent, Quota, Use, shared_budget
from bot.execution.request_clock import RequestClock
from bot.execution.turns import Turns
from bot.feeds.ccxt_modules import socket_class, socket_module, trusting
from bot.feeds.exchange_urls import moved_urls

_QUIET = logging.getLogger("repeg.ccxt")
_QUIET.addFilter(lambda _: False)  # ccxt's debug lines hold keys
_READER = msgspec.json.Decoder(float_hook=Decimal)
_MOST_SKEW_S = 1.0  # beyond, a refused token is the clock's fault
_LATE = "deadline"  # Kraken: it came too late by its clock, or was told a time that is none
_MOST_TRIES = 12
_LONGEST_TURN_S = 1.0  # so long an order waits for the answer to a request that left before it


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One request as ccxt signs it."""

    path: str
    api: tuple[str, ...] = ("private",)
    verb: str = "GET"
    cost: float = 1.0  # in the venue's own weights
    use: Use = Use.QUESTION
    is_act: bool = False  # it changes something: sent once at most


class _Answered(Exception):
    """Carries an answer out of ccxt, whatever it is."""

    def __init__(self, status: int, headers: Mapping[str, str], body: str) -> None:
        super().__init__("answered")
        self.status, self.headers, self.body = status, headers, body


class VenueLine:
    """Asks and reads. Lives on one event loop."""

    def __init__(self, options: AccountOptions, credentials: Credentials) -> None:
        """Prepare; nothing is sent yet.

        Raises:
            BadConfiguration: no such venue, or orders there are not spoken here.
        """
        self.venue, self.options, self._credentials = options.venue, options, credentials
        if self.venue not in QUOTAS:
            raise BadConfiguration(f"orders at {self.venue!r} are not spoken: {', '.join(QUOTAS)}")
        self._clock = RequestClock(self.venue)
        self._errors = socket_module()
        self.client = socket_class(self.venue)(
            {
                "apiKey": credentials.key,
                "secret": credentials.secret,
                "password": credentials.password,
                "timeout": round(options.timeout_s * 1e3),
                "enableRateLimit": False,
            }
        )
        client = trusting(self.client)
        client.logger = _QUIET
        client.handle_errors = self._take_answer
        client.parse_json = lambda _: None  # read once, by us
        client.milliseconds = lambda: self.now() // NANOS_PER_MS
        client.seconds = lambda: self.now() // NANOS_PER_S
        client.nonce = self._clock.number
        if options.url is not None:
            client.urls = moved_urls(client.urls, options.url)
        self._is_numbered, self._turns = self.venue == "kraken", Turns()
        self.budget = shared_budget(options.url or self.venue, credentials.key, self._quota())

    def __repr__(self) -> str:
        return f"VenueLine({self.venue})"

    def now(self) -> Nanos:
        """Return the venue's time, as far as it is known."""
        return self._clock.now()

    async def ask(self, call: Call, params: Mapping[str, Any] | None = None) -> Any:
        """Return the venue's answer, numbers with a point as decimals.

        What changes something is sent once at most. A question whose only fault was our clock or
        our number is asked again.

        Raises:
            VenueFault: it is no success, with what that means.
        """
        for tries_left in reversed(range(_MOST_TRIES)):
            try:
                return await self._asked(call, dict(params or {}))
            except VenueFault as fault:
                left = await self._mended(fault)
            is_mended = left.meaning is Meaning.LATER and left.retry_after_s == 0
            if call.is_act or not is_mended or not tries_left:
                raise left
        raise AssertionError("the last try returns or raises")

    async def synchronise(self) -> float:
        """Follow the venue's clock; returns how many seconds ours was off.

        Raises:
            VenueFault: it does not tell.
        """
        path, api = self._clock.question
        asked_at = self.now()
        answer = await self._asked(Call(path=path, api=api), {})
        try:
            return self._clock.follow(answer, asked_at)
        except MISSHAPEN as error:
            raise misread(error) from None

    def hidden(self, text: str) -> str:
        """Return a text as it may be told: short, and without any secret."""
        return cut(self._credentials.hidden_in(text))

    async def close(self) -> None:
        """Drop all connections, within seconds."""
        closing = asyncio.ensure_future(self.client.close())
        await asyncio.wait({closing}, timeout=2.0)

    async def _asked(self, call: Call, params: dict[str, Any]) -> Any:
        try:
            await self.budget.take(call.cost, call.use, patience_s=self.options.timeout_s)
        except BudgetSpent as error:
            raise VenueFault(Meaning.LATER, str(error), retry_after_s=error.wait_s) from None
        answered = await self._sent(call, params)
        if isinstance(answered, VenueFault):
            raise answered
        body = _decoded(answered.body)
        verdict = verdict_on(self.venue, answered.status, body)
        if verdict is None:
            self.budget.praise()
            self._clock.number_taken()
            return body
        reason = self.hidden(verdict.reason)
        if verdict.meaning is Meaning.LATER:
            wait_s = self.budget.hold_off(_retry_after_s(answered.headers))
            raise VenueFault(Meaning.LATER, reason, retry_after_s=wait_s)
        raise VenueFault(verdict.meaning, reason)

    async def _mended(self, fault: VenueFault) -> VenueFault:
        """Mend our clock or our numbers where they were at fault, and say what that leaves."""
        if fault.meaning is Meaning.NONCE:
            self._clock.number_refused()
            return VenueFault(Meaning.LATER, fault.reason, retry_after_s=0.0)
        is_late = _LATE in fault.reason.lower()
        if fault.meaning is not Meaning.CLOCK and not is_late:
            return fault
        try:
            off_s = await self.synchronise()
        except VenueFault as error:
            left = fault.meaning if is_late else Meaning.LATER
            return VenueFault(left, f"{fault.reason}; its clock: {error.reason}")
        if is_late:
            return fault  # by its clock or on its way: where the order is, is to be found out
        if abs(off_s) < _MOST_SKEW_S and self.venue == "coinbase":  # 401 is said of bad keys, too
            return VenueFault(Meaning.REFUSED, fault.reason)
        reason = f"our clock was {off_s:+.1f} s off and follows its clock now ({fault.reason})"
        return VenueFault(Meaning.LATER, reason, retry_after_s=0.0)

    def _quota(self) -> Quota:
        usual = QUOTAS[self.venue] if self.options.url is None else LOCAL_QUOTA
        burst, per_s = self.options.burst, self.options.requests_per_s
        return msgspec.structs.replace(
            usual, burst=burst or usual.burst, per_s=per_s or usual.per_s
        )

    async def _sent(self, call: Call, params: dict[str, Any]) -> _Answered | VenueFault:
        if not self._is_numbered or "public" in call.api:
            return await self._signed_and_sent(call, params)
        is_urgent = call.use is not Use.QUESTION
        patience_s = _LONGEST_TURN_S if is_urgent else self.options.timeout_s
        async with self._turns.turn(is_urgent=is_urgent, patience_s=patience_s):
            return await self._signed_and_sent(call, params)

    async def _signed_and_sent(self, call: Call, params: dict[str, Any]) -> _Answered | VenueFault:
        try:
            signed = self.client.sign(call.path, list(call.api), call.verb, params)
        except Exception as error:  # noqa: BLE001 - a key that cannot sign: any error, any text
            return VenueFault(Meaning.REFUSED, f"the key cannot sign ({type(error).__name__})")
        try:
            await self.client.fetch(
                signed["url"], signed["method"], signed["headers"], signed["body"]
            )
        except _Answered as answered:
            return answered
        except Exception as error:  # noqa: BLE001 - whatever went wrong, it may have been sent
            return self._fault(error)
        return VenueFault(Meaning.UNKNOWN, "no answer")

    def _fault(self, error: Exception) -> VenueFault:
        """Return what a request that has no answer means; texts of ccxt's are not repeated."""
        cause = error.__cause__ or error
        kind = type(cause).__name__
        if isinstance(cause, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
            return VenueFault(Meaning.LATER, f"no connection ({kind})")
        if isinstance(error, self._errors.RequestTimeout):
            return VenueFault(Meaning.UNKNOWN, f"no answer within {self.options.timeout_s:g} s")
        return VenueFault(Meaning.UNKNOWN, f"no answer that can be read ({kind})")

    def _take_answer(self, *answer: Any) -> None:
        """Stand in for ccxt's `handle_errors`: every answer is ours."""
        status, _, _, _, headers, body, *_ = answer
        raise _Answered(int(status), headers, body)


def _decoded(text: str) -> Any:
    try:
        return decode_json(_READER, text)
    except ValueError:
        return None


def _retry_after_s(headers: Mapping[str, str]) -> float | None:
    for name, value in headers.items():
        if name.lower() == "retry-after":
            try:
                return min(max(float(value), 0.0), 86_400.0)
            except ValueError:
                return None
    return None
