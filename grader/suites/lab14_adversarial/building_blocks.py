"""What mutants and variants of several exercises are made of."""

import numpy as np


def gradient(model, x, y, training=False, of="loss"):
    """The slopes of the loss, as the lab's setup gives them, or of something else."""
    import keras

    from nablab.autodiff import value_and_gradients

    pixels = keras.Variable(np.asarray(x, dtype="float32"))
    labels = keras.ops.convert_to_tensor(np.asarray(y))

    def value():
        logits = model(pixels, training=training)
        if of == "logit":
            return keras.ops.sum(
                logits * keras.ops.one_hot(labels, logits.shape[-1], dtype="float32")
            )
        found = keras.losses.sparse_categorical_crossentropy(labels, logits, from_logits=True)
        return keras.ops.sum(found)

    return keras.ops.convert_to_numpy(value_and_gradients(value, [pixels])[1][0])


def outputs(model, x, training=False):
    import keras

    return keras.ops.convert_to_numpy(model(np.asarray(x, dtype="float32"), training=training))


def answers(model, x):
    return outputs(model, x).argmax(axis=1)


def accuracy(model, x, y):
    return float(np.mean(answers(model, x) == np.asarray(y)))


def step(model, x, y, eps):
    """FGSM."""
    return np.clip(np.asarray(x, float) + eps * np.sign(gradient(model, x, y)), 0, 1)


def by_tape(model, x, y):
    """The slopes by TensorFlow's own tape, of the mean loss times the number of images."""
    import tensorflow as tf

    pixels = tf.constant(np.asarray(x), dtype=tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(pixels)
        loss = tf.nn.sparse_softmax_cross_entropy_with_logits(
            tf.constant(np.asarray(y), dtype=tf.int64), model(pixels, training=False)
        )
    return tape.gradient(loss, pixels).numpy()
