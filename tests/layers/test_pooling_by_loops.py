"""Pools of any sizes, strides and padding equal plain loops."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.backends import numbers
from tests.layers import loops

from nablab import layers

pytestmark = pytest.mark.slow
tried = settings(max_examples=25)


@st.composite
def forms(draw, rank):
    """An input, and the arguments of a pool whose window fits in it."""
    padding = draw(st.sampled_from(["valid", "same"]))
    size = [draw(st.integers(1, 3)) for _ in range(rank)]
    strides = draw(st.none() | st.tuples(*[st.integers(1, 3)] * rank))
    shape = [draw(st.integers(k if padding == "valid" else 1, k + 3)) for k in size]
    channels, seed = draw(st.integers(1, 2)), draw(st.integers(0, 2**16))
    x = np.random.default_rng(seed).normal(size=(2, *shape, channels)).astype("float32")
    return x, {"pool_size": tuple(size), "strides": strides, "padding": padding}


@pytest.mark.parametrize("name", ["Max", "Average"])
@pytest.mark.parametrize("rank", [1, 2, 3])
def test_a_pool_equals_loops(rank, name):
    reduce = max if name == "Max" else loops.mean

    @tried
    @given(forms(rank))
    def holds(form):
        x, how = form
        layer = getattr(layers, f"{name}Pool{rank}D")(**how)
        strides = how["strides"] or how["pool_size"]
        expected = loops.pool(reduce, x, how["pool_size"], strides, how["padding"])
        got = numbers(layer(x))
        assert layer.compute_output_shape(x.shape) == got.shape
        np.testing.assert_allclose(got, expected, rtol=0, atol=1e-5)

    holds()


@pytest.mark.parametrize("name", ["Max", "Average"])
@tried
@given(lengths=st.lists(st.integers(1, 5), min_size=1, max_size=4), seed=st.integers(0, 2**16))
def test_a_global_pool_reads_each_sequence_up_to_its_end(name, lengths, seed):
    x = np.random.default_rng(seed).normal(size=(len(lengths), 5, 2)).astype("float32")
    mask = np.arange(5) < np.array(lengths)[:, None]
    got = numbers(getattr(layers, f"Global{name}Pool")()(x, mask=mask))
    reduce = max if name == "Max" else loops.mean
    for b, length in enumerate(lengths):
        for c in range(2):
            assert got[b, c] == pytest.approx(reduce(x[b, :length, c].tolist()), abs=1e-6)


@tried
@given(
    size=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    more=st.tuples(st.integers(0, 3), st.integers(0, 3)),
    seed=st.integers(0, 2**16),
)
def test_switches_name_the_first_maximum_of_each_window(size, more, seed):
    """Of whole numbers, so that several of a window may be the largest."""
    height, width = (k + n for k, n in zip(size, more, strict=True))
    x = np.random.default_rng(seed).integers(0, 3, (2, height, width, 2)).astype("float32")
    y, switches = map(numbers, layers.MaxPoolWithSwitches(size)(x))
    for place, entries in loops.windows((height, width), size, size, "valid", (1, 1)):
        for b, c in np.ndindex(2, 2):
            read = [(x[(b, *entry, c)], -h * width - w) for _, entry in entries for h, w in [entry]]
            largest, number = max(read)
            assert y[(b, *place, c)] == largest and switches[(b, *place, c)] == -number


@tried
@given(
    sizes=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    seed=st.integers(0, 2**16),
)
def test_unpooling_adds_up_values_with_the_same_switch(sizes, seed):
    rng = np.random.default_rng(seed)
    height, width = (2 * n for n in sizes)
    y = rng.normal(size=(2, *sizes, 2)).astype("float32")
    switches = rng.integers(0, height * width, y.shape).astype("int32")
    expected = np.zeros((2, height, width, 2))
    for b, i, j, c in np.ndindex(*y.shape):
        h, w = divmod(switches[b, i, j, c], width)
        expected[b, h, w, c] += y[b, i, j, c]
    got = numbers(layers.MaxUnpool(2)(y, switches))
    np.testing.assert_allclose(got, expected, rtol=0, atol=1e-5)
