"""The rules for every layer, found by walking the package: each rule on each example of a layer.

The examples of a layer, in tests/layers/examples, declare the rules that do not apply to it. A layer
without examples fails.
"""

import doctest
import inspect
import math
import re
import zlib
from pathlib import Path

import keras
import numpy as np
import pytest
import tests.layers
from keras import ops
from tests.backends import (
    BACKEND,
    Scalar,
    compiled,
    gradients,
    has_gpu,
    numbers,
    whole_float32,
)
from tests.layers.example import examples_of, file_of

import nablab.layers

LAYERS = {name: getattr(nablab.layers, name) for name in nablab.layers.__all__}
MODULES = {name: inspect.getmodule(layer) for name, layer in LAYERS.items()}
CASES = [
    pytest.param(layer, example, id=f"{name}: {title}")
    for name, layer in LAYERS.items()
    for title, example in examples_of(layer).items()
]
STEPS = [(1e-5, 1e-6)] if BACKEND == "tensorflow" else [(1e-5, 1e-6), (1e-3, 2e-3), (1e-2, 2e-3)]
"""Steps of central differences and their tolerances. On JAX and PyTorch, Keras computes some float64
operations in float32, where a small step is lost in rounding; a large one crosses the kink of a ReLU."""

SECTIONS = ("Maths:", "Shapes:", "Example:", "Source:")

pytestmark = pytest.mark.slow
every = pytest.mark.parametrize(("layer_class", "example"), CASES)
each_layer = pytest.mark.parametrize("name", LAYERS)


# Making a layer


def made(layer_class, example, **more):
    keras.utils.set_random_seed(7)
    return layer_class(**example.arguments, **more)


def filled(layer_class, example, dtype="float32", **more):
    """A layer with random weights, and inputs for it."""
    layer = made(layer_class, example, dtype=dtype, **more)
    inputs = inputs_of(example, dtype if dtype in ("float32", "float64") else "float32")
    call(layer, example, inputs)
    rng = np.random.default_rng(3)
    for variable in layer.variables:
        if "float" in str(variable.dtype):
            drawn = rng.uniform(0.2, 1, variable.shape) * rng.choice([-0.5, 0.5], variable.shape)
            name = variable.path
            if "variance" in name or "gamma" in name or "scale" in name:
                drawn = np.abs(drawn) + 0.5
            variable.assign(drawn)
    return layer, inputs


def inputs_of(example, dtype="float32", batch=None):
    rng = np.random.default_rng(zlib.crc32(repr(example.inputs).encode()))
    return [one_input(spec, rng, dtype, batch) for spec in example.inputs]


def one_input(spec, rng, dtype, batch):
    shape = (batch or spec.shape[0], *spec.shape[1:])
    if spec.kind == "integers":
        return rng.integers(spec.high, size=shape).astype("int32")
    if spec.kind == "mask":
        mask = rng.random(shape) < 0.7
        mask[..., 0] = True
        return mask
    if spec.kind == "graph":
        upper = np.triu(rng.random(shape) < 0.5, 1)
        return (upper | np.swapaxes(upper, -1, -2)).astype(dtype)
    values = rng.normal(size=shape)
    return (np.abs(values) + 0.1 if spec.kind == "positive" else values).astype(dtype)


def call(layer, example, inputs, **more):
    return layer(*example.nest(*inputs), **{**example.call, **more})


def weights_by_name(layer):
    """A layer's weights by their path within it."""
    return {
        variable.path.removeprefix(f"{layer.name}/"): np.asarray(numbers(variable), np.float64)
        for variable in layer.variables
        if "seed_generator" not in variable.path
    }


def flat(value):
    """Every array of a layer's output."""
    value = numbers(value)
    if isinstance(value, dict):
        value = list(value.values())
    return keras.tree.flatten(value)


def close(got, expected, tolerance, says=""):
    got, expected = flat(got), flat(expected)
    assert len(got) == len(expected), says
    for one, right in zip(got, expected, strict=True):
        one, right = np.asarray(one, np.float64), np.asarray(right, np.float64)
        assert one.shape == right.shape, says
        scale = np.max(np.abs(right), initial=1e-30)
        np.testing.assert_allclose(one, right, rtol=0, atol=tolerance * max(scale, 1), err_msg=says)


