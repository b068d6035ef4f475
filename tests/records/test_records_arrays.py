"""Arrays are known by every byte, name, unit and dimension, and do not change."""

from __future__ import annotations

import math
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from sillage.errors import RecordError
from sillage.records.arrays import DTYPES, Arrays

pytestmark = pytest.mark.filterwarnings(
    "ignore:Do not use the `random` module"  # the shape checker draws the items it looks at
)
GRIDS = st.sampled_from(DTYPES).flatmap(
    lambda dtype: hnp.arrays(
        dtype, hnp.array_shapes(min_dims=2, max_dims=2, min_side=0, max_side=4)
    )
)


def grid(values: Any, *, name: str = "value", unit: str = "ppm", axes: str = "y x") -> Arrays:
    return Arrays({name: values}, dims={name: tuple(axes.split())}, units={name: unit})


@given(values=GRIDS)
def test_bytes_attach_to_their_description(values: NDArray[Any]) -> None:
    bundle = grid(values)
    again = Arrays.detached(bundle.description()).attach(bundle.to_bytes())
    assert again == bundle
    np.testing.assert_array_equal(again["value"], values)


@given(values=GRIDS, data=st.data())
def test_other_bytes_do_not_attach(values: NDArray[Any], data: st.DataObject) -> None:
    bundle = grid(values)
    content = bytearray(bundle.to_bytes())
    longer = bytes(content) + b"\0"
    with pytest.raises(RecordError):
        bundle.attach(longer)
    if content:
        content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
        with pytest.raises(RecordError, match="they were changed"):
            bundle.attach(bytes(content))
        with pytest.raises(RecordError, match="end early"):
            bundle.attach(bytes(content[:-1]))


def test_the_hash_depends_on_value_name_unit_axes_shape_and_format() -> None:
    values = np.arange(6.0).reshape(2, 3)
    others = [
        grid(values + 1),
        grid(values, name="other"),
        grid(values, unit="1"),
        grid(values, axes="x y"),
        grid(values.reshape(3, 2)),
        grid(values.astype("<f4")),
    ]
    assert len({bundle.sha256 for bundle in [grid(values), *others]}) == 7


def test_the_hash_is_this_and_stays_so() -> None:
    assert grid([[1.5, math.nan]]).sha256 == (
        "8401491d33fbd085bf50eaaf30d0df6dc252c412b7a48c2489fedca29d99804c"
    )


@given(values=hnp.arrays("<f8", (2, 3)))
def test_the_hash_does_not_depend_on_memory_layout_or_the_kind_of_nan(
    values: NDArray[np.float64],
) -> None:
    same = grid(values).sha256
    assert grid(np.asfortranarray(values)).sha256 == same
    assert grid(values.astype(">f8")).sha256 == same
    other_nan = np.where(np.isnan(values), -np.float64("nan"), values)
    assert grid(np.where(other_nan == 0, -0.0, other_nan)).sha256 == same


def test_arrays_do_not_change() -> None:
    values = np.zeros((1, 2))
    bundle = grid(values)
    values[0, 0] = 1
    assert bundle["value"][0, 0] == 0
    with pytest.raises(ValueError, match="read-only"):
        bundle["value"][0, 0] = 1
    with pytest.raises(ValueError, match="WRITEABLE"):
        bundle["value"].flags.writeable = True


def test_a_single_number_is_an_array_without_axes() -> None:
    bundle = Arrays({"g": 9.81}, dims={"g": ()}, units={"g": "m s-2"})
    assert Arrays.detached(bundle.description()).attach(bundle.to_bytes())["g"] == 9.81


@given(values=GRIDS)
def test_xarray_and_back_is_the_same(values: NDArray[Any]) -> None:
    bundle = grid(values)
    assert Arrays.from_xarray(bundle.to_xarray()) == bundle


def test_a_dataset_without_units_is_refused() -> None:
    dataset = grid(np.zeros((1, 1))).to_xarray()
    del dataset["value"].attrs["units"]
    with pytest.raises(RecordError, match="'value' has no 'units'"):
        Arrays.from_xarray(dataset)


def test_detached_arrays_say_where_to_find_values() -> None:
    with pytest.raises(RecordError, match="known by hash only"):
        Arrays.detached(grid(np.zeros((1, 1))).description())["value"]


def test_axes_that_disagree_are_refused() -> None:
    with pytest.raises(RecordError, match="'b' has 3 along 'x', others have 2"):
        Arrays({"a": [1, 2], "b": [1, 2, 3]}, dims="x", units={"a": "1", "b": "1"})
    with pytest.raises(RecordError, match="'a' has 1 axes"):
        Arrays({"a": [1, 2]}, dims={"a": ("y", "x")}, units={"a": "1"})
    with pytest.raises(RecordError, match="a unit"):
        Arrays({"a": [1, 2]}, dims="x", units={})


@pytest.mark.parametrize("values", [["a"], [1j], [None], np.array(["2026"], "M8[ns]")])
def test_only_numbers_are_held(values: Any) -> None:
    with pytest.raises(RecordError, match="arrays hold"):
        Arrays({"a": values}, dims="x", units={"a": "1"})


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("sizes", {"y": -1, "x": 1}),
        ("sizes", {"y": 1}),
        ("sizes", {"y": 1, "x": 1, "z": 1}),
        ("variables", [{"name": "value", "dims": ["y", "x"], "dtype": "|O8", "unit": "1"}]),
        ("variables", [{"name": "v", "dims": ["y", "x"], "dtype": "<f8", "unit": "1"}] * 2),
    ],
)
def test_a_description_that_fits_no_arrays_is_refused(field: str, wrong: object) -> None:
    description = grid(np.zeros((1, 1))).description()
    with pytest.raises(RecordError):
        Arrays.detached(description | {field: wrong})


def test_sizes_beyond_all_memory_are_refused_by_their_bytes() -> None:
    description = grid(np.zeros((1, 1))).description() | {"sizes": {"y": sys.maxsize, "x": 9}}
    with pytest.raises(RecordError, match="end early"):
        Arrays.detached(description).attach(b"")
