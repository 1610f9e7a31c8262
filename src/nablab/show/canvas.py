"""The parts that all pictures share: colours, sheets of pixels, descriptions and notices."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

INK = "#1d2733"
PALE = "#8b96a3"
# Blue and orange differ in every common form of colour blindness. Each stands for a sign.
NEGATIVE, POSITIVE = "#14528c", "#d0660b"
MARKS = ("#d0660b", "#14528c", "#0b8a6f")  # orange, blue, green (Okabe and Ito's order of hues)


class Words(str):
    """A picture's description. A notebook shows it below the picture as text."""

    def _repr_markdown_(self) -> str:
        return f"*In words.* {self}"


class Notice(Words):
    """Shown instead of a picture that cannot be drawn yet."""

    def _repr_markdown_(self) -> str:
        return str(self)


def needs(*functions: str) -> Callable:
    """For a picture drawn with the student's functions. If one is not written yet, or returns
    something that cannot be drawn, show a notice instead of an error from this package."""
    *first, last = (f"`{function}`" for function in functions)
    named = f"{', '.join(first)} and {last}" if first else last

    def decorate(picture: Callable[..., Words]) -> Callable[..., Words]:
        @functools.wraps(picture)
        def drawn(*args: Any, **kwargs: Any) -> Words:
            try:
                return picture(*args, **kwargs)
            except NotImplementedError:
                return Notice(f"Write {named} first: this picture is drawn with your own code.")
            except Exception as error:
                _discard()
                return Notice(
                    "This picture cannot be drawn from what your code returns "
                    f"({type(error).__name__}: "
                    f"{error}). Make the checks of {named} pass first."
                )

        return drawn

    return decorate


def _discard() -> None:
    """Discard a half-drawn picture."""
    import matplotlib.pyplot as plt

    plt.close()


def figure(width: float, height: float, **grid: Any):
    """A new figure, with its size in inches, and its axes: one, or an array of them."""
    import matplotlib.pyplot as plt

    fig, axes = plt.subplots(figsize=(width, height), layout="constrained", **grid)
    fig.get_layout_engine().set(w_pad=0.07, h_pad=0.07)
    return fig, axes


def finish(words: str) -> Words:
    """Show the picture just drawn, so that it appears above its description."""
    import matplotlib.pyplot as plt

    if plt.get_backend().lower() != "agg":
        plt.show()
    return Words(words)


def diverging():
    """The colour map: blue below 0, white at 0, orange above."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list(
        "nablab", ["#0b3157", NEGATIVE, "#7fa9d1", "#ffffff", "#f3b27a", POSITIVE, "#7a3600"]
    )


def sheet(
    ax,
    array,
    *,
    limit: float = 1.0,
    title: str = "",
    numbers: bool = False,
    grey: bool = False,
    low: float | None = None,
    size: float = 9,
):
    """Draw an array as pixels, from -limit (blue) to limit (orange), or in grey from low on."""
    array = np.asarray(array, dtype=float)
    if grey:
        drawn = ax.imshow(array, cmap="gray", vmin=-limit if low is None else low, vmax=limit)
    else:
        drawn = ax.imshow(array, cmap=diverging(), vmin=-limit, vmax=limit)
    rows, columns = array.shape
    if max(rows, columns) <= 24:
        ax.set_xticks(np.arange(columns + 1) - 0.5)
        ax.set_yticks(np.arange(rows + 1) - 0.5)
        ax.grid(color="#c9d1d9", linewidth=0.6)
    else:
        ax.set_xticks([])
        ax.set_yticks([])
    ax.tick_params(length=0, labelbottom=False, labelleft=False)
    for side in ax.spines.values():
        side.set_color(PALE)
        side.set_linewidth(0.8)
    if title:
        ax.set_title(title, fontsize=10, color=INK)
    if numbers:
        for (r, c), value in np.ndenumerate(array):
            dark = abs(value) > 0.6 * limit if not grey else value < 0
            ax.text(
                c,
                r,
                cut(value),
                ha="center",
                va="center",
                fontsize=size,
                color="white" if dark else INK,
            )
    return drawn


def box(
    ax, row: float, column: float, height: float, width: float, colour: str = POSITIVE, **style: Any
) -> None:
    """Frame the pixels that start at (row, column)."""
    from matplotlib.patches import Rectangle

    style = {"linewidth": 2.4, "fill": False} | style
    ax.add_patch(Rectangle((column - 0.5, row - 0.5), width, height, edgecolor=colour, **style))


def between(ax, sign: str, size: float = 20) -> None:
    """Axes that hold only a sign between two others."""
    ax.axis("off")
    ax.text(
        0.5, 0.5, sign, ha="center", va="center", fontsize=size, color=INK, transform=ax.transAxes
    )


def scale(fig, drawn, axes, label: str = "") -> None:
    """Draw the colour scale."""
    bar = fig.colorbar(drawn, ax=axes, shrink=0.8, aspect=22, pad=0.02)
    bar.outline.set_visible(False)
    bar.ax.tick_params(labelsize=8, color=PALE, labelcolor=INK)
    if label:
        bar.set_label(label, fontsize=9, color=INK)


def cut(value: float) -> str:
    """A number as the labs print scores: cut to two decimals, without a leading 0: .77, −.11, 1."""
    hundredths = int(np.trunc(round(float(value) * 100, 6)))
    whole, part = divmod(abs(hundredths), 100)
    text = f"{whole or ''}.{part:02d}" if part else f"{whole}"
    return f"−{text}" if hundredths < 0 else text
