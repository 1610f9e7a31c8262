"""What mutants and variants of several exercises are made of. They run where the student's code
runs, so Keras is imported when it is first needed."""

import numpy as np


def tensor(x):
    import keras

    return keras.ops.convert_to_tensor(np.asarray(x, dtype="float32"))


def array(t):
    import keras

    return keras.ops.convert_to_numpy(t)


def logits(model, x, training=False):
    return array(model(tensor(x), training=training))


def until(model, layer, x):
    x = tensor(x)
    for each in model.layers:
        x = each(x)
        if each.name == layer:
            return array(x)
    raise ValueError(layer)


def onwards(model, layer, a):
    after = [each.name for each in model.layers].index(layer) + 1
    for each in model.layers[after:]:
        a = each(a)
    return a


def gradient(f, x):
    import keras

    from nablab.autodiff import value_and_gradients

    x = keras.Variable(np.asarray(x, dtype="float32"))
    _, (slope,) = value_and_gradients(lambda: f(x.value), [x])
    return array(slope)


def slope_of(model, img, cls, training=False):
    """The gradient of a logit with respect to one image (H, W, C)."""
    return gradient(lambda t: model(t, training=training)[0, cls], np.asarray(img)[None])[0]


def receptive_field(model, layer):
    fields = [[1, 1, 0], [1, 1, 0]]
    for each in model.layers:
        settings = each.get_config()
        window = settings.get("kernel_size") or settings.get("pool_size")
        for axis, (size, step, first) in enumerate(fields if window else ()):
            k, s, n = window[axis], settings["strides"][axis], each.input.shape[1 + axis]
            padded = max((-(-n // s) - 1) * s + k - n, 0) if settings["padding"] == "same" else 0
            fields[axis] = [size + (k - 1) * step, step * s, first - padded // 2 * step]
        if each.name == layer:
            return fields
    raise ValueError(layer)