def loss_of(layer, example, weights):
    """A scalar that depends on every entry of a layer's output."""

    def loss(*inputs):
        outputs = keras.tree.flatten(call(layer, example, inputs))
        return sum(
            ops.sum(out * ops.cast(ops.convert_to_tensor(w), out.dtype))
            for out, w in zip(outputs, weights, strict=True)
            if is_float(out)
        )

    return loss


def is_float(output):
    """Whether it has a gradient: integers, such as the positions of maxima, have none."""
    return "float" in keras.backend.standardize_dtype(output.dtype)


def real(example, inputs):
    """Which inputs are real, so that the output can be differentiated with respect to them."""
    return [spec.kind in ("normal", "positive") for spec in example.inputs]


# Documentation and examples


@each_layer
def test_it_has_examples(name):
    assert examples_of(LAYERS[name]), f"tests/layers/examples/{file_of(LAYERS[name])}.py is missing"


def test_all_examples_are_of_a_layer():
    files = {path.stem for path in (Path(tests.layers.__path__[0]) / "examples").glob("*.py")}
    assert files == {file_of(layer) for layer in LAYERS.values()}


@each_layer
def test_its_docstring_has_every_section_in_order(name):
    doc = inspect.getdoc(LAYERS[name])
    places = [doc.find(f"\n{section}") for section in SECTIONS]
    assert -1 not in places and places == sorted(places), f"{name}: needs {SECTIONS} in this order"


@pytest.mark.skipif(BACKEND != "tensorflow", reason="examples show TensorFlow's tensors")
@each_layer
def test_its_docstrings_example_runs(name):
    module = MODULES[name]
    finder = doctest.DocTestFinder(recurse=False)
    known = {"np": np, "keras": keras, **LAYERS}
    tests = finder.find(LAYERS[name], name, module=module, globs=known)
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS)
    said = []
    for test in tests:
        assert test.examples, f"{name}: the docstring has no example"
        runner.run(test, out=said.append)
    assert runner.failures == 0, "".join(said)


@every
def test_its_docstring_states_the_shapes(layer_class, example):
    layer = made(layer_class, example)
    inputs = inputs_of(example)
    shapes = [x.shape for x in inputs], [y.shape for y in flat(call(layer, example, inputs))]
    says = shapes_of_doc(layer_class)
    errors = [disagreement(line, *shapes, example.arguments) for line in says]
    assert any(error == "" for error in errors), (
        f"no line fits: {dict(zip(says, errors, strict=True))}"
    )


def shapes_of_doc(layer_class):
    """The lines of the Shapes section that have an arrow."""
    doc = inspect.getdoc(layer_class)
    section = re.search(r"\nShapes:\n(.*?)(?=\n\S|\Z)", doc, re.DOTALL)[1]
    return [line.strip() for line in section.splitlines() if "->" in line]


def disagreement(line, inputs, outputs, arguments):
    """Why a line such as `x (B, n) -> (B, units)` does not fit; "" if it does."""
    before, _, after = line.partition("->")
    known = {name: value for name, value in arguments.items() if isinstance(value, int)}
    named = re.findall(r"\(([^()]*)\)", before), re.findall(r"\(([^()]*)\)", after)
    for axes, shapes in zip(named, (inputs, outputs), strict=True):
        if len(axes) != len(shapes):
            return f"{len(axes)} shapes are named, and there are {len(shapes)}"
        for text, shape in zip(axes, shapes, strict=True):
            error = mismatch([a.strip() for a in text.split(",") if a.strip()], shape, known)
            if error:
                return error
    return ""


def mismatch(names, shape, known):
    if "..." in names:
        place = names.index("...")
        between = len(shape) - len(names) + 1
        names = [*names[:place], *(f"...{i}" for i in range(between)), *names[place + 1 :]]
    if len(names) != len(shape):
        return f"({', '.join(names)}) has {len(names)} axes, and the shape is {shape}"
    for name, size in zip(names, shape, strict=True):
        if name.isdecimal() or re.fullmatch(r"[\w.]+", name):
            expected = int(name) if name.isdecimal() else known.setdefault(name, size)
        else:
            plain = {key: value for key, value in known.items() if key.isidentifier()}
            try:
                expected = eval(name.replace("·", "*"), {"__builtins__": {}}, plain)
            except (NameError, SyntaxError):
                continue  # a size that only the text explains: H'
        if expected != size:
            return f"{name} is {expected}, and the axis has {size}"
    return ""


