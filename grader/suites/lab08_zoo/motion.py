"""Hidden checks of N.8."""

import numpy as np

from nablab.checking import check, holds, left_alone, models, mutant, variant
from nablab.data import motion

from ..checks.motion import conv3d, motion_net
from ..checks.oracles import of_every_kind, reads_right, same
from .building_blocks import floats


@check("oracle")
def test_fresh_films(student, rng):
    """Films and filters whose sides are all different"""
    for size, kernel, filters in (
        ((7, 4, 6, 3), (3, 1, 2), 4),
        ((3, 8, 5, 2), (2, 4, 3), 1),
        ((4, 5, 3, 1), (4, 2, 1), 5),
        ((2, 3, 4, 4), (1, 1, 1), 3),
    ):
        x, w = rng.normal(size=size), rng.normal(size=(*kernel, size[3], filters))
        same(student.conv3d_valid(x, w), conv3d, x, w, says=f"Film {size}, filter {kernel}:")


@check("probe")
def test_one_entry_of_the_filter(student, rng):
    """A filter with one entry cuts the film where that entry reads"""
    x = rng.normal(size=(6, 5, 7, 2))
    for place in ((2, 0, 1), (0, 1, 3), (1, 1, 0)):
        w = np.zeros((3, 2, 4, 2, 3))
        w[place] = rng.normal(size=(2, 3))
        same(student.conv3d_valid(x, w), conv3d, x, w, says=f"Only w{list(place)} is not 0:")


@check("probe")
def test_inputs_stay_whatever_they_hold(student, rng):
    """Whole numbers, bytes and transposed views are welcome, and nothing is changed"""
    x, w = rng.normal(size=(4, 3, 5, 2)), rng.normal(size=(2, 1, 3, 2, 6))
    for says, a, b in of_every_kind(rng, x, w):
        same(left_alone(student, "conv3d_valid", a, b), conv3d, a, b, says=says)


@check()
def test_fresh_films_forwards_and_backwards(student, rng):
    """The trained net tells fresh films from their reverses"""
    reads_right(motion_net(student), *motion(100, seed=int(rng.integers(10, 9999))), 0.9)


@check()
def test_a_new_model_at_each_call(student, rng):
    """Each call makes a new model of at most 5,000 parameters, with weights of its own"""
    one, two = (models.model(student.build_motion_net()) for _ in range(2))
    holds(one.parameters <= 5000, f"It has {one.parameters} parameters.")
    x = rng.normal(size=(3, 6, 12, 12, 1))
    before = np.array(two(x))
    one.set_weights([0 * weight for weight in one.get_weights()])
    holds(np.array_equal(before, two(x)), "A change of one model changes the next: make a new one.")


# Mutants ------------------------------------------------------------------------------------------

