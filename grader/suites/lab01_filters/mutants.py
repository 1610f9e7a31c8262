"""Plausible wrong answers to lab 1. Each loses points on the hidden checks and on the visible
ones; the sentence is what a teacher would say to its author."""

import numpy as np

from nablab.checking import mutant
from nablab.reference.convolution import conv, convolve2d_valid, correlate2d_valid
from nablab.reference.pooling import maxpool

SOBEL_X = np.outer([1, 2, 1], [-1, 0, 1])
LAPLACIAN = np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]])
BOX = np.full((3, 3), 1 / 9)


def floats(*arrays):
    return [np.asarray(array, dtype=float) for array in arrays]


# 1.1 ---------------------------------------------------------------------------------------------


@mutant(
    "1.1",
    "This is the sum of the products. A score is their mean, so that a large filter does not "
    "beat a small one by its size alone.",
)
def sum_in_place_of_mean(patch, filt):
    patch, filt = floats(patch, filt)
    return np.sum(patch * filt)


@mutant(
    "1.1",
    "This counts the pixels that are equal. A pixel that disagrees takes a vote away, and a "
    "pixel of 3 agrees more strongly than one of 1: multiply, do not compare.",
)
def counts_equal_pixels(patch, filt):
    return np.mean(np.asarray(patch) == np.asarray(filt))


@mutant(
    "1.1",
    "This divides by the square of the number of rows, which is the number of pixels only "
    "where the patch is square.",
)
def divides_by_rows_squared(patch, filt):
    patch, filt = floats(patch, filt)
    return np.sum(patch * filt) / len(patch) ** 2


@mutant(
    "1.1",
    "This divides by the lengths of patch and filter (a cosine), so a faint patch scores as "
    "much as a strong one. A patch twice as bright should score twice as much.",
)
def cosine(patch, filt):
    patch, filt = floats(patch, filt)
    return np.sum(patch * filt) / np.sqrt(np.sum(patch**2) * np.sum(filt**2))


@mutant(
    "1.1", "This takes absolute values of the products, so a disagreement counts as an agreement."
)
def mean_of_absolute_products(patch, filt):
    patch, filt = floats(patch, filt)
    return np.mean(np.abs(patch * filt))


@mutant(
    "1.1",
    "This is a matrix product, rows times columns. Here each pixel meets only the one that "
    "lies on top of it: multiply entry by entry.",
)
def matrix_product(patch, filt):
    patch, filt = floats(patch, filt)
    return np.mean(patch @ filt.T)


# 1.2 ---------------------------------------------------------------------------------------------


@mutant(
    "1.2",
    "This is the result of a true convolution: your filter is turned by 180°. Here it lies on"
    " the image as it is.",
)
def flipped_filter(img, filt):
    return convolve2d_valid(img, filt)


@mutant(
    "1.2",
    "Rows and columns of your map have changed places. Entry [i, j] belongs to the patch "
    "whose top-left pixel is in row i and column j.",
)
def rows_and_columns_swapped(img, filt):
    return correlate2d_valid(img, filt).T


@mutant(
    "1.2",
    "Your map misses its last row and its last column. A filter as large as the image still "
    "fits once: there are H − kh + 1 rows of places.",
)
def last_row_and_column_missing(img, filt):
    return correlate2d_valid(img, filt)[:-1, :-1]


@mutant("1.2", "This is the mean of the products, as in 1.1. From 1.2 on it is their sum.")
def divides_by_the_filters_size(img, filt):
    return correlate2d_valid(img, filt) / np.size(filt)


@mutant(
    "1.2",
    "Your map has been rounded to whole numbers, because it has the image's type. Make it an "
    "array of floats.",
)
def map_in_the_images_type(img, filt):
    return correlate2d_valid(img, filt).astype(np.asarray(img).dtype)


@mutant(
    "1.2",
    "Your map is as large as the image: you have added a border of zeros. Take only the "
    "places where the whole filter lies on the image.",
)
def border_of_zeros(img, filt):
    kh, kw = np.shape(filt)
    before = (kh - 1) // 2, (kw - 1) // 2
    pads = [(before[0], kh - 1 - before[0]), (before[1], kw - 1 - before[1])]
    return correlate2d_valid(np.pad(floats(img)[0], pads), filt)


