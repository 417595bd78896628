"""What is asked of a relay with a private transaction; settings load no keys."""

from typing import Annotated, Literal

import msgspec

from bot.domain.units import Address

MOST_BLOCKS = 25  # a relay takes no more

Told = Literal["contract_address", "function_selector", "calldata", "logs", "hash"]
_Word = Annotated[str, msgspec.Meta(min_length=1)]


class Refund(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who gets a part of what somebody pays for standing behind our transaction."""

    address: Annotated[Address, msgspec.Meta(pattern="^0x[0-9a-fA-F]{40}$")]
    percent: Annotated[int, msgspec.Meta(ge=1, le=99)]


class PrivateOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a relay is asked to do with a private transaction."""

    blocks: Annotated[int, msgspec.Meta(ge=1, le=MOST_BLOCKS)] = 1  # in which it may land
    fast: bool = False  # to every registered builder at once, for less of a refund
    hints: tuple[Told, ...] = ("hash",)  # what searchers are told; the hash alone tells nothing
    builders: tuple[_Word, ...] = ()  # who may have it; empty: the relay's own choice
    refunds: tuple[Refund, ...] = ()  # empty: the relay's own custom

    def __post_init__(self) -> None:
        if sum(one.percent for one in self.refunds) > 99:
            raise ValueError("private: refunds are more than 99 percent")
