"""What a check can do with the student's names: the same through the jail and in a notebook."""

import linecache
import time
from textwrap import dedent

import numpy as np
import pytest

from nablab.checking import models
from nablab.sandbox.host import Jail
from nablab.sandbox.protocol import NotAValue
from nablab.sandbox.student import (
    ChildLost,
    Handle,
    LocalLink,
    Student,
    StudentError,
    arguments_after_call,
    generator,
    parameters,
    replace,
)

SOURCE = """
import numpy as np

ANSWER = 42
WORDS = ["a", ("b", {"c": 1.5})]

def add(a, b=2): return a + b
def same(value): return value
def nothing(): pass
def pair(n): return n, [n, {"n": n}]
def total(*numbers, start=0): return sum(numbers, start)
def change(a): a[0] = 99; return a.sum()
def scalar(): return np.float32(0.5)
def matrix(): return np.arange(3.0).view(np.matrix)
def count(): return {np.int64(1): 2}
def bits(): return np.array([True, False])
def letter(): return np.array(["X", "O"])[0]
def late(): return undefined_name
def index(): return [1][5]
def key(): return {}["missing"]
def unwritten(): raise NotImplementedError()
def own(): raise type("MyError", (Exception,), {})("mine")
def chained():
    try: 1 / 0
    except ZeroDivisionError as error: raise ValueError("later") from error
def recursive(): return recursive()
def asserts(): assert 1 == 2, "not equal"
def a_set(): return {1}
def stops(): raise StopIteration(3)
def leaves(): raise SystemExit(1)
def generator(): yield 1
def roll(rng): return rng.integers(1000, size=3)
def class_of(): return Counter
def huge_message(): raise ValueError("x" * 10**7)
def odd_message(): raise ValueError("\\ud800", b"\\xff")

class Unprintable(Exception):
    def __str__(self): raise RuntimeError("no")
class Liar(str):
    def __getitem__(self, key): raise RuntimeError("no")
    def __format__(self, spec): raise RuntimeError("no")
class Untrue(Exception):
    def __str__(self): return Liar("lies")
class Nameless(type):
    __name__ = property(lambda self: 5)
class Odd(Exception, metaclass=Nameless): pass

def unprintable(): raise Unprintable
def untrue(): raise Untrue
def odd(): raise Odd("odd")

class Counter:
    step = 2
    def __init__(self, n=0): self.n = n
    def up(self, by=1): self.n += by * self.step; return self.n
    def __getitem__(self, key): return key * 2
    def __call__(self, x): return x + self.n

def bump(counter): return counter.up()
"""

TABLE = {
    "value": lambda s: s.ANSWER,
    "nested value": lambda s: s.WORDS,
    "call": lambda s: s.add(1),
    "keywords": lambda s: s.add(b=[2], a=[1]),
    "many arguments": lambda s: s.total(1, 2, 3, start=10),
    "none": lambda s: s.nothing(),
    "pair": lambda s: s.pair(3),
    "array": lambda s: s.same(np.arange(6.0).reshape(2, 3).T),
    "empty array": lambda s: s.same(np.zeros((0, 3), np.float16)),
    "scalar": lambda s: s.scalar(),
    "matrix": lambda s: s.matrix(),
    "numpy key": lambda s: s.count(),
    "bits": lambda s: s.bits(),
    "numpy letter": lambda s: s.letter(),
    "big": lambda s: s.same(2**100),
    "text": lambda s: s.same("ñ\0"),
    "too many arguments": lambda s: s.add(1, 2, 3),
    "missing name": lambda s: s.not_there,
    "name error": lambda s: s.late(),
    "index error": lambda s: s.index(),
    "key error": lambda s: s.key(),
    "unwritten": lambda s: s.unwritten(),
    "own error": lambda s: s.own(),
    "chained": lambda s: s.chained(),
    "recursion": lambda s: s.recursive(),
    "assertion": lambda s: s.asserts(),
    "set": lambda s: s.a_set(),
    "nested set": lambda s: s.same([{"a": s.a_set}]),
    "stop iteration": lambda s: s.stops(),
    "system exit": lambda s: s.leaves(),
    "not callable": lambda s: parameters(s, "ANSWER"),
    "parameters": lambda s: parameters(s, "total"),
    "arguments after": lambda s: arguments_after_call(s, "change", np.ones(3)),
    "object": lambda s: [s.Counter(3).up(), s.Counter(3).n, s.Counter(1)(4), s.Counter()[7]],
    "object as argument": lambda s: s.bump(s.Counter(5)),
    "generator as argument": lambda s: s.roll(generator(s, 5)),
    "class attribute": lambda s: s.Counter.step,
    "missing attribute": lambda s: s.Counter().nothing,
    "callback": lambda s: s.total(*[(lambda x: x + 1)(n) for n in range(3)]),
    "message of 10 MB": lambda s: s.huge_message(),
    "message of bad text": lambda s: s.odd_message(),
    "message that raises": lambda s: s.unprintable(),
    "message that lies": lambda s: s.untrue(),
    "type name that lies": lambda s: s.odd(),
}