@mutant(
    "1.2",
    "The size of your map takes the filter's columns from the image's rows. The filter's own "
    "rows shorten the rows, its columns the columns; a square filter hides the difference.",
)
def filter_sides_swapped_in_the_size(img, filt):
    img, filt = floats(img, filt)
    (H, W), (kh, kw) = img.shape, filt.shape
    out = np.zeros((max(H - kw + 1, 0), max(W - kh + 1, 0)))
    right = correlate2d_valid(img, filt)
    h, w = min(out.shape[0], right.shape[0]), min(out.shape[1], right.shape[1])
    out[:h, :w] = right[:h, :w]
    return out if kh != kw else right[: out.shape[0], : out.shape[1]]


# 1.3 ---------------------------------------------------------------------------------------------


@mutant("1.3", "This is still correlation: the filter has not been turned.")
def forgets_to_turn(img, filt):
    return correlate2d_valid(img, filt)


@mutant(
    "1.3",
    "Your filter is turned upside down but not left to right. Half a turn reverses both axes.",
)
def turns_rows_only(img, filt):
    return correlate2d_valid(img, np.asarray(filt)[::-1])


@mutant(
    "1.3",
    "Your filter is turned left to right but not upside down. Half a turn reverses both axes.",
)
def turns_columns_only(img, filt):
    return correlate2d_valid(img, np.asarray(filt)[:, ::-1])


@mutant(
    "1.3",
    "You have transposed the filter. Half a turn keeps rows as rows and reverses their order,"
    " and the order within each.",
)
def transposes(img, filt):
    return correlate2d_valid(img, np.asarray(filt).T)


@mutant("1.3", "You have turned the image in place of the filter, so your map stands on its head.")
def turns_the_image(img, filt):
    return correlate2d_valid(np.asarray(img)[::-1, ::-1], filt)


wrong_word = mutant(
    "1.3",
    "Keras's 321 is 1·1 + 10·2 + 100·3: the filter's first entry meets the first pixel, so "
    "nothing was turned. Keras calls the layer a convolution and computes a correlation.",
    WHICH_DOES_KERAS="convolution",
)


# 1.4 ---------------------------------------------------------------------------------------------


def filters(sobel_x=SOBEL_X, sobel_y=None, laplacian=LAPLACIAN, box=BOX):
    sobel_y = sobel_x.T if sobel_y is None else sobel_y
    return {"sobel_x": sobel_x, "sobel_y": sobel_y, "laplacian": laplacian, "box": box}


@mutant(
    "1.4",
    "Your Sobel filters are positive from bright to dark. Under correlation the +1 stands on "
    "the side that should be brighter: right for sobel_x, below for sobel_y.",
)
def bright_to_dark():
    return filters(-SOBEL_X)


@mutant(
    "1.4",
    "sobel_x and sobel_y have changed places: the x filter compares right with left, so its "
    "−1 and +1 stand in the same row.",
)
def sobel_x_and_y_swapped():
    return filters(SOBEL_X.T)


@mutant(
    "1.4",
    "All rows of your Sobel filters weigh the same; these are Prewitt's filters. Sobel weighs"
    " the middle one twice.",
)
def prewitt():
    return filters(np.outer([1, 1, 1], [-1, 0, 1]))


@mutant(
    "1.4", "Your Sobel filters are divided by 8. Here they are not, so on a slope of 1 they give 8."
)
def sobel_divided_by_eight():
    return filters(SOBEL_X / 8)


@mutant(
    "1.4",
    "Your Laplacian looks at all eight neighbours. Here it looks at the four above, below, "
    "left and right.",
)
def laplacian_with_eight_neighbours():
    return filters(laplacian=np.ones((3, 3)) - 9 * np.eye(3)[1][:, None] * np.eye(3)[1])


@mutant(
    "1.4",
    "Your Laplacian has the wrong sign: it is the neighbours minus the middle, so the middle "
    "is −4.",
)
def laplacian_with_positive_middle():
    return filters(laplacian=-LAPLACIAN)


@mutant("1.4", "Your box takes the sum of nine pixels. Their mean keeps a wall as bright as it is.")
def box_of_ones():
    return filters(box=np.ones((3, 3)))


