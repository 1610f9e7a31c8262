"""Hidden checks of N.8."""

import numpy as np

from nablab.checking import check, close, mutant, variant
from nablab.reference.sampling import affine_grid, bilinear_sample

from ..checks.sample_bwd import by_points, by_theta, off_the_lines


@check("oracle")
def test_any_sizes_and_channels(student, rng):
    """Images of any size and any number of channels"""
    for (H, W, C), (h, w) in (((5, 8, 2), (3, 4)), ((7, 3, 5), (4, 2)), ((1, 6, 3), (2, 2))):
        img, dout = rng.normal(size=(C, W, H, 3)).T, rng.normal(size=(C, w, h, 3)).T  # views
        grid = off_the_lines(rng, (3, h, w, 2), (H, W))
        close(
            student.bilinear_sample_bwd(dout, img, grid),
            by_points(dout, img, grid),
            f"Images of {H}×{W} pixels and {C} channels.",
            atol=1e-4,
        )


@check("oracle")
def test_any_gradient_of_points(student, rng):
    """Gradients of grids of any size, one point high or wide among them"""
    for shape in ((2, 5, 3, 2), (3, 2, 7, 2), (1, 1, 4, 2), (2, 3, 1, 2)):
        dgrid = rng.normal(size=shape)
        close(student.affine_grid_bwd(dgrid), by_theta(dgrid), f"dgrid {shape}.", atol=1e-5)


@check()
def test_small_steps_of_the_points(student, rng):
    """A small step of any point changes the loss as the gradient says"""
    img, dout = rng.normal(size=(2, 4, 6, 3)), rng.normal(size=(2, 2, 3, 3))
    grid = off_the_lines(rng, (2, 2, 3, 2), (4, 6))
    expected = np.zeros(grid.shape)
    for place in np.ndindex(*grid.shape):
        step = np.zeros(grid.shape)
        step[place] = 1e-4
        ends = [np.sum(dout * bilinear_sample(img, grid + s * step)) for s in (1, -1)]
        expected[place] = (ends[0] - ends[1]) / 2e-4
    close(student.bilinear_sample_bwd(dout, img, grid), expected, atol=1e-4)


@check()
def test_small_steps_of_theta(student, rng):
    """Both functions together: a small step of θ changes the loss as the gradient says"""
    img, dout = rng.normal(size=(1, 5, 4, 2)), rng.normal(size=(1, 1, 2, 2))
    while True:  # no point near a row or a column
        theta = rng.normal(size=(1, 2, 3)) / 2
        grid = affine_grid(theta, 1, 2)
        places = np.stack([(grid[..., 0] + 1) * 1.5, (grid[..., 1] + 1) * 2])
        if np.abs(places - np.rint(places)).min() > 0.02:
            break
    expected = np.zeros((1, 2, 3))
    for place in np.ndindex(1, 2, 3):
        step = np.zeros((1, 2, 3))
        step[place] = 1e-4
        ends = [
            np.sum(dout * bilinear_sample(img, affine_grid(theta + s * step, 1, 2)))
            for s in (1, -1)
        ]
        expected[place] = (ends[0] - ends[1]) / 2e-4
    got = student.affine_grid_bwd(student.bilinear_sample_bwd(dout, img, grid))
    close(got, expected, atol=1e-4)


@check("probe")
def test_channels_add_up_and_images_stay_apart(student, rng):
    """Channels add up, and each image and each point is by itself"""
    img = rng.normal(size=(3, 4, 5, 2))
    grid = off_the_lines(rng, (3, 2, 3, 2), (4, 5))
    dout = np.zeros((3, 2, 3, 2))
    n, i, j = rng.integers(3), rng.integers(2), rng.integers(3)
    dout[n, i, j] = rng.normal(size=2)
    close(
        student.bilinear_sample_bwd(dout, img, grid),
        by_points(dout, img, grid),
        "dout is 0 but at one point.",
        atol=1e-4,
    )


