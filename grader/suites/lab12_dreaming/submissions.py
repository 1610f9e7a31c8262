"""A small class that hands in this lab, and which checks each of them must fail. The demo and the
tests use it: the scores that the grader gives must be the ones that follow from here."""

from nablab.grading.records import UNREADABLE
from nablab.grading.samples import ALL, AllBut, Sample, cut_off, doubled

DOWNHILL = """\
def ascend(score, x, steps, lr, decay):
    x, values = np.array(x, dtype=float), []
    for _ in range(steps):
        value, g = score(x)
        values.append(value)
        x = (1 - decay) * x - lr * g / (np.sqrt(np.mean(g**2)) + 1e-8)
    return x, values
"""

CLIPPED = """\
def ascend(score, x, steps, lr, decay):
    x, values = np.array(x, dtype=float), []
    for _ in range(steps):
        value, g = score(x)
        values.append(value)
        x = (1 - decay) * x + lr * g / (np.sqrt(np.mean(g**2)) + 1e-8)
        x = np.clip(x, 0, 1)
    return x, values
"""

SQUARES = """\
def total_variation(x):
    x = np.asarray(x, dtype=float)
    return np.sum(np.diff(x, axis=0) ** 2) + np.sum(np.diff(x, axis=1) ** 2)


def total_variation_grad(x):
    x = np.asarray(x, dtype=float)
    g = np.zeros(x.shape)
    down, right = 2 * np.diff(x, axis=0), 2 * np.diff(x, axis=1)
    g[1:] += down
    g[:-1] -= down
    g[:, 1:] += right
    g[:, :-1] -= right
    return g
"""

WITHOUT_THE_WAY_BACK = """\
def fourier_image(z):
    H, W, _ = np.shape(z)
    f = np.hypot(np.fft.fftfreq(H)[:, None], np.fft.fftfreq(W)[None, :])
    return hartley(z / np.maximum(f, 1 / max(H, W))[:, :, None])


def fourier_score(score, z):
    value, g = score(fourier_image(z))
    return value, hartley(np.asarray(g))
"""

CLIPPED_FIRST = """\
def class_image(score, x, shifts, lr):
    x = np.array(x, dtype=float)
    for dy, dx in shifts:
        _, g = score(np.roll(x, (dy, dx), axis=(0, 1)))
        g = np.roll(g, (-dy, -dx), axis=(0, 1))
        x = blur(np.clip(x + lr * normalised(g), 0, 1))
    return x
"""

WHOLE_DREAM = """\
def octave_shapes(H, W, n, factor):
    return [(round(H / factor**k), round(W / factor**k)) for k in range(n)][::-1]


def deepdream(score, img, shapes, steps, lr):
    dream = img
    for shape in shapes:
        dream = resize(dream, shape)
        for _ in range(steps):
            dream = np.clip(dream + lr * normalised(score(dream)[1]), 0, 1)
    return dream
"""

MEANS_KEPT = """\
def gram(F):
    rows = np.asarray(F, dtype=float).reshape(-1, np.shape(F)[-1])
    return rows.T @ rows / len(rows)


def gram_loss(F, A):
    rows = np.asarray(F, dtype=float).reshape(-1, np.shape(F)[-1])
    D, size = gram(F) - A, np.sum(A**2)
    return np.sum(D**2) / size, (4 * rows @ D / (len(rows) * size)).reshape(np.shape(F))
"""

SUMMED = """\
def texture_score(maps, pull, x, targets):
    pairs = [gram_loss(F, A) for F, A in zip(maps(x), targets)]
    return sum(v for v, _ in pairs), pull(x, [g for _, g in pairs])


def texture_synth(maps, pull, source, x, steps, lr):
    targets = [gram(F) for F in maps(source)]
    return descend(lambda one: texture_score(maps, pull, one, targets), x, steps, lr)[0]
"""

ALPHA_IGNORED = """\
def style_score(maps, pull, x, targets, contents, alpha):
    loss, grads = 0, []
    for F, A, P in zip(maps(x), targets, contents):
        style, dF = gram_loss(F, A)
        loss = loss + (style + np.sum((F - P) ** 2) / np.sum(P**2)) / len(targets)
        grads.append((dF + 2 * (F - P) / np.sum(P**2)) / len(targets))
    return loss, pull(x, grads)


def style_transfer(maps, pull, content, style, x, alpha, steps, lr):
    targets, contents = [gram(F) for F in maps(style)], maps(content)
    return descend(
        lambda one: style_score(maps, pull, one, targets, contents, alpha), x, steps, lr
    )[0]
"""

