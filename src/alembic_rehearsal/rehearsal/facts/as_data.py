"""Values of this floor as data that JSON can hold, and back.

Paths below a folder are written relative to it, so that they mean the same file in another
checkout.  What is kept out of `repr` (passwords, a snapshot's SQL) is not written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from enum import Enum
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")


def write(value: Any, folder: Path) -> Any:
    """The data of a value; fields that have their default are left out."""
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value) and not isinstance(value, type):
        return {
            each.name: write(content, folder)
            for each in fields(value)
            if each.repr and (content := getattr(value, each.name)) != _default(each)
        }
    if isinstance(value, Path):
        return str(value.relative_to(folder) if value.is_relative_to(folder) else value)
    if isinstance(value, type):
        return value.__name__
    if isinstance(value, Mapping):
        return {write(key, folder): write(each, folder) for key, each in value.items()}
    if isinstance(value, frozenset):
        return sorted(write(each, folder) for each in value)
    if isinstance(value, tuple):
        return [write(each, folder) for each in value]
    return value


@dataclass(frozen=True, slots=True)
class Reader:
    """Makes values of data; `kinds` are the types that a mapping may have as its keys.

    Raises `ValueError` for data that is not of the type that is wanted.
    """

    folder: Path
    kinds: Mapping[str, type]

    def read(self, wanted: type[T], data: Any) -> T:
        """The value of type `wanted` that this data was written from."""
        value: T = self._any(wanted, data)
        return value

    def _any(self, wanted: Any, data: Any) -> Any:
        origin, arguments = get_origin(wanted), get_args(wanted)
        if origin in (Union, UnionType):
            return None if data is None else self._any(_some(arguments), data)
        if origin is tuple:
            return tuple(self._each(_repeated(arguments, data), _expect(list, data)))
        if origin is frozenset:
            return frozenset(self._each(arguments * len(_expect(list, data)), data))
        if origin is not None and issubclass(origin, Mapping):
            return self._mapping(arguments[0], arguments[1], _expect(dict, data))
        if origin is type or wanted is type:
            return self._kind(data)
        if is_dataclass(wanted):
            return self._dataclass(wanted, _expect(dict, data))
        if issubclass(wanted, Path):
            return self.folder / _expect(str, data)
        if issubclass(wanted, Enum):
            return wanted(data)
        if wanted is float and isinstance(data, int):
            return float(data)
        return _expect(wanted, data)

    def _each(self, kinds: tuple[Any, ...], data: list[Any]) -> list[Any]:
        if len(kinds) != len(data):
            raise ValueError(f"{len(data)} values where {len(kinds)} belong")
        return [self._any(kind, each) for kind, each in zip(kinds, data, strict=True)]

    def _mapping(self, key: Any, content: Any, data: Mapping[str, Any]) -> dict[Any, Any]:
        """By name; where the keys are types and the contents anything, they are of that type."""
        if key is not type:
            return {name: self._any(content, each) for name, each in data.items()}
        kinds = {name: self._kind(name) for name in data}
        return {
            kind: self._any(kind if content is Any else content, data[name])
            for name, kind in kinds.items()
        }

    def _kind(self, name: Any) -> type:
        if name not in self.kinds:
            raise ValueError(f"{name!r} is no kind of fact")
        return self.kinds[name]

    def _dataclass(self, wanted: Any, data: Mapping[str, Any]) -> Any:
        hints = _hints(wanted)
        if unknown := data.keys() - hints.keys():
            raise ValueError(f"{wanted.__name__} has no {', '.join(sorted(unknown))}")
        values = {name: self._any(hints[name], each) for name, each in data.items()}
        for each in fields(wanted):
            if each.name not in values and _default(each) is MISSING:
                if each.repr:
                    raise ValueError(f"a {wanted.__name__} lacks its {each.name}")
                values[each.name] = ""
        return wanted(**values)


def _default(field: Field[Any]) -> Any:
    if field.default_factory is not MISSING:
        return field.default_factory()
    return field.default


@cache
def _hints(wanted: type) -> dict[str, Any]:
    return get_type_hints(wanted)


def _some(arguments: tuple[Any, ...]) -> Any:
    """The X of `X | None`; no other union is written."""
    (some,) = (each for each in arguments if each is not NoneType)
    return some


def _repeated(arguments: tuple[Any, ...], data: Any) -> tuple[Any, ...]:
    if arguments[-1] is Ellipsis:
        return arguments[:1] * len(_expect(list, data))
    return arguments


def _expect(wanted: type[T], data: Any) -> T:
    """The data itself, if it is of this very type: True is no number here."""
    if type(data) is not wanted:
        raise ValueError(f"{data!r:.40} where {wanted.__name__} belongs")
    return data
