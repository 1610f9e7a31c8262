"""A small class that hands in this lab, and which checks each of them must fail. The demo and the
tests use it: the scores that the grader gives must be the ones that follow from here."""

from nablab.grading.records import UNREADABLE
from nablab.grading.samples import ALL, AllBut, Sample, cut_off, doubled

ONE_SCALE = """\
def filter_grid(w):
    w = np.asarray(w, dtype=float)
    kh, kw, C, F = w.shape
    q = int(np.ceil(np.sqrt(F)))
    p = -(-F // q)
    sheet = np.ones((p * (kh + 1) - 1, q * (kw + 1) - 1, C))
    for f in range(F):
        top, left = f // q * (kh + 1), f % q * (kw + 1)
        sheet[top : top + kh, left : left + kw] = 0.5 + w[..., f] / (2 * np.abs(w).max())
    return sheet
"""

LAST_ONE_INCLUDED = """\
def top_patches(model, layer, unit, x, k):
    maps = until(model, layer, x)[..., unit]
    flat = maps.reshape(len(maps), -1)
    rows, columns = receptive_field(model, layer)
    found = []
    for i in np.argsort(-flat.max(axis=1), kind="stable")[:k]:
        r, c = np.unravel_index(flat[i].argmax(), maps.shape[1:])
        r0, c0 = rows[2] + r * rows[1], columns[2] + c * columns[1]
        r1, c1 = min(r0 + rows[0], np.shape(x)[1]) - 1, min(c0 + columns[0], np.shape(x)[2]) - 1
        found.append((int(i), max(int(r0), 0), int(r1), max(int(c0), 0), int(c1)))
    return found
"""

UPHILL = """\
def affinities(x, perplexity):
    x = np.array(x, dtype=float)
    n = len(x)
    p = np.zeros((n, n))
    for i in range(n):
        d = np.delete(((x - x[i]) ** 2).sum(axis=1), i)
        low, high = -60.0, 60.0
        for _ in range(70):
            middle = (low + high) / 2
            q = np.exp(-(d - d.min()) / (2 * np.exp(middle) ** 2))
            q = q / q.sum()
            found = np.exp(-np.sum(q * np.log(q + 1e-300)))
            low, high = (middle, high) if found < perplexity else (low, middle)
        p[i] = np.insert(q, i, 0)
    return p


def embed_step(p, y, rate, kernel):
    p, y = np.asarray(p, dtype=float), np.asarray(y, dtype=float)
    apart = y[:, None] - y[None]
    d = (apart**2).sum(axis=-1)
    w = np.exp(-d) if kernel == "gaussian" else 1 / (1 + d)
    np.fill_diagonal(w, 0)
    pull = (p - w / w.sum()) * (w if kernel == "student" else 1)
    return y + rate * 4 * (pull[:, :, None] * apart).sum(axis=1)
"""

GAIN = """\
def occlusion_map(model, img, cls, size, stride, fill):
    img = np.asarray(img, dtype=float)
    H, W, _ = img.shape
    colour = img.mean(axis=(0, 1)) if isinstance(fill, str) else fill
    covered = []
    for r in range(0, H - size + 1, stride):
        for c in range(0, W - size + 1, stride):
            one = img.copy()
            one[r : r + size, c : c + size] = colour
            covered.append(one)
    after = logits(model, np.stack(covered))[:, cls]
    drops = after - logits(model, img[None])[0, cls]
    return drops.reshape((H - size) // stride + 1, (W - size) // stride + 1)
"""

ABSOLUTE_LAST = """\
def slope_of(model, img, cls):
    return gradient(lambda t: model(t, training=False)[0, cls], np.asarray(img)[None])[0]


def saliency(model, img, cls):
    return np.abs(slope_of(model, img, cls).max(axis=-1))


def gradient_times_input(model, img, cls):
    return (slope_of(model, img, cls) * np.asarray(img)).sum(axis=-1)
"""

SWAPPED = """\
def relu_rules(dout, x, rule):
    passed = {"grad": dout > 0, "deconv": x > 0, "guided": (x > 0) & (dout > 0)}[rule]
    return np.where(passed, dout, 0.0)


def rule_map(model, img, cls, rule):
    x, steps = np.asarray(img, dtype="float32")[None], []
    for layer in model.layers:
        steps.append((layer, x))
        x = keras.ops.convert_to_numpy(layer(x))
    dout = np.eye(x.shape[1])[[cls]]
    for layer, x in steps[::-1]:
        is_relu = isinstance(layer, keras.layers.ReLU)
        dout = relu_rules(dout, x, rule) if is_relu else back(layer, x, dout)
    return dout[0]
"""

