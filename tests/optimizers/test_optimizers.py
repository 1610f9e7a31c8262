"""What holds for every optimizer and schedule, found by walking the package, and what each of them
is for. Each has a file of examples in tests/optimizers/examples."""

import doctest
import inspect

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops
from tests.backends import BACKEND, has_gpu, numbers
from tests.optimizers.example import examples_of

import nablab.optimizers
from nablab.optimizers import (
    SGD,
    Adam,
    AdamW,
    CosineDecay,
    ExponentialDecay,
    RMSprop,
    StepDecay,
    WarmUp,
    clip_by_global_norm,
)
from nablab.reference import optimizer as reference

Schedule = keras.optimizers.schedules.LearningRateSchedule
FOUND = {name: getattr(nablab.optimizers, name) for name in nablab.optimizers.__all__}
CLASSES = {name: value for name, value in FOUND.items() if inspect.isclass(value)}
EXAMPLES = {name: examples_of(made) for name, made in CLASSES.items()}
SECTIONS = ("Maths:", "Args:", "Raises:", "Example:", "Source:")
RATE = 0.0625  # the same in every precision
EXACT = 1e-12 if BACKEND == "tensorflow" else 1e-6  # the others round some numbers to float32


def cases(kind):
    return [
        pytest.param(CLASSES[name], example, id=f"{name}: {title}")
        for name, examples in EXAMPLES.items()
        for title, example in examples.items()
        if issubclass(CLASSES[name], kind)
    ]


pytestmark = pytest.mark.slow
every_class = pytest.mark.parametrize("name", CLASSES)
every_optimizer = pytest.mark.parametrize(
    ("optimizer_class", "example"), cases(keras.optimizers.Optimizer)
)
every_schedule = pytest.mark.parametrize(("schedule_class", "example"), cases(Schedule))
quick = settings(max_examples=30)


# Making an optimizer, and its steps


def made(optimizer_class, example, learning_rate=RATE):
    return optimizer_class(learning_rate=learning_rate, **example.arguments)


def changing():
    """A schedule with a different rate at every step."""
    return CosineDecay(0.25, 15, alpha=0.125)


def problem(dtype="float64", steps=20):
    """Two arrays of weights, and their gradients at each step."""
    rng = np.random.default_rng(11)
    shapes = (3, 4), (5,)
    weights = [rng.normal(size=shape).astype(dtype) for shape in shapes]
    scales = 10.0 ** rng.uniform(-2, 1, size=steps)
    gradients = [[(s * rng.normal(size=h)).astype(dtype) for h in shapes] for s in scales]
    return weights, gradients


def run(optimizer, weights, gradients):
    """The weights after every step."""
    variables = [keras.Variable(w, dtype=str(w.dtype)) for w in weights]
    path = []
    for gs in gradients:
        optimizer.apply([ops.convert_to_tensor(g) for g in gs], variables)
        path.append([np.asarray(numbers(v), np.float64) for v in variables])
    return path


def expected_run(example, weights, gradients, learning_rate):
    """The same by the reference; `learning_rate` is a function of the step from 0."""
    carried = [(w, *[np.zeros_like(w)] * example.states) for w in weights]
    path = []
    for step, gs in enumerate(gradients):
        carried = [
            example.reference(w, g, step + 1, learning_rate(step), *states)
            for (w, *states), g in zip(carried, gs, strict=True)
        ]
        path.append([w for w, *_ in carried])
    return path


def close(got, expected, tolerance):
    for step, (one, other) in enumerate(zip(got, expected, strict=True), 1):
        for a, b in zip(one, other, strict=True):
            np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance, err_msg=f"step {step}")


def regression():
    rng = np.random.default_rng(2)
    x = rng.normal(size=(32, 3)).astype("float32")
    return x, x @ np.array([[1.0], [-2.0], [0.5]], "float32") + 0.25


def compiled_model(optimizer, policy="float32"):
    keras.utils.set_random_seed(4)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, dtype=policy)])
    model.compile(optimizer=optimizer, loss="mse")
    return model


