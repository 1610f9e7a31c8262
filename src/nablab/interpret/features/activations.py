"""What several layers compute, in one pass."""

from __future__ import annotations

from typing import Any

from nablab.interpret import _targets
from nablab.interpret._batches import in_batches
from nablab.interpret._graph import Graph


def activations(model, x, layers, *, batch_size=32):
    """What layers compute for a batch of inputs, all in one pass.

    Patches, codes, maps of similarity: all of them begin here. A model for each layer would run the
    first layers again and again.

    Maths:
        a_l = f_l(f_{l-1}(… f_1(x)))   for every layer l that is named

        After the layer's activation, if it has one. Dropout does nothing; batch normalisation uses
        what it has learned.

    Shapes:
        x (n, ...) -> a dictionary, from each of the layers as it was given to (n, ...), float32

    Args:
        model: a Sequential or functional Keras model.
        x: a batch of inputs.
        layers: names, paths such as "block/conv", or layers, of nested models too; or one of these.
            A layer that is called twice has the paths "name:0" and "name:1".
        batch_size: how many inputs are computed at a time.

    Raises:
        ValueError: x is not a batch that the model reads, or there is no such layer.

    Example:
        >>> double = keras.layers.Rescaling(2.0, name="double")
        >>> model = keras.Sequential([keras.Input((2,)), double, keras.layers.ReLU(name="relu")])
        >>> activations(model, np.array([[-1.0, 3.0]]), ["double", "relu"])
        {'double': array([[-2.,  6.]], dtype=float32), 'relu': array([[0., 6.]], dtype=float32)}

    Source: J. Yosinski and others, Understanding Neural Networks Through Deep Visualization, 2015,
    https://arxiv.org/abs/1506.06579.
    """
    x = _targets.inputs("activations", model, x)
    layers = list(layers) if isinstance(layers, list | tuple) else [layers]
    graph = Graph(model, "activations")
    places = tuple(graph.find(layer) for layer in layers)
    found = in_batches("activations", model, _values, [x], batch_size, places=places)
    return dict(zip(layers, found, strict=True))


def _values(model: Any, x: Any, *, places: tuple[int, ...]) -> list[Any]:
    graph = Graph(model)
    values = graph.run({graph.input: x}, *places)
    return [values[place] for place in places]