# What it computes


@every
def test_it_equals_the_reference(layer_class, example):
    layer, inputs = filled(layer_class, example)
    weights = weights_by_name(layer)
    expected = example.reference(weights, *inputs)
    close(call(layer, example, inputs), expected, example.tolerance)


@every
def test_it_equals_the_layer_of_keras(layer_class, example):
    if example.keras is None:
        pytest.skip("Keras has no such layer")
    if BACKEND in example.keras_errs:
        pytest.skip("Keras's own layer errs on this backend")
    layer, inputs = filled(layer_class, example)
    keras.utils.set_random_seed(7)
    peer = example.keras()
    call(peer, example, inputs)
    peer.set_weights(example.to_keras([v for v in layer.get_weights() if v.dtype != np.uint32]))
    expected = call(peer, example, inputs)
    close(call(layer, example, inputs), expected, example.tolerance)
    if not example.differentiable or not any(real(example, inputs)):
        return
    rng = np.random.default_rng(0)
    weights = [rng.normal(size=y.shape) for y in flat(expected)]
    wanted = [x for x, is_real in zip(inputs, real(example, inputs), strict=True) if is_real]

    def with_rest(of):
        def loss(*xs):
            taken = iter(xs)
            mixed = [
                next(taken) if is_real else x
                for x, is_real in zip(inputs, real(example, inputs), strict=True)
            ]
            return loss_of(of, example, weights)(*mixed)

        return loss

    ours = gradients(with_rest(layer), [], wanted)
    theirs = gradients(with_rest(peer), [], wanted)
    close(ours, theirs, 10 * example.tolerance, "the gradient by the inputs")


@every
def test_its_gradients_are_central_differences(layer_class, example):
    """In float64, at ten entries of every weight and every real input."""
    if not example.differentiable:
        pytest.skip("declared not differentiable")
    layer, inputs = filled(layer_class, example, "float64")
    if example.random:
        example = type(example)(**{**vars(example), "call": {**example.call, "training": False}})
    rng = np.random.default_rng(0)
    weights = [rng.normal(size=y.shape) for y in flat(call(layer, example, inputs))]
    loss = loss_of(layer, example, weights)
    is_real = real(example, inputs)
    fixed = [ops.convert_to_tensor(x) for x in inputs]

    def of_real(*xs):
        taken = iter(xs)
        return loss(*(next(taken) if r else f for r, f in zip(is_real, fixed, strict=True)))

    arrays = [x for x, r in zip(inputs, is_real, strict=True) if r]
    variables = layer.trainable_variables
    scalar = Scalar(of_real, variables)
    got = scalar.gradients(*arrays)
    for number, variable in enumerate(variables):
        start = numbers(variable).copy()

        def at(place, change, variable=variable, start=start):
            moved = start.copy()
            moved[place] += change
            variable.assign(moved)
            value = scalar(*arrays)
            variable.assign(start)
            return value

        compare(at, start.shape, got[number], variable.path)
    for number, array in enumerate(arrays):

        def at(place, change, number=number, array=array):
            moved = array.copy()
            moved[place] += change
            return scalar(*arrays[:number], moved, *arrays[number + 1 :])

        compare(at, array.shape, got[len(variables) + number], f"input {number}")


def compare(at, shape, got, what):
    rng = np.random.default_rng(1)
    places = rng.permutation(math.prod(shape))[:10]
    scale = np.max(np.abs(got), initial=1.0)
    for place in (np.unravel_index(p, shape) for p in places):
        near = (
            abs((at(place, step) - at(place, -step)) / (2 * step) - got[place]) <= nearness * scale
            for step, nearness in STEPS
        )
        assert any(near), f"{what} at {tuple(map(int, place))}"


@every
def test_it_computes_the_same_compiled(layer_class, example):
    layer, inputs = filled(layer_class, example)
    if example.random and example.call.get("training"):
        pytest.skip("draws at random in training")
    eager = numbers(call(layer, example, inputs))
    tensors = example.nest(*map(ops.convert_to_tensor, inputs))
    traced = compiled(layer)(*tensors, **example.call)
    close(traced, eager, example.tolerance)