# 1.5 ---------------------------------------------------------------------------------------------


def right_and_down(img):
    return correlate2d_valid(img, SOBEL_X), correlate2d_valid(img, SOBEL_X.T)


@mutant(
    "1.5",
    "Your angles cover only half of the circle: the quotient of down and right is the same "
    "for an arrow and its opposite. Take an arctangent that is given both numbers.",
)
def arctan_of_the_quotient(img):
    x, y = right_and_down(img)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.hypot(x, y), np.nan_to_num(np.arctan(y / x))


@mutant("1.5", "Your angles are in degrees; the exercise asks for radians.")
def degrees(img):
    x, y = right_and_down(img)
    return np.hypot(x, y), np.degrees(np.arctan2(y, x))


@mutant(
    "1.5",
    "The two arguments of the arctangent have changed places: your 0 is downwards. NumPy's "
    "arctan2 takes the y part first.",
)
def arguments_of_arctan2_swapped(img):
    x, y = right_and_down(img)
    return np.hypot(x, y), np.arctan2(x, y)


@mutant(
    "1.5", "Your angles count upwards. Rows are counted downwards here, so brighter below is +π/2."
)
def upwards(img):
    x, y = right_and_down(img)
    return np.hypot(x, y), np.arctan2(-y, x)


@mutant(
    "1.5",
    "All your arrows point from bright to dark: they have the opposite angle. Has a filter "
    "been turned by 180°, or has Sobel the wrong sign?",
)
def from_bright_to_dark(img):
    x, y = right_and_down(img)
    return np.hypot(x, y), np.arctan2(-y, -x)


@mutant(
    "1.5",
    "Your magnitude is |right| + |down|, which makes a slanting edge stronger than an upright"
    " one. The length of an arrow is given by Pythagoras.",
)
def sum_of_absolute_values(img):
    x, y = right_and_down(img)
    return np.abs(x) + np.abs(y), np.arctan2(y, x)


@mutant("1.5", "Your magnitude is the square of what it should be: the root is missing.")
def root_missing(img):
    x, y = right_and_down(img)
    return x**2 + y**2, np.arctan2(y, x)


# 1.6 ---------------------------------------------------------------------------------------------


@mutant(
    "1.6",
    "You add the bias once for every input channel. It belongs to the output map and is added"
    " once.",
)
def bias_for_every_channel(x, w, b):
    return conv(x, w, np.shape(x)[2] * np.asarray(b))


@mutant("1.6", "The bias is missing.")
def forgets_the_bias(x, w, b):
    return conv(x, w)


@mutant(
    "1.6",
    "You have added the maps of all filters up to one. Channels are added up, filters are "
    "not: there are F maps.",
)
def sums_over_filters(x, w, b):
    return conv(x, w, b).sum(axis=-1)


@mutant("1.6", "Only the first channel counts in your result: the sum over c is missing.")
def first_channel_only(x, w, b):
    return conv(np.asarray(x)[:, :, :1], np.asarray(w)[:, :, :1], b)


@mutant("1.6", "You take the mean over the channels. It is their sum.")
def mean_over_channels(x, w, b):
    return conv(x, w) / np.shape(x)[2] + np.asarray(b)


@mutant(
    "1.6",
    "Your filters are turned by 180°. A layer computes a correlation: use correlate_valid, "
    "not convolve_valid.",
)
def turned_filters(x, w, b):
    return conv(x, np.asarray(w)[::-1, ::-1], b)


@mutant(
    "1.6",
    "You read w as (kh, kw, F, C). Its third axis is the input channel and its last one the "
    "filter.",
)
def channels_and_filters_swapped(x, w, b):
    kh, kw, C, F = np.shape(w)
    return conv(x, np.asarray(w).reshape(kh, kw, F, C).swapaxes(2, 3), b)


# 1.7 ---------------------------------------------------------------------------------------------


