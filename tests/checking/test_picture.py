"""Pictures of arrays: always drawn, small, truthful, and never without words."""

import re
from html import unescape
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from nablab.checking import drawing, values
from nablab.checking.expect import NOTHING
from nablab.checking.picture import compare, one

LIMIT = 60_000
RNG = np.random.default_rng(7)


def svgs(picture):
    """The SVG elements of a picture; that they parse is half of the test."""
    root = ElementTree.fromstring(f"<x>{picture.svg}</x>")
    return [element for element in root.iter() if element.tag.endswith("}svg")]


def words(picture):
    return [unescape(text) for text in re.findall(r"<text[^>]*>([^<]*)</text>", picture.svg)]


def test_a_small_sheet_has_its_numbers_in_squares_with_a_real_minus():
    expected = np.array([[1.0, -2.0, 3.0], [0.5, 0.0, -0.25]])
    got = expected.copy()
    got[1, 2] = 4
    found = words(compare(got, expected))
    assert found[:3] == ["expected", "1.00", "−2.00"]
    assert "−0.25" in found and "4.00" in found and "4.25" in found
    assert not any("-" in word for word in found)


def test_every_picture_has_a_text_alternative():
    picture = compare(RNG.normal(size=(7, 5)), RNG.normal(size=(7, 5)), (0, 0))
    assert len(svgs(picture)) == 3
    for svg in svgs(picture):
        assert svg.get("role") == "img" and svg.get("aria-label")
        assert [child.tag.partition("}")[2] for child in svg][:2] == ["title", "desc"]
    assert "35 of 35 entries differ, first [0, 0]" in picture.alt
    assert svgs(picture)[0].get("aria-label") == picture.alt


def test_the_text_alternative_of_a_small_picture_holds_its_numbers():
    alt = compare(np.array([[2, -2], [-1, 0]]), np.array([[2, -2], [-1, 1]])).alt
    assert "first [1, 1]: 0 instead of 1" in alt
    assert "Expected: 2, −2; −1, 1." in alt and "Yours: 2, −2; −1, 0." in alt


def test_the_first_difference_is_ringed_once_in_each_panel():
    a = np.zeros((3, 4))
    b = a.copy()
    b[1, 2] = b[2, 3] = 1
    assert compare(b, a).svg.count('stroke="#fff" stroke-width="4.5"') == 3
    assert compare(a, a).svg.count('stroke-width="4.5"') == 0
    assert compare(a, a).alt.endswith("They do not differ.")


def test_numbers_that_differ_are_written_so_that_they_read_differently():
    a, b = np.array([0.77777, 0.5]), np.array([0.77781, 0.5])
    found = words(compare(a, b, (0,)))
    assert "0.77777" in found and "0.77781" in found


def test_equal_entries_of_the_difference_are_dots():
    a = np.arange(6.0).reshape(2, 3)
    b = a + np.array([[0, 0, 0], [0, 1e-9, 1]])
    assert words(compare(b, a)).count("·") == 5


def test_differing_shapes_are_both_drawn_and_named_without_a_difference():
    picture = compare(np.ones((4, 3)), np.arange(6.0).reshape(2, 3))
    assert [svg.get("aria-label") for svg in svgs(picture)] == [picture.alt, "yours, 4×3"]
    assert "expected, 2×3" in picture.alt and "difference" not in picture.svg


def test_scalars_are_text_only():
    picture = compare(1.0, 7 / 9)
    assert picture.svg == "" and picture.alt == "Expected 0.777778, yours 1."
    assert compare(np.float32(2), np.asarray(3)).svg == ""


@pytest.mark.parametrize(
    "got",
    [
        "a word",
        None,
        NOTHING,
        {"a": 1},
        b"x",
        [[1], [2, 3]],
        object(),
        [1, "2"],
        1 << 70,
        [1 << 70],
    ],
    ids=lambda got: repr(got).partition(" at 0x")[0],
)
def test_what_is_no_array_of_numbers_is_text(got):
    picture = compare(got, np.arange(4))
    assert picture.svg == "" and picture.alt


def test_a_list_of_numbers_is_drawn_as_an_array():
    assert compare([[1, 2], [3, 5]], np.array([[1, 2], [3, 4]])).svg


def test_hostile_objects_are_never_asked_for_an_array():
    class Liar:
        def __array__(self, *args, **kwargs):
            raise RuntimeError("called")

        def __len__(self):
            raise RuntimeError("called")

        def __getitem__(self, key):
            raise RuntimeError("called")

        def __repr__(self):
            raise SystemError("called")

    assert values.numbers(Liar()) is None
    assert values.numbers([1, Liar()]) is None
    assert "Liar" in compare(Liar(), np.arange(3)).alt


