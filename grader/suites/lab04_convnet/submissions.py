"""A small class that hands in this lab, and which checks each of them must fail. Most of them have
solved a part of the lab only, so that few nets are trained."""

from nablab.grading.records import UNREADABLE
from nablab.grading.samples import ALL, AllBut, Sample, cut_off, doubled

LENET = """\
def build_lenet(input_shape, n_classes):
    x = inputs = keras.Input(input_shape)
    for filters, padding in [(6, "same"), (16, "valid")]:
        x = keras.layers.Conv2D(filters, 5, padding=padding)(x)
        x = keras.layers.ReLU()(x)
        x = keras.layers.MaxPooling2D()(x)
    x = keras.layers.Flatten()(x)
    for units in [120, 84]:
        x = keras.layers.Dense(units, activation="relu")(x)
    return keras.Model(inputs, keras.layers.Dense(n_classes)(x))
"""

SOFTMAX = LENET.replace("Dense(n_classes)", 'Dense(n_classes, activation="softmax")')
TEN_CLASSES = LENET.replace("Dense(n_classes)", "Dense(10)")

TWIN = """\
def build_dense_twin(input_shape, n_classes, budget):
    D = int(np.prod(input_shape))
    h = min(range(1, budget), key=lambda h: abs(h * (D + n_classes + 1) + n_classes - budget))
    return keras.Sequential([
        keras.Input(input_shape), keras.layers.Flatten(),
        keras.layers.Dense(h, activation="relu"), keras.layers.Dense(n_classes)])
"""

RACE = """\
def compare(seed, parts=None):
    train, test = load_digits(seed) if parts is None else parts
    keras.utils.set_random_seed(seed)
    lenet = build_lenet(train[0].shape[1:], 10)
    twin = build_dense_twin(train[0].shape[1:], 10, lenet.count_params())
    result = {}
    for name, model in (("conv", lenet), ("dense", twin)):
        model.compile(optimizer=keras.optimizers.Adam(0.002), metrics=["accuracy"],
                      loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
        model.fit(*train, batch_size=32, epochs=6, verbose=0)
        result["acc_" + name] = model.evaluate(*test, verbose=0)[1]
        result["params_" + name] = model.count_params()
    return result
"""

SHIFTS = """\
def shift_curve(model, x, y, shifts):
    W = x.shape[2]
    curve = []
    for s in shifts:
        wide = np.pad(x, ((0, 0), (0, 0), (W, W), (0, 0)))
        start = W - max(-W, min(W, s))
        curve.append(np.mean(np.argmax(model(wide[:, :, start:start + W]), axis=1) == y))
    return curve
"""

POOL = """\
def pool(x, kind):
    x = np.float32(x)
    if kind == "global":
        return x.mean(axis=(1, 2))
    if kind not in ("max", "avg"):
        raise ValueError(f"unknown kind {kind}")
    h, w = x.shape[1] // 2 * 2, x.shape[2] // 2 * 2
    four = [x[:, u:h:2, v:w:2] for u in (0, 1) for v in (0, 1)]
    return np.max(four, axis=0) if kind == "max" else np.mean(four, axis=0)
"""

CLIPPED = POOL.replace("np.max(four, axis=0)", "np.maximum(np.max(four, axis=0), 0)")

DROPOUT = """\
def dropout(x, rate, training, rng):
    mask = np.ones(np.shape(x))
    if training:
        mask = np.where(rng.random(np.shape(x)) < rate, 0, 1 / (1 - rate))
    return x * mask, mask


def dropout_bwd(dout, mask):
    return dout * mask
"""

KEEP = DROPOUT.replace("< rate, 0, 1 / (1 - rate)", "< rate, 1 / max(rate, 1e-9), 0")

AUGMENT = """\
def augment(x, rng, max_shift, max_angle, flip):
    H, W, _ = x.shape
    if flip and rng.integers(2):
        x = x[:, ::-1]
    turn = np.radians(rng.uniform(-max_angle, max_angle))
    down = rng.integers(-max_shift, max_shift + 1)
    right = rng.integers(-max_shift, max_shift + 1)
    r, c = np.mgrid[:H, :W]
    u, v = r - (H - 1) / 2 - down, c - (W - 1) / 2 - right
    rows = np.rint(u * np.cos(turn) - v * np.sin(turn) + (H - 1) / 2).astype(int)
    cols = np.rint(u * np.sin(turn) + v * np.cos(turn) + (W - 1) / 2).astype(int)
    ok = (rows >= 0) & (rows < H) & (cols >= 0) & (cols < W)
    return np.where(ok[..., None], x[rows.clip(0, H - 1), cols.clip(0, W - 1)], 0.0)


LABEL_SAFE = "ab"
"""

