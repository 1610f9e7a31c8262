"""How the units of a layer answer as a stimulus is varied."""

from __future__ import annotations

from typing import Any

import numpy as np

from nablab._components import arguments


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
        ValueError: `at` is another word, the stimuli are not a batch that the model reads, or a
            layer is named that the model does not have or does not show, as it is subclassed.

    Example:
        >>> import keras
        >>> net = keras.Sequential([keras.Input((3, 3, 1)), keras.layers.Conv2D(2, 2)])
        >>> tuning_curve(net, np.zeros((5, 3, 3, 1))).shape
        (5, 2)

    Source: D. H. Hubel, T. N. Wiesel, Receptive fields, binocular interaction and functional
    architecture in the cat's visual cortex, 1962.
    """
    # Keras is imported when a model is asked: the other circuits are drawn without it.
    from nablab.interpret import _targets
    from nablab.interpret._batches import in_batches
    from nablab.interpret._graph import Graph

    owner = "tuning_curve"
    at = arguments.one_of(owner, ("centre", "mean", "max"), at=at)
    x = _targets.inputs(owner, model, stimuli)
    place = None if layer is None else Graph(model, owner).find(layer)
    found: np.ndarray = in_batches(owner, model, _answers, [x], batch_size, place=place, at=at)
    return found


def _answers(model: Any, x: Any, *, place: int | None, at: str) -> Any:
    from keras import ops

    from nablab.interpret._graph import Graph

    if place is None:
        maps = model(x, training=False)
    else:
        graph = Graph(model)
        maps = graph.run({graph.input: x}, place)[place]
    if len(maps.shape) == 2:
        return maps
    if at == "centre":  # (N, rows, columns, units)
        return maps[:, maps.shape[1] // 2, maps.shape[2] // 2]
    return ops.mean(maps, axis=(1, 2)) if at == "mean" else ops.max(maps, axis=(1, 2))