AVERAGED_CAM = """\
def cam(features, w, cls):
    return np.asarray(features, dtype=float) @ np.asarray(w)[:, cls] / np.prod(np.shape(features)[:2])


def gradcam(model, layer, img, cls):
    maps = until(model, layer, np.asarray(img)[None])
    slope = gradient(lambda a: onwards(model, layer, a)[0, cls], maps)
    return np.maximum(maps[0] @ slope[0].mean(axis=(0, 1)), 0)
"""

NOT_RANKED = """\
def rank_correlation(a, b):
    a, b = np.ravel(a).astype(float), np.ravel(b).astype(float)
    a, b = a - a.mean(), b - b.mean()
    scale = np.sqrt((a**2).sum() * (b**2).sum())
    return float((a * b).sum() / scale) if scale > 0 else 0.0


def sanity_check(method, model, img, layers, rng):
    twin = copy_of(model)
    for name in layers:
        layer = twin.get_layer(name)
        layer.set_weights([rng.permutation(w.ravel()).reshape(w.shape) for w in layer.get_weights()])
    return rank_correlation(method(model, img), method(twin, img))
"""

OTHER_STYLE = {
    "N.1": """\
def filter_grid(w):
    w = np.asarray(w, dtype=np.float32)
    kh, kw, C, F = w.shape
    q = int(np.ceil(F**0.5))
    p = int(np.ceil(F / q))
    m = np.abs(w).max(axis=(0, 1, 2))
    g = w / np.where(m == 0, 1, 2 * m) + np.float32(0.5)
    g = np.pad(g, ((0, 1), (0, 1), (0, 0), (0, p * q - F)), constant_values=1)
    g = g.reshape(kh + 1, kw + 1, C, p, q).transpose(3, 0, 4, 1, 2)
    return g.reshape(p * (kh + 1), q * (kw + 1), C)[:-1, :-1]
""",
    "N.2": """\
def top_patches(model, layer, unit, x, k):
    best = []
    for i, one in enumerate(until(model, layer, x)):
        flat = one[:, :, unit].ravel()
        best.append((-flat.max(), i, *divmod(int(flat.argmax()), one.shape[1])))
    found = []
    for _, i, *place in sorted(best)[:k]:
        patch = [i]
        for at, (size, step, first), n in zip(
            place, receptive_field(model, layer), np.shape(x)[1:3]
        ):
            patch += [max(0, first + at * step), min(n, first + at * step + size)]
        found.append(patch)
    return found
""",
    "N.3": UPHILL.replace("return y + rate", "return y - rate"),
    "N.4": """\
def occlusion_map(model, img, cls, size, stride, fill):
    img = np.array(img, dtype=np.float32)
    colour = img.mean(axis=(0, 1)) if fill == "mean" else fill
    base = float(logits(model, img[None])[0, cls])
    out = []
    for r in range(0, img.shape[0] - size + 1, stride):
        row = []
        for c in range(0, img.shape[1] - size + 1, stride):
            other = np.array(img)
            other[r : r + size, c : c + size] = colour
            row.append(other)
        out.append([base - float(v) for v in logits(model, np.stack(row))[:, cls]])
    return out
""",
    "N.5": """\
def slope_of(model, img, cls):
    def f(t):
        z = model(t)
        return keras.ops.sum(z * keras.ops.one_hot([cls], z.shape[-1]))

    return gradient(f, np.array(img, dtype=float)[np.newaxis])[0]


def saliency(model, img, cls):
    s = slope_of(model, img, cls)
    return np.maximum(s.max(axis=2), -s.min(axis=2))


def gradient_times_input(model, img, cls):
    return np.einsum("ijc,ijc->ij", slope_of(model, img, cls), img).tolist()
""",
    "N.6": SWAPPED.replace(
        '{"grad": dout > 0, "deconv": x > 0,',
        '{"grad": np.greater(x, 0), "deconv": np.greater(dout, 0),',
    ).replace("(x > 0) & (dout > 0)", "np.greater(x, 0) & np.greater(dout, 0)"),
    "N.7": """\
def cam(features, w, cls):
    return np.einsum("ijk,k->ij", np.float32(features), np.float32(w)[:, cls])


def gradcam(model, layer, img, cls):
    inner = keras.Model(model.inputs, model.get_layer(layer).output)
    maps = keras.ops.convert_to_numpy(inner(np.asarray(img, dtype="float32")[None]))
    g = gradient(lambda a: onwards(model, layer, a)[0][cls], maps)
    heat = sum(g[0, :, :, k].mean() * maps[0, :, :, k] for k in range(maps.shape[-1]))
    return np.where(heat > 0, heat, 0).tolist()
""",
    "N.8": """\
def ranks_of(values):
    flat = np.ravel(values).astype(float)
    there = np.sort(flat)
    return (np.searchsorted(there, flat, "left") + np.searchsorted(there, flat, "right")) / 2


def rank_correlation(a, b):
    r, s = ranks_of(a), ranks_of(b)
    return np.float64(0) if np.ptp(r) == 0 or np.ptp(s) == 0 else np.corrcoef(r, s)[0, 1]


def sanity_check(method, model, img, layers, rng):
    twin = copy_of(model)
    for layer in twin.layers:
        if layer.name in layers:
            mixed = []
            for w in layer.get_weights():
                flat = w.flatten()
                rng.shuffle(flat)
                mixed.append(flat.reshape(w.shape))
            layer.set_weights(mixed)
    return rank_correlation(method(model, img), method(twin, img))
""",
}

