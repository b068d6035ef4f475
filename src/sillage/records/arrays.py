"""How does a record refer to large arrays: by name, dimensions, unit and content hash.

An `Arrays` is a bundle of named numpy arrays that share dimensions, like one table of samples
or one grid. A record holds it as a field; its canonical form is the description with the
SHA-256 of the bytes, never the bytes. Read back from a ledger it is *detached*: described,
but without values until `attach` is given bytes that hash to the same value.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from sillage.errors import RecordError

if TYPE_CHECKING:
    import xarray

DTYPES = ("<f8", "<f4", "<i8", "<i4", "<u2", "|u1")
"""Number formats that arrays may have, little-endian."""


class Variable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One named array: what its axes are called, its number format and its unit."""

    name: str
    dims: tuple[str, ...]
    dtype: str
    unit: str


class Description(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the ledger keeps of arrays: their layout and the hash of their bytes."""

    sha256: str
    sizes: dict[str, int]
    variables: tuple[Variable, ...]


class Arrays:
    """Named numpy arrays over shared dimensions, read-only and known by content hash.

    Parameters
    ----------
    values
        Name to array. Integers, floats and booleans are taken; booleans become bytes.
    dims
        Name to dimension names; a bare string stands for all (one-dimensional) arrays.
    units
        Name to unit, in the spelling of the house (`m`, `ppm`, `kg/h`, `1` for pure numbers).

    Raises
    ------
    RecordError
        Two arrays disagree about the length of a dimension, or a unit or dimension is missing.
    """

    __slots__ = ("_description", "_values")

    def __init__(
        self,
        values: Mapping[str, Any],
        *,
        dims: str | Mapping[str, tuple[str, ...]],
        units: Mapping[str, str],
    ) -> None:
        arrays: dict[str, NDArray[Any]] = {}
        variables: list[Variable] = []
        sizes: dict[str, int] = {}
        for name in sorted(values):
            array = _canonical_array(name, values[name])
            axes = (dims,) if isinstance(dims, str) else dims.get(name, ())
            if len(axes) != array.ndim or name not in units:
                raise RecordError(
                    f"array '{name}' has {array.ndim} axes: give {array.ndim} dimension names and "
                    f"a unit (got {axes} and {units.get(name)!r})"
                )
            for axis, length in zip(axes, array.shape, strict=True):
                if sizes.setdefault(axis, length) != length:
                    raise RecordError(
                        f"array '{name}' has {length} along '{axis}', others have {sizes[axis]}"
                    )
            arrays[name] = array
            variables.append(
                Variable(name=name, dims=axes, dtype=array.dtype.str, unit=units[name])
            )
        self._values: dict[str, NDArray[Any]] | None = arrays
        self._description = Description(
            sha256=_digest(sizes, variables, arrays), sizes=sizes, variables=tuple(variables)
        )

    @classmethod
    def detached(cls, description: object) -> Arrays:
        """Arrays known only by their description, as a ledger gives them back."""
        layout = msgspec.convert(description, Description)
        _check_description(layout)
        return cls._of(layout, None)

    @classmethod
    def streamed(
        cls,
        sizes: Mapping[str, int],
        variables: Iterable[Variable],
        pieces: Callable[[str], Iterable[NDArray[Any]]],
    ) -> Arrays:
        """Arrays too large to hold, detached: their hash is taken piece by piece.

        The hash is the one that the same arrays in memory have.

        Parameters
        ----------
        sizes
            Length of each dimension.
        variables
            Name, dimensions, number format and unit of each array.
        pieces
            Gives, for a name, consecutive pieces of its array along the first dimension.

        Raises
        ------
        RecordError
            Pieces do not add up to the array that was described.
        """
        ordered = sorted(variables, key=lambda variable: variable.name)
        digest = _digest_of_layout(sizes, ordered)
        for variable in ordered:
            shape = tuple(sizes[axis] for axis in variable.dims)
            rows = 0
            for piece in pieces(variable.name):
                array = _canonical_array(variable.name, piece)
                if array.shape[1:] != shape[1:] or array.dtype.str != variable.dtype:
                    raise RecordError(
                        f"array '{variable.name}': a piece is {array.dtype.str} {array.shape}, "
                        f"described is {variable.dtype} {shape}"
                    )
                rows += len(array)
                digest.update(array.data)
            if rows != shape[0]:
                raise RecordError(f"array '{variable.name}': {rows} rows came of {shape[0]}")
        layout = Description(sha256=digest.hexdigest(), sizes=dict(sizes), variables=tuple(ordered))
        _check_description(layout)
        return cls._of(layout, None)

    def attach(self, content: bytes) -> Arrays:
        """The same arrays with values, from the bytes of `to_bytes`.

        Raises
        ------
        RecordError
            The bytes are not those that were hashed.
        """
        values: dict[str, NDArray[Any]] = {}
        start = 0
        for variable in self._description.variables:
            shape = tuple(self._description.sizes[axis] for axis in variable.dims)
            dtype = np.dtype(variable.dtype)
            stop = start + dtype.itemsize * math.prod(shape)
            if stop > len(content):
                raise RecordError(f"arrays {self.sha256[:12]}: the bytes end early")
            values[variable.name] = np.frombuffer(content[start:stop], dtype=dtype).reshape(shape)
            start = stop
        found = _digest(self._description.sizes, self._description.variables, values)
        if found != self.sha256 or start != len(content):
            raise RecordError(
                f"arrays {self.sha256[:12]}: the bytes hash to {found[:12]}; "
                "they were changed, take them from their source again"
            )
        return Arrays._of(self._description, values)

    @classmethod
    def _of(cls, description: Description, values: dict[str, NDArray[Any]] | None) -> Arrays:
        bundle = cls.__new__(cls)
        bundle._description = description  # noqa: SLF001 - a constructor beside __init__
        bundle._values = values  # noqa: SLF001
        return bundle

    @property
    def sha256(self) -> str:
        """Content hash."""
        return self._description.sha256

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the arrays, sorted."""
        return tuple(variable.name for variable in self._description.variables)

    @property
    def sizes(self) -> dict[str, int]:
        """Length of each dimension."""
        return dict(self._description.sizes)

    def description(self) -> dict[str, Any]:
        """Layout and hash as plain values."""
        plain: dict[str, Any] = msgspec.to_builtins(self._description)
        return plain

    @property
    def variables(self) -> tuple[Variable, ...]:
        """Name, dimensions, number format and unit of each array, in name order."""
        return self._description.variables

    def unit(self, name: str) -> str:
        """Unit of one array."""
        for variable in self._description.variables:
            if variable.name == name:
                return variable.unit
        raise KeyError(name)

    def __contains__(self, name: object) -> bool:
        return name in self.names

    def __getitem__(self, name: str) -> NDArray[Any]:
        if self._values is None:
            raise RecordError(
                f"arrays {self.sha256[:12]} are known by hash only; "
                "open the file they came from, or the ledger that keeps them"
            )
        if name not in self._values:
            raise KeyError(f"no array '{name}' here; there are {', '.join(self.names)}")
        return self._values[name]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Arrays) and self._description == other._description

    def __hash__(self) -> int:
        return hash(self.sha256)

    def __repr__(self) -> str:
        sizes = ", ".join(f"{axis}={length}" for axis, length in self.sizes.items())
        return f"Arrays({', '.join(self.names)}; {sizes}; {self.sha256[:12]})"

    def to_bytes(self) -> bytes:
        """Bytes of all arrays in name order, little-endian, C order."""
        return b"".join(self[name].tobytes() for name in self.names)

    def to_xarray(self) -> xarray.Dataset:
        """The same arrays as a labelled dataset, units as attributes."""
        import xarray as xr

        return xr.Dataset(
            {
                variable.name: (variable.dims, self[variable.name], {"units": variable.unit})
                for variable in self._description.variables
            },
            attrs={"sha256": self.sha256},
        )

    @classmethod
    def from_xarray(cls, dataset: xarray.Dataset) -> Arrays:
        """Arrays of a dataset: every variable and coordinate, each with a `units` attribute.

        Raises
        ------
        RecordError
            A variable has no unit.
        """
        variables = {str(name): dataset[name] for name in dataset.variables}
        for name, variable in variables.items():
            if "units" not in variable.attrs:
                raise RecordError(f"variable '{name}' has no 'units' attribute; '1' is a unit")
        return cls(
            {name: variable.values for name, variable in variables.items()},
            dims={name: tuple(map(str, v.dims)) for name, v in variables.items()},
            units={name: str(v.attrs["units"]) for name, v in variables.items()},
        )