@check("probe")
def test_flat_ground_and_far_away(student, rng):
    """Where the image is flat and far away the gradient is 0, just beyond the border it is not"""
    img, dout = np.full((1, 4, 6, 1), 5.0), np.ones((1, 2, 3, 1))
    grid = off_the_lines(rng, (1, 2, 3, 2), (4, 6), 0.97)
    grid[0, 0, 0] = 1.1, 0.2  # half a pixel and less beyond
    grid[0, 1, 2] = -0.1, 1.2
    grid[0, 1, 1] = 40, -30
    close(student.bilinear_sample_bwd(dout, img, grid), by_points(dout, img, grid), atol=1e-5)


@check("probe")
def test_bytes_as_images(student, rng):
    """Images of bytes"""
    img = rng.integers(0, 256, size=(2, 4, 5, 3)).astype(np.uint8)
    dout = rng.normal(size=(2, 3, 2, 3))
    grid = off_the_lines(rng, (2, 3, 2, 2), (4, 5))
    close(student.bilinear_sample_bwd(dout, img, grid), by_points(dout, img, grid), atol=1e-2)


# Mutants ------------------------------------------------------------------------------------------


def slopes(img, grid, inside=True, dtype=float):
    """∂Y/∂u and ∂Y/∂v, (N, h, w, C) each, by the four pixels around each point."""
    img, grid = np.asarray(img, dtype=dtype), np.asarray(grid, dtype=float)
    N, H, W, _ = img.shape
    u, v = (grid[..., 0] + 1) * (W - 1) / 2, (grid[..., 1] + 1) * (H - 1) / 2
    left, top = np.floor(u).astype(int), np.floor(v).astype(int)
    n = np.arange(N)[:, None, None]

    def pixel(p, q):
        found = img[n, np.clip(p, 0, H - 1), np.clip(q, 0, W - 1)]
        within = (p >= 0) & (p < H) & (q >= 0) & (q < W)
        return found * within[..., None] if inside else found

    fu, fv = (u - left)[..., None], (v - top)[..., None]
    a, b = pixel(top, left), pixel(top, left + 1)
    c, d = pixel(top + 1, left), pixel(top + 1, left + 1)
    return (
        (1 - fv) * (b - a) + fv * (d - c),
        (1 - fu) * (c - a) + fu * (d - b),
        fu,
        fv,
        (a, b, c, d),
    )


def to_grid(du, dv, dout, W, H):
    dout = np.asarray(dout, dtype=float)
    parts = (du * dout).sum(-1) * (W - 1) / 2, (dv * dout).sum(-1) * (H - 1) / 2
    return np.stack(parts, axis=-1)


@mutant("The scale is missing: u = (x + 1)(W − 1)/2, so a step of x is (W − 1)/2 columns.")
def without_the_scale(dout, img, grid):
    du, dv, *_ = slopes(img, grid)
    return to_grid(du, dv, dout, 3, 3)


@mutant("Your scale is W/2. From the first pixel's centre to the last one's it is W − 1 columns.")
def scale_of_the_edges(dout, img, grid):
    du, dv, *_ = slopes(img, grid)
    H, W = np.shape(img)[1:3]
    return to_grid(du, dv, dout, W + 1, H + 1)


@mutant("The two scales have changed places: x goes with the W columns, y with the H rows.")
def scales_exchanged(dout, img, grid):
    du, dv, *_ = slopes(img, grid)
    H, W = np.shape(img)[1:3]
    return to_grid(du, dv, dout, H, W)


@mutant(
    "Your scale is that of the output. W and H are the columns and rows of the image, not of dout."
)
def scale_of_the_output(dout, img, grid):
    du, dv, *_ = slopes(img, grid)
    h, w = np.shape(dout)[1:3]
    return to_grid(du, dv, dout, w, h)


@mutant("The two gradients have changed places. The last axis is x, then y.")
def x_and_y_exchanged(dout, img, grid):
    return by_points(dout, img, grid)[..., ::-1]


@mutant("Your sign is wrong: right minus left, bottom minus top.")
def sign_wrong(dout, img, grid):
    return -by_points(dout, img, grid)


@mutant(
    "Beyond the border you repeat the last pixel, so there is no slope there. There is nothing, 0."
)
def border_repeated(dout, img, grid):
    du, dv, *_ = slopes(img, grid, inside=False)
    H, W = np.shape(img)[1:3]
    return to_grid(du, dv, dout, W, H)