# Documentation and examples


def test_the_walk_finds_one_public_thing_a_module():
    assert len(FOUND) == len(nablab.optimizers.modules)
    for name, value in FOUND.items():
        module = inspect.getmodule(value).__name__.rpartition(".")[2]
        assert module.replace("_", "") == name.replace("_", "").lower()


@every_class
def test_it_has_examples(name):
    assert EXAMPLES[name], f"{name}: a file in tests/optimizers/examples is missing"


@pytest.mark.parametrize("name", FOUND)
def test_its_docstring_has_every_section_in_order(name):
    doc = inspect.getdoc(FOUND[name])
    assert doc.splitlines()[0].endswith(".") and not doc.splitlines()[1]
    places = [doc.find(f"\n{section}") for section in SECTIONS]
    assert -1 not in places and places == sorted(places), f"{name}: needs {SECTIONS} in this order"


@pytest.mark.parametrize("name", FOUND)
def test_its_docstrings_example_runs(name):
    known = {"np": np, "keras": keras, "ops": ops, **FOUND}
    finder = doctest.DocTestFinder(recurse=False)
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    said = []
    for test in finder.find(FOUND[name], name, globs=known):
        assert test.examples, f"{name}: the docstring has no example"
        runner.run(test, out=said.append)
    assert runner.tries and runner.failures == 0, "".join(said)


@every_class
def test_some_wrong_argument_is_refused_by_name(name):
    wrong = [(example, *pair) for example in EXAMPLES[name].values() for pair in example.wrong]
    assert wrong, f"{name}: its EXAMPLES name no wrong argument"
    for example, argument, value in wrong:
        with pytest.raises(ValueError, match=rf"(?s){name}.*{argument}") as refused:
            CLASSES[name](**{**example.arguments, argument: value})
        assert repr(value) in str(refused.value)


@every_class
def test_by_position_an_argument_means_what_it_means_in_keras(name):
    """Arguments that may be given by position are Keras's first ones in Keras's order."""
    theirs = getattr(keras.optimizers, name, getattr(keras.optimizers.schedules, name, None))
    if theirs is None:
        pytest.skip("Keras has none of this name")

    def by_position(made):
        parameters = [*inspect.signature(made.__init__).parameters.values()][1:]
        return [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]

    ours = by_position(CLASSES[name])
    assert ours == by_position(theirs)[: len(ours)]


# What every optimizer computes


@every_optimizer
@pytest.mark.parametrize("rate", ["constant", "changing"])
@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", EXACT), ("float32", 5e-5)])
def test_twenty_steps_equal_the_reference(optimizer_class, example, rate, dtype, tolerance):
    weights, gradients = problem(dtype)
    schedule = changing() if rate == "changing" else None
    got = run(made(optimizer_class, example, schedule or RATE), weights, gradients)
    rates = [float(numbers(schedule(t))) if schedule else RATE for t in range(len(gradients))]
    close(got, expected_run(example, weights, gradients, rates.__getitem__), tolerance)


