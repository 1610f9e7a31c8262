"""Convolutions of any sizes, strides, dilation, groups and padding equal plain loops, and are linear
and equivariant to shifts."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.backends import numbers
from tests.layers import loops

from nablab import layers

pytestmark = pytest.mark.slow
tried = settings(max_examples=25)
paddings = {1: ["valid", "same", "causal"], 2: ["valid", "same"], 3: ["valid", "same"]}
each_rank = pytest.mark.parametrize("rank", paddings)


@dataclass(frozen=True)
class Form:
    """Arguments of a convolution, and the shape of an input that its kernel fits in."""

    shape: tuple
    size: tuple
    strides: tuple
    padding: str
    dilation: tuple
    groups: int
    filters: int
    seed: int

    def layer(self, name, **more):
        """A layer without a bias, its random weights, and an input."""
        rng = np.random.default_rng(self.seed)
        layer = getattr(layers, name)(
            kernel_size=self.size,
            strides=self.strides,
            padding=self.padding,
            dilation_rate=self.dilation,
            use_bias=False,
            dtype="float64",
            **more,
        )
        layer.build(self.shape)
        weights = [rng.normal(size=w.shape) for w in layer.get_weights()]
        layer.set_weights(weights)
        return layer, weights, rng.normal(size=self.shape)

    @property
    def window(self):
        return self.strides, self.padding, self.dilation


@st.composite
def forms(draw, rank, paddings):
    padding, is_dilated = draw(st.sampled_from(paddings)), draw(st.booleans())
    sizes = st.tuples(*[st.integers(1, 3 if rank < 3 else 2)] * rank)
    size, apart, ones = draw(sizes), draw(sizes), (1,) * rank
    strides, dilation = (ones, apart) if is_dilated else (apart, ones)
    spans = [
        d * (k - 1) + 1 if padding == "valid" else 1 for k, d in zip(size, dilation, strict=True)
    ]
    shape = [draw(st.integers(span, span + 3)) for span in spans]
    groups = draw(st.integers(1, 3))
    channels, filters = (groups * draw(st.integers(1, 2)) for _ in range(2))
    seed = draw(st.integers(0, 2**16))
    return Form((2, *shape, channels), size, strides, padding, dilation, groups, filters, seed)


def near(one, other):
    np.testing.assert_allclose(one, other, rtol=0, atol=1e-9)


@each_rank
def test_a_convolution_equals_loops_and_is_linear_in_its_input_and_its_kernel(rank):
    @tried
    @given(forms(rank, paddings[rank]))
    def holds(form):
        layer, (W,), x = form.layer(f"Conv{rank}D", filters=form.filters, groups=form.groups)
        y = numbers(layer(x))
        near(y, loops.convolution(x, W, *form.window, form.groups))
        rng = np.random.default_rng(form.seed + 1)
        other_x, other_W = rng.normal(size=x.shape), rng.normal(size=W.shape)
        near(numbers(layer(2 * x - 3 * other_x)), 2 * y - 3 * numbers(layer(other_x)))
        layer.set_weights([other_W])
        by_other_W = numbers(layer(x))
        layer.set_weights([2 * W - 3 * other_W])
        near(numbers(layer(x)), 2 * y - 3 * by_other_W)

    holds()


@each_rank
def test_an_input_shifted_by_the_stride_gives_an_output_shifted_by_one(rank):
    """Without padding: with it, the border does not move."""

    @tried
    @given(forms(rank, ["valid"]), st.integers(1, rank), st.integers(1, 2))
    def holds(form, axis, by):
        steps = by * form.strides[axis - 1]
        shape = [n + steps * (place == axis) for place, n in enumerate(form.shape)]
        form = replace(form, shape=tuple(shape))
        layer, _, x = form.layer(f"Conv{rank}D", filters=form.filters, groups=form.groups)
        y, shifted = numbers(layer(x)), np.take(x, range(steps, shape[axis]), axis)
        near(numbers(layer(shifted)), np.take(y, range(by, y.shape[axis]), axis))

    holds()


@pytest.mark.parametrize("rank", [1, 2])
def test_a_transposed_convolution_equals_loops_and_is_linear(rank):
    @tried
    @given(forms(rank, ["valid", "same"]))
    def holds(form):
        layer, (W,), x = form.layer(f"Conv{rank}DTranspose", filters=form.filters)
        y = numbers(layer(x))
        near(y, loops.transposed_convolution(x, W, *form.window))
        other = np.random.default_rng(form.seed + 1).normal(size=x.shape)
        near(numbers(layer(2 * x - 3 * other)), 2 * y - 3 * numbers(layer(other)))

    holds()


@tried
@given(forms(2, paddings[2]), st.integers(1, 2))
def test_a_depthwise_convolution_equals_loops_with_a_group_for_each_channel(form, m):
    layer, (W,), x = form.layer("DepthwiseConv2D", depth_multiplier=m)
    C = x.shape[-1]
    kernel = W.reshape(*form.size, 1, C * m)
    near(numbers(layer(x)), loops.convolution(x, kernel, *form.window, C))
