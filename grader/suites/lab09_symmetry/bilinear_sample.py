"""Hidden checks of N.7."""

import numpy as np

from nablab.checking import check, close, mutant, variant
from nablab.reference.sampling import affine_grid, bilinear_sample

from ..checks.bilinear_sample import IDENTITY, points


@check("oracle")
def test_any_theta(student, rng):
    """Grids of any maps and any number of pixels"""
    for h, w in ((3, 7), (6, 2), (5, 5), (1, 4), (4, 1), (1, 1)):
        theta = rng.normal(size=(3, 2, 2)).T  # a view
        close(student.affine_grid(theta, h, w), affine_grid(theta, h, w), f"{h}×{w}.", atol=1e-6)


@check()
def test_each_number_of_theta(student, rng):
    """Each of the six numbers of θ does what the formula says"""
    for a in range(2):
        for b in range(3):
            theta = np.zeros((1, 2, 3))
            theta[0, a, b] = rng.uniform(0.5, 2)
            expected = affine_grid(theta, 3, 5)
            close(
                student.affine_grid(theta, 3, 5), expected, f"Only θ[{a}, {b}] is not 0.", atol=1e-6
            )


@check("oracle")
def test_any_image_at_any_points(student, rng):
    """Images of any size at any points, inside and outside"""
    for shape, (h, w) in (((2, 5, 8, 3), (4, 3)), ((3, 7, 4, 2), (2, 6)), ((2, 3, 3, 5), (3, 3))):
        img = rng.normal(size=shape[::-1]).T  # views
        grid = rng.uniform(-1.6, 1.6, size=(2, w, h, shape[0])).T
        close(
            student.bilinear_sample(img, grid),
            bilinear_sample(img, grid),
            f"Images {shape}.",
            atol=1e-4,
        )


@check()
def test_whole_steps_are_exact(student, rng):
    """A shift by whole pixels gives the pixels themselves, and 0 beyond the border"""
    img = rng.normal(size=(1, 5, 9, 2))
    down, right = (int(k) for k in rng.integers(1, 4, size=2))
    theta = IDENTITY.copy()
    theta[0, 0, 2], theta[0, 1, 2] = 2 * right / 8, 2 * down / 4
    expected = np.zeros(img.shape)
    expected[:, :-down, :-right] = img[:, down:, right:]
    close(
        student.bilinear_sample(img, affine_grid(theta, 5, 9)),
        expected,
        f"{right} columns and {down} rows.",
        atol=1e-5,
    )


@check()
def test_a_slope_stays_a_slope(student, rng):
    """On a slope every point gives the height of the slope there"""
    a, b, c = rng.normal(size=3)
    img = (a * np.arange(5)[:, None] + b * np.arange(7)[None, :] + c).reshape(1, 5, 7, 1)
    grid = rng.uniform(-0.99, 0.99, size=(1, 4, 3, 2))
    expected = a * (grid[..., 1] + 1) * 2 + b * (grid[..., 0] + 1) * 3 + c
    close(student.bilinear_sample(img, grid), expected[..., None], atol=1e-4)


@check("probe")
def test_borders_and_far_away(student, rng):
    """The last pixels, points just beyond them, and points far away"""
    img = rng.normal(size=(1, 4, 6, 3)) + 3
    grid = points(
        (-1, -1), (1, -1), (-1, 1), (1, 1), (1.1, 0.3), (-1.3, -0.2), (0.4, 1.6), (0.4, -1.5)
    )
    close(student.bilinear_sample(img, grid), bilinear_sample(img, grid), "Borders.", atol=1e-5)
    far = points((50, 0.1), (0.3, -60), (-1e4, 1e4), (0.3, 0.1))
    close(student.bilinear_sample(img, far), bilinear_sample(img, far), "Far away.", atol=1e-5)