OTHER_STYLE = {
    "N.1": """\
def ascend(score, x, steps, lr, decay):
    x, values = np.asarray(x, dtype=np.float64), []
    while len(values) < steps:
        value, g = score(x)
        values += [value]
        size = np.linalg.norm(g) / np.sqrt(g.size)
        x = x - decay * x + lr * (g / (size + 1e-8))
    return np.array(x), np.array(values)
""",
    "N.2": """\
def total_variation(x):
    x = np.float32(x)
    return np.abs(x[1:] - x[:-1]).sum() + np.abs(x[:, 1:] - x[:, :-1]).sum()


def total_variation_grad(x):
    x = np.asarray(x, dtype=float)
    p = np.pad(x, ((1, 1), (1, 1), (0, 0)), mode="edge")
    return sum(
        np.sign(x - other)
        for other in (p[2:, 1:-1], p[:-2, 1:-1], p[1:-1, 2:], p[1:-1, :-2])
    )
""",
    "N.3": """\
def s_of(z):
    H, W = np.shape(z)[:2]
    f = np.sqrt(np.fft.fftfreq(H)[:, None, None] ** 2 + np.fft.fftfreq(W)[None, :, None] ** 2)
    f[f < 1 / max(H, W)] = 1 / max(H, W)
    return 1 / f


def fourier_image(z):
    return hartley(s_of(z) * z)


def fourier_score(score, z):
    value, g = score(fourier_image(z))
    return np.float64(value), s_of(z) * hartley(g)
""",
    "N.4": """\
def class_image(score, x, shifts, lr):
    x = np.asarray(x, dtype=float)
    for shift in np.array(shifts).reshape(-1, 2):
        moved = np.roll(x, tuple(shift), axis=(0, 1))
        moved = blur(moved + lr * normalised(score(moved)[1])).clip(0, 1)
        x = np.roll(moved, tuple(-shift), axis=(0, 1))
    return x
""",
    "N.5": """\
def octave_shapes(H, W, n, factor):
    return [np.rint([H / factor**k, W / factor**k]).astype(int) for k in range(n - 1, -1, -1)]


def deepdream(score, img, shapes, steps, lr):
    detail = 0 * np.asarray(img, dtype=float)
    for h, w in shapes:
        base, detail = resize(img, (h, w)), resize(detail, (h, w))
        for _ in range(steps):
            detail = np.clip(base + detail + lr * normalised(score(base + detail)[1]), 0, 1) - base
    return base + detail
""",
    "N.6": """\
def gram(F):
    F = np.asarray(F, dtype=float)
    F = F - F.mean(axis=(0, 1))
    return np.einsum("ija,ijb->ab", F, F) / (F.shape[0] * F.shape[1])


def gram_loss(F, A):
    H, W, _ = np.shape(F)
    D, size = gram(F) - A, np.sum(np.square(A))
    g = np.einsum("ijb,ba->ija", F, D)
    return [np.sum(D**2) / size, 4 * (g - g.mean(axis=(0, 1))) / (H * W * size)]
""",
    "N.7": """\
def texture_score(maps, pull, x, targets):
    loss, grads, n = 0.0, [], len(targets)
    for F, A in zip(maps(x), targets):
        value, g = gram_loss(F, A)
        loss += value / n
        grads.append(g / n)
    return [loss, pull(x, grads)]


def texture_synth(maps, pull, source, x, steps, lr):
    targets = list(map(gram, maps(source)))

    def score(image):
        return texture_score(maps, pull, image, targets)

    return descend(score, x, steps, lr)[0]
""",
    "N.8": """\
def style_score(maps, pull, x, targets, contents, alpha):
    loss, back = texture_score(maps, pull, x, targets)
    gaps = [F - P for F, P in zip(maps(x), contents)]
    sizes = [np.sum(np.square(P)) * len(targets) for P in contents]
    content = sum(np.sum(gap**2) / size for gap, size in zip(gaps, sizes))
    more = pull(x, [2 * gap / size for gap, size in zip(gaps, sizes)])
    return loss + alpha * content, back + alpha * more


def style_transfer(maps, pull, content, style, x, alpha, steps, lr):
    lists = [gram(F) for F in maps(style)], maps(content)

    def score(image):
        return style_score(maps, pull, image, *lists, alpha)

    return descend(score, x, steps, lr)[0]
""",
}

