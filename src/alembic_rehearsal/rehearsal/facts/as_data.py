"""Frozen dataclasses converted to data that JSON can hold, and read back.

Paths below a folder are written relative to it, so that they mean the same file in another
checkout.  Fields with `repr=False` (passwords, a snapshot's SQL) are not written.
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


def to_data(value: Any, folder: Path) -> Any:
    """Convert a value to data; fields that have their default value are left out."""
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value) and not isinstance(value, type):
        return {
            each.name: to_data(content, folder)
            for each in fields(value)
            if each.repr and (content := getattr(value, each.name)) != _field_default(each)
        }
    if isinstance(value, Path):
        return str(value.relative_to(folder) if value.is_relative_to(folder) else value)
    if isinstance(value, type):
        return value.__name__
    if isinstance(value, Mapping):
        return {to_data(key, folder): to_data(each, folder) for key, each in value.items()}
    if isinstance(value, frozenset):
        return sorted(to_data(each, folder) for each in value)
    if isinstance(value, tuple):
        return [to_data(each, folder) for each in value]
    return value


@dataclass(frozen=True, slots=True)
class DataReader:
    """Reads values back from data; `types` are the types that may be keys of a mapping, by name.

    Paths are joined to `folder`.  Raises `ValueError` for data that is not of the wanted type.
    """

    folder: Path
    types: Mapping[str, type]

    def read(self, wanted: type[T], data: Any) -> T:
        """The value of type `wanted` that `to_data` made this data of."""
        value: T = self._read_value(wanted, data)
        return value

    def _read_value(self, wanted: Any, data: Any) -> Any:
        origin, arguments = get_origin(wanted), get_args(wanted)
        if origin in (Union, UnionType):
            return None if data is None else self._read_value(_not_none(arguments), data)
        if origin is tuple:
            return tuple(self._read_items(_item_types(arguments, data), _expect_type(list, data)))
        if origin is frozenset:
            return frozenset(self._read_items(arguments * len(_expect_type(list, data)), data))
        if origin is not None and issubclass(origin, Mapping):
            return self._read_mapping(arguments[0], arguments[1], _expect_type(dict, data))
        if origin is type or wanted is type:
            return self._find_type(data)
        if is_dataclass(wanted):
            return self._read_dataclass(wanted, _expect_type(dict, data))
        if issubclass(wanted, Path):
            return self.folder / _expect_type(str, data)
        if issubclass(wanted, Enum):
            return wanted(data)
        if wanted is float and isinstance(data, int):
            return float(data)
        return _expect_type(wanted, data)

    def _read_items(self, kinds: tuple[Any, ...], data: list[Any]) -> list[Any]:
        if len(kinds) != len(data):
            raise ValueError(f"{len(data)} values where {len(kinds)} belong")
        return [self._read_value(kind, each) for kind, each in zip(kinds, data, strict=True)]

    def _read_mapping(self, key: Any, content: Any, data: Mapping[str, Any]) -> dict[Any, Any]:
        """Read a mapping; in a `Mapping[type, Any]` each key is the type of its value."""
        if key is not type:
            return {name: self._read_value(content, each) for name, each in data.items()}
        kinds = {name: self._find_type(name) for name in data}
        return {
            kind: self._read_value(kind if content is Any else content, data[name])
            for name, kind in kinds.items()
        }

    def _find_type(self, name: Any) -> type:
        if name not in self.types:
            raise ValueError(f"{name!r} is not a type of fact")
        return self.types[name]

    def _read_dataclass(self, wanted: Any, data: Mapping[str, Any]) -> Any:
        hints = _type_hints(wanted)
        if unknown := data.keys() - hints.keys():
            raise ValueError(f"{wanted.__name__} has no {', '.join(sorted(unknown))}")
        values = {name: self._read_value(hints[name], each) for name, each in data.items()}
        for each in fields(wanted):
            if each.name not in values and _field_default(each) is MISSING:
                if each.repr:
                    raise ValueError(f"a {wanted.__name__} lacks its {each.name}")
                values[each.name] = ""
        return wanted(**values)


def _field_default(field: Field[Any]) -> Any:
    if field.default_factory is not MISSING:
        return field.default_factory()
    return field.default


@cache
def _type_hints(wanted: type) -> dict[str, Any]:
    return get_type_hints(wanted)


def _not_none(arguments: tuple[Any, ...]) -> Any:
    """The X of `X | None`; no other union occurs in the facts."""
    (wanted,) = (each for each in arguments if each is not NoneType)
    return wanted


def _item_types(arguments: tuple[Any, ...], data: Any) -> tuple[Any, ...]:
    if arguments[-1] is Ellipsis:
        return arguments[:1] * len(_expect_type(list, data))
    return arguments


def _expect_type(wanted: type[T], data: Any) -> T:
    """The data itself, if it has exactly this type: True is not an int here."""
    if type(data) is not wanted:
        raise ValueError(f"{data!r:.40} where {wanted.__name__} belongs")
    return data