@mutant(
    "You take the slope of the upper row (and left column) only. Weigh it against the other one."
)
def upper_row_only(dout, img, grid):
    *_, (a, b, c, _d) = slopes(img, grid)
    H, W = np.shape(img)[1:3]
    return to_grid(b - a, c - a, dout, W, H)


@mutant("The weights of the two rows (and columns) are exchanged.")
def weights_exchanged(dout, img, grid):
    _, _, fu, fv, (a, b, c, d) = slopes(img, grid)
    H, W = np.shape(img)[1:3]
    du, dv = fv * (b - a) + (1 - fv) * (d - c), fu * (c - a) + (1 - fu) * (d - b)
    return to_grid(du, dv, dout, W, H)


@mutant("The half is missing: from −1 to 1 are 2 steps, so a step of x is (W − 1)/2 columns.")
def without_the_half(dout, img, grid):
    return 2 * by_points(dout, img, grid)


@mutant("Differences of bytes are bytes for you: 3 − 200 is 59. Make floats of the image first.")
def in_the_images_type(dout, img, grid):
    img = np.asarray(img)
    du, dv, *_ = slopes(img, grid, dtype=img.dtype)
    return to_grid(du, dv, dout, img.shape[2], img.shape[1])


@mutant("You add all points together. Every point has a gradient of its own.")
def every_point_alike(dout, img, grid):
    each = by_points(dout, img, grid)
    return np.broadcast_to(each.sum(axis=(1, 2), keepdims=True), each.shape)


@mutant("You leave dout out: this is how the image changes, not the loss.")
def without_dout(dout, img, grid):
    return by_points(np.ones(np.shape(dout)), img, grid)


@mutant("You take the mean over the channels. Their parts add up.")
def mean_over_channels(dout, img, grid):
    return by_points(dout, img, grid) / np.shape(img)[3]


@mutant("Only the first channel has a part in your gradient. Sum over all of them.")
def first_channel_only(dout, img, grid):
    dout, img = np.asarray(dout, dtype=float), np.asarray(img, dtype=float)
    return by_points(dout[..., :1], img[..., :1], grid)


def theta_with(dgrid, change):
    dgrid = np.asarray(dgrid, dtype=float)
    _, h, w, _ = dgrid.shape
    points = np.ones((h, w, 3))
    points[..., 0] = np.linspace(-1, 1, w)[None, :] if w > 1 else 0
    points[..., 1] = np.linspace(-1, 1, h)[:, None] if h > 1 else 0
    return np.einsum("nija,ijb->nab", dgrid, change(points))


mean_over_points = mutant(
    "You take the mean over the points. The gradient is their sum.",
    affine_grid_bwd=lambda dgrid: by_theta(dgrid) / np.prod(np.shape(dgrid)[1:3]),
)
one_pixel_at_minus_one = mutant(
    "Along an axis of one point that point lies at 0, in the middle.",
    affine_grid_bwd=lambda dgrid: theta_with(
        dgrid,
        lambda t: np.stack(
            [
                t[..., 0] - (t.shape[1] == 1),
                t[..., 1] - (t.shape[0] == 1),
                t[..., 2],
            ],
            axis=-1,
        ),
    ),
)
edges_for_points = mutant(
    "Your points are the middles of the cells. The first one is −1 and the last one 1.",
    affine_grid_bwd=lambda dgrid: theta_with(
        dgrid, lambda t: t * [1 - 1 / t.shape[1], 1 - 1 / t.shape[0], 1]
    ),
)
transposed_theta = mutant(
    "Your result is transposed and reshaped: sum dgrid[…, a]·t[b] into place (a, b).",
    affine_grid_bwd=lambda dgrid: np.swapaxes(by_theta(dgrid), 1, 2).reshape(-1, 2, 3),
)
points_exchanged = mutant(
    "In your points y comes before x: t is (x, y, 1).",
    affine_grid_bwd=lambda dgrid: theta_with(dgrid, lambda t: t[..., [1, 0, 2]]),
)
one_comes_first = mutant(
    "In your points the 1 comes first: t is (x, y, 1).",
    affine_grid_bwd=lambda dgrid: theta_with(dgrid, lambda t: t[..., [2, 0, 1]]),
)
rows_and_columns_of_theta = mutant(
    "Your result has x and y exchanged: row 0 of θ makes x.",
    affine_grid_bwd=lambda dgrid: by_theta(np.asarray(dgrid)[..., ::-1]),
)
summed_over_images = mutant(
    "You sum over the images as well. Every image has its own θ.",
    affine_grid_bwd=lambda dgrid: np.broadcast_to(by_theta(dgrid).sum(axis=0), (len(dgrid), 2, 3)),
)
pixels_as_points = mutant(
    "You count pixels 0, 1, 2 … The points run from −1 to 1.",
    affine_grid_bwd=lambda dgrid: theta_with(
        dgrid,
        lambda t: np.stack(
            [*np.meshgrid(np.arange(t.shape[1]), np.arange(t.shape[0])), t[..., 2]], axis=-1
        ),
    ),
)