@every
def test_training_matters_only_where_it_says_so(layer_class, example):
    if "training" not in inspect.signature(layer_class.call).parameters:
        assert not example.training, "declares training, and its call takes no such argument"
        return
    layer, inputs = filled(layer_class, example)
    before = layer.get_weights()
    at_rest = numbers(call(layer, example, inputs, training=False))
    in_training = numbers(call(layer, example, inputs, training=True))
    layer.set_weights(before)
    same = all(np.array_equal(a, b) for a, b in zip(flat(at_rest), flat(in_training), strict=True))
    assert same is not example.training


@every
def test_masked_steps_have_no_influence(layer_class, example):
    if not example.mask:
        pytest.skip("declares no mask")
    layer, inputs = filled(layer_class, example)
    assert layer.supports_masking
    time = inputs[0].shape[1]
    mask = np.arange(time) < np.arange(1, inputs[0].shape[0] + 1)[:, None] % time + 1
    changed = inputs[0].copy()
    changed[~mask] = 9 if changed.dtype.kind == "i" else 1e3
    if inputs[0].dtype.kind == "i":
        changed = np.minimum(changed, example.inputs[0].high - 1)
    first = flat(call(layer, example, inputs, mask=ops.convert_to_tensor(mask)))
    second = flat(call(layer, example, [changed, *inputs[1:]], mask=ops.convert_to_tensor(mask)))
    for one, other in zip(first, second, strict=True):
        if one.ndim >= 3 and one.shape[1] == time:
            one, other = one[mask], other[mask]
        np.testing.assert_allclose(one, other, atol=1e-5)


@every
def test_one_example_does_not_depend_on_the_others(layer_class, example):
    layer, inputs = filled(layer_class, example)
    rest = {} if not example.training else {"training": example.couples_batch is False}
    if example.random or example.couples_batch:
        rest = {"training": False}
    batch = inputs[0].shape[0]
    whole = flat(call(layer, example, inputs, **rest))
    alone = flat(call(layer, example, [x[:1] for x in inputs], **rest))
    for one, other in zip(whole, alone, strict=True):
        if one.shape[:1] == (batch,):
            np.testing.assert_allclose(other, one[:1], rtol=1e-4, atol=1e-5)


@every
def test_padding_changes_nothing_for_any_sequence_of_a_batch(layer_class, example):
    """A padded batch gives each sequence what it gets alone: through a layer along time, which reads
    the mask, or beside it, which hands the mask on to the layers behind it."""
    if not example.padded:
        pytest.skip("declares no padded example")
    layer, inputs = filled(layer_class, example)
    assert layer.supports_masking
    x, time = inputs[0], inputs[0].shape[1]
    lengths = [1 + place % time for place in range(len(x))]
    mask = np.arange(time) < np.array(lengths)[:, None]
    takes = "mask" in inspect.signature(layer_class.call).parameters
    told = {"mask": ops.convert_to_tensor(mask)} if takes else {}
    whole = flat(call(layer, example, inputs, **told, **still(layer_class)))
    for place, length in enumerate(lengths):
        alone = [x[place : place + 1, :length], *(other[place : place + 1] for other in inputs[1:])]
        expected = flat(call(layer, example, alone, **still(layer_class)))
        for one, right in zip(whole, expected, strict=True):
            got = one[place : place + 1]
            if right.ndim >= 3 and got.shape[1] == time:
                got = got[:, :length]
            np.testing.assert_allclose(got, right, rtol=1e-4, atol=1e-5)
    handed = layer.compute_mask(ops.convert_to_tensor(x), ops.convert_to_tensor(mask))
    if whole[0].ndim >= 3 and whole[0].shape[1] == time:
        assert handed is not None, "the mask ends here: the layers behind it read the padding"


# How its weights start


@every
def test_weights_of_the_same_shape_start_differently(layer_class, example):
    """Except those that start at whole numbers, such as biases at 0, or at 1 for a forget gate."""
    layer = made(layer_class, example)
    call(layer, example, inputs_of(example))
    drawn = [
        (variable.path, numbers(variable))
        for variable in layer.trainable_variables
        if np.ptp(numbers(variable)) > 0 and np.any(numbers(variable) % 1)
    ]
    for place, (path, value) in enumerate(drawn):
        for other_path, other in drawn[place + 1 :]:
            assert not np.array_equal(value, other), f"{path} and {other_path} are equal"


