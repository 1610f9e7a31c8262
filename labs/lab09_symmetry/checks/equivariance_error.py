"""The visible checks of 9.1."""

import numpy as np

from nablab.checking import check, close, contract

from .oracles import down, relative_gap, right, stay, wave


def by_place(x):
    return np.asarray(x) * np.arange(1, np.size(x) + 1).reshape(np.shape(x))


def one_to_the_right(x):
    return np.roll(x, 1)


def mirrored(x):
    return np.asarray(x)[::-1]


def left_column(x):
    return np.asarray(x)[:, 0]


def three_times(x):
    return 3 * np.asarray(x)


def tiny(x):
    return 1e-9 * np.asarray(x, dtype=float) ** 3


def as_bytes(x):
    return np.asarray(x, dtype=np.uint8)


def cubes(x):
    return np.asarray(x, dtype=float) ** 3


@check("contract")
def test_one_number(student):
    """equivariance_error(f, T_in, T_out, x) returns one number and leaves x as it is"""
    contract(student, "equivariance_error", by_place, down, down, wave((5, 3)), shape=())


@check("hand")
def test_the_row_of_the_text(student):
    """The row 1, 2, 0 of the text has the error √5/√17"""
    x = np.array([1.0, 2.0, 0.0])
    close(
        student.equivariance_error(by_place, one_to_the_right, one_to_the_right, x),
        np.sqrt(5 / 17),
        given={"x": x},
    )


@check("hand")
def test_no_gap_no_error(student):
    """Without a gap the error is 0, also if both ways give 0 everywhere"""
    x = wave((4, 3))
    for f, says in (
        (lambda a: 3 * np.asarray(a), "f makes three of everything, and T is a step down."),
        (lambda a: 0 * np.asarray(a), "f makes 0 of everything."),
    ):
        close(student.equivariance_error(f, down, down, x), 0.0, says, atol=1e-9)


@check("probe")
def test_the_two_shifts_have_their_places(student):
    """T_in is done to the image and T_out to the output"""
    x = wave((5, 3))
    close(
        student.equivariance_error(left_column, down, one_to_the_right, x),
        0.0,
        "f takes the left column. Shift the image down, and the column moves on by one.",
        atol=1e-9,
    )
    close(
        student.equivariance_error(left_column, down, mirrored, x),
        relative_gap(left_column(down(x)), mirrored(left_column(x))),
        "f takes the left column, T_in is a step down, T_out turns the column over.",
    )


@check("probe")
def test_the_second_way_is_the_measure(student):
    """The gap is divided by the size of T_out(f(x)), and no small number is added to that"""
    x = wave((5, 3))
    for f, T_in, T_out, expected, says in (
        (stay, stay, three_times, 2 / 3, "f changes nothing, and T_out makes 3x of x."),
        (stay, three_times, stay, 2.0, "f changes nothing, and T_in makes 3x of x."),
        (tiny, right, down, relative_gap(tiny(right(x)), down(tiny(x))), "f is x³/10⁹."),
    ):
        close(student.equivariance_error(f, T_in, T_out, x), expected, says)


@check("probe")
def test_outputs_of_bytes_and_numbers(student):
    """f may return bytes, whole numbers or one number"""
    x = np.array([[3, 250, 9], [200, 7, 40]])
    close(
        student.equivariance_error(as_bytes, right, stay, x),
        relative_gap(right(x), x),
        "f returns bytes, and 3 − 9 is no byte.",
    )
    close(
        student.equivariance_error(lambda a: float(np.asarray(a)[0, 0]), right, stay, x),
        2.0,
        "f returns the number in the corner: 3, and after the shift 9.",
    )


@check("oracle")
def test_arrays_of_any_shape(student, rng):
    """Arrays of one to four axes, in any order in memory"""
    for shape in ((7,), (5, 3), (3, 2, 5), (2, 3, 4, 3)):
        x = rng.normal(size=shape[::-1]).T  # a view
        close(
            student.equivariance_error(cubes, by_place, down, x),
            relative_gap(cubes(by_place(x)), down(cubes(x))),
            f"x has the shape {shape}.",
        )


def of_places(student):
    return student.equivariance_error(by_place, down, right, wave((3, 4)))


def of_a_cube(student):
    return student.equivariance_error(cubes, by_place, right, wave((3, 4), 0.4))


def of_a_column(student):
    return student.equivariance_error(left_column, down, mirrored, wave((5, 3)))


def of_bytes(student):
    return student.equivariance_error(as_bytes, right, stay, np.array([[3, 250, 9]]))


def of_nothing(student):
    return student.equivariance_error(lambda a: 0 * np.asarray(a), down, down, wave((3, 4)))


def of_three_times(student):
    return student.equivariance_error(cubes, right, three_times, wave((3, 4)))


def of_tiny_numbers(student):
    return student.equivariance_error(tiny, right, down, wave((3, 4)))


PROBES = [of_places, of_a_cube, of_a_column, of_bytes, of_nothing, of_three_times, of_tiny_numbers]