@pytest.fixture
def local():
    def local(source):
        names, source = {}, dedent(source)
        linecache.cache["<1.1>"] = (len(source), None, source.splitlines(True), "<1.1>")
        exec(compile(source, "<1.1>", "exec"), names)
        return Student(LocalLink(names))

    return local


def outcome(call, student):
    try:
        return without_handles(call(student))
    except StudentError as error:
        return error.type_name, error.message, error.trace


def without_handles(value):
    if isinstance(value, (list, tuple)):
        return type(value)(map(without_handles, value))
    if isinstance(value, dict):
        return {key: without_handles(item) for key, item in value.items()}
    return repr(value) if isinstance(value, Handle) else value


@pytest.mark.parametrize("name", TABLE)
def test_the_notebook_and_the_jail_give_the_same(student, local, name):
    far, near = (outcome(TABLE[name], make(SOURCE)) for make in (student, local))
    if name == "recursion":
        far, near = far[0], near[0]
    if name in ("message of 10 MB", "message of bad text"):
        assert len(far[1]) <= 2000
    assert type(far) is type(near)
    np.testing.assert_equal(near, far)


def test_a_generator_is_numpys_whatever_the_student_overwrites(student):
    far = student("""
        import numpy as np
        np.random.default_rng = np = None
        def roll(rng): return rng.integers(1000, size=3)
    """)
    expected = np.random.default_rng(5).integers(1000, size=3)
    np.testing.assert_array_equal(far.roll(generator(far, 5)), expected)


def test_a_generator_goes_to_a_function_called_back_as_a_seed_of_its_own(student, local):
    source = """
        import numpy as np
        def thrice(draw, seed):
            rng = np.random.default_rng(seed)
            return [draw(rng), draw(rng, size=2), draw(rng=rng)]
    """

    def draw(rng, size=3):
        return rng.normal(size=size)

    far, near = student(source), local(source)
    first, second, third = far.thrice(draw, 5)
    assert (first.shape, second.shape, third.shape) == ((3,), (2,), (3,))
    assert not np.allclose(first, third)
    np.testing.assert_equal(far.thrice(draw, 5), [first, second, third])
    np.testing.assert_equal(near.thrice(draw, 5), [first, second, third])
    assert not np.allclose(far.thrice(draw, 6)[0], first)


def test_an_exception_brings_its_lines_and_none_of_nablabs(student):
    with pytest.raises(StudentError) as raised:
        student("def inner(x):\n    return 1 / x\n\ndef outer():\n    return inner(0)\n").outer()
    assert raised.value.trace == ("1.1, line 5: return inner(0)", "1.1, line 2: return 1 / x")


# Objects


def test_an_object_stays_where_it_is_and_keeps_its_state(student):
    far = student(SOURCE)
    counter = far.Counter(1)
    assert isinstance(counter, Handle)
    assert [counter.up(), counter.up(by=10), counter.n] == [3, 23, 23]
    assert [counter(1), counter["a"]] == [24, "aa"]
    assert far.bump(counter) == 25
    assert repr(counter) == "<the student's Counter>"
    with pytest.raises(TypeError, match="cannot be looped over"):
        list(counter)
    for private in ("__dict__", "__array__", "__len__", "__float__"):
        assert not hasattr(counter, private)


def test_a_generator_and_a_class_come_as_handles(student):
    far = student(SOURCE)
    assert repr(far.generator()) == "<the student's generator>"
    assert far.class_of()(4).n == 4


@pytest.mark.slow
def test_a_keras_layer_and_a_model_are_spoken_to_through_handles(needs_jail, small):
    keras = pytest.importorskip("keras")
    net = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, activation="relu")])
    x = np.array([[1.0, -2, 3]], np.float32)
    with Jail(("numpy", "keras")) as jail:
        child = jail.open(type(small)(memory_mb=4096, call_s=60, cell_s=60))
        assert (
            child.request_within(
                60,
                "cell",
                cell_id="1.1",
                source=dedent("""
            import keras

            class Double(keras.layers.Layer):
                def build(self, shape):
                    self.w = self.add_weight(shape=(shape[-1],), initializer="ones", name="w")

                def call(self, x):
                    return 2 * x * self.w

            def predict(model, x):
                return model(x)
            """),
            )
            is None
        )
        student = Student(child)
        layer = student.Double()
        np.testing.assert_array_equal(layer(x), 2 * x)
        (weights,) = layer.get_weights()
        np.testing.assert_array_equal(weights, np.ones(3))
        assert layer.built is True
        far = models.from_json(student, net.to_json(), net.get_weights()).handle
        expected = keras.ops.convert_to_numpy(net(x))
        np.testing.assert_allclose(far(x), expected, rtol=1e-5)
        np.testing.assert_allclose(student.predict(far, x), expected, rtol=1e-5)
        np.testing.assert_array_equal(far.layers[0].get_weights()[0], net.get_weights()[0])


# Functions of the trusted side


CALLER = """
def twice(f, x): return f(f(x))
def many(f, n): return sum(f(i) for i in range(n))
def catches(f):
    try:
        return f(1)
    except ValueError as error:
        return str(error)
def lets_through(f): return f(1)
def uses(): return helper(20) + 1
def keeps(f): global kept; kept = f
def later(): return kept(1)
"""


