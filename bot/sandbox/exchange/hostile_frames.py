"""Messages that no feed may fall over: true ones, maimed. Deterministic by number."""

import random
from typing import Any

import msgspec

_WHOLE: tuple[str | bytes, ...] = (
    "",
    "null",
    "[]",
    "{}",
    "0",
    '"text"',
    "[" * 2_000,
    "{" + '"a":' * 50,
    b"\x00\xff\xfe",
    "\u0000",
    '{"e":null,"s":7,"b":[[]],"a":{}}',
    "<html><body>Just a moment...</body></html>",
)
_VALUES: tuple[Any, ...] = (
    None,
    "",
    "NaN",
    "-1",
    "1e999",
    "abc",
    "0x10",
    -1,
    0,
    10**30,
    True,
    [],
    [[]],
    [["1"]],
    {},
    {"a": [None]},
    "9" * 400,
)


def maimed_frame(frame: str, number: int) -> str | bytes:
    """Return the `number`-th way in which this message is wrong."""
    choice = random.Random(number)  # noqa: S311 - repeatable nonsense, no secrets
    if choice.random() < 0.2:
        return choice.choice(_WHOLE)
    if choice.random() < 0.1:
        return frame[: choice.randrange(len(frame) + 1)]
    try:
        message = msgspec.json.decode(frame)
    except msgspec.DecodeError:
        return frame[::-1]
    spots = list(_spots(message))
    if not spots:
        return choice.choice(_WHOLE)
    holder, key = choice.choice(spots)
    if choice.random() < 0.3 and isinstance(holder, dict):
        del holder[key]
    else:
        holder[key] = choice.choice(_VALUES)
    return msgspec.json.encode(message).decode()


def giant_frame(size: int) -> str:
    """Return valid JSON of about `size` bytes that says nothing."""
    return '{"junk":"' + "x" * size + '"}'


def _spots(message: Any) -> list[tuple[Any, Any]]:
    """Return every place in a message that holds a value."""
    here: list[tuple[Any, Any]]
    if isinstance(message, dict):
        here = [(message, key) for key in message]
    elif isinstance(message, list):
        here = [(message, index) for index in range(len(message))]
    else:
        return []
    inner = [spot for holder, key in here for spot in _spots(holder[key])]
    return here + inner
