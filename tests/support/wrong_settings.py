"""Settings that must be refused, made from the sections themselves."""

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import inspect

from bot.config import Config


class WrongSetting(msgspec.Struct, frozen=True, kw_only=True):
    """One file that is wrong in one place."""

    text: str
    named: str  # what the refusal has to name


def wrong_settings() -> Iterator[WrongSetting]:
    """Yield every setting of every section, wrong in every way that its type has."""
    yield from _of(Config, "")


def _of(section: type, path: str) -> Iterator[WrongSetting]:
    yield WrongSetting(text=_file(path, "nonsense", "1"), named="nonsense")
    for field in inspect.type_info(section).fields:  # type: ignore[union-attr]  # a struct's
        name = field.encode_name
        yield WrongSetting(text=_file(path, f"{name}x", "1"), named=f"{name}x")
        for value in _wrong_values(field.type):
            yield WrongSetting(text=_file(path, name, value), named=name)
        if isinstance(field.type, inspect.StructType):
            yield from _of(field.type.cls, f"{path}.{name}" if path else name)


def _wrong_values(kind: Any) -> Iterator[str]:
    if isinstance(kind, inspect.FloatType | inspect.IntType):
        yield from ("'soon'", "true", "nan", "[1]", "{ s = 1 }", "1979-05-27")
        if kind.ge is not None or kind.gt is not None:
            yield "-1"
    elif isinstance(kind, inspect.BoolType):
        yield from ("'yes'", "1", "[]")
    elif isinstance(kind, inspect.StrType):
        yield from ("1", "true", "[]")
    elif isinstance(kind, inspect.StructType):
        yield from ("1", "'a'", "[1]")
    elif isinstance(kind, inspect.VarTupleType | inspect.DictType):
        yield from ("1", "'a'", "true")


def _file(path: str, name: str, value: str) -> str:
    return f"[{path}]\n{name} = {value}\n" if path else f"{name} = {value}\n"