def _check_description(description: Description) -> None:
    """Refuse a layout that no bundle of arrays has."""
    names = [variable.name for variable in description.variables]
    if names != sorted(set(names)):
        raise RecordError(f"arrays {description.sha256[:12]}: names {names} are not in order")
    used = {axis for variable in description.variables for axis in variable.dims}
    if used != set(description.sizes) or any(size < 0 for size in description.sizes.values()):
        raise RecordError(
            f"arrays {description.sha256[:12]}: sizes {description.sizes} do not fit the "
            f"dimensions {sorted(used)}"
        )
    for variable in description.variables:
        if variable.dtype not in DTYPES:
            raise RecordError(f"array '{variable.name}' is {variable.dtype}, none of {DTYPES}")


def _canonical_array(name: str, values: object) -> NDArray[Any]:
    """A read-only little-endian C-ordered copy with one NaN and no negative zero."""
    array: NDArray[Any] = np.array(values, order="C", copy=True)
    if array.dtype.kind == "b":
        array = array.astype("|u1")
    if array.dtype.newbyteorder("<").str not in DTYPES:
        raise RecordError(f"array '{name}' is {array.dtype}; arrays hold {', '.join(DTYPES)}")
    array = array.astype(array.dtype.newbyteorder("<"), copy=False)
    if array.dtype.kind == "f":
        array += 0.0  # -0.0 + 0.0 is 0.0
        np.copyto(array, np.nan, where=np.isnan(array))
    array.flags.writeable = False
    return array.view()  # a view of a read-only array cannot be made writeable


def _digest(
    sizes: Mapping[str, int],
    variables: tuple[Variable, ...] | list[Variable],
    values: Mapping[str, NDArray[Any]],
) -> str:
    digest = _digest_of_layout(sizes, variables)
    for variable in variables:
        digest.update(np.ascontiguousarray(values[variable.name]).data)
    found: str = digest.hexdigest()
    return found


def _digest_of_layout(sizes: Mapping[str, int], variables: Sequence[Variable]) -> Any:
    """The hash of a layout, to which the bytes of its arrays are added in name order."""
    head = msgspec.json.encode(
        {"sizes": dict(sizes), "variables": tuple(variables)}, order="sorted"
    )
    return hashlib.sha256(len(head).to_bytes(8, "little") + head)
