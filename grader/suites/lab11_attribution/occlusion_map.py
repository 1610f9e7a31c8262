"""Hidden checks of N.4."""

import numpy as np

from nablab.checking import check, holds, mutant, variant

from ..checks.occlusion_map import ENERGY, compare, energy, norm_net
from ..checks.oracles import conv_net, linear_net
from .building_blocks import array, logits, tensor


@check("oracle")
def test_other_nets_and_windows(student, rng):
    """Images and windows of other sizes, with one channel and with four"""
    for shape, size, stride, fill in (
        ((8, 5, 1), 3, 3, "mean"),
        ((6, 11, 4), 5, 2, 0.5),
        ((5, 6, 3), 1, 2, "mean"),
    ):
        net = conv_net(rng, shape=shape, classes=3, pool=False)
        img = rng.random(size=shape[::-1]).T  # a view
        compare(student, net, img, 1, size, stride, fill, f"An image {shape}, fill {fill}.")


@check("probe")
def test_one_pixel_that_matters(student, rng):
    """If one pixel decides, only windows over it have a drop, with the sign of what it did"""
    for sign in (1, -1):
        w = np.zeros((6, 7, 2, 2))
        r, c = (int(v) for v in rng.integers(1, 5, size=2))
        w[r, c, 1, 0] = sign * 4.0
        compare(student, linear_net(w), rng.random(size=(6, 7, 2)) + 1, 0, 3, 1, 0.0, "One pixel.")


@check("probe")
def test_a_net_with_batch_norm_is_not_training(student, rng):
    """The net is asked, not trained: batch norm uses what it has stored"""
    compare(student, norm_net(), rng.normal(size=(4, 5, 1)), 1, 2, 1, 0.2, "A net with batch norm.")


@check()
def test_bytes_and_whole_numbers(student, rng):
    """Images of bytes, filled with a fraction and with their mean"""
    w = rng.normal(size=(5, 4, 2, 3)) / 100
    for img in (
        rng.integers(0, 256, size=(5, 4, 2)).astype(np.uint8),
        rng.integers(-9, 9, size=(5, 4, 2)),
    ):
        for fill in ("mean", 0.5):
            compare(student, linear_net(w), img, 2, 2, 1, fill, f"An image of {img.dtype}.")


@check()
def test_the_drops_lie_on_the_object(student, rng):
    """With the trained net and mean fill, the drops of other images lie on the object too"""
    found = energy(student, int(rng.integers(100, 120)), "mean")
    holds(found > 0.95 * ENERGY, f"The energy ratio is {found:.2f}.", got=found)


@check()
def test_the_window_that_covers_everything(student, rng):
    """A window as large as the shorter side, and one filled with what is there already"""
    img = np.full((4, 6, 2), 0.25)
    net = linear_net(rng.normal(size=(4, 6, 2, 2)))
    compare(student, net, img, 0, 4, 1, 0.0, "The window has four rows, as the image.")
    compare(student, net, img, 1, 2, 2, "mean", "An image of one colour: nothing changes.")


# Mutants ------------------------------------------------------------------------------------------


def drops(model, img, cls, size, stride, fill, **changes):
    img = np.asarray(img, dtype=float)
    o = {
        "mean": lambda img: img.mean(axis=(0, 1)),
        "rows": lambda n: range(0, n - size + 1, stride),
        "compare": lambda before, after: before - after,
        "cover": None,
        "ask": lambda x: logits(model, x),
        "asked": cls,
        "order": lambda m: m,
    } | changes
    H, W, _ = img.shape
    colour = o["mean"](img) if isinstance(fill, str) else fill
    rows, columns = list(o["rows"](H)), list(o["rows"](W))
    covered = []
    for r in rows:
        for c in columns:
            one = img.copy()
            if o["cover"]:
                one = o["cover"](one, r, c, colour)
            else:
                one[r : r + size, c : c + size] = colour
            covered.append(one)
    before, after = o["ask"](img[None]), o["ask"](np.stack(covered))
    found = o["compare"](before[0, o["asked"]], after[:, o["asked"]])
    return o["order"](found.reshape(len(rows), len(columns)))


@mutant("The sign is exchanged: what the logit loses is positive.")
def gain_instead_of_drop(model, img, cls, size, stride, fill):
    return drops(model, img, cls, size, stride, fill, compare=lambda before, after: after - before)


