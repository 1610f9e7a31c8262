"""Properties of attention for any weights."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops
from tests.backends import gradients, numbers

import nablab.layers
from nablab.layers import (
    AdditiveAttention,
    MultiHeadAttention,
    ScaledDotProductAttention,
    TransformerBlock,
)

pytestmark = pytest.mark.slow
often = settings(max_examples=20)
lengths = st.sampled_from([1, 2, 3, 7])  # few sizes: JAX compiles anew for each
seeds = st.integers(0, 10**6)

ATTENTIONS = {
    "scaled dot-product": lambda **more: ScaledDotProductAttention(**more),
    "additive": lambda **more: AdditiveAttention(units=5, **more),
    "multi-head": lambda **more: MultiHeadAttention(2, 3, **more),
}
each = pytest.mark.parametrize("make", ATTENTIONS.values(), ids=ATTENTIONS)
causal_ones = pytest.mark.parametrize(
    "make",
    [
        lambda: on_itself(ScaledDotProductAttention(), use_causal_mask=True),
        lambda: on_itself(MultiHeadAttention(2, 3), use_causal_mask=True),
        lambda: TransformerBlock(2, 3, 8, causal=True),
        lambda: TransformerBlock(2, 3, 8, norm="post", causal=True),
    ],
    ids=["scaled dot-product", "multi-head", "pre-norm block", "post-norm block"],
)
equivariant_ones = pytest.mark.parametrize(
    "make",
    [
        lambda: on_itself(ScaledDotProductAttention()),
        lambda: on_itself(AdditiveAttention(units=5)),
        lambda: on_itself(MultiHeadAttention(2, 3)),
        lambda: TransformerBlock(2, 3, 8),
        lambda: TransformerBlock(2, 3, 8, norm="post"),
    ],
    ids=["scaled dot-product", "additive", "multi-head", "pre-norm block", "post-norm block"],
)


def on_itself(layer, **more):
    return lambda x: attend(layer, x, x, **more)


def attend(layer, query, value, *key, attention_mask=None, value_mask=None, **more):
    """The call of any of the three, two of which take lists."""
    if isinstance(layer, MultiHeadAttention):
        masks = {"attention_mask": attention_mask, "value_mask": value_mask}
        return layer(query, value, *key, **masks, **more)
    mask = attention_mask if value_mask is None else value_mask
    return layer([query, value, *key], mask=[None, mask], **more)


def drawn(seed, *shapes):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=shape).astype("float32") for shape in shapes]


def some(seed, *shape):
    return np.random.default_rng(seed).random(shape) < 0.5


@each
@given(lengths, lengths, seeds)
@often
def test_attention_weights_sum_to_one_over_the_attended_keys(make, T, S, seed):
    q, v = drawn(seed, (2, T, 4), (2, S, 4))
    mask = some(seed, 2, T, S)
    y, A = map(numbers, attend(make(), q, v, attention_mask=mask, return_attention_scores=True))
    A = A if A.ndim == 4 else A[:, None]
    mask = np.broadcast_to(mask[:, None], A.shape)
    assert np.all(A[~mask] == 0)
    np.testing.assert_allclose(A.sum(axis=-1), mask.any(axis=-1), atol=1e-5)
    assert np.all(np.isfinite(y))


@each
def test_a_query_that_may_attend_nothing_gives_zeros_and_a_finite_gradient(make):
    layer = make()
    q, v = drawn(0, (1, 3, 4), (1, 5, 4))
    mask = np.ones((1, 3, 5), bool)
    mask[0, 1] = False
    y = numbers(attend(layer, q, v, attention_mask=mask))
    assert np.all(y[0, 1] == 0) and np.all(y[0, 0] != 0)
    got = gradients(
        lambda q, v: ops.sum(ops.square(attend(layer, q, v, attention_mask=mask))),
        layer.trainable_variables,
        [q, v],
    )
    assert all(np.all(np.isfinite(g)) for g in got)


@causal_ones
@given(st.sampled_from([2, 5, 7]), seeds, st.data())
@often
def test_later_inputs_do_not_change_earlier_outputs(make, T, seed, data):
    layer = make()
    x, other = drawn(seed, (2, T, 4), (2, T, 4))
    t = data.draw(st.integers(1, T - 1))
    changed = np.concatenate([x[:, :t], other[:, t:]], axis=1)
    before, after = numbers(layer(x)), numbers(layer(changed))
    np.testing.assert_array_equal(after[:, :t], before[:, :t])
    assert np.any(after[:, t:] != before[:, t:])


@equivariant_ones
@given(lengths, seeds)
@often
def test_without_positions_permuted_inputs_give_permuted_outputs(make, T, seed):
    layer = make()
    (x,) = drawn(seed, (2, T, 4))
    order = np.random.default_rng(seed).permutation(T)
    np.testing.assert_allclose(
        numbers(layer(x[:, order])), numbers(layer(x))[:, order], rtol=1e-4, atol=1e-5
    )


@each
@given(lengths, lengths, seeds)
@often
def test_keys_and_values_permuted_together_change_nothing(make, T, S, seed):
    layer = make()
    q, v, k = drawn(seed, (2, T, 4), (2, S, 3), (2, S, 4))
    mask = some(seed, 2, T, S)
    order = np.random.default_rng(seed).permutation(S)
    one = numbers(attend(layer, q, v, k, attention_mask=mask))
    other = numbers(attend(layer, q, v[:, order], k[:, order], attention_mask=mask[:, :, order]))
    np.testing.assert_allclose(other, one, rtol=1e-4, atol=1e-5)


@each
@given(lengths, st.sampled_from([2, 5, 7]), seeds)
@often
def test_a_masked_key_has_no_influence(make, T, S, seed):
    layer = make()
    q, v, k = drawn(seed, (2, T, 4), (2, S, 3), (2, S, 4))
    attended = some(seed, 2, S)
    attended[:, 0] = True
    one = numbers(attend(layer, q, v, k, attention_mask=attended[:, None, :]))
    far = np.where(attended[:, :, None], 0, 1e3).astype("float32")
    other = numbers(attend(layer, q, v + far, k - far, attention_mask=attended[:, None, :]))
    np.testing.assert_array_equal(other, one)
    np.testing.assert_array_equal(
        numbers(attend(layer, q, v + far, k - far, value_mask=attended)), one
    )


@each
def test_masked_keys_are_the_same_as_missing_keys(make):
    layer = make()
    q, v = drawn(0, (2, 3, 4), (2, 6, 4))
    mask = np.broadcast_to(np.arange(6) < 4, (2, 1, 6))
    np.testing.assert_allclose(
        numbers(attend(layer, q, v, attention_mask=mask)),
        numbers(attend(layer, q, v[:, :4])),
        atol=1e-6,
    )


def test_a_mask_of_keys_alone_is_refused_and_the_error_says_how():
    q, v = drawn(0, (2, 3, 4), (2, 6, 4))
    with pytest.raises(ValueError, match=r"(?s)attention_mask.*\(2, 6\).*value_mask"):
        MultiHeadAttention(2, 3)(q, v, attention_mask=np.ones((2, 6), bool))


@each
def test_masks_that_do_not_fit_are_refused_with_both_shapes(make):
    q, v = drawn(0, (2, 3, 4), (2, 6, 4))
    with pytest.raises(ValueError, match=r"(?s)\(2, 5\).*\(2, 6\)"):
        attend(make(), q, v, value_mask=np.ones((2, 5), bool))
    with pytest.raises(ValueError, match=r"(?s)\(2, 6, 3\).*3, 6\)"):
        attend(make(), q, v, attention_mask=np.ones((2, 6, 3), bool))


@each
def test_keys_and_values_of_different_lengths_are_refused(make):
    q, v, k = drawn(0, (2, 3, 4), (2, 6, 4), (2, 5, 4))
    with pytest.raises(ValueError, match=r"(?s)\(2, 6, 4\).*\(2, 5, 4\).*must be equal"):
        attend(make(), q, v, k)


@each
def test_a_query_that_is_padding_attends_to_nothing(make):
    layer = make()
    q, v = drawn(0, (2, 3, 4), (2, 6, 4))
    mask = np.array([[True, True, False], [True, False, False]])
    if isinstance(layer, MultiHeadAttention):
        y = numbers(layer(q, v, query_mask=mask))
    else:
        y = numbers(layer([q, v], mask=[mask, None]))
    assert np.all(y[~mask] == 0)
    np.testing.assert_allclose(y[mask], numbers(attend(layer, q, v))[mask], atol=1e-6)


@pytest.mark.parametrize("inputs", [np.ones((2, 3, 4)), [np.ones((2, 3, 4))]])
@pytest.mark.parametrize("layer", [ScaledDotProductAttention, AdditiveAttention])
def test_something_else_than_a_list_of_two_or_three_is_refused(layer, inputs):
    with pytest.raises(ValueError, match="a list of length 2 or 3"):
        layer()(inputs)


@each
def test_a_model_gives_the_scores_on_request(make):
    q, v = keras.Input((3, 4)), keras.Input((5, 4))
    layer = make()
    y, A = attend(layer, q, v, return_attention_scores=True)
    model = keras.Model([q, v], [y, A])
    given = drawn(0, (2, 3, 4), (2, 5, 4))
    outputs = model(given)
    assert [tuple(o.shape[1:]) for o in outputs] == [tuple(o.shape[1:]) for o in (y, A)]
    np.testing.assert_allclose(numbers(outputs[0]), numbers(attend(layer, *given)), atol=1e-6)


def test_queries_of_zeros_take_the_mean_of_the_values():
    (v,) = drawn(0, (2, 5, 4))
    y = numbers(ScaledDotProductAttention()([np.zeros((2, 3, 4), "float32"), v]))
    np.testing.assert_allclose(y, np.repeat(v.mean(axis=1, keepdims=True), 3, axis=1), atol=1e-6)


def test_scaled_dot_product_is_attention_of_keras_after_scaling():
    q, v, k = drawn(0, (2, 3, 4), (2, 5, 6), (2, 5, 4))
    theirs = keras.layers.Attention()([q / 2, v, k])
    np.testing.assert_allclose(
        numbers(ScaledDotProductAttention()([q, v, k])), numbers(theirs), atol=1e-6
    )


def test_additive_attention_with_unit_matrices_is_that_of_keras():
    q, v, k = drawn(0, (2, 3, 4), (2, 5, 6), (2, 5, 4))
    ours, theirs = AdditiveAttention(units=4), keras.layers.AdditiveAttention()
    ours([q, v, k]), theirs([q, v, k])
    ours.set_weights([np.eye(4), np.eye(4), np.array([1.0, -2.0, 3.0, 0.5])])
    theirs.set_weights([np.array([1.0, -2.0, 3.0, 0.5])])
    np.testing.assert_allclose(numbers(ours([q, v, k])), numbers(theirs([q, v, k])), atol=1e-5)


def test_one_head_with_unit_matrices_is_scaled_dot_product():
    q, v, k = drawn(0, (2, 3, 4), (2, 5, 4), (2, 5, 4))
    layer = MultiHeadAttention(1, 4, use_bias=False)
    layer.build(q.shape, v.shape)
    layer.set_weights([np.eye(4).reshape(w.shape) for w in layer.get_weights()])
    np.testing.assert_allclose(
        numbers(layer(q, v, k)), numbers(ScaledDotProductAttention()([q, v, k])), atol=1e-6
    )


def block_of_keras(layer, x, norm):
    """The same block of Keras's own layers, with the weights of ours."""
    attention = keras.layers.MultiHeadAttention(2, 3)
    norms = [keras.layers.LayerNormalization() for _ in range(2)]
    hidden, out = keras.layers.Dense(8, activation="gelu"), keras.layers.Dense(4)

    def call():
        if norm == "pre":
            h = norms[0](x)
            h = x + attention(h, h)
            return h + out(hidden(norms[1](h)))
        h = norms[0](x + attention(x, x))
        return norms[1](h + out(hidden(h)))

    call()
    attention.set_weights(layer.attention.get_weights())
    norms[0].set_weights(layer.norm1.get_weights())
    norms[1].set_weights(layer.norm2.get_weights())
    hidden.set_weights(layer.hidden.get_weights())
    out.set_weights(layer.out.get_weights())
    return call()