# What Keras requires of a layer


@each_layer
def test_by_position_an_argument_means_what_it_means_in_keras(name):
    """Arguments that may be given by position are Keras's first ones in Keras's order."""
    peers = [example.keras for example in examples_of(LAYERS[name]).values() if example.keras]
    if not peers:
        pytest.skip("Keras has no such layer")
    theirs = [*inspect.signature(type(peers[0]()).__init__).parameters][1:]
    ours = [
        parameter.name
        for parameter in inspect.signature(LAYERS[name].__init__).parameters.values()
        if parameter.kind is parameter.POSITIONAL_OR_KEYWORD and parameter.name != "self"
    ]
    assert ours == theirs[: len(ours)]


@every
def test_its_output_has_the_shape_that_it_computes(layer_class, example):
    layer = made(layer_class, example)
    inputs = inputs_of(example)
    shapes = example.nest(*(x.shape for x in inputs))
    names = [*inspect.signature(layer_class.call).parameters][1 : len(shapes) + 1]
    if len(shapes) == 1:
        said = layer.compute_output_shape(shapes[0])
    else:
        asked = [*inspect.signature(layer_class.compute_output_shape).parameters][1:]
        if len(asked) == 1:
            said = layer.compute_output_shape(shapes)
        else:
            known = dict(zip((f"{n}_shape" for n in names), shapes, strict=True))
            said = layer.compute_output_shape(**{k: v for k, v in known.items() if k in asked})
    got = [tuple(y.shape) for y in flat(call(layer, example, inputs))]
    assert flat_shapes(said) == got


def flat_shapes(said):
    """The shapes in a shape, or in a nested list of shapes."""
    if not isinstance(said[0], (tuple, list)):
        return [tuple(said)]
    return [shape for part in said for shape in flat_shapes(part)]


@every
def test_it_comes_back_from_its_config(layer_class, example):
    layer, inputs = filled(layer_class, example)
    again = layer_class.from_config(layer.get_config())
    call(again, example, inputs)
    assert again.get_config() == layer.get_config()
    again.set_weights(layer.get_weights())
    if not example.random:
        close(call(again, example, inputs), call(layer, example, inputs), example.tolerance)


@every
def test_a_model_of_it_is_saved_and_loaded(layer_class, example, tmp_path):
    model, inputs = model_of(layer_class, example)
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    if not example.random:
        expected = model(inputs, training=False)
        close(again(inputs, training=False), expected, example.tolerance)


@every
def test_a_model_takes_any_batch_and_any_size_where_it_can(layer_class, example):
    model, inputs = model_of(layer_class, example)
    direct = flat(call(model.get_layer("it"), example, inputs, **still(layer_class)))
    close(model(inputs, training=False), direct, example.tolerance)
    larger = inputs_of(example, batch=inputs[0].shape[0] + 1)
    for one, other in zip(flat(model(larger, training=False)), direct, strict=True):
        assert one.ndim == other.ndim


def still(layer_class):
    takes = "training" in inspect.signature(layer_class.call).parameters
    return {"training": False} if takes else {}


def model_of(layer_class, example):
    """A functional model of one layer, with unknown batch size and declared unknown axes."""
    inputs = inputs_of(example)
    tensors = [
        keras.Input(
            [None if axis in spec.unknown else n for axis, n in enumerate(spec.shape)][1:],
            dtype="bool" if spec.kind == "mask" else str(x.dtype),
        )
        for spec, x in zip(example.inputs, inputs, strict=True)
    ]
    more = {name: value for name, value in example.call.items() if name != "training"}
    outputs = made(layer_class, example, name="it")(*example.nest(*tensors), **more)
    return keras.Model(tensors, outputs), inputs if len(inputs) > 1 else inputs[0:1]


@every
@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_it_runs_in_mixed_precision(layer_class, example, policy):
    layer, inputs = filled(layer_class, example, policy)
    exact, _ = filled(layer_class, example)
    for got, right in zip(
        flat(call(layer, example, inputs)), flat(call(exact, example, inputs)), strict=True
    ):
        got = np.asarray(got, np.float64)
        assert np.all(np.isfinite(got))
        if not example.random:
            scale = max(np.max(np.abs(right), initial=0), 1)
            assert np.max(np.abs(got - right)) <= 0.1 * scale


