"""What is in one image, painted as another is."""

from __future__ import annotations

from nablab._components import arguments
from nablab.interpret.features._matching import match, one_image, places_of


def transfer_style(
    model,
    content,
    style,
    style_layers,
    content_layer,
    *,
    alpha=1.0,
    steps=200,
    rate=0.02,
    centre=False,
    low=0.0,
    high=1.0,
):
    """An image with the features of a content and the Gram matrices of a style.

    Features say what is where; Gram matrices say what occurs, not where. alpha weighs the two: with
    0 the content is only the start, and the larger it is, the nearer the result stays to it.

    Maths:
        x ← clip(x - rate · (high - low) · Adam(∂ L / ∂ x)),   starting at the content
        L = Σ_l ‖G_l(x) - G_l(style)‖² / ‖G_l(style)‖² + alpha · ‖F(x) - F(content)‖² /
        ‖F(content)‖²

        G_l as in `gram_matrix`, F what the content layer computes.

    Shapes:
        content (h, w, channels), style (h', w', channels) -> (h, w, channels), float32 from low to
        high

    Args:
        model: as in `synthesize_texture`.
        content, style: in the numbers that the model reads; they may differ in size.
        style_layers: layers or paths for the style.
        content_layer: one for the content.
        alpha: the weight of the content.
        steps, rate, centre, low, high: as in `synthesize_texture`.

    Raises:
        ValueError: as in `synthesize_texture`, or `alpha` is negative.

    Example:
        >>> model = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.ReLU(name="same")])
        >>> content, style = np.full((8, 8, 1), 0.5), np.full((8, 8, 1), 0.9)
        >>> free = transfer_style(model, content, style, "same", "same", alpha=0)
        >>> near = transfer_style(model, content, style, "same", "same", alpha=1e3)
        >>> round(float(free.mean()), 2), round(float(near.mean()), 2)
        (0.9, 0.5)

    Source: L. A. Gatys, A. S. Ecker, M. Bethge, Image Style Transfer Using Convolutional Neural
    Networks, 2016, https://arxiv.org/abs/1508.06576.
    """
    owner = "transfer_style"
    alpha = arguments.at_least(owner, 0, alpha=alpha)
    start = one_image(owner, content=content)
    painted = one_image(owner, style=style)
    places = places_of(owner, model, style_layers)
    (place,) = places_of(owner, model, [content_layer])
    return match(
        owner,
        model,
        start,
        painted,
        places,
        content=start,
        content_place=place,
        alpha=alpha,
        centre=centre,
        steps=steps,
        rate=rate,
        low=low,
        high=high,
    )