only_space = mutant(
    "You convolve each frame by itself, with the first frame of the filter. Sum along time too.",
    conv3d_valid=lambda x, w: conv3d(x, np.asarray(w)[:1]),
)
turned_in_time = mutant(
    "Your filter is turned round in time. Entry a reads frame t + a.",
    conv3d_valid=lambda x, w: conv3d(x, np.asarray(w)[::-1]),
)
turned_in_space = mutant(
    "Your filter is turned by 180° in each frame. Entry (u, v) reads pixel (i + u, j + v).",
    conv3d_valid=lambda x, w: conv3d(x, np.asarray(w)[:, ::-1, ::-1]),
)
one_channel = mutant(
    "Only the first channel counts in your sum. Sum over all of them.",
    conv3d_valid=lambda x, w: conv3d(np.asarray(x)[..., :1], np.asarray(w)[..., :1, :]),
)
cubes_in_another_order = mutant(
    "Your windows are flattened channel by channel, your filter pixel by pixel, so the wrong numbers "
    "meet. sliding_window_view puts the axes of the window last: move them before the channels.",
    conv3d_valid=lambda x, w: conv3d(x, np.moveaxis(np.asarray(w), 3, 0).reshape(np.shape(w))),
)
time_last = mutant(
    "You take the axes as rows, columns, time. A film has time first: (T, H, W, C), and so has w.",
    conv3d_valid=lambda x, w: np.moveaxis(conv3d(np.moveaxis(np.asarray(x), 0, 2), w), 2, 0),
)
padded = mutant(
    "Your result is as large as the film: you pad with zeros. Here nothing is padded.",
    conv3d_valid=lambda x, w: conv3d(
        np.pad(np.asarray(x, float), [*[((k - 1) // 2, k // 2) for k in np.shape(w)[:3]], (0, 0)]),
        w,
    ),
)
last_place_missing = mutant(
    "The last place along time is missing: there are T − kt + 1.",
    conv3d_valid=lambda x, w: conv3d(x, w)[:-1],
)
mean_over_time = mutant(
    "You divide by the number of frames that the filter spans. It is a sum.",
    conv3d_valid=lambda x, w: conv3d(x, w) / len(w),
)
in_the_type_of_x = mutant(
    "Your result has the type of x: with whole numbers in x the fractions are cut off.",
    conv3d_valid=lambda x, w: conv3d(x, w).astype(np.asarray(x).dtype),
)


def net(*layers):
    import keras

    return keras.Sequential([keras.Input((6, 12, 12, 1)), *layers])


def net_of(kernel=(2, 3, 3), filters=8, activation=None, units=2, between="relu"):
    from keras import layers

    return net(
        layers.Conv3D(filters, kernel, activation=between),
        layers.Conv3D(filters, kernel, activation=between),
        layers.GlobalAveragePooling3D(),
        layers.Dense(units, activation=activation),
    )


frame_by_frame = mutant(
    "Your filters see one frame at a time, and the mean forgets the order. They must span two or more.",
    build_motion_net=lambda: net_of((1, 3, 3)),
)
with_softmax = mutant(
    "Your net ends with a softmax. The text asks for logits.",
    build_motion_net=lambda: net_of(activation="softmax"),
)
one_logit = mutant(
    "Your net ends with one number. The text asks for two, forwards and backwards.",
    build_motion_net=lambda: net_of(units=1),
)
too_large = mutant(
    "Your net has more than 5,000 parameters.", build_motion_net=lambda: net_of(filters=24)
)
without_an_activation = mutant(
    "There is no activation in your net. The mean of something linear knows no direction: a texture "
    "is as often bright as dark.",
    build_motion_net=lambda: net_of(between=None),
)


# Variants -----------------------------------------------------------------------------------------


def by_frames(x, w):
    x, w = floats(x, w)
    from nablab.reference.convolution_layers import conv_nd

    frames = len(x) - len(w) + 1
    return [sum(conv_nd(x[t + a][None], w[a])[0] for a in range(len(w))) for t in range(frames)]


def in_float32(x, w):
    x, w = np.asarray(x, np.float32), np.asarray(w, np.float32)
    windows = np.lib.stride_tricks.sliding_window_view(x, w.shape[:3], axis=(0, 1, 2))
    return np.einsum("tijcauv,auvcf->tijf", windows, w)


def functional():
    import keras
    from keras import layers

    films = keras.Input((6, 12, 12, 1))
    h = layers.Conv3D(12, 3, padding="same", activation="relu")(films)
    h = layers.AveragePooling3D((1, 2, 2))(h)
    h = layers.Conv3D(8, (3, 3, 3), activation="relu")(h)
    h = layers.GlobalMaxPooling3D()(h)
    return keras.Model(films, layers.Dense(2)(h))


def frames_as_channels():
    from keras import layers

    return net(
        layers.Permute((2, 3, 1, 4)),
        layers.Reshape((12, 12, 6)),
        layers.Conv2D(16, 3, activation="relu"),
        layers.Conv2D(16, 3, activation="relu"),
        layers.GlobalAveragePooling2D(),
        layers.Dense(2),
    )


frame_after_frame = variant(
    "frame after frame, as a list; frames as channels of a 2-D net",
    conv3d_valid=by_frames,
    build_motion_net=frames_as_channels,
)
windows_in_float32 = variant(
    "windows and einsum in float32; padding and a maximum",
    conv3d_valid=in_float32,
    build_motion_net=functional,
)


def two_layers():
    from keras import layers

    return net(
        layers.Conv3D(16, (3, 3, 3), activation="relu"),
        layers.Conv3D(8, (2, 1, 1), activation="relu"),
        layers.GlobalAveragePooling3D(),
        layers.Dense(2),
    )


one_wide_layer = variant("one layer of three frames, one of two", build_motion_net=two_layers)
