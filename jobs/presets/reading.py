"""Reads the tables of a manifest with type checks and errors that name the file and the field."""

import math
from collections.abc import Iterator, Mapping
from typing import Self

from jobs.presets.params import Target


class ManifestError(ValueError):
    """A manifest that cannot be used: `source` is the file, `field` the path in it (`parameters[2].step`)."""

    def __init__(self, source: str, field: str, problem: str) -> None:
        super().__init__(f"{source}: {field}: {problem}" if field else f"{source}: {problem}")
        self.source, self.field, self.problem = source, field, problem


class Table:
    """One table of a manifest. Each reader takes a key, checks its type and remembers that it was used."""

    def __init__(self, data: object, source: str, path: str = "") -> None:
        self.source, self.path = source, path
        if not isinstance(data, Mapping):
            raise ManifestError(source, path, "must be a table")
        self._data = data
        self._used: set[str] = set()

    def error(self, key: str, problem: str) -> ManifestError:
        """Return the error for one key of this table."""
        return ManifestError(self.source, f"{self.path}.{key}" if self.path else key, problem)

    def has(self, key: str) -> bool:
        """Tell whether the key is given."""
        return key in self._data

    def text(self, key: str, default: str | None = None) -> str:
        """Return a string; it may be empty only if there is a default."""
        value = self._take(key, default)
        if not isinstance(value, str) or (not value and default is None):
            raise self.error(key, "must be text")
        return value

    def integer(self, key: str, default: int | None = None, *, minimum: int | None = None) -> int:
        """Return a whole number, at least `minimum` if given."""
        value = self._take(key, default)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.error(key, "must be a whole number")
        if minimum is not None and value < minimum:
            raise self.error(key, f"must be at least {minimum}")
        return value

    def number(self, key: str, default: float | None = None) -> float:
        """Return a number as a float."""
        value = self._take(key, default)
        if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
            raise self.error(key, "must be a finite number")
        return float(value)

    def boolean(self, key: str, default: bool | None = None) -> bool:
        """Return true or false."""
        value = self._take(key, default)
        if not isinstance(value, bool):
            raise self.error(key, "must be true or false")
        return value

    def target(self, key: str) -> Target:
        """Return a graph input, written `node.input`."""
        return self.read_target(key, self.text(key))

    def read_target(self, key: str, text: str) -> Target:
        """Return `text`, a part of the key's value, as a graph input."""
        try:
            return Target.parse(text)
        except ValueError as error:
            raise self.error(key, str(error)) from error

    def raw(self, key: str) -> object:
        """Return a value of any type; the caller checks it."""
        return self._take(key, None)

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of strings; absent means none."""
        value = self._take(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
            raise self.error(key, "must be a list of non-empty texts")
        return tuple(value)

    def table(self, key: str) -> Self:
        """Return a table inside this one; absent means empty."""
        return type(self)(self._take(key, {}), self.source, self.error(key, "").field)

    def tables(self, key: str) -> Iterator[Self]:
        """Yield the tables of a list; absent means none."""
        value = self._take(key, [])
        if not isinstance(value, list):
            raise self.error(key, "must be a list of tables")
        for index, item in enumerate(value):
            yield type(self)(item, self.source, self.error(f"{key}[{index}]", "").field)

    def names(self) -> tuple[str, ...]:
        """Return all keys, for a table whose keys are data."""
        return tuple(self._data)

    def finish(self) -> None:
        """Refuse keys that no reader took: a misspelt key would otherwise be ignored silently."""
        for key in self._data:
            if key not in self._used:
                raise self.error(str(key), "is not a known field")

    def _take(self, key: str, default: object) -> object:
        self._used.add(key)
        value = self._data.get(key, default)
        if value is None:
            raise self.error(key, "is missing")
        return value