@check("probe")
def test_images_of_one_row_or_column(student, rng):
    """Images of one row, of one column, and of one pixel"""
    for shape in ((1, 1, 5, 2), (1, 6, 1, 2), (2, 1, 1, 1)):
        img = rng.normal(size=shape)
        grid = rng.uniform(-1, 1, size=(shape[0], 2, 3, 2))
        close(
            student.bilinear_sample(img, grid),
            bilinear_sample(img, grid),
            f"Images {shape}.",
            atol=1e-5,
            constant=True,
        )


@check("probe")
def test_every_image_has_its_own_grid(student, rng):
    """Each image of the batch is seen through its own grid; bytes and whole numbers too"""
    grid = rng.uniform(-1.2, 1.2, size=(3, 2, 4, 2))
    for kind in (np.uint8, np.int64):
        img = rng.integers(0, 256, size=(3, 4, 5, 2)).astype(kind)
        close(
            student.bilinear_sample(img, grid),
            bilinear_sample(img, grid),
            f"Images of {np.dtype(kind)}.",
            atol=1e-2,
        )


# Mutants ------------------------------------------------------------------------------------------


def sampled(img, grid, last=1, fill=0, mix="bilinear", floor=np.floor):
    """Sampling with one thing changed. last: what is subtracted from a side to scale it."""
    img, grid = np.asarray(img, dtype=float), np.asarray(grid, dtype=float)
    N, H, W, _ = img.shape
    if last:
        u, v = (grid[..., 0] + 1) * (W - 1) / 2, (grid[..., 1] + 1) * (H - 1) / 2
    else:
        u, v = ((grid[..., 0] + 1) * W - 1) / 2, ((grid[..., 1] + 1) * H - 1) / 2
    if mix == "nearest":
        u, v = np.rint(u), np.rint(v)
    n = np.arange(N)[:, None, None]
    out = 0
    left, top = floor(u).astype(int), floor(v).astype(int)
    for p, of_row in ((top, 1 - v + top), (top + 1, v - top)):
        for q, of_column in ((left, 1 - u + left), (left + 1, u - left)):
            weight = of_row * of_column
            inside = (p >= 0) & (p < H) & (q >= 0) & (q < W)
            if fill == "wrap":
                pixel = img[n, p % H, q % W]
            else:
                pixel = img[n, np.clip(p, 0, H - 1), np.clip(q, 0, W - 1)]
                if fill == 0:
                    weight = weight * inside
            out = out + weight[..., None] * pixel
    return out


def gridded(theta, H, W, swap=False, corners=True, rows_first=False, transpose=False):
    def along(n):
        if not corners:
            return (2 * np.arange(n) + 1) / n - 1
        return 2 * np.arange(n) / (n - 1) - 1 if n > 1 else np.zeros(1)

    t = np.ones((H, W, 3))
    first, second = along(W)[None, :], along(H)[:, None]
    t[..., 0], t[..., 1] = (second, first) if rows_first else (first, second)
    grid = np.einsum("nab,ijb->nija", np.asarray(theta, dtype=float), t)
    return grid[..., ::-1] if swap else grid


@mutant("x and y have changed places: x = grid[..., 0] runs along the columns.")
def x_and_y_exchanged(img, grid):
    return sampled(img, np.asarray(grid, dtype=float)[..., ::-1])


@mutant(
    "Your −1 and 1 are the outer edges of the image. Here they are the centres of its first and last "
    "pixel: u = (x + 1)(W − 1)/2."
)
def edges_for_centres(img, grid):
    return sampled(img, grid, last=0)


@mutant("You take the nearest pixel. Mix the four around the point.")
def nearest_pixel(img, grid):
    return sampled(img, grid, mix="nearest")


@mutant("Beyond the border you repeat the last pixel. There is nothing, 0.")
def border_repeated(img, grid):
    return sampled(img, grid, fill="edge")


@mutant(
    "Beyond the border the image begins again. There is nothing, 0; a negative index counts from the end."
)
def border_wraps(img, grid):
    return sampled(img, grid, fill="wrap")


@mutant("Points outside the image are 0 for you at once. Within one pixel of the border it fades.")
def cut_at_the_border(img, grid):
    grid = np.asarray(grid, dtype=float)
    inside = (np.abs(grid) <= 1 + 1e-9).all(axis=-1)
    return sampled(img, grid) * inside[..., None]


