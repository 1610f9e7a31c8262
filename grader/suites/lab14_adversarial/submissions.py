"""A small class that hands in this lab, and which checks each of them must fail. The demo and the
tests use it: the scores that the grader gives must be the ones that follow from here."""

from nablab.grading.records import UNREADABLE
from nablab.grading.samples import ALL, AllBut, Sample, cut_off, doubled

BEST_CASE = """\
def worst_case_linear(w, b, x, eps):
    w = np.asarray(w, float)
    return np.asarray(x, float) @ w + b + eps * np.abs(w).sum()


def smallest_eps(w, b, x):
    w = np.asarray(w, float)
    return np.maximum(np.asarray(x, float) @ w + b, 0) / np.abs(w).sum()
"""

UPHILL = """\
def targeted(model, x, target, eps, alpha, steps):
    x = np.asarray(x, float)
    z = x
    for _ in range(steps):
        z = z + alpha * np.sign(gradient(model, z, target))
        z = np.clip(np.clip(z, x - eps, x + eps), 0, 1)
    return z
"""

ERRORS = """\
def acc_vs_eps(model, x, y, eps_list, attack="pgd"):
    found = []
    for eps in eps_list:
        made = fgsm(model, x, y, eps) if attack == "fgsm" else pgd(model, x, y, eps, eps / 4, 10)
        found.append(1 - accuracy(model, made, y))
    return np.array(found)
"""

CLEAN_ONLY = """\
def adversarial_train(build, x, y, eps, epochs):
    model = build()
    for _ in range(epochs):
        order = np.random.permutation(len(x))
        for start in range(0, len(x), 50):
            batch = order[start : start + 50]
            model.train_on_batch(x[batch], y[batch])
    return model
"""

REVERSED = """\
def zero_gradient_share(model, x, y):
    slopes = gradient(model, x, y).reshape(len(x), -1)
    return float(np.mean(~slopes.any(axis=1)))


def gradient_masking_check(model, substitute, x, y, eps):
    own = accuracy(model, fgsm(model, x, y, eps), y)
    return own < accuracy(model, fgsm(substitute, x, y, eps), y)
"""

TRANSPOSED = """\
def transfer_matrix(models, x, y, eps):
    table = np.zeros((len(models), len(models)))
    for i, maker in enumerate(models):
        made = fgsm(maker, x, y, eps)
        for j, reader in enumerate(models):
            table[j, i] = accuracy(reader, made, y)
    return table
"""

BROKEN_SYNTAX = """\
def targeted(model, x, target, eps, alpha, steps)
    return x
"""

OTHER_STYLE = {
    "N.1": """\
def fgsm(model, x, y, eps):
    x = np.asarray(x, np.float32)
    step = np.float32(eps) * np.sign(gradient(model, x, y))
    return np.minimum(np.maximum(x + step, 0), 1)
""",
    "N.2": """\
def worst_case_linear(w, b, x, eps):
    w = np.array(w, dtype=float)
    return [float(np.dot(row - eps * np.sign(w), w) + b) for row in np.array(x, dtype=float)]


def smallest_eps(w, b, x):
    w = np.array(w, dtype=float)
    m = np.array([np.dot(row, w) + b for row in np.array(x, dtype=float)])
    return np.where(m > 0, m / np.linalg.norm(w, 1), 0)
""",
    "N.3": """\
def pgd(model, x, y, eps, alpha, steps, rng=None):
    low, high = np.maximum(x - eps, 0), np.minimum(x + eps, 1)
    z = np.array(x, dtype=float)
    if rng is not None:
        z = np.clip(z + eps * (2 * rng.random(z.shape) - 1), 0, 1)
    for _ in range(steps):
        z = np.clip(z + alpha * np.sign(gradient(model, z, y)), low, high)
    return z
""",
    "N.5": """\
def acc_vs_eps(model, x, y, eps_list, attack="pgd"):
    def made(eps):
        return fgsm(model, x, y, eps) if attack == "fgsm" else pgd(model, x, y, eps, eps / 4, 10)

    return np.array([accuracy(model, made(float(eps)), y) for eps in eps_list])
""",
    "N.6": """\
def adversarial_train(build, x, y, eps, epochs):
    model, rng = build(), np.random.default_rng(4)
    for _ in range(epochs):
        order = rng.permutation(len(x))
        for piece in np.array_split(order, range(50, len(x), 50)):
            model.train_on_batch(fgsm(model, x[piece], y[piece], eps), y[piece])
    return model
""",
    "N.8": """\
def transfer_matrix(models, x, y, eps):
    rows = []
    for maker in models:
        made = fgsm(maker, x, y, eps)
        rows.append([accuracy(reader, made, y) for reader in models])
    return rows
""",
}

# N.5 to N.8 give models to the attacks of N.1 and N.3, and a model does not leave the student's
# process. So the reference cannot be lent to them in place of a wrong attack.
TOGETHER = [("N.1", "N.3", "N.5", "N.6", "N.7", "N.8")]

SAMPLES = [
    Sample("student01", "perfect, in the style of the text"),
    Sample("student02", "perfect, in other styles, partly in float32 and in lists", OTHER_STYLE),
    Sample(
        "student03",
        "adds in N.2 what should be subtracted, and walks up in N.4",
        {"N.2": BEST_CASE, "N.4": UPHILL},
        fails={
            "N.2": AllBut(
                "test_one_number_for_each_image",
                "test_without_any_change",
                "test_images_that_are_wrong_already",
            ),
            "N.4": AllBut("test_an_array_of_the_same_shape", "test_no_steps_at_all"),
        },
    ),
    Sample(
        "student04",
        "counts errors in N.5, and transposes the table of N.8",
        {"N.5": ERRORS, "N.8": TRANSPOSED},
        fails={
            "N.5": AllBut("test_one_accuracy_for_each_eps"),
            "N.8": AllBut(
                "test_a_square_table",
                "test_the_two_nets_of_the_text",
                "test_one_net_alone",
            ),
        },
    ),
    Sample(
        "student05",
        "learns from clean images in N.6, and compares the wrong way round in N.7",
        {"N.6": CLEAN_ONLY, "N.7": REVERSED},
        fails={
            "N.6": AllBut(
                "test_a_trained_model",
                "test_a_new_model_each_time",
                "test_it_reads_clean_digits",
                "test_every_image_is_learned_once",
            ),
            "N.7": AllBut(
                "test_a_share_and_a_verdict",
                "test_the_three_images_of_the_text",
                "test_every_pixel_must_be_0",
                "test_shares_of_nets_with_dead_units",
                "test_fresh_shares",
                "test_saturated_logits_have_no_slopes",
            ),
        },
    ),
    Sample("student06", "the stub, unchanged", stub=True),
    Sample("student07", "a syntax error in N.4", {"N.4": BROKEN_SYNTAX}, fails={"N.4": ALL}),
    Sample("student08", "the cell of N.4 is there twice", damage=doubled("N.4", UPHILL)),
    Sample("student09", "a file that breaks off", damage=cut_off, state=UNREADABLE),
]
