"""How the units of a layer answer as a stimulus is varied."""

from __future__ import annotations

from typing import Any

import numpy as np


def tuning_curve(
    model: Any, stimuli: Any, *, layer: str | None = None, at: str = "centre", batch_size: int = 64
) -> np.ndarray:
    """The answers of all units of a layer to a family of stimuli, such as a curve that is turned.

    A picture that excites a unit shows one point of what it likes. The tuning curve shows how fast
    its answer falls as the picture changes, and what else it answers to.

    Maths:
        t[i, u] = the answer of unit u to stimulus i, at one place of its map or over all of it

    Shapes:
        stimuli (stimuli, rows, columns, channels) -> t (stimuli, units), float32

    Args:
        model: a built Sequential or functional Keras model.
        stimuli: the images, in the order of what is varied.
        layer: the name of the layer that is asked; by default the model's own output.
        at: "centre" (row and column (size // 2) of the map), "mean" or "max". It is not used if the
            layer has no map.
        batch_size: how many stimuli are shown at once.

    Raises:
        ValueError: if `at` is another word, or the model has no graph of layers and a layer is
            named.

    Example:
        >>> import keras
        >>> net = keras.Sequential([keras.Input((3, 3, 1)), keras.layers.Conv2D(2, 2)])
        >>> tuning_curve(net, np.zeros((5, 3, 3, 1))).shape
        (5, 2)

    Source: D. H. Hubel, T. N. Wiesel, Receptive fields, binocular interaction and functional
    architecture in the cat's visual cortex, 1962.
    """
    import keras

    if at not in ("centre", "mean", "max"):
        raise ValueError(f'at must be "centre", "mean" or "max", but is {at!r}')
    asked = model
    if layer is not None:
        if not getattr(model, "inputs", None):
            raise ValueError(
                "a layer can be named only in a Sequential or functional model that is built; this "
                "model has no graph of layers"
            )
        inputs = model.inputs[0] if len(model.inputs) == 1 else model.inputs
        asked = keras.Model(inputs, model.get_layer(layer).output)
    answers = []
    for start in range(0, len(stimuli), batch_size):
        batch = keras.ops.convert_to_tensor(
            np.asarray(stimuli[start : start + batch_size], dtype="float32")
        )
        maps = asked(batch, training=False)
        if len(maps.shape) > 2:  # (N, rows, columns, units)
            maps = _one_number(maps, at)
        answers.append(keras.ops.convert_to_numpy(maps))
    return np.concatenate(answers).astype("float32")


def _one_number(maps: Any, at: str) -> Any:
    from keras import ops

    if at == "centre":
        return maps[:, maps.shape[1] // 2, maps.shape[2] // 2]
    return ops.mean(maps, axis=(1, 2)) if at == "mean" else ops.max(maps, axis=(1, 2))