@mutant("The weights of the four pixels are exchanged: the nearer one has the larger weight.")
def weights_exchanged(img, grid):
    img, grid = np.asarray(img, dtype=float), np.asarray(grid, dtype=float)
    H, W = img.shape[1:3]
    u, v = (grid[..., 0] + 1) * (W - 1) / 2, (grid[..., 1] + 1) * (H - 1) / 2
    u, v = 2 * np.floor(u) + 1 - u, 2 * np.floor(v) + 1 - v
    back = [2 * a / max(n - 1, 1) - 1 for a, n in ((u, W), (v, H))]
    return sampled(img, np.stack(back, axis=-1))


@mutant("Left of 0 int() rounds towards 0. The pixel before the point is its floor.")
def cut_towards_zero(img, grid):
    return sampled(img, grid, floor=np.trunc)


@mutant("Every image is seen through the first grid. Image n has grid n.")
def first_grid_for_all(img, grid):
    grid = np.asarray(grid, dtype=float)
    return sampled(img, np.repeat(grid[:1], len(grid), axis=0))


@mutant("Rows and columns of the image have changed places in the scale: u wants W, v wants H.")
def sides_exchanged(img, grid):
    img, grid = np.asarray(img, dtype=float), np.array(grid, dtype=float)
    H, W = img.shape[1:3]
    scale = np.array([(H - 1) / max(W - 1, 1), (W - 1) / max(H - 1, 1)])
    return sampled(img, (grid + 1) * scale - 1)


@mutant(
    "Your second pixel is ⌈u⌉. For a whole u that is the first one again, and both weights are 0: take "
    "⌊u⌋ + 1."
)
def ceil_for_the_second(img, grid):
    grid = np.asarray(grid, dtype=float)
    H, W = np.shape(img)[1:3]
    u, v = (grid[..., 0] + 1) * (W - 1) / 2, (grid[..., 1] + 1) * (H - 1) / 2
    between = (np.ceil(u) > u) & (np.ceil(v) > v)
    return sampled(img, grid) * between[..., None]


@mutant(
    "You clip the four places before you compute the weights, so at the last row and column, and beyond, "
    "the weights are wrong. Weights first, and 0 for places outside."
)
def clipped_before_the_weights(img, grid):
    img, grid = np.asarray(img, dtype=float), np.asarray(grid, dtype=float)
    N, H, W, _ = img.shape
    u, v = (grid[..., 0] + 1) * (W - 1) / 2, (grid[..., 1] + 1) * (H - 1) / 2
    left, top = np.floor(u).astype(int), np.floor(v).astype(int)
    columns = [np.clip(q, 0, W - 1) for q in (left, left + 1)]
    rows = [np.clip(p, 0, H - 1) for p in (top, top + 1)]
    n = np.arange(N)[:, None, None]
    out = 0
    for p, of_row in zip(rows, (rows[1] - v, v - rows[0]), strict=True):
        for q, of_column in zip(columns, (columns[1] - u, u - columns[0]), strict=True):
            out = out + (of_row * of_column)[..., None] * img[n, p, q]
    return out


@mutant(
    "The last row and the last column are outside for you: they are H − 1 and W − 1, and inside."
)
def last_row_outside(img, grid):
    img = np.array(img, dtype=float)
    img[:, -1], img[:, :, -1] = 0, 0
    return sampled(img, grid)


@mutant("Your result has the type of the image, so of whole numbers it loses the fractions.")
def in_the_images_type(img, grid):
    return sampled(img, grid).astype(np.asarray(img).dtype)


@mutant("You take the grid's numbers for columns and rows: u = (x + 1)(W − 1)/2, and v likewise.")
def points_as_pixels(img, grid):
    H, W = np.shape(img)[1:3]
    scale = np.array([max(W - 1, 1), max(H - 1, 1)])
    return sampled(img, 2 * np.asarray(grid, dtype=float) / scale - 1)


