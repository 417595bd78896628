"""Errors, grouped by what the caller does about them.

RepegError
├── RetryableError    the same act may work later: nothing was changed
│   ├── NodeUnreachable
│   │   └── NodeLied
│   ├── RelayUnavailable
│   ├── VenueUnavailable
│   ├── ProviderFailed
│   └── StaleQuote
├── SkipError         this plan or input is not for us; go on with the next
│   ├── SimulationFailed
│   ├── NodeRefused
│   ├── HeadDoubted
│   ├── VenueRefused
│   ├── OrderRejected
│   ├── BadQuote
│   └── BadPriceFile
├── HaltError         a person must act before anything else is tried
│   ├── WrongChain
│   ├── BadConfiguration
│   ├── JournalUnusable
│   ├── HistoryUnusable
│   ├── ArchiveUnusable
│   ├── AccountLocked
│   ├── BooksDisagree
│   └── RelayRefused
└── OutcomeUnknown    sent or not sent, nobody knows: ask before the next act
"""

from collections.abc import Mapping
from pathlib import Path

from bot.domain.ticks import FaultKind


class RepegError(Exception):
    """Base of every error Repeg raises on purpose; its text is fit for an operator."""


class RetryableError(RepegError):
    """The same act may work later; nothing was changed."""


class SkipError(RepegError):
    """This plan or input is not for us; go on with the next one."""


class HaltError(RepegError):
    """A person must act before anything else is tried."""


class NodeUnreachable(RetryableError):
    """The node did not answer in time, or not at all."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"node {url} cannot be reached: {reason}; is it running?")
        self.url, self.reason = url, reason


class NodeLied(NodeUnreachable):
    """The node answered with what is certainly not so."""


class NodeRefused(SkipError):
    """The node answered a call with an error (a revert, or a call it does not know)."""

    def __init__(self, method: str, code: int, message: str, data: str | None = None) -> None:
        super().__init__(f"{method}: {message} (code {code})" + (f", data {data}" if data else ""))
        self.method, self.code, self.message, self.data = method, code, message, data


class HeadDoubted(SkipError):
    """A head that is not new, or not what its block is."""

    def __init__(self, block: int, reason: str) -> None:
        super().__init__(f"block {block} was told as new: {reason}")
        self.block, self.reason = block, reason


class SimulationFailed(SkipError):
    """The plan's own calldata did not run, or did not end where the plan said.

    `by_pools` is False where no pool can be at fault: the simulator could not be asked, or the
    executor refused to run at all.
    """

    def __init__(self, simulator: str, reason: str, *, by_pools: bool = True) -> None:
        super().__init__(f"simulation by {simulator} failed: {reason}")
        self.simulator, self.reason, self.by_pools = simulator, reason, by_pools


class RelayUnavailable(RetryableError):
    """The relay certainly did not take the bundle: connection refused, 429 or 503."""

    def __init__(self, url: str, reason: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(f"relay {url} is not available: {reason}")
        self.url, self.reason, self.retry_after_s = url, reason, retry_after_s


class VenueUnavailable(RetryableError):
    """An exchange did not answer in time, or asks us to come back later."""

    def __init__(self, venue: str, reason: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(f"exchange {venue} is not available: {reason}")
        self.venue, self.reason, self.retry_after_s = venue, reason, retry_after_s


class ProviderFailed(RetryableError):
    """A provider of prices did not answer, or not in a way that can be used."""

    def __init__(self, venue: str, what: FaultKind, reason: str, *, wait_s: float = 0.0) -> None:
        super().__init__(f"{venue}: {what.value}: {reason}")
        self.venue, self.what, self.reason, self.wait_s = venue, what, reason, wait_s


class VenueRefused(SkipError):
    """An exchange answered a question with an error of its own."""

    def __init__(self, venue: str, reason: str) -> None:
        super().__init__(f"exchange {venue} refused: {reason}")
        self.venue, self.reason = venue, reason


class OrderRejected(SkipError):
    """A venue refused an order, or certainly never accepted it; it is not sent again."""

    def __init__(self, venue: str, client_id: str, reason: str) -> None:
        super().__init__(f"exchange {venue} rejected order {client_id}: {reason}")
        self.venue, self.client_id, self.reason = venue, client_id, reason


class StaleQuote(RetryableError):
    """A venue's newest quote is older than the configured limit, or comes from its future."""

    def __init__(self, venue: str, pair: str, age_s: float, limit_s: float) -> None:
        super().__init__(f"exchange {venue}: {pair} is {age_s:.1f} s old, limit is {limit_s:g} s")
        self.venue, self.pair, self.age_s, self.limit_s = venue, pair, age_s, limit_s


class BadQuote(SkipError):
    """A venue's book is empty, crossed, or not made of positive numbers."""

    def __init__(self, venue: str, pair: str, reason: str) -> None:
        super().__init__(f"exchange {venue}: the {pair} book cannot be used: {reason}")
        self.venue, self.pair, self.reason = venue, pair, reason


class BadPriceFile(SkipError):
    """A file of recorded prices cannot be used; nothing was made of any part of it."""

    def __init__(
        self, path: Path, reason: str, *, row: int | None = None, column: str = ""
    ) -> None:
        place = (f"row {row}" if row is not None else "", f"column {column}" if column else "")
        super().__init__(f"{path}: {''.join(part + ': ' for part in place if part)}{reason}")
        self.path, self.reason, self.row, self.column = path, reason, row, column


class RelayRefused(HaltError):
    """The relay understood and said no (signature, limits, shape)."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"relay {url} refused the bundle: {reason}")
        self.url, self.reason = url, reason


class OutcomeUnknown(RepegError):
    """It may have been done: a bundle whose target block decides, an order that must be asked for.

    `place` is who was asked to do it: a relay's URL, or a venue.
    """

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(f"{place} left the outcome open: {reason}")
        self.place, self.reason = place, reason


class WrongChain(HaltError):
    """The node serves another chain than the one we trade on."""

    def __init__(self, url: str, chain_id: int, expected: int) -> None:
        super().__init__(f"node {url} serves chain {chain_id}, expected {expected}")
        self.url, self.chain_id, self.expected = url, chain_id, expected


class JournalUnusable(HaltError):
    """The journal cannot be read or written: nothing may be sent that is not on disk."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"journal {path} cannot be used: {reason}")
        self.path, self.reason = path, reason


class HistoryUnusable(HaltError):
    """The history database cannot be read or written; nothing of the last act was written."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"history {url} cannot be used: {reason}")
        self.url, self.reason = url, reason


class ArchiveUnusable(HaltError):
    """A file of the archive cannot be written or read; what it was to replace is still there."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"archive {path} cannot be used: {reason}")
        self.path, self.reason = path, reason


class AccountLocked(HaltError):
    """Another process trades on this account."""

    def __init__(self, account: str, holder: str) -> None:
        super().__init__(f"account {account} is in use by {holder}: stop that one first")
        self.account, self.holder = account, holder


class BooksDisagree(HaltError):
    """What we wrote down is not what a venue says; nothing is sent there until it is again."""

    def __init__(self, by_venue: Mapping[str, tuple[str, ...]]) -> None:
        self.differences = tuple(said for told in by_venue.values() for said in told)
        super().__init__(f"the books do not agree: {'; '.join(self.differences)}")
        self.by_venue = by_venue


class BadConfiguration(HaltError):
    """A setting is missing or cannot be used; the text says which and what to do."""