@pytest.mark.parametrize("norm", ["pre", "post"])
def test_a_block_is_the_same_composition_of_layers_of_keras(norm):
    layer = TransformerBlock(2, 3, 8, norm=norm)
    (x,) = drawn(0, (2, 5, 4))
    layer(x)
    for number, variable in enumerate(layer.trainable_variables):
        variable.assign(variable + 0.3 * drawn(number, variable.shape)[0])
    expected = numbers(block_of_keras(layer, ops.convert_to_tensor(x), norm))
    np.testing.assert_allclose(numbers(layer(x)), expected, atol=1e-5)


@pytest.mark.parametrize("norm", ["pre", "post"])
def test_a_block_without_output_projections_is_the_identity_or_two_norms(norm):
    layer = TransformerBlock(2, 3, 8, norm=norm)
    (x,) = drawn(0, (2, 5, 4))
    layer(x)
    for kernel in (layer.attention.output_dense.kernel, layer.out.kernel):
        kernel.assign(np.zeros(kernel.shape))
    expected = x if norm == "pre" else layer.norm2(layer.norm1(x))
    np.testing.assert_allclose(numbers(layer(x)), numbers(expected), atol=1e-6)


@pytest.mark.parametrize(
    "layer",
    [
        lambda x: MultiHeadAttention(2, 3)(x, x),
        lambda x: AdditiveAttention(units=3)([x, x]),
        lambda x: ScaledDotProductAttention()([x, x]),
        lambda x: TransformerBlock(2, 3, 8)(x),
        lambda x: TransformerBlock(2, 3, 8, norm="post")(x),
    ],
    ids=["multi-head", "additive", "scaled dot-product", "pre-norm block", "post-norm block"],
)
@pytest.mark.filterwarnings("error:.*does not support masking")
def test_the_mask_of_an_embedding_is_obeyed_and_passed_on(layer):
    tokens = keras.Input((None,), dtype="int32")
    x = keras.layers.Embedding(9, 4, mask_zero=True)(tokens)
    model = keras.Model(tokens, layer(layer(x)))
    short, padded = np.array([[3, 5, 2]]), np.array([[3, 5, 2, 0, 0]])
    np.testing.assert_allclose(numbers(model(padded))[:, :3], numbers(model(short)), atol=1e-5)