@every_optimizer
@pytest.mark.parametrize("rate", ["constant", "changing"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_twenty_steps_equal_those_of_keras(optimizer_class, example, rate, dtype):
    """As far as Keras is exact: it rounds β and μ to float32 even for float64 weights."""
    if example.keras is None:
        pytest.skip("Keras has no such optimizer")
    weights, gradients = problem(dtype)
    ours, theirs = (changing(), changing()) if rate == "changing" else (RATE, RATE)
    got = run(made(optimizer_class, example, ours), weights, gradients)
    close(got, run(example.keras(theirs), weights, gradients), 5e-5)


@every_optimizer
@pytest.mark.gpu
@pytest.mark.skipif(not has_gpu(), reason="no GPU here")
def test_twenty_steps_equal_the_reference_on_a_gpu(optimizer_class, example):
    weights, gradients = problem("float32")
    with keras.device("gpu:0"):
        got = run(made(optimizer_class, example), weights, gradients)
    close(got, expected_run(example, weights, gradients, lambda t: RATE), 1e-4)


@every_optimizer
@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_weights_in_half_precision_move_as_far(optimizer_class, example, dtype):
    weights, gradients = problem("float32", steps=5)
    variables = [keras.Variable(w, dtype=dtype) for w in weights]
    optimizer = made(optimizer_class, example)
    for gs in gradients:
        optimizer.apply([ops.convert_to_tensor(g) for g in gs], variables)
    right = expected_run(example, weights, gradients, lambda t: RATE)[-1]
    for variable, expected in zip(variables, right, strict=True):
        got = np.asarray(numbers(ops.cast(variable, "float32")), np.float64)
        assert keras.backend.standardize_dtype(variable.dtype) == dtype
        np.testing.assert_allclose(got, expected, rtol=0.05, atol=0.05)


@every_optimizer
def test_it_comes_back_from_its_config(optimizer_class, example):
    optimizer = made(optimizer_class, example, changing())
    again = optimizer_class.from_config(optimizer.get_config())
    assert again.get_config() == optimizer.get_config()
    packed = keras.saving.serialize_keras_object(optimizer)
    unpacked = keras.saving.deserialize_keras_object(packed)
    assert type(unpacked) is optimizer_class
    close(run(unpacked, *problem()), run(optimizer, *problem()), 1e-12)


@every_optimizer
def test_fit_with_it_lowers_the_loss(optimizer_class, example):
    x, y = regression()
    model = compiled_model(made(optimizer_class, example))
    losses = model.fit(x, y, batch_size=16, epochs=8, verbose=0).history["loss"]
    assert losses[-1] < 0.8 * losses[0]
    assert int(numbers(model.optimizer.iterations)) == 16


@every_optimizer
@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16", "float64"])
def test_fit_runs_in_other_precisions(optimizer_class, example, policy):
    x, y = regression()
    model = compiled_model(made(optimizer_class, example), policy)
    losses = model.fit(x, y, batch_size=16, epochs=4, verbose=0).history["loss"]
    assert np.all(np.isfinite(losses)) and losses[-1] < losses[0]
    kept = {keras.backend.standardize_dtype(v.dtype) for v in model.trainable_variables}
    assert kept == {"float64" if policy == "float64" else "float32"}


@every_optimizer
@pytest.mark.parametrize("rate", ["constant", "changing"])
def test_a_saved_model_resumes_with_the_same_step(optimizer_class, example, rate, tmp_path):
    x, y = regression()
    learning_rate = WarmUp(changing(), 3) if rate == "changing" else RATE
    model = compiled_model(made(optimizer_class, example, learning_rate))
    for _ in range(4):
        model.train_on_batch(x, y)
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    assert type(again.optimizer) is optimizer_class
    for resumed in (model, again):
        resumed.train_on_batch(x, y)
    for one, other in zip(again.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


@every_optimizer
def test_what_keras_optimizers_take_is_taken(optimizer_class, example):
    """Clipped gradients, given as they are or clipped by the optimizer, give the same steps."""
    weights, gradients = problem()
    got = run(optimizer_class(RATE, **example.arguments, global_clipnorm=0.5), weights, gradients)
    clipped = [reference.clip_by_global_norm(gs, 0.5)[0] for gs in gradients]
    close(got, run(made(optimizer_class, example), weights, clipped), 1e-6)


@every_optimizer
def test_a_rows_gradients_are_added_before_anything_else(optimizer_class, example):
    """An embedding that looks a row up twice has one gradient there: the sum."""
    layer = keras.layers.Embedding(5, 2)
    model = keras.Sequential([keras.Input((3,), dtype="int32"), layer])
    model.compile(made(optimizer_class, example), loss=lambda y, p: ops.sum(p * y))
    start = layer.get_weights()[0].astype("float64")
    model.train_on_batch(np.array([[1, 1, 3]]), np.ones((1, 3, 2), "float32"))
    gradient = np.array([0.0, 2, 0, 1, 0])[:, None] * np.ones((1, 2))
    right = expected_run(example, [start], [[gradient]], lambda t: RATE)
    np.testing.assert_allclose(layer.get_weights()[0], right[0][0], atol=1e-5)


@pytest.mark.skipif(BACKEND != "tensorflow", reason="gradients are sparse on TensorFlow")
@pytest.mark.parametrize("make", [SGD, RMSprop], ids=lambda make: make.__name__)
def test_of_an_embedding_only_the_rows_that_were_looked_up_move(make, monkeypatch):
    import tensorflow as tf

    assigned = []
    sub = make.assign_sub
    monkeypatch.setattr(
        make, "assign_sub", lambda self, v, value: (assigned.append(value), sub(self, v, value))
    )
    w = keras.Variable(np.ones((5, 2), "float32"))
    rows = tf.IndexedSlices(tf.constant([[1.0, 2.0], [3.0, 4.0]]), [1, 1], [5, 2])
    make(RATE).apply([rows], [w])
    assert isinstance(assigned[-1], tf.IndexedSlices)
    other = keras.Variable(np.ones((5, 2), "float32"))
    make(RATE).apply([tf.convert_to_tensor(rows)], [other])
    np.testing.assert_allclose(numbers(w), numbers(other), rtol=1e-5)


# Properties of single optimizers


@settings(quick, max_examples=20)
@given(
    st.lists(st.floats(0.1, 10), min_size=1, max_size=4),
    st.sampled_from([0.0, 0.5]),
    st.integers(0, 2**31),
)
def test_sgd_is_stable_below_its_limit_and_not_above(curvatures, momentum, seed):
    """On w H w / 2 the limit is 2 (1 + μ) / λ_max."""
    rng = np.random.default_rng(seed)
    Q, _ = np.linalg.qr(rng.normal(size=(len(curvatures), len(curvatures))))
    H = Q @ np.diag(curvatures) @ Q.T
    limit = 2 * (1 + momentum) / max(curvatures)
    steepest = Q[:, np.argmax(curvatures)]

    def distance(learning_rate):
        w = keras.Variable(Q.sum(axis=1), dtype="float64")
        optimizer = SGD(learning_rate, momentum=momentum)
        for _ in range(40):
            optimizer.apply([ops.convert_to_tensor(H @ numbers(w))], [w])
        return abs(steepest @ numbers(w))

    assert distance(0.9 * limit) < 1e-3
    assert distance(1.1 * limit) > 1e3


def test_with_the_rate_inside_the_velocity_old_steps_outlast_a_lower_rate():
    w = keras.Variable([0.0])
    optimizer = SGD(StepDecay(1.0, decay_steps=1, decay_rate=1e-6), momentum=0.5)
    for expected in (-1.0, -1.5, -1.75):
        optimizer.apply([ops.ones((1,))], [w])
        np.testing.assert_allclose(numbers(w), [expected], atol=1e-5)


def test_a_constant_gradient_is_amplified_by_momentum():
    w = keras.Variable([0.0], dtype="float64")
    optimizer = SGD(RATE, momentum=0.75)
    before = 0.0
    for _ in range(100):
        before = float(numbers(w)[0])
        optimizer.apply([ops.ones((1,), "float64")], [w])
    assert before - float(numbers(w)[0]) == pytest.approx(RATE / (1 - 0.75))


@quick
@given(st.floats(1e-3, 1e6), st.sampled_from([-1, 1]), st.sampled_from(["keras", "paper"]))
def test_the_first_step_of_adam_has_the_size_of_the_rate(scale, sign, form):
    w = keras.Variable([0.0], dtype="float64")
    Adam(RATE, epsilon=1e-12, epsilon_form=form).apply([np.array([sign * scale])], [w])
    assert float(numbers(w)[0]) == pytest.approx(-sign * RATE, rel=1e-6)


def test_the_two_forms_of_adam_differ_only_in_epsilon():
    """ε of Keras is that of the paper times √(1 - β₂ᵗ)."""
    weights, gradients = problem()
    tiny = [Adam(RATE, epsilon=1e-14, epsilon_form=form) for form in ("keras", "paper")]
    close(*(run(o, weights, gradients) for o in tiny), 1e-9)
    one, other = (
        run(Adam(RATE, epsilon=0.5, epsilon_form=form), weights, gradients)
        for form in ("keras", "paper")
    )
    assert np.abs(one[0][0] - other[0][0]).max() > 0.01
    first = gradients[:1]
    right = run(Adam(RATE, epsilon=0.5 / np.sqrt(1 - 0.999), epsilon_form="paper"), weights, first)
    close(run(Adam(RATE, epsilon=0.5), weights, first), right, 1e-12)


@pytest.mark.parametrize("form", ["keras", "paper"])
def test_adamw_without_decay_is_adam(form):
    ours = run(AdamW(RATE, weight_decay=0.0, epsilon_form=form), *problem())
    close(ours, run(Adam(RATE, epsilon_form=form), *problem()), 0)


@quick
@given(st.floats(0, 1), st.floats(1e-3, 1e3))
def test_adamws_decay_does_not_depend_on_the_gradients_scale(decay, scale):
    """Apart from the step on the loss, w shrinks by the same factor."""
    g = np.array([scale, -scale])
    start = np.array([2.0, -3.0])
    plain, decayed = (keras.Variable(w, dtype="float64") for w in (np.zeros(2), start))
    Adam(RATE, epsilon=0.0).apply([g], [plain])
    AdamW(RATE, weight_decay=decay, epsilon=0.0).apply([g], [decayed])
    np.testing.assert_allclose(
        numbers(decayed) - numbers(plain), start * (1 - RATE * decay), rtol=1e-6
    )


def test_adamw_excludes_variables_from_decay():
    w, b = keras.Variable([1.0], name="kernel"), keras.Variable([1.0], name="bias")
    optimizer = AdamW(0.5, weight_decay=0.5)
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    optimizer.apply([ops.zeros((1,)), ops.zeros((1,))], [w, b])
    np.testing.assert_allclose([numbers(w), numbers(b)], [[0.75], [1.0]])


def test_rmsprops_epsilon_is_inside_the_root():
    w = keras.Variable([0.0], dtype="float64")
    RMSprop(RATE, rho=0.0, epsilon=7.0).apply([np.array([3.0])], [w])
    assert float(numbers(w)[0]) == pytest.approx(-RATE * 3 / 4)


# Clipping


lists_of_gradients = st.lists(
    st.lists(st.floats(-1e3, 1e3, width=32, allow_subnormal=False), min_size=1, max_size=5),
    min_size=1,
    max_size=4,
)


@quick
@given(lists_of_gradients, st.floats(1e-3, 1e3))
def test_clipping_keeps_the_direction_and_the_limit(gradients, max_norm):
    clipped, norm = clip_by_global_norm([np.array(g) for g in gradients], max_norm)
    flat, got = np.concatenate(gradients), np.concatenate(numbers(clipped))
    length = np.linalg.norm(flat)
    assert float(numbers(norm)) == pytest.approx(length, rel=1e-5, abs=1e-6)
    assert np.linalg.norm(got) <= max_norm * (1 + 1e-5)
    np.testing.assert_allclose(
        got * max(length, 1e-30), flat * np.linalg.norm(got), rtol=1e-4, atol=1e-3
    )
    right, _ = reference.clip_by_global_norm(gradients, max_norm)
    np.testing.assert_allclose(got, np.concatenate(right), rtol=1e-5, atol=1e-30)


@quick
@given(lists_of_gradients)
def test_clipping_leaves_small_gradients_as_they_are(gradients):
    arrays = [np.array(g, "float32") for g in gradients]
    limit = float(np.sqrt(sum(np.sum(g.astype("float64") ** 2) for g in arrays))) * 1.001 + 1e-6
    for before, after in zip(arrays, clip_by_global_norm(arrays, limit)[0], strict=True):
        np.testing.assert_allclose(numbers(after), before, rtol=1e-6)


def test_clipping_passes_none_on_and_takes_large_half_precision():
    big = ops.cast(ops.full((4,), 1000.0), "float16")
    clipped, norm = clip_by_global_norm([None, big], 20.0)
    assert clipped[0] is None and float(numbers(norm)) == 2000
    np.testing.assert_allclose(numbers(clipped[1]), 10.0, rtol=1e-3)


@pytest.mark.parametrize("bad", [0, -1.0, None, float("nan")])
def test_clipping_refuses_a_limit_that_is_not_above_zero(bad):
    with pytest.raises(ValueError, match="clip_by_global_norm: max_norm"):
        clip_by_global_norm([np.ones(2)], bad)


def test_clipping_refuses_gradients_that_are_all_none():
    with pytest.raises(ValueError, match="clip_by_global_norm: gradients"):
        clip_by_global_norm([None], 1.0)


# Schedules


def rates(schedule, steps):
    return [float(numbers(ops.convert_to_tensor(schedule(t)))) for t in steps]


@every_schedule
def test_its_rate_equals_the_reference_and_keras(schedule_class, example):
    schedule, steps = schedule_class(**example.arguments), [*range(30), 1000]
    got = rates(schedule, steps)
    np.testing.assert_allclose(got, [example.reference(t) for t in steps], rtol=1e-5, atol=1e-8)
    if example.keras:
        np.testing.assert_allclose(got, rates(example.keras(), steps), rtol=1e-5, atol=1e-8)


@every_schedule
def test_it_is_followed_in_fit(schedule_class, example):
    x, y = regression()
    model = compiled_model(SGD(schedule_class(**example.arguments)))
    for step in range(6):
        rate = float(numbers(ops.convert_to_tensor(model.optimizer.learning_rate)))
        assert rate == pytest.approx(example.reference(step), rel=1e-5)
        before = model.get_weights()[1][0]
        gradient = 2 * np.mean(numbers(model(x)) - y)
        model.train_on_batch(x, y)
        assert before - model.get_weights()[1][0] == pytest.approx(rate * gradient, abs=1e-5)


@every_schedule
def test_a_schedule_comes_back_from_its_config(schedule_class, example):
    schedule = schedule_class(**example.arguments)
    packed = keras.optimizers.schedules.serialize(schedule)
    again = keras.optimizers.schedules.deserialize(packed)
    assert type(again) is schedule_class and again.get_config() == schedule.get_config()
    assert rates(again, range(20)) == rates(schedule, range(20))


@quick
@given(st.floats(1e-4, 10), st.integers(1, 500), st.floats(0.01, 0.99), st.integers(0, 2000))
def test_decays_never_rise_and_equal_the_reference_anywhere(initial, steps, share, t):
    for schedule, formula in (
        (StepDecay(initial, steps, share), reference.step_decay),
        (ExponentialDecay(initial, steps, share), reference.exponential_decay),
        (CosineDecay(initial, steps, share), reference.cosine_decay),
    ):
        now, later = rates(schedule, (t, t + 1))
        assert later <= now * (1 + 1e-5)
        assert now == pytest.approx(formula(t, initial, steps, share), rel=1e-3, abs=1e-30)


@quick
@given(st.floats(1e-4, 10), st.integers(1, 300), st.integers(0, 1000))
def test_a_warm_up_rises_linearly_to_the_full_rate(rate, steps, t):
    schedule = WarmUp(rate, steps)
    now, later = rates(schedule, (t, t + 1))
    assert 0 < now <= rate * (1 + 1e-6)
    rise = rate / steps if t + 1 < steps else 0.0
    assert later - now == pytest.approx(rise, rel=1e-2, abs=1e-5 * rate)


def test_after_a_warm_up_the_schedule_runs_from_its_beginning():
    after = CosineDecay(0.5, 10)
    np.testing.assert_allclose(rates(WarmUp(after, 4), range(3, 15)), rates(after, range(12)))