WRAPPED = AUGMENT.replace(
    "np.where(ok[..., None], x[rows.clip(0, H - 1), cols.clip(0, W - 1)], 0.0)",
    "x[rows % H, cols % W]",
)

BROKEN_SYNTAX = """\
def shift_curve(model, x, y, shifts:
    return []
"""

SAMPLES = [
    Sample("student01", "perfect, in the style of the text"),
    Sample(
        "student02",
        "perfect, in another style and partly in float32",
        {
            "N.1": LENET,
            "N.2": TWIN,
            "N.3": RACE,
            "N.4": SHIFTS,
            "N.5": POOL,
            "N.6": DROPOUT,
            "N.7": AUGMENT,
        },
    ),
    Sample(
        "student03",
        "the first exercise only, with a softmax at the end",
        {"N.1": SOFTMAX},
        stub=True,
        fails={
            "N.1": AllBut(
                "test_it_is_a_model_from_images_to_logits",
                "test_it_has_the_parameters_of_the_text",
                "test_nothing_is_random_in_training",
                "test_other_images_and_other_classes",
                "test_training_reaches_every_weight",
                "test_the_same_in_training",
            )
        },
    ),
    Sample(
        "student04",
        "a ReLU before the maximum; nothing else",
        {"N.5": CLIPPED},
        stub=True,
        fails={
            "N.5": AllBut(
                "test_the_shapes_after_pooling",
                "test_whole_numbers_and_bytes",
                "test_other_kinds_are_refused",
                "test_a_global_mean_does_not_know_places",
                "test_a_mean_is_at_most_the_maximum",
                "test_unknown_kinds_raise",
            )
        },
    ),
    Sample(
        "student05",
        "uses rate as the probability of keeping; the rest of the NumPy part is right",
        {"N.5": POOL, "N.6": KEEP, "N.7": AUGMENT},
        stub=True,
        fails={
            "N.6": AllBut(
                "test_two_arrays_of_the_shape_of_x",
                "test_the_way_back_of_the_text",
                "test_inference_changes_nothing",
                "test_every_entry_has_a_draw_of_its_own",
                "test_the_generator_decides",
                "test_the_mean_stays",
                "test_the_mean_of_many_masks_is_one",
                "test_only_the_generator_decides",
                "test_draws_are_independent",
            )
        },
    ),
    Sample(
        "student06",
        "what leaves the image comes in again on the other side",
        {"N.7": WRAPPED},
        stub=True,
        fails={
            "N.7": AllBut(
                "test_an_image_of_the_same_shape",
                "test_nothing_asked_nothing_changed",
                "test_what_is_safe_for_digits",
                "test_a_flip_mirrors_left_and_right_half_the_time",
                "test_moves_are_uniform",
                "test_the_middle_stays_in_place",
                "test_a_turned_disc_has_no_holes",
                "test_all_chance_comes_from_rng",
                "test_fresh_moves_are_uniform_and_independent",
                "test_the_middle_of_fresh_images_stays",
                "test_fresh_flips",
                "test_all_three_at_once",
                "test_a_disc_stays_a_disc",
                "test_chance_comes_from_rng_alone",
            )
        },
    ),
    Sample("student07", "the stub, unchanged", stub=True),
    Sample(
        "student08",
        "always takes ten classes in N.1, which costs nothing in N.2 and N.3",
        {"N.1": TEN_CLASSES, "N.2": TWIN, "N.3": RACE},
        stub=True,
        fails={
            "N.1": AllBut(
                "test_it_is_a_model_from_images_to_logits",
                "test_it_has_the_parameters_of_the_text",
            )
        },
    ),
    Sample(
        "student09",
        "a syntax error in N.4, and N.5 is right",
        {"N.4": BROKEN_SYNTAX, "N.5": POOL},
        stub=True,
        fails={"N.4": ALL},
    ),
    Sample(
        "student10",
        "the cell of N.5 is there twice, and the later one is right",
        {"N.4": SHIFTS, "N.5": POOL},
        stub=True,
        damage=doubled("N.5", CLIPPED),
    ),
    Sample("student11", "a file that breaks off", stub=True, damage=cut_off, state=UNREADABLE),
]
