"""Small nets with one set of weights in every form that a Keras model can have."""

import keras
import numpy as np
from keras import layers, ops

SHAPE = (7, 9, 2)


def images(n=3, seed=0, shape=SHAPE):
    return np.random.default_rng(seed).normal(size=(n, *shape)).astype("float32")


def random_weights(model, seed=1, bias=True):
    rng = np.random.default_rng(seed)
    for variable in model.weights:
        drawn = rng.normal(size=variable.shape) * (1 if bias or len(variable.shape) > 1 else 0)
        if "variance" in variable.path:
            drawn = np.abs(drawn) + 0.5
        variable.assign(drawn)
    return model


# Forms of ReLU: each adds a layer and its ReLU to a tensor.


def as_argument(make, x):
    return make(activation="relu")(x)


def as_layer(make, x):
    return layers.ReLU()(make()(x))


def as_activation(make, x):
    return layers.Activation("relu")(make()(x))


def as_operation(make, x):
    return ops.relu(make()(x))


def as_function(make, x):
    return keras.activations.relu(make()(x))


def as_maximum(make, x):
    return ops.maximum(make()(x), 0)


FORMS = [as_argument, as_layer, as_activation, as_operation, as_function, as_maximum]


def conv(filters, name):
    return lambda **more: layers.Conv2D(filters, 3, padding="same", name=name, **more)


def dense(units, name):
    return lambda **more: layers.Dense(units, name=name, **more)


# Forms of models. All but `shared` have the same weights in the same order.


def functional(relu):
    x = entry = keras.Input(SHAPE)
    x = relu(conv(4, "conv1"), x)
    x = layers.MaxPooling2D(2, name="pool")(x)
    x = relu(conv(5, "conv2"), x)
    x = layers.Flatten()(x)
    return keras.Model(entry, layers.Dense(3, name="logits")(x))


def nested(relu):
    entry = keras.Input(SHAPE)
    inner = keras.Model(entry, relu(conv(4, "conv1"), entry), name="inner")
    middle = keras.Sequential([keras.Input(SHAPE), inner, layers.MaxPooling2D(2)], name="middle")
    x = start = keras.Input(SHAPE)
    x = relu(conv(5, "conv2"), middle(x))
    return keras.Model(start, layers.Dense(3, name="logits")(layers.Flatten()(x)))


def sequential(relu):
    stack = [keras.Input(SHAPE)]
    for make in (conv(4, "conv1"), conv(5, "conv2")):
        if relu is as_argument:
            stack.append(make(activation="relu"))
        else:
            stack += [make(), layers.ReLU() if relu is as_layer else layers.Activation("relu")]
        if len(stack) < 4:
            stack.append(layers.MaxPooling2D(2))
    return keras.Sequential([*stack, layers.Flatten(), layers.Dense(3, name="logits")])


def shared(relu):
    """conv2 is called twice, and so is a model that holds a ReLU."""
    x = entry = keras.Input(SHAPE)
    x = relu(conv(4, "conv1"), x)
    step = layers.Conv2D(4, 3, padding="same", name="conv2")
    start = keras.Input((None, None, 4))
    twice = keras.Model(
        start,
        relu(lambda **_: layers.Identity(name="id"), start)
        if relu is not as_argument
        else layers.ReLU()(start),
        name="twice",
    )
    x = twice(step(twice(step(x))))
    return keras.Model(entry, layers.Dense(3, name="logits")(layers.Flatten()(x)))


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.conv = layers.Conv2D(4, 3, padding="same", activation="relu")
        self.flat, self.last = layers.Flatten(), layers.Dense(3)

    def call(self, x):
        return self.last(self.flat(ops.relu(self.conv(x))))


def numpy_conv(x, w, b):
    """A 3 × 3 convolution with zeros around, (n, H, W, C)."""
    H, W = x.shape[1:3]
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    parts = [padded[:, u : u + H, v : v + W] @ w[u, v] for u, v in np.ndindex(3, 3)]
    return sum(parts) + b


def numpy_conv_back(g, w):
    """Its transpose: from (n, H, W, F) to (n, H, W, C)."""
    return numpy_conv(g, np.swapaxes(w[::-1, ::-1], 2, 3), 0)
