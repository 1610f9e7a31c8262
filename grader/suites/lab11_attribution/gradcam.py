"""Hidden checks of N.7."""

import numpy as np

from nablab.checking import check, close, holds, mutant, variant
from nablab.reference.attribution import class_map

from ..checks.gradcam import ENERGY, compare, energy, flat_net, with_norm
from ..checks.oracles import conv_net
from .building_blocks import array, gradient, logits, onwards, tensor, until


@check("oracle")
def test_features_of_any_size(student, rng):
    """Class maps of features and kernels of any size, with both signs, whole numbers among them"""
    for h, w, K, classes in ((3, 5, 2, 7), (6, 2, 9, 3), (1, 4, 1, 2)):
        features, kernel = rng.normal(size=(K, w, h)).T, rng.normal(size=(K, classes))
        cls = int(rng.integers(classes))
        close(student.cam(features, kernel, cls), class_map(features, kernel[:, cls]), atol=1e-6)
        whole = rng.integers(-5, 6, size=(h, w, K))
        close(student.cam(whole, kernel, cls), class_map(whole, kernel[:, cls]), atol=1e-6)


@check("oracle")
def test_other_nets_and_layers(student, rng):
    """Grad-CAM of other layers and other nets"""
    for net, layer, shape in (
        (conv_net(rng, shape=(8, 6, 1), classes=4), "three", (8, 6, 1)),
        (conv_net(rng, shape=(5, 8, 3), pool=False), "five", (5, 8, 3)),
        (flat_net(rng, (5, 4, 3)), "maps", (5, 4, 3)),
    ):
        for cls in (0, 2):
            compare(student, net, layer, rng.normal(size=shape), cls, "Another net.")


@check("probe")
def test_stored_statistics_are_used(student, rng):
    """Batch norm after the maps uses what it has stored"""
    compare(student, with_norm(rng), "maps", rng.normal(size=(5, 6, 2)), 1, "Batch norm.")


@check()
def test_another_class_has_another_map(student, rng):
    """The maps of two classes with opposite weights have no place in common"""
    net = conv_net(rng, classes=2)
    net.weights[-2] = np.c_[net.weights[-2][:, 0], -net.weights[-2][:, 0]]
    img, model = rng.normal(size=(7, 9, 2)), net.on(student).handle
    first, second = (np.asarray(student.gradcam(model, "five", img, c), float) for c in (0, 1))
    holds(
        float(np.minimum(first, second).max()) < 1e-5 * (first.max() + second.max()),
        "The second class has the negative weights of the first, but both maps are positive at a "
        "place.",
    )
    compare(student, net, "five", img, 1, "Opposite weights.")


@check()
def test_maps_lie_on_the_object(student, rng):
    """With the trained net the maps of other images lie on the object too"""
    found = energy(student, int(rng.integers(100, 120)))
    holds(found > 0.95 * ENERGY, f"The energy ratio is {found:.2f}.", got=found)


# Mutants ------------------------------------------------------------------------------------------

cam_with_relu = mutant(
    "Your class map drops the negative places. It keeps both signs, so that its mean is the logit.",
    cam=lambda features, w, cls: np.maximum(class_map(features, np.asarray(w)[:, cls]), 0),
)
cam_averaged = mutant(
    "Your class map is divided by the number of maps. It is their weighted sum.",
    cam=lambda features, w, cls: class_map(features, np.asarray(w)[:, cls]) / len(w),
)
cam_over_places = mutant(
    "Your class map is divided by the number of places. Its mean is the logit, not its sum.",
    cam=lambda features, w, cls: (
        class_map(features, np.asarray(w)[:, cls]) / np.prod(np.shape(features)[:2])
    ),
)
cam_scaled = mutant(
    "You rescale the class map. Leave it as it is.",
    cam=lambda features, w, cls: (lambda m: m / (np.abs(m).max() + 1e-12))(
        class_map(features, np.asarray(w)[:, cls])
    ),
)
cam_all_classes = mutant(
    "You add up the weights of all classes.",
    cam=lambda features, w, cls: class_map(features, np.asarray(w).sum(axis=1)),
)
cam_absolute = mutant(
    "You take absolute weights: a map that speaks against the class counts for it.",
    cam=lambda features, w, cls: class_map(features, np.abs(np.asarray(w)[:, cls])),
)
cam_class_zero = mutant(
    "You take class 0, whatever is asked for.",
    cam=lambda features, w, cls: class_map(features, np.asarray(w)[:, 0]),
)
cam_against_the_mean = mutant(
    "You subtract the mean weight of all classes. Take the weights as they are.",
    cam=lambda features, w, cls: class_map(
        features, np.asarray(w)[:, cls] - np.asarray(w).mean(axis=1)
    ),
)
cam_transposed = mutant(
    "Rows and columns of the class map are exchanged.",
    cam=lambda features, w, cls: class_map(features, np.asarray(w)[:, cls]).T,
)


def made(model, layer, img, cls, **changes):
    o = {
        "alpha": lambda g: g.mean(axis=(0, 1)),
        "map": lambda a, alpha, g: a @ alpha,
        "end": lambda m: np.maximum(m, 0),
        "logit": lambda z: z[0, cls],
        "of": layer,
    } | changes
    maps = until(model, o["of"], np.asarray(img)[None])
    g = gradient(lambda a: o["logit"](onwards(model, o["of"], a)), maps)[0]
    return o["end"](o["map"](maps[0], o["alpha"](g), g))


def slip(says, **changes):
    return mutant(
        says,
        gradcam=lambda model, layer, img, cls: made(model, layer, img, cls, **changes),
    )