def test_a_block_drops_in_training_only():
    keras.utils.set_random_seed(0)
    layer = TransformerBlock(2, 3, 8, dropout=0.5)
    (x,) = drawn(0, (2, 5, 4))
    rest = numbers(layer(x, training=False))
    np.testing.assert_array_equal(numbers(layer(x, training=False)), rest)
    assert np.any(numbers(layer(x, training=True)) != numbers(layer(x, training=True)))


@pytest.mark.filterwarnings("error:.*does not support masking")
def test_a_block_reads_the_padding_of_an_embedding_also_beside_an_attention_mask():
    embedding, layer = keras.layers.Embedding(9, 4, mask_zero=True), TransformerBlock(2, 3, 8)
    short, padded = np.array([[3, 5, 2]]), np.array([[3, 5, 2, 0, 0]])
    causal = np.tril(np.ones((1, 5, 5), bool))
    got = numbers(layer(embedding(padded), attention_mask=causal))[:, :3]
    wanted = numbers(layer(embedding(short), attention_mask=causal[:, :3, :3]))
    np.testing.assert_allclose(got, wanted, atol=1e-5)


def test_a_weights_file_of_keras_is_loaded_and_one_of_ours_by_keras(tmp_path):
    def model(library, use_gate):
        x = keras.Input((4, 6))
        attention = library.MultiHeadAttention(2, 3, use_gate=use_gate, dropout=0.1)
        y = library.AdditiveAttention()([attention(x, x), x])
        return keras.Model(x, y)

    (x,) = drawn(0, (2, 4, 6))
    for use_gate in (False, True):
        ours, theirs = model(nablab.layers, use_gate), model(keras.layers, use_gate)
        for source, target in ((theirs, ours), (ours, theirs)):
            for number, weight in enumerate(source.trainable_variables):
                weight.assign(drawn(number, weight.shape)[0])
            source.save_weights(tmp_path / "some.weights.h5")
            target.load_weights(tmp_path / "some.weights.h5")
            np.testing.assert_allclose(numbers(target(x)), numbers(source(x)), atol=1e-5)