def pool(x, size, stride, best):
    x = np.maximum(np.asarray(x, dtype=float), 0)
    (H, W, F), (ph, pw), (sh, sw) = x.shape, size, stride
    out = np.zeros(((H - ph) // sh + 1, (W - pw) // sw + 1, F))
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] = best(x[i * sh : i * sh + ph, j * sw : j * sw + pw])
    return out


@mutant(
    "1.7", "You always take the bottom right pixel of a window. The largest may be anywhere in it."
)
def bottom_right_pixel(x, size, stride):
    return pool(x, size, stride, lambda window: window[-1, -1])


@mutant(
    "1.7",
    "You take the largest magnitude, so that a strong no counts as a strong yes. Clip "
    "negative numbers to 0 first.",
)
def largest_magnitude(x, size, stride):
    return maxpool(np.abs(x), size, stride)


@mutant(
    "1.7",
    "This is the mean of each window (average pooling). One strong match should survive "
    "however weak its neighbours are: take the maximum.",
)
def mean_of_the_window(x, size, stride):
    return pool(x, size, stride, lambda window: window.mean(axis=(0, 1)))


@mutant(
    "1.7", "The ReLU is missing: where a whole window is negative, your result is negative too."
)
def forgets_relu(x, size, stride):
    return maxpool(x, size, stride)


@mutant(
    "1.7",
    "You take the size for the stride, so your windows never overlap. The stride says where a"
    " window starts, the size how far it reaches.",
)
def stride_ignored(x, size, stride):
    return maxpool(np.maximum(x, 0), size, size)


@mutant(
    "1.7", "Rows and columns of size and stride have changed places: both are given rows first."
)
def rows_and_columns_of_the_window_swapped(x, size, stride):
    return maxpool(np.maximum(x, 0), tuple(size)[::-1], tuple(stride)[::-1])


@mutant("1.7", "You also take windows that stick out of the map. Here only whole windows count.")
def windows_that_stick_out(x, size, stride):
    return maxpool(np.maximum(x, 0), size, stride, clipped=True)


@mutant(
    "1.7",
    "You take one maximum over all channels. Each channel is a question of its own and is "
    "pooled by itself.",
)
def maximum_over_channels(x, size, stride):
    best = maxpool(np.maximum(x, 0), size, stride).max(axis=-1, keepdims=True)
    return np.repeat(best, np.shape(x)[2], axis=-1)


# 1.8 ---------------------------------------------------------------------------------------------


def peaks_of(img, bank):
    return np.array([max(correlate2d_valid(img, filt).max(), 0) for filt in bank])


@mutant(
    "1.8",
    "You decide by the mean of the peaks. The O's two good diagonals make up for the crossing"
    " that it lacks: ask for the worst of the peaks.",
)
def mean_of_the_peaks(img, bank):
    scale = np.sqrt(np.mean(np.square(img)))
    return "X" if peaks_of(img, bank).mean() > 7 * scale else "O"


@mutant(
    "1.8",
    "You compare a peak with a fixed number, so a pale X becomes an O. Compare the peaks with"
    " each other.",
)
def fixed_threshold(img, bank):
    return "X" if peaks_of(img, bank).min() > 6.5 else "O"


@mutant(
    "1.8",
    "You ask only the filter in the middle of the bank, as if that were always the cross. Ask"
    " all of them the same question.",
)
def middle_filter_only(img, bank):
    peaks = peaks_of(img, bank)
    return "X" if peaks[1] > 0.73 * peaks.max() else "O"


@mutant("1.8", "X and O have changed places in your answer.")
def letters_swapped(img, bank):
    peaks = peaks_of(img, bank)
    return "O" if peaks.min() > 0.73 * peaks.max() else "X"


@mutant(
    "1.8",
    "When nothing was found, all peaks being 0, you answer X, since 0 ≥ 0. An X needs "
    "evidence: more than, not at least.",
)
def nothing_is_an_x(img, bank):
    peaks = peaks_of(img, bank)
    return "X" if peaks.min() >= 0.73 * peaks.max() else "O"


@mutant(
    "1.8",
    "You look at the middle pixel of the picture and not through the bank. An X that has "
    "moved by a pixel is still an X.",
)
def middle_pixel(img, bank):
    return "X" if np.asarray(img)[4, 4] > 0 else "O"


@mutant(
    "1.8",
    "You answer X as soon as one filter matches well. The O has short diagonals in its "
    "corners: an X needs every piece.",
)
def best_peak(img, bank):
    peaks = peaks_of(img, bank)
    return "X" if peaks.max() > 4.5 * np.sqrt(np.mean(np.square(img))) else "O"