@mutant("These are the logits of the covered images. Subtract them from that of the whole image.")
def logits_themselves(model, img, cls, size, stride, fill):
    return drops(model, img, cls, size, stride, fill, compare=lambda before, after: after)


@mutant("Negative drops are cut off. What speaks against the class is in the map too.")
def negative_cut_off(model, img, cls, size, stride, fill):
    return drops(
        model,
        img,
        cls,
        size,
        stride,
        fill,
        compare=lambda before, after: np.maximum(before - after, 0),
    )


@mutant("You take absolute values. The map keeps both signs.")
def absolute_drop(model, img, cls, size, stride, fill):
    return drops(
        model, img, cls, size, stride, fill, compare=lambda before, after: np.abs(before - after)
    )


@mutant("You compare probabilities. The model gives logits; take their difference.")
def probabilities(model, img, cls, size, stride, fill):
    def ask(x):
        z = logits(model, x).astype(float)
        e = np.exp(z - z.max(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True)

    return drops(model, img, cls, size, stride, fill, ask=ask)


@mutant("The drop is divided by the logit. The difference itself is asked for.")
def relative_drop(model, img, cls, size, stride, fill):
    return drops(
        model,
        img,
        cls,
        size,
        stride,
        fill,
        compare=lambda before, after: (before - after) / (np.abs(before) + 1e-9),
    )


@mutant("You divide the map by its largest number. Leave it as it is.")
def scaled_map(model, img, cls, size, stride, fill):
    return drops(model, img, cls, size, stride, fill, order=lambda m: m / (np.abs(m).max() + 1e-12))


@mutant("You look at the likeliest class, whatever is asked for.")
def likeliest_class(model, img, cls, size, stride, fill):
    best = int(logits(model, np.asarray(img)[None])[0].argmax())
    return drops(model, img, cls, size, stride, fill, asked=best)


@mutant('With "mean" each channel has its own mean. You take one for all.')
def one_mean_for_all(model, img, cls, size, stride, fill):
    return drops(model, img, cls, size, stride, fill, mean=lambda img: img.mean())


@mutant("You fill with the mean of what you cover. It is the mean of the whole image.")
def mean_of_the_window(model, img, cls, size, stride, fill):
    def cover(one, r, c, colour):
        window = one[r : r + size, c : c + size]
        window[:] = window.mean(axis=(0, 1)) if isinstance(fill, str) else colour
        return one

    return drops(model, img, cls, size, stride, fill, cover=cover)


@mutant("You always fill with the mean, whatever is asked for.")
def always_the_mean(model, img, cls, size, stride, fill):
    return drops(model, img, cls, size, stride, "mean")


@mutant("You always fill with 0, whatever is asked for.")
def always_black(model, img, cls, size, stride, fill):
    return drops(model, img, cls, size, stride, 0.0)


@mutant("You take the mean of each column. It is one colour: the mean over the whole image.")
def mean_of_each_column(model, img, cls, size, stride, fill):
    def cover(one, r, c, colour):
        there = np.s_[r : r + size, c : c + size]
        one[there] = (
            np.asarray(img, float).mean(axis=0)[c : c + size] if isinstance(fill, str) else colour
        )
        return one

    return drops(model, img, cls, size, stride, fill, cover=cover)


@mutant("You keep the window and cover all the rest.")
def covers_the_rest(model, img, cls, size, stride, fill):
    def cover(one, r, c, colour):
        rest = np.ones_like(one) * colour
        rest[r : r + size, c : c + size] = one[r : r + size, c : c + size]
        return rest

    return drops(model, img, cls, size, stride, fill, cover=cover)


@mutant("The last place is missing: the window still fits at H − size.")
def last_place_missing(model, img, cls, size, stride, fill):
    return drops(
        model, img, cls, size, stride, fill, rows=lambda n: range(0, max(n - size, 1), stride)
    )


@mutant("Your window leaves the image. It moves only as long as it lies wholly inside.")
def leaves_the_image(model, img, cls, size, stride, fill):
    return drops(model, img, cls, size, stride, fill, rows=lambda n: range(0, n, stride))


@mutant("The window moves by its own size, whatever the stride.")
def steps_of_size(model, img, cls, size, stride, fill):
    return drops(model, img, cls, size, stride, fill, rows=lambda n: range(0, n - size + 1, size))


@mutant("The window moves by one pixel, whatever the stride.")
def steps_of_one(model, img, cls, size, stride, fill):
    return drops(model, img, cls, size, stride, fill, rows=lambda n: range(0, n - size + 1))


@mutant("The window is centred at its place. Its top left corner is there.")
def centred_window(model, img, cls, size, stride, fill):
    def cover(one, r, c, colour):
        top, left = max(r - size // 2, 0), max(c - size // 2, 0)
        one[top : max(r - size // 2 + size, 0), left : max(c - size // 2 + size, 0)] = colour
        return one

    return drops(model, img, cls, size, stride, fill, cover=cover)


@mutant("Rows and columns of the map are exchanged.")
def transposed_map(model, img, cls, size, stride, fill):
    return drops(model, img, cls, size, stride, fill, order=lambda m: m.T)


@mutant("The covers pile up: each image still has the windows before it. Start from a fresh copy.")
def covers_pile_up(model, img, cls, size, stride, fill):
    kept = np.array(img, dtype=float)

    def cover(one, r, c, colour):
        kept[r : r + size, c : c + size] = colour
        return kept.copy()

    return drops(model, img, cls, size, stride, fill, cover=cover)


@mutant("You cover the first channel only.")
def first_channel_only(model, img, cls, size, stride, fill):
    def cover(one, r, c, colour):
        one[r : r + size, c : c + size, 0] = np.ravel(colour)[0]
        return one

    return drops(model, img, cls, size, stride, fill, cover=cover)


@mutant("The window is one pixel too large: size rows from r on end before r + size.")
def one_pixel_too_large(model, img, cls, size, stride, fill):
    def cover(one, r, c, colour):
        one[r : r + size + 1, c : c + size + 1] = colour
        return one

    return drops(model, img, cls, size, stride, fill, cover=cover)


@mutant(
    "You ask the model with training=True, so batch norm uses the batch instead of what it stored."
)
def in_training(model, img, cls, size, stride, fill):
    return drops(model, img, cls, size, stride, fill, ask=lambda x: logits(model, x, training=True))


# Variants -----------------------------------------------------------------------------------------


@variant("one call for each place, a list of Python floats")
def place_by_place(model, img, cls, size, stride, fill):
    img = np.array(img, dtype=np.float32)
    colour = img.mean(axis=(0, 1)) if fill == "mean" else fill
    base = float(array(model(tensor(img[None])))[0, cls])
    out = []
    r = 0
    while r + size <= img.shape[0]:
        row, c = [], 0
        while c + size <= img.shape[1]:
            other = np.array(img)
            other[r : r + size, c : c + size, :] = colour
            row.append(base - float(array(model(tensor(other[None])))[0][cls]))
            c += stride
        out.append(row)
        r += stride
    return out


@variant("masks, and one call for all, in float32")
def by_masks(model, img, cls, size, stride, fill):
    img = np.asarray(img, dtype=np.float32)
    H, W, _ = img.shape
    h, w = (H - size) // stride + 1, (W - size) // stride + 1
    top, left = np.mgrid[:h, :w] * stride
    rows, columns = np.arange(H), np.arange(W)
    inside = ((rows >= top[..., None]) & (rows < top[..., None] + size))[..., :, None] & (
        (columns >= left[..., None]) & (columns < left[..., None] + size)
    )[..., None, :]
    colour = np.float32(img.mean((0, 1)) if isinstance(fill, str) else fill)
    x = np.where(inside[..., None], colour, img).reshape(h * w, *img.shape)
    return logits(model, img[None])[0, cls] - logits(model, x)[:, cls].reshape(h, w)


@variant("with keras.ops and predict")
def with_predict(model, img, cls, size, stride, fill):
    img = np.asarray(img, dtype="float32")
    colour = np.mean(img, axis=(0, 1), keepdims=True) if str(fill) == "mean" else float(fill)
    images, (H, W) = [img], img.shape[:2]
    for r in range((H - size) // stride + 1):
        for c in range((W - size) // stride + 1):
            m = np.zeros((H, W, 1), dtype="float32")
            m[r * stride : r * stride + size, c * stride : c * stride + size] = 1
            images.append(img * (1 - m) + colour * m)
    z = model.predict(np.stack(images), verbose=0)[:, cls]
    return np.subtract(z[0], z[1:]).reshape((H - size) // stride + 1, -1)