# Variants -----------------------------------------------------------------------------------------


@variant("the derivative of max(0, 1 − |q − u|), as in the paper")
def by_signs(dout, img, grid):
    return by_points(dout, img, grid)


@variant("an image with a border of zeros, float32")
def with_a_border(dout, img, grid):
    dout, grid = np.asarray(dout, dtype=np.float32), np.asarray(grid, dtype=np.float64)
    img = np.pad(np.asarray(img, dtype=np.float32), ((0, 0), (2, 2), (2, 2), (0, 0)))
    H, W = img.shape[1] - 4, img.shape[2] - 4
    u = np.clip((grid[..., 0] + 1) * (W - 1) / 2, -1.5, W + 0.5) + 2
    v = np.clip((grid[..., 1] + 1) * (H - 1) / 2, -1.5, H + 0.5) + 2
    q, p = np.floor(u).astype(int), np.floor(v).astype(int)
    s, t = (u - q)[..., None].astype(np.float32), (v - p)[..., None].astype(np.float32)
    n = np.arange(len(img)).reshape(-1, 1, 1)
    a, b, c, d = img[n, p, q], img[n, p, q + 1], img[n, p + 1, q], img[n, p + 1, q + 1]
    x = np.einsum("nijc,nijc->nij", dout, (b - a) + t * (a - b - c + d)) * np.float32((W - 1) / 2)
    y = np.einsum("nijc,nijc->nij", dout, (c - a) + s * (a - b - c + d)) * np.float32((H - 1) / 2)
    return np.stack([x, y], axis=3)


@variant("point by point and channel by channel")
def by_loops(dout, img, grid):
    _, H, W, C = img.shape
    out = np.zeros(grid.shape)

    def pixel(n, p, q, c):
        return float(img[n, p, q, c]) if 0 <= p < H and 0 <= q < W else 0.0

    for n, i, j in np.ndindex(*grid.shape[:3]):
        u, v = (grid[n, i, j, 0] + 1) * (W - 1) / 2, (grid[n, i, j, 1] + 1) * (H - 1) / 2
        q, p = int(np.floor(u)), int(np.floor(v))
        for c in range(C):
            a, b = pixel(n, p, q, c), pixel(n, p, q + 1, c)
            e, f = pixel(n, p + 1, q, c), pixel(n, p + 1, q + 1, c)
            du = (b - a) * (1 - v + p) + (f - e) * (v - p)
            dv = (e - a) * (1 - u + q) + (f - b) * (u - q)
            out[n, i, j] += dout[n, i, j, c] * np.array([du * (W - 1) / 2, dv * (H - 1) / 2])
    return out


def theta_by_loops(dgrid):
    N, h, w, _ = dgrid.shape
    out = np.zeros((N, 2, 3))
    for n, i, j in np.ndindex(N, h, w):
        x = 2 * j / (w - 1) - 1 if w > 1 else 0.0
        y = 2 * i / (h - 1) - 1 if h > 1 else 0.0
        out[n] += np.outer(dgrid[n, i, j], [x, y, 1])
    return out.tolist()


loops_for_theta = variant("θ by a sum of outer products, as lists", affine_grid_bwd=theta_by_loops)
affine_maps_for_theta = variant("θ by the grids of six maps", affine_grid_bwd=by_theta)