BROKEN_SYNTAX = """\
def occlusion_map(model, img, cls, size, stride, fill:
    return img
"""

SAMPLES = [
    Sample("student01", "perfect, in the style of the text"),
    Sample("student02", "perfect, in other styles, partly in float32 and in lists", OTHER_STYLE),
    Sample(
        "student03",
        "stretches all filters with one scale in N.1, and goes uphill in N.3",
        {"N.1": ONE_SCALE, "N.3": UPHILL},
        fails={
            "N.1": AllBut(
                "test_one_picture_of_all_filters",
                "test_channels_share_their_scale",
                "test_one_filter_among_zeros",
            ),
            "N.3": AllBut(
                "test_a_square_of_chances",
                "test_points_that_have_moved",
                "test_four_points_on_a_line",
                "test_at_rest",
                "test_the_perplexity_is_met",
                "test_points_in_many_dimensions",
                "test_dense_and_lonely_points",
                "test_moved_and_turned_points_choose_alike",
            ),
        },
    ),
    Sample(
        "student04",
        "names the last row and column of a patch in N.2, and exchanges the sign in N.4",
        {"N.2": LAST_ONE_INCLUDED, "N.4": GAIN},
        fails={
            "N.2": AllBut("test_a_list_of_patches"),
            "N.4": AllBut("test_a_map_of_drops"),
        },
    ),
    Sample(
        "student05",
        "takes the absolute value after the maximum in N.5",
        {"N.5": ABSOLUTE_LAST},
        fails={
            "N.5": AllBut(
                "test_one_number_a_pixel",
                "test_one_product_a_pixel",
                "test_the_pixel_of_the_text",
                "test_without_biases_the_parts_sum_to_the_logit",
                "test_parts_and_the_logit",
            )
        },
    ),
    Sample(
        "student06",
        "exchanges two of the rules in N.6",
        {"N.6": SWAPPED},
        fails={
            "N.6": AllBut(
                "test_what_goes_back",
                "test_a_map_of_all_channels",
                "test_guided_is_never_more_than_both",
            )
        },
    ),
    Sample("student07", "the stub, unchanged", stub=True),
    Sample(
        "student08",
        "divides the class map by the number of places in N.7, and does not rank in N.8",
        {"N.7": AVERAGED_CAM, "N.8": NOT_RANKED},
        fails={
            "N.7": AllBut(
                "test_a_score_for_each_place",
                "test_a_map_as_large_as_the_layers",
                "test_a_mean_of_different_gradients",
                "test_a_net_with_batch_norm_after_the_maps",
                "test_grad_cam_is_the_class_map_here",
                "test_the_trained_net_points_at_the_object",
                "test_other_nets_and_layers",
                "test_stored_statistics_are_used",
                "test_another_class_has_another_map",
                "test_maps_lie_on_the_object",
            ),
            "N.8": AllBut(
                "test_one_correlation",
                "test_one_number_for_a_method",
                "test_without_layers_nothing_changes",
                "test_all_entries_change_places",
                "test_kernel_and_biases",
                "test_the_entries_stay_the_same",
                "test_only_the_named_layers",
                "test_every_array_of_a_layer",
                "test_no_new_numbers",
                "test_rows_and_columns_change_places",
                "test_layers_that_are_not_named_stay",
            ),
        },
    ),
    Sample("student10", "a syntax error in N.4", {"N.4": BROKEN_SYNTAX}, fails={"N.4": ALL}),
    Sample("student11", "the cell of N.7 is there twice", damage=doubled("N.7", AVERAGED_CAM)),
    Sample("student12", "a file that breaks off", damage=cut_off, state=UNREADABLE),
]