@mutant(
    "Your scale is that of the output: u wants the columns W of the image, and v its rows H, not those "
    "of the grid."
)
def scale_of_the_output(img, grid):
    grid = np.asarray(grid, dtype=float)
    (H, W), (h, w) = np.shape(img)[1:3], grid.shape[1:3]
    scale = np.array([(w - 1) / max(W - 1, 1), (h - 1) / max(H - 1, 1)])
    return sampled(img, (grid + 1) * scale - 1)


upwards = mutant(
    "Your y runs upwards. It runs along the rows, downwards: −1 is the first row.",
    affine_grid=lambda theta, H, W: gridded(
        np.asarray(theta, dtype=float) * np.array([1, -1, 1]), H, W
    ),
)
pixels_in_the_grid = mutant(
    "Your points are columns and rows of the output. They run from −1 to 1.",
    affine_grid=lambda theta, H, W: np.einsum(
        "nab,ijb->nija",
        np.asarray(theta, dtype=float),
        np.stack([*np.meshgrid(np.arange(W), np.arange(H)), np.ones((H, W))], axis=-1),
    ),
)
first_theta_for_all = mutant(
    "Every image has the grid of the first θ. Image n has θ[n].",
    affine_grid=lambda theta, H, W: gridded(
        np.repeat(np.asarray(theta, dtype=float)[:1], len(theta), axis=0), H, W
    ),
)
swapped_grid = mutant(
    "Your grid has y before x. The last axis is x, then y.",
    affine_grid=lambda theta, H, W: gridded(theta, H, W, swap=True),
)
rows_as_x = mutant(
    "Your x runs along the rows. It runs along the columns, to the right.",
    affine_grid=lambda theta, H, W: gridded(theta, H, W, rows_first=True),
)
edges_in_the_grid = mutant(
    "Your grid runs from the middle of the first cell to that of the last. Its first point is −1 and "
    "its last 1.",
    affine_grid=lambda theta, H, W: gridded(theta, H, W, corners=False),
)
without_the_shift = mutant(
    "The last column of θ does nothing. The points are θ times (x, y, 1).",
    affine_grid=lambda theta, H, W: gridded(
        np.asarray(theta, dtype=float) * np.array([1, 1, 0]), H, W
    ),
)
turns_back = mutant(
    "Your θ is transposed in its square part: row 0 of θ makes x, row 1 makes y.",
    affine_grid=lambda theta, H, W: gridded(
        np.concatenate(
            [
                np.swapaxes(np.asarray(theta, dtype=float)[:, :, :2], 1, 2),
                np.asarray(theta)[:, :, 2:],
            ],
            axis=2,
        ),
        H,
        W,
    ),
)
first_pixel_at_minus_one = mutant(
    "Along an axis of one pixel that pixel lies at 0, in the middle.",
    affine_grid=lambda theta, H, W: np.einsum(
        "nab,ijb->nija",
        np.asarray(theta, dtype=float),
        np.stack(
            [*np.meshgrid(np.linspace(-1, 1, W), np.linspace(-1, 1, H)), np.ones((H, W))], axis=-1
        ),
    ),
)


# Variants -----------------------------------------------------------------------------------------


@variant("the double sum of the text, pixel by pixel")
def by_the_formula(img, grid):
    return bilinear_sample(img, grid)


@variant("weights of all rows and columns, float32")
def by_weights(img, grid):
    img, grid = np.asarray(img, dtype=np.float32), np.asarray(grid, dtype=np.float32)
    H, W = img.shape[1:3]
    u, v = (grid[..., 0] + 1) * (W - 1) / 2, (grid[..., 1] + 1) * (H - 1) / 2
    columns = np.maximum(0, 1 - np.abs(np.arange(W, dtype=np.float32) - u[..., None]))
    rows = np.maximum(0, 1 - np.abs(np.arange(H, dtype=np.float32) - v[..., None]))
    return np.einsum("nijp,nijq,npqc->nijc", rows, columns, img)


