"""Images that a net takes for a class, made from nothing."""

from __future__ import annotations

from nablab.interpret import _graph
from nablab.interpret.features import _ascent
from nablab.interpret.features._units import chosen_units


def class_images(
    model,
    classes=None,
    *,
    steps=64,
    rate=0.05,
    size=None,
    fourier=True,
    decorrelate=True,
    jitter=2,
    l2=0.0,
    blur=0.0,
    blur_every=4,
    clip_norm=0.0,
    clip_contribution=0.0,
    low=0.0,
    high=1.0,
    seed=0,
    batch_size=16,
):
    """For every class an image with a large logit.

    The net is sure of every such image, of noise too, so its own probability says nothing. Whether
    a second net agrees tells more: it does so rather for images that were kept from noise.

    Maths:
        as in `visualize_units`, with the logit S_c(x) in place of a unit's mean

    Shapes:
        -> (classes, h, w, channels), float32 from low to high

    Args:
        model: a Sequential or functional Keras model of images. A softmax or sigmoid at its end is
            left out: a probability rises as well when the other logits fall.
        classes: which; by default all.
        steps, rate, size, fourier, decorrelate, jitter, l2, blur, blur_every, clip_norm,
            clip_contribution, low, high, seed, batch_size: as in `visualize_units`.

    Raises:
        ValueError: the model's output is not (n, classes), or as in `visualize_units`.

    Example:
        >>> dense = keras.layers.Dense(2, kernel_initializer=lambda s, dtype: [[1.0, -1.0]])
        >>> mean = keras.layers.GlobalAveragePooling2D()
        >>> model = keras.Sequential([keras.Input((4, 4, 1)), mean, dense, keras.layers.Softmax()])
        >>> images = class_images(model, steps=100, rate=0.1)
        >>> images.shape, images.mean(axis=(1, 2, 3)).round()
        ((2, 4, 4, 1), array([1., 0.], dtype=float32))

    Source: K. Simonyan, A. Vedaldi, A. Zisserman, Deep Inside Convolutional Networks: Visualising
    Image Classification Models and Saliency Maps, 2014, https://arxiv.org/abs/1312.6034.
    """
    owner = "class_images"
    given = dict(locals())
    o = _ascent.options(owner, given)
    graph = _graph.Graph(model, owner)
    axes = tuple(model.outputs[0].shape)
    if len(axes) != 2:
        raise ValueError(f"{owner}: the model returns axes {axes}; expected (n, classes).")
    classes = chosen_units(owner, classes, axes[1])
    shape = _ascent.image_shape(owner, model, size)
    more = {"steps": steps, "rate": rate, "seed": seed, "batch_size": batch_size}
    return _ascent.ascend(owner, model, graph.logits, classes, shape, o, **more)