BROKEN_SYNTAX = """\
def gram(F:
    return F
"""

SAMPLES = [
    Sample("student01", "perfect, in the style of the text"),
    Sample("student02", "perfect, in other styles, partly in float32 and in lists", OTHER_STYLE),
    Sample(
        "student03",
        "goes downhill in N.1, and adds squares in N.2",
        {"N.1": DOWNHILL, "N.2": SQUARES},
        fails={
            "N.1": AllBut(
                "test_an_image_and_the_values",
                "test_no_steps_and_no_gradient",
                "test_one_climb_in_two_halves",
            ),
            "N.2": AllBut(
                "test_a_number", "test_a_gradient_for_every_pixel", "test_images_stay_as_they_are"
            ),
        },
    ),
    Sample(
        "student04",
        "clips in N.1, and forgets the scale on the way back in N.3",
        {"N.1": CLIPPED, "N.3": WITHOUT_THE_WAY_BACK},
        fails={
            "N.1": AllBut("test_an_image_and_the_values", "test_one_climb_in_two_halves"),
            "N.3": AllBut(
                "test_an_image_of_the_coefficients",
                "test_a_value_and_a_gradient",
                "test_one_coefficient_at_a_time",
                "test_every_image_has_its_coefficients",
                "test_less_rough_than_in_pixels",
                "test_a_single_wave",
                "test_coefficients_stay_as_they_are",
            ),
        },
    ),
    Sample(
        "student05",
        "clips before the blur in N.4, and enlarges the whole dream in N.5",
        {"N.4": CLIPPED_FIRST, "N.5": WHOLE_DREAM},
        fails={
            "N.4": AllBut(
                "test_an_image_from_0_to_1",
                "test_no_shifts_no_steps",
                "test_a_second_net_recognises_the_triangle",
                "test_the_four_classes_by_a_second_net",
            ),
            "N.5": AllBut(
                "test_a_list_of_pairs",
                "test_a_dream_of_the_last_size",
                "test_the_octaves_of_the_text",
                "test_the_pixel_of_the_text",
                "test_one_octave",
                "test_octaves_of_any_photo",
                "test_the_layer_says_more_of_the_dream",
                "test_drawn_octaves",
                "test_a_dream_of_another_layer",
            ),
        },
    ),
    Sample(
        "student06",
        "keeps the means in N.6, and N.7 and N.8 do not suffer",
        {"N.6": MEANS_KEPT},
        fails={
            "N.6": AllBut(
                "test_a_matrix_of_channels",
                "test_a_loss_and_a_gradient",
                "test_symmetric_and_never_negative",
                "test_maps_stay_as_they_are",
            )
        },
    ),
    Sample("student07", "the stub, unchanged", stub=True),
    Sample(
        "student08",
        "adds the losses in N.7, which Adam does not notice, and ignores alpha in N.8",
        {"N.7": SUMMED, "N.8": ALPHA_IGNORED},
        fails={
            "N.7": AllBut(
                "test_a_loss_and_its_gradient",
                "test_an_image_from_an_image",
                "test_no_steps_and_one",
                "test_several_steps_of_any_size",
                "test_the_score_is_asked_at_the_image",
                "test_drawn_descents",
                "test_images_stay_and_arrays_of_targets",
                "test_a_texture_of_the_petals",
            ),
            "N.8": AllBut(
                "test_a_loss_and_its_gradient",
                "test_an_image_as_large_as_the_content",
                "test_at_the_content_only_the_style_is_left",
                "test_everything_stays_as_it_is",
            ),
        },
    ),
    Sample("student10", "a syntax error in N.6", {"N.6": BROKEN_SYNTAX}, fails={"N.6": ALL}),
    Sample("student11", "the cell of N.6 is there twice", damage=doubled("N.6", MEANS_KEPT)),
    Sample("student12", "a file that breaks off", damage=cut_off, state=UNREADABLE),
]