def test_a_function_of_ours_can_be_called_from_there(student):
    far = student(CALLER)
    assert far.twice(lambda x: x * 3, 2) == 18
    assert far.many(lambda i: i, 1000) == 499500
    np.testing.assert_array_equal(far.twice(lambda x: x.T @ x, np.eye(2)), np.eye(2))


def test_an_exception_in_our_function_is_raised_there(student):
    def refuse(x):
        raise ValueError(f"{x} is too small")

    far = student(CALLER)
    assert far.catches(refuse) == "1 is too small"
    with pytest.raises(StudentError, match="1 is too small") as raised:
        far.lets_through(refuse)
    assert raised.value.type_name == "ValueError"
    assert far.catches(lambda x: x) == 1


def test_the_reference_can_stand_in_for_a_name(student):
    far = student(CALLER)
    replace(far, {"helper": lambda x: x * 2})
    assert far.uses() == 41


def test_our_function_cannot_call_back_into_the_students(student):
    far = student(CALLER)
    with pytest.raises(StudentError, match="must not call"):
        far.twice(lambda x: far.many, 1)


def test_only_functions_cross_to_the_students_side(student):
    with pytest.raises(NotAValue, match="set may not cross"):
        student(CALLER).catches({1})


# Objects that lie


@pytest.mark.parametrize(
    "lie",
    [
        "__array__ = lambda self, *args, **kwargs: np.full((2, 2), 7.0)",
        "__eq__ = lambda self, other: True",
        "__class__ = property(lambda self: np.ndarray)",
        "__reduce__ = lambda self: (eval, ('1/0',))",
        "__len__ = lambda self: 10**18",
        "__iter__ = lambda self: iter(lambda: 1, 2)",
        "__float__ = lambda self: 7.0",
        "__bool__ = lambda self: True",
        "__getattr__ = lambda self, name: (lambda *args: True)",
        "__array_interface__ = {'shape': (2,), 'typestr': '<f8', 'data': (4096, False), 'version': 3}",
        "__array_priority__ = 1e9\n    __array_ufunc__ = lambda self, *args, **kwargs: True",
    ],
)
def test_an_object_that_lies_about_itself_is_a_handle_and_no_number(student, lie):
    from nablab.checking.expect import Mismatch, close, equal

    value = student(f"import numpy as np\nclass A:\n    {lie}\ndef f(): return A()").f()
    assert type(value) is Handle
    with pytest.raises(Mismatch):
        close(value, np.eye(2))
    with pytest.raises(Mismatch):
        equal(value, "right")


def test_an_array_that_lies_arrives_as_the_numbers_it_holds(student):
    value = student("""
import numpy as np

class Right(np.ndarray):
    shape = property(lambda self: (7, 7))
    dtype = property(lambda self: np.dtype("f4"))
    __eq__ = __ne__ = lambda self, other: True
    __array__ = lambda self, *args, **kwargs: np.ones(3)
    __array_ufunc__ = __array_function__ = lambda self, *args, **kwargs: True
    tobytes = tolist = astype = view = copy = lambda self, *args, **kwargs: b""

def f(): return np.zeros((2, 2)).view(Right)
""").f()
    assert type(value) is np.ndarray
    np.testing.assert_array_equal(value, np.zeros((2, 2)))


def test_callbacks_end_with_the_time_of_the_call(student):
    asked = student("def ask(f):\n    while True: f(1)", call_s=0.5)
    with pytest.raises(ChildLost, match=r"more than 0\.5 s"):
        asked.ask(lambda number: number)


def test_a_callback_works_on_a_megabyte_at_most(student):
    asked = student("import numpy as np\ndef ask(f): return f(np.zeros(1 << 18))")
    with pytest.raises(ChildLost, match="1 MB of arguments"):
        asked.ask(lambda numbers: 0)


def test_what_our_function_returns_and_may_not_cross_is_an_error_there(student):
    far = student(CALLER)
    with pytest.raises(StudentError, match="set may not cross"):
        far.lets_through(lambda x: {x})
    assert far.lets_through(lambda x: [x]) == [1]


def test_an_object_of_one_process_does_not_cross_to_another(student, jail, small):
    far = student(SOURCE)
    counter = far.Counter(1)
    child = jail.twin().open(small)
    child.request_within(10, "cell", cell_id="1.1", source="def f(x): return x")
    with pytest.raises(NotAValue, match="another process"):
        Student(child).f(counter)
    assert counter.up() == 3


def test_the_time_of_our_functions_is_not_the_students(student):
    far = student(CALLER, call_s=1)
    assert far.many(lambda i: time.sleep(0.5) or i, 3) == 3


def test_calling_our_functions_for_ever_is_stopped_all_the_same(student):
    begun = time.monotonic()
    far = student(CALLER, call_s=1)
    with pytest.raises(ChildLost, match="more than 1 s"):
        far.many(lambda i: time.sleep(0.2) or 0, 10**9)
    assert time.monotonic() - begun < 30