@every
def test_it_can_be_fitted(layer_class, example):
    """From other weights, training approaches the output of a layer of its kind. A layer without
    weights passes the gradient to its input."""
    if not example.differentiable or example.random:
        pytest.skip("draws at random, or is not differentiable")
    teacher, inputs = filled(layer_class, example)
    wanted = flat(call(teacher, example, inputs))
    learner = made(layer_class, example)
    call(learner, example, inputs)
    free = None
    if not learner.trainable_variables:
        if not any(real(example, inputs)):
            pytest.skip("nothing to fit")
        place = real(example, inputs).index(True)
        noise = np.random.default_rng(5).normal(scale=0.3, size=inputs[place].shape)
        free = keras.Variable(inputs[place] + noise.astype("float32"), name="free")
    variables = learner.trainable_variables or [free]
    moved = [x if free is None or i != place else None for i, x in enumerate(inputs)]

    def loss():
        given = [free.value if x is None else ops.convert_to_tensor(x) for x in moved]
        outputs = keras.tree.flatten(call(learner, example, given))
        return sum(
            ops.mean(ops.square(out - ops.cast(w, out.dtype)))
            for out, w in zip(outputs, wanted, strict=True)
            if is_float(out)
        )

    optimizer = keras.optimizers.Adam(0.05)
    optimizer.build(variables)
    scalar = Scalar(loss, variables)
    first = scalar()
    for _ in range(30):
        grads = scalar.gradients()
        optimizer.apply([ops.convert_to_tensor(g.astype("float32")) for g in grads], variables)
    assert scalar() < 0.7 * first or first < 1e-6


# What it refuses


@each_layer
def test_some_wrong_argument_is_refused_by_name(name):
    examples = examples_of(LAYERS[name]).values()
    wrong = [(example, *pair) for example in examples for pair in example.wrong]
    takes = set(inspect.signature(LAYERS[name].__init__).parameters) - {"self", "kwargs", "args"}
    assert wrong or not takes, f"{name}: its EXAMPLES name no wrong argument"
    for example, argument, value in wrong:
        with pytest.raises(ValueError, match=rf"(?s){name}.*{argument}") as refused:
            LAYERS[name](**{**example.arguments, argument: value})
        assert repr(value) in str(refused.value)


@every
def test_another_width_than_it_was_built_for_is_refused(layer_class, example):
    """Of the first input along its last axis, eager and in a model; unless any width is right."""
    layer, inputs = filled(layer_class, example)
    if example.any_width or not layer.weights or example.inputs[0].kind == "integers":
        pytest.skip("works on inputs of every width")
    wrong = np.concatenate([inputs[0], inputs[0]], axis=-1)
    with pytest.raises(ValueError, match=re.escape(str(wrong.shape))):
        call(layer, example, [wrong, *inputs[1:]])
    symbols = [keras.Input(batch_shape=x.shape, dtype=str(x.dtype)) for x in (wrong, *inputs[1:])]
    with pytest.raises(ValueError, match=re.escape(str(wrong.shape))):
        call(layer, example, symbols)


@every
def test_an_input_of_another_rank_is_refused_with_its_shape(layer_class, example):
    if example.any_rank:
        pytest.skip("works on inputs of every rank")
    inputs = inputs_of(example)
    for wrong in (inputs[0][..., None], inputs[0][0]):
        with pytest.raises(ValueError) as refused:
            call(made(layer_class, example), example, [wrong, *inputs[1:]])
        assert str(tuple(wrong.shape)) in str(refused.value), str(refused.value)


# On a GPU: the same results as on the CPU

on_gpu = pytest.mark.skipif(not has_gpu(), reason="no GPU here")


@pytest.mark.gpu
@on_gpu
@every
def test_it_equals_the_reference_on_a_gpu(layer_class, example):
    whole_float32()
    with keras.device("gpu:0"):
        test_it_equals_the_reference(layer_class, example)


@pytest.mark.gpu
@on_gpu
@every
@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_it_runs_in_mixed_precision_on_a_gpu(layer_class, example, policy):
    whole_float32()
    with keras.device("gpu:0"):
        test_it_runs_in_mixed_precision(layer_class, example, policy)
