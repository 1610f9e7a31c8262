"""A new image of the same texture."""

from __future__ import annotations

import numpy as np

from nablab._components import arguments
from nablab.interpret.features._matching import match, one_image, places_of


def synthesize_texture(
    model,
    image,
    layers,
    *,
    size=None,
    steps=200,
    rate=0.02,
    centre=False,
    low=0.0,
    high=1.0,
    seed=0,
):
    """An image with the Gram matrices of another, made from noise.

    If what makes a texture is which features occur together, wherever they are, then an image with
    the same Gram matrices is the same texture. A small net with random weights is enough for simple
    ones. A small loss can still be noise: judge by the matrices in a net that was not optimised.

    Maths:
        x ← clip(x - rate · (high - low) · Adam(∂ L / ∂ x))
        L = Σ_l ‖G_l(x) - G_l(image)‖² / ‖G_l(image)‖²,   G_l as in `gram_matrix`

    Shapes:
        image (h, w, channels) -> (h', w', channels), float32 from low to high

    Args:
        model: a Sequential or functional Keras model of images, whose layers up to those that are
            named are convolutions and pools, so that they read any size.
        image: in the numbers that the model reads.
        layers: layers or paths.
        size: (h', w'); by default that of the image.
        steps, rate: how many steps of Adam, and their size as a part of the range.
        centre: whether the Gram matrices are covariances, see `gram_matrix`.
        low, high: the range of the numbers that the model reads.
        seed: of the noise, which is uniform between them.

    Raises:
        ValueError: the image is not (h, w, channels), there is no such layer, or an argument is not
            as described.

    Example:
        >>> model = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.ReLU(name="same")])
        >>> texture = synthesize_texture(model, np.full((8, 8, 1), 0.5), ["same"], steps=100)
        >>> texture.shape, round(float((texture**2).mean()), 2)  # the Gram matrix of one channel
        ((8, 8, 1), 0.25)

    Source: L. A. Gatys, A. S. Ecker, M. Bethge, Texture Synthesis Using Convolutional Neural
    Networks, 2015, https://arxiv.org/abs/1505.07376.
    """
    owner = "synthesize_texture"
    style = one_image(owner, image=image)
    places = places_of(owner, model, layers)
    h, w = style.shape[1:3] if size is None else arguments.per_axis(owner, 2, size=size)
    noise = np.random.default_rng(seed).uniform(low, high, (1, h, w, style.shape[3]))
    more = {"centre": centre, "steps": steps, "rate": rate, "low": low, "high": high}
    return match(owner, model, noise.astype("float32"), style, places, **more)