@variant("an image with a border of zeros, and clipped points")
def with_a_border(img, grid):
    img, grid = np.asarray(img, dtype=float), np.asarray(grid, dtype=float)
    N, H, W, _ = img.shape
    img = np.pad(img, ((0, 0), (1, 2), (1, 2), (0, 0)))
    u = np.clip((grid[..., 0] + 1) * (W - 1) / 2 + 1, 0, W + 1)
    v = np.clip((grid[..., 1] + 1) * (H - 1) / 2 + 1, 0, H + 1)
    q, p = np.floor(u).astype(int), np.floor(v).astype(int)
    a, b = (u - q)[..., None], (v - p)[..., None]
    n = np.arange(N).reshape(N, 1, 1)
    above = (1 - a) * img[n, p, q] + a * img[n, p, q + 1]
    below = (1 - a) * img[n, p + 1, q] + a * img[n, p + 1, q + 1]
    return (1 - b) * above + b * below


@variant("one gather of four pixels, whole arrays of places inside")
def by_masks(img, grid):
    (N, H, W, C), (h, w) = img.shape, grid.shape[1:3]
    at = (grid.reshape(N, -1, 2) + 1) * np.array([W - 1, H - 1]) / 2  # (N, h·w, 2)
    corner = np.floor(at).astype(np.int64)
    flat = np.concatenate([img.reshape(N, H * W, C), np.zeros((N, 1, C))], axis=1)
    out = np.zeros((N, h * w, C), dtype=np.float64)
    for dq in range(2):
        for dp in range(2):
            place = corner + np.array([dq, dp])
            inside = np.all((place >= 0) & (place <= [W - 1, H - 1]), axis=-1)
            index = np.where(inside, place[..., 1] * W + place[..., 0], H * W)
            pixel = np.take_along_axis(flat, index[..., None], axis=1)
            out += np.prod(1 - np.abs(at - place), axis=-1)[..., None] * pixel
    return out.reshape(N, h, w, C)


def sampled_by_loops(img, grid):
    N, H, W, C = img.shape
    out = []
    for n in range(N):
        rows = []
        for line in grid[n].tolist():
            row = []
            for x, y in line:
                u, v = (x + 1) / 2 * (W - 1), (y + 1) / 2 * (H - 1)
                q, p = int(u // 1), int(v // 1)
                pixel = [0.0] * C
                for a, b in ((p, q), (p, q + 1), (p + 1, q), (p + 1, q + 1)):
                    if 0 <= a < H and 0 <= b < W:
                        part = (1 - abs(a - v)) * (1 - abs(b - u))
                        pixel = [
                            s + part * float(t) for s, t in zip(pixel, img[n, a, b], strict=True)
                        ]
                row.append(pixel)
            rows.append(row)
        out.append(rows)
    return out


loops_and_lists = variant("point by point, as lists", bilinear_sample=sampled_by_loops)


def grid_by_loops(theta, H, W):
    out = np.zeros((len(theta), H, W, 2), dtype=np.float32)
    for n in range(len(theta)):
        for i in range(H):
            for j in range(W):
                x = 2 * j / (W - 1) - 1 if W > 1 else 0.0
                y = 2 * i / (H - 1) - 1 if H > 1 else 0.0
                for a in range(2):
                    out[n, i, j, a] = theta[n][a][0] * x + theta[n][a][1] * y + theta[n][a][2]
    return out


def grid_by_matmul(theta, H, W):
    x = np.linspace(-1, 1, W) if W > 1 else np.array([0.0])
    y = np.linspace(-1, 1, H) if H > 1 else np.array([0.0])
    x, y = np.meshgrid(x, y)
    points = np.stack([x.ravel(), y.ravel(), np.ones(H * W)])
    return (np.asarray(theta) @ points).transpose(0, 2, 1).reshape(-1, H, W, 2)


loops_for_the_grid = variant("loops for the grid, float32", affine_grid=grid_by_loops)
matrices_for_the_grid = variant("linspace, meshgrid and one product", affine_grid=grid_by_matmul)