def probability_of(model, layer, img, cls):
    import keras

    return made(model, layer, img, cls, logit=lambda z: keras.ops.softmax(z)[0, cls])


def all_logits_of(model, layer, img, cls):
    import keras

    return made(model, layer, img, cls, logit=lambda z: keras.ops.sum(z))


def layer_before(model, layer, img, cls):
    names = [each.name for each in model.layers]
    before = names[max(names.index(layer) - 1, 0)]
    return made(model, layer, img, cls, of=before)


def best_class(model, layer, img, cls):
    best = int(logits(model, np.asarray(img)[None])[0].argmax())
    return made(model, layer, img, cls, logit=lambda z: z[0, best])


def in_training(model, layer, img, cls):
    after = [each.name for each in model.layers].index(layer) + 1
    maps = until(model, layer, np.asarray(img)[None])

    def logit(a):
        for each in model.layers[after:]:
            is_norm = type(each).__name__ == "BatchNormalization"
            a = each(a, training=True) if is_norm else each(a)
        return a[0, cls]

    g = gradient(logit, maps)[0]
    return np.maximum(maps[0] @ g.mean(axis=(0, 1)), 0)


without_relu = slip("The ReLU at the end is missing: negative places are 0.", end=lambda m: m)
absolute_end = slip("You take absolute values at the end. Negative places are 0.", end=np.abs)
not_averaged = slip(
    "You multiply gradient and maps place by place. Average the gradient over the places first.",
    map=lambda a, alpha, g: (a * g).sum(axis=-1),
)
summed = slip(
    "You add up the gradient. It is its mean over the places.", alpha=lambda g: g.sum((0, 1))
)
relu_before_the_sum = slip(
    "You drop the negative parts of each map before you add up. The ReLU comes after the sum.",
    map=lambda a, alpha, g: np.maximum(a * alpha, 0).sum(axis=-1),
)
positive_weights = slip(
    "You drop the negative weights. Maps that speak against the class are subtracted.",
    alpha=lambda g: np.maximum(g.mean(axis=(0, 1)), 0),
)
positive_gradients = slip(
    "You drop negative gradients before the mean. Average all of them.",
    alpha=lambda g: np.maximum(g, 0).mean(axis=(0, 1)),
)
absolute_weights = slip("You take absolute weights.", alpha=lambda g: np.abs(g.mean(axis=(0, 1))))
averaged_over_maps = slip(
    "You take the mean over the maps. They are added up.",
    map=lambda a, alpha, g: a @ alpha / len(alpha),
)
scaled_map = slip(
    "You divide by the largest number. Leave the map as it is.",
    end=lambda m: np.maximum(m, 0) / (np.maximum(m, 0).max() + 1e-12),
)
scaled_before_the_relu = slip(
    "You rescale the map from 0 to 1 before the ReLU, so it drops nothing.",
    end=lambda m: (m - m.min()) / (np.ptp(m) + 1e-12),
)
gradients_only = slip(
    "You show the gradient without the maps.", map=lambda a, alpha, g: g.sum(axis=-1)
)
largest_gradient = slip(
    "The weight of a map is its largest gradient. It is the mean.", alpha=lambda g: g.max((0, 1))
)
transposed = slip("Rows and columns of the map are exchanged.", end=lambda m: np.maximum(m, 0).T)
probability = mutant("You differentiate the probability. Take the logit.", gradcam=probability_of)
all_logits = mutant(
    "You differentiate the sum of all logits. Take the one of the class.", gradcam=all_logits_of
)
input_of_the_layer = mutant(
    "These are the maps before that layer. Take what the layer puts out.", gradcam=layer_before
)
likeliest = mutant("You take the likeliest class, whatever is asked for.", gradcam=best_class)
trained = mutant(
    "Batch norm after the maps uses the batch: call it with training=False.", gradcam=in_training
)


# Variants -----------------------------------------------------------------------------------------


@variant("the class map in loops, a list")
def cam_in_loops(features, w, cls):
    h, wide, K = np.shape(features)
    return [
        [sum(float(features[i, j, k]) * float(w[k, cls]) for k in range(K)) for j in range(wide)]
        for i in range(h)
    ]


@variant("the class map with einsum, float32")
def cam_by_einsum(features, w, cls):
    return np.einsum("ijk,k->ij", np.float32(features), np.float32(w)[:, cls])


@variant("the class map as one entry of all")
def cam_of_all(features, w, cls):
    return np.tensordot(features, w, axes=1)[..., cls]


def by_tape(model, layer, img, cls):
    import tensorflow as tf

    a = tf.constant(until(model, layer, np.asarray(img, dtype="float32")[None]))
    with tf.GradientTape() as tape:
        tape.watch(a)
        z = onwards(model, layer, a)[:, cls]
    g = tape.gradient(z, a)
    heat = tf.einsum("nijk,nk->nij", a, tf.reduce_mean(g, axis=(1, 2)))
    return tf.nn.relu(heat)[0].numpy()


def by_submodels(model, layer, img, cls):
    import keras

    inner = keras.Model(model.inputs, model.get_layer(layer).output)
    maps = array(inner(tensor(np.asarray(img)[None])))
    g = gradient(lambda a: onwards(model, layer, a)[0][cls], maps)
    K = maps.shape[-1]
    alpha = [g[0, :, :, k].mean() for k in range(K)]
    heat = sum(alpha[k] * maps[0, :, :, k].astype(float) for k in range(K))
    return np.where(heat > 0, heat, 0).tolist()


tape = variant("Grad-CAM by TensorFlow's tape", gradcam=by_tape)
submodels = variant("Grad-CAM with a submodel, map by map, a list", gradcam=by_submodels)
