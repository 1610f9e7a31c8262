"""What mutants and variants of several exercises are written with."""

import keras
import numpy as np
from keras import layers, ops


def changed_block(
    x,
    filters,
    stride=1,
    norm="bn",
    *,
    strides=None,
    zeros=(False, True),
    biased=None,
    project=None,
    norm_of_projection=True,
    relu_before=False,
    relu_after=True,
    relu_between=True,
    relu_of_shortcut=False,
    join="add",
):
    """residual_block with one thing changed."""
    layers = keras.layers

    def conv_norm(h, size, stride, zero=False, normed=True):
        bias = (norm is None) if biased is None else biased
        h = layers.Conv2D(filters, size, strides=stride, padding="same", use_bias=bias)(h)
        if norm is None or not normed:
            return h
        kind = layers.BatchNormalization if norm == "bn" else layers.LayerNormalization
        return kind(gamma_initializer="zeros" if zero else "ones")(h)

    first, second = strides or (stride, 1)
    h = conv_norm(x, 3, first, zeros[0])
    if relu_between:
        h = layers.ReLU()(h)
    h = conv_norm(h, 3, second, zeros[1])
    if relu_before:
        h = layers.ReLU()(h)
    changes = stride != 1 or x.shape[-1] != filters
    shortcut = x
    if changes if project is None else project(stride != 1, x.shape[-1] != filters):
        shortcut = conv_norm(x, 1, stride, normed=norm_of_projection)
    elif stride != 1:
        shortcut = layers.AveragePooling2D(1, strides=stride)(x)
    if relu_of_shortcut:
        shortcut = layers.ReLU()(shortcut)
    if join == "add":
        h = layers.Add()([h, shortcut])
    elif join == "concatenate":
        h = layers.Concatenate()([h, shortcut])
    return layers.ReLU()(h) if relu_after else h


def forward_in_float32(x, gamma, beta, mm, mv, training, momentum=0.99, eps=1e-3):
    x, gamma, beta, mm, mv = (np.array(a, dtype=np.float32) for a in (x, gamma, beta, mm, mv))
    momentum, eps = np.float32(momentum), np.float32(eps)
    mean, var = mm, mv
    if training:
        mean = x.mean(axis=0)
        var = np.mean(np.square(x - mean), axis=0)
        mm = momentum * mm + (np.float32(1) - momentum) * mean
        mv = momentum * mv + (np.float32(1) - momentum) * var
    y = (x - mean) * (gamma / np.sqrt(var + eps)) + beta
    return y, mm, mv, (x, mean, var, gamma, eps)


def forward_in_small_steps(x, gamma, beta, mm, mv, training, momentum=0.99, eps=1e-3):
    if training:
        mu = np.average(x, axis=0)
        centred = x - mu
        variance = (centred**2).sum(0) / x.shape[0]
        moving = [momentum * a + (1 - momentum) * b for a, b in ((mm, mu), (mv, variance))]
    else:
        centred, variance, moving = x - mm, mv, [mm, mv]
    inverse = (variance + eps) ** -0.5
    hat = centred * inverse
    return gamma * hat + beta, *moving, {"hat": hat, "inverse": inverse, "eps": eps, "gamma": gamma}


def block_with_ops(x, filters, stride=1, norm="bn"):
    bias = norm is None

    def normed(h, **start):
        if norm == "bn":
            return layers.BatchNormalization(**start)(h)
        if norm == "ln":
            return layers.LayerNormalization(axis=-1, **start)(h)
        return h

    h = layers.Conv2D(filters, (3, 3), (stride, stride), padding="same", use_bias=bias)(x)
    h = ops.relu(normed(h))
    h = normed(
        layers.Conv2D(filters=filters, kernel_size=3, padding="same", use_bias=bias)(h),
        gamma_initializer="zeros",
    )
    if stride == 1 and x.shape[-1] == filters:
        return ops.relu(x + h)
    s = normed(layers.Conv2D(filters, 1, stride, use_bias=bias)(x))
    return ops.relu(ops.add(s, h))


def block_shortcut_first(x, filters, stride=1, norm="bn"):
    options = {"use_bias": norm is None, "kernel_initializer": "he_normal", "padding": "SAME"}
    kinds = {
        "bn": layers.BatchNormalization,
        "ln": layers.LayerNormalization,
        None: lambda **_: layers.Activation("linear"),
    }
    shortcut = x
    if (stride, x.shape[-1]) != (1, filters):
        shortcut = kinds[norm]()(layers.Conv2D(filters, 1, strides=stride, **options)(x))
    h = layers.Conv2D(filters, 3, strides=stride, **options)(x)
    h = layers.Activation("relu")(kinds[norm]()(h))
    h = kinds[norm](gamma_initializer=keras.initializers.Zeros())(
        layers.Conv2D(filters, 3, **options)(h)
    )
    return layers.Activation("relu")(layers.add([shortcut, h]))


def plain_conv(x, filters, stride=1):
    x = layers.Conv2D(filters, 3, strides=stride, padding="same", use_bias=False)(x)
    return layers.ReLU()(layers.BatchNormalization()(x))


def written_out(n, base, residual):
    """A network stage by stage, with its own blocks."""
    inputs = x = keras.Input(shape=(20, 20, 1), dtype="float32")
    x = plain_conv(x, base)
    for filters, first_stride in ((base, 1), (2 * base, 2), (4 * base, 2)):
        stride = first_stride
        for _ in range(n):
            x = (
                block_with_ops(x, filters, stride)
                if residual
                else plain_conv(plain_conv(x, filters, stride), filters)
            )
            stride = 1
    outputs = layers.Dense(10, dtype="float32")(ops.mean(x, axis=(1, 2)))
    return keras.Model(inputs=inputs, outputs=outputs, name="resnet" if residual else "plain")


def recursive_resnet(n, base):
    def stage(x, left, filters, stride):
        if not left:
            return x
        return stage(block_shortcut_first(x, filters, stride), left - 1, filters, 1)

    inputs = keras.Input((20, 20, 1))
    x = plain_conv(inputs, base)
    for number, stride in enumerate((1, 2, 2)):
        x = stage(x, n, base * 2**number, stride)
    x = layers.GlobalAveragePooling2D(name="mean")(x)
    return keras.Model(inputs, layers.Dense(10, name="logits")(x))


def nested(n, base, residual):
    """Each stage is a separate model inside the network."""
    inputs = keras.Input((20, 20, 1))
    x = plain_conv(inputs, base)
    for number in range(3):
        begin = h = keras.Input(x.shape[1:])
        for k in range(n):
            stride = 1 + (number > 0 and k == 0)
            if residual:
                h = block_shortcut_first(h, base << number, stride)
            else:
                h = plain_conv(plain_conv(h, base << number, stride), base << number)
        x = keras.Model(begin, h, name=f"stage_{number}")(x)
    x = layers.Flatten()(layers.AveragePooling2D(5)(x))
    return keras.Model(inputs, layers.Dense(10)(x))