def test_nan_and_infinity_are_named_and_count_as_differences():
    a = np.arange(6.0).reshape(2, 3)
    b = a.copy()
    b[0, 1], b[1, 1] = np.nan, -np.inf
    picture = compare(b, a)
    assert "2 of 6 entries differ, first [0, 1]: nan instead of 1" in picture.alt
    assert words(picture).count("nan") == 2 and words(picture).count("−∞") == 2


def test_empty_arrays_are_words():
    assert compare(np.zeros((0, 3)), np.zeros((0, 3))).alt == "Both are empty, of shape 0×3."
    picture = compare(np.zeros((0, 3)), np.arange(6.0).reshape(2, 3))
    assert "yours, 0×3" in picture.alt and len(svgs(picture)) == 1


def test_complex_and_bool_and_bytes_are_drawn():
    z = np.array([[1 + 2j, -1j]])
    assert "1+2i" in words(compare(z, z.conj()))
    assert compare(np.array([True, False]), np.array([True, True])).svg
    gap = words(compare(np.array([0, 1], np.uint8), np.array([1, 1], np.uint8)))
    assert "−1" in gap  # and not 255


@pytest.mark.parametrize(
    "shape",
    [
        (12, 12),
        (13, 13),
        (400, 600),
        (3000, 2),
        (2, 3000),
        (5000,),
        (2, 64, 64, 3),
        (1, 200),
        (200, 1),
        (3, 4, 5, 6, 7),
    ],
    ids=str,
)
def test_a_picture_stays_small(shape):
    picture = compare(RNG.normal(size=shape) * 1e3, RNG.normal(size=shape) * 1e3)
    assert 0 < len(picture.svg) < LIMIT
    assert 0 < len(one(RNG.normal(size=shape), "img").svg) < LIMIT
    assert svgs(picture)


def test_a_large_array_is_shown_whole_and_around_its_first_difference():
    a = RNG.normal(size=(100, 130))
    b = a.copy()
    b[60, 90] += 5
    picture = compare(b, a)
    assert len(svgs(picture)) == 6
    assert "rows 58 to 62, columns 87 to 93" in picture.svg
    assert "up to 3×3 entries" in picture.svg


def test_one_wrong_entry_stays_in_sight_in_the_overview():
    gap = np.zeros((1000, 1000))
    gap[777, 333] = -2
    small, _ = drawing.reduced(gap)
    assert max(small.shape) <= 64 and small.min() == -2


def test_more_than_two_axes_show_the_slice_that_differs():
    a = RNG.normal(size=(7, 5, 3))
    b = a.copy()
    b[4, 2, 1] += 1
    picture = compare(b, a)
    assert "Slice [:, :, 1] of 7×5×3" in picture.svg and "slice [:, :, 1]" in picture.alt


def test_a_wrong_index_is_found_anew():
    picture = compare(np.array([1.0, 2.0]), np.array([1.0, 3.0]), (0, 7, 1))
    assert "first [1]" in picture.alt


def test_expected_and_got_share_their_colours():
    a, b = np.array([[1.0, -1.0]]), np.array([[0.5, -1.0]])
    limit = drawing.limit_of(a, b)
    assert limit == drawing.limit_of(b, a) == 1
    assert drawing.limit_of(a, 1e6 * b) == 4  # a runaway answer is clipped


def test_captions_are_escaped():
    picture = one(np.arange(4), '<script>"&')
    assert "<script>" not in picture.svg and svgs(picture)


SHAPES = hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=20)
ARRAYS = st.one_of(
    *(
        hnp.arrays(dtype, SHAPES)
        for dtype in (
            np.float64,
            np.float32,
            np.float16,
            np.int64,
            np.uint8,
            np.bool_,
            np.complex128,
            np.uint64,
        )
    )
)


@settings(max_examples=50)
@given(ARRAYS, ARRAYS, st.none() | st.tuples(st.integers(-3, 20), st.integers(-3, 20)))
def test_compare_never_raises_whatever_the_arrays(got, expected, where):
    picture = compare(got, expected, where)
    assert picture.alt and len(picture.svg) < LIMIT
    svgs(picture)


def test_a_row_of_equal_numbers_too_large_for_a_half_is_drawn():
    row = np.full(7, 2.0**52 + 2)
    assert compare(row, row).svg


@settings(max_examples=50)
@given(st.data())
def test_compare_never_raises_on_equal_shapes(data):
    shape = data.draw(SHAPES)
    got, expected = (data.draw(hnp.arrays(np.float64, shape)) for _ in range(2))
    picture = compare(got, expected)
    assert picture.alt and len(picture.svg) < LIMIT
    assert "nan" not in re.sub(r">[^<]*<|aria-label=\"[^\"]*\"", "", picture.svg)  # coordinates
    svgs(picture)
