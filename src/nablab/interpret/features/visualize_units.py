"""Images that units of a layer respond to most, made from nothing."""

from __future__ import annotations

from nablab.interpret._graph import Graph
from nablab.interpret.features import _ascent
from nablab.interpret.features._units import chosen_units


def visualize_units(
    model,
    layer,
    units=None,
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
    """For every unit an image that excites it, by climbing the gradient; all of a batch at once.

    A gradient alone leads to noise that excites the unit and shows nothing. What is shown comes
    from what the image is kept from: high frequencies, by steps in Fourier space or by blurring; a
    fixed place, by jitter; weak pixels, by clipping. So the picture tells of the unit and of these
    choices.

    Maths:
        x = image(P),   P ← (1 - l2) (P + rate · Adam(∂ mean_ij A[i, j, u](x) / ∂ P))

        fourier:    x = low + (high - low) · sigmoid(M Σ_f P_f wave_f / 4f)
        otherwise:  x = low + (high - low) · (P + 1) / 2,   P clipped to [-1, 1]

        A is what the layer computes; the waves are sines and cosines of length 1 and frequency f,
        at least 1 / max(h, w); M is the correlation of natural colours. If the gradient of an image
        is 0 in the first quarter of the steps, because a ReLU is off everywhere, it passes ReLUs as
        if there were none.

    Shapes:
        -> (units, h, w, channels), float32 from low to high

    Args:
        model: a Sequential or functional Keras model of images.
        layer: a layer or its path.
        units: which channels; by default all.
        steps, rate: how many steps of Adam, and their size.
        size: (height, width), if the model leaves it open.
        fourier: whether to climb in Fourier coefficients rather than pixels.
        decorrelate: whether to turn the colours of Fourier images by M, if there are three.
        jitter: by how many pixels the image may be moved, anew at each step, around the edges.
        l2: the part of the parameters that is lost at each step.
        blur, blur_every: the standard deviation in pixels of a Gaussian, and after how many steps
            it is applied; without `fourier` only, likewise the next two.
        clip_norm: the part of the pixels, those of least norm over channels, that is set to grey.
        clip_contribution: the same for those of least |Σ_c P g|: what the score would hardly miss.
        low, high: the range of the numbers that the model reads.
        seed: of the noise that the images begin with, which is weak, and of the jitter.
        batch_size: how many units are climbed for at a time.

    Raises:
        ValueError: there is no such layer or unit, or an argument is not as described.

    Example:
        >>> conv = keras.layers.Conv2D(2, 1, kernel_initializer=lambda s, dtype: [[[[1.0, -1.0]]]])
        >>> model = keras.Sequential([keras.Input((4, 4, 1)), conv])
        >>> images = visualize_units(model, conv, steps=100, rate=0.1)
        >>> images.shape, images.mean(axis=(1, 2, 3)).round()
        ((2, 4, 4, 1), array([1., 0.], dtype=float32))

    Source: D. Erhan and others, Visualizing Higher-Layer Features of a Deep Network, 2009; J.
    Yosinski and others, Understanding Neural Networks Through Deep Visualization, 2015,
    https://arxiv.org/abs/1506.06579; C. Olah, A. Mordvintsev, L. Schubert, Feature Visualization,
    2017, https://doi.org/10.23915/distill.00007.
    """
    owner = "visualize_units"
    given = dict(locals())
    o = _ascent.options(owner, given)
    graph = Graph(model, owner)
    place = graph.find(layer)
    units = chosen_units(owner, units, graph.channels(place))
    shape = _ascent.image_shape(owner, model, size)
    more = {"steps": steps, "rate": rate, "seed": seed, "batch_size": batch_size}
    return _ascent.ascend(owner, model, place, units, shape, o, **more)
