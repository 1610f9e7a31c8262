"""What may cross the trust boundary, and that nothing else does."""

import collections
import enum
import math
import struct
import types
from array import array

import msgpack
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nablab.sandbox import protocol
from nablab.sandbox.protocol import Bounds, NotAValue, ProtocolError, Remote, decode, encode

PLAIN = (type(None), bool, int, float, complex, str, bytes, list, tuple, dict, np.ndarray)
DTYPES = ("?", "b", "B", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8", "g", "c8", "c16")


def handles(code, remote):
    return Remote(remote.number, remote.type_name)


def written(dtype, shape, data):
    """An array as it is written down, for forging one."""
    head = dtype.encode("latin-1")[:5].ljust(5, b"\0") + bytes([len(shape)])
    return head + b"".join(struct.pack("<Q", n % 2**64) for n in shape) + data


def crossed(value):
    return decode(encode(value))


def only_values(value):
    """Is this made of nothing but what may cross, at every level?"""
    if isinstance(value, (list, tuple)):
        return type(value) in PLAIN and all(map(only_values, value))
    if type(value) is dict:
        return all(map(only_values, value)) and all(map(only_values, value.values()))
    if isinstance(value, np.generic):
        return value.dtype.kind in protocol.DTYPE_KINDS
    if type(value) is np.ndarray:
        return value.dtype.kind in protocol.DTYPE_KINDS and value.dtype.isnative
    return type(value) in (*PLAIN, Remote)


def value_or_protocol_error(body):
    """Decodes; True if a value came out, and fails on anything but a value or a ProtocolError."""
    try:
        value = decode(body, handles)
    except ProtocolError:
        return False
    assert only_values(value), value
    repr(value)
    return True


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.complex_numbers()
    | st.text()
    | st.binary(max_size=20)
    | st.sampled_from(DTYPES).map(lambda code: np.ones((2, 3), code))
    | st.sampled_from(DTYPES).map(lambda code: np.dtype(code).type(1)),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.text(max_size=3) | st.integers(-9, 9), inner, max_size=4)
    ),
    max_leaves=12,
)
extensions = st.builds(msgpack.ExtType, st.integers(0, 127), st.binary(max_size=30))
packed = st.recursive(
    st.none() | st.integers(-5, 300) | st.binary(max_size=9) | st.text(max_size=5) | extensions,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.builds(
            lambda code, items: msgpack.ExtType(code, msgpack.packb(items)),
            st.integers(0, 9),
            st.lists(inner, max_size=4),
        )
    ),
    max_leaves=8,
)


@pytest.mark.parametrize(
    "given",
    [
        np.arange(12.0).reshape(3, 4).T,
        np.arange(24)[::2],
        np.arange(24)[::-1],
        np.arange(60.0).reshape(3, 4, 5)[:, ::2, 1:],
        np.arange(60.0).reshape(3, 4, 5).transpose(1, 0, 2),
        np.arange(6, dtype=">f8").reshape(2, 3).T,
    ],
)
def test_an_array_whose_numbers_are_not_in_order_arrives_as_such_a_one(given):
    got = crossed(given)
    assert not given.flags.c_contiguous and not got.flags.c_contiguous
    assert got.dtype.isnative and got.flags.writeable
    np.testing.assert_array_equal(got, given)
    flat = got.reshape(-1)
    flat[0] = 99
    assert np.shares_memory(flat, got) == (given.ndim == 1)


def test_an_array_whose_numbers_are_in_order_arrives_in_order():
    for one in (np.ones((3, 4)), np.ones(5), np.ones(()), np.ones((0, 3)), np.ones((1, 4)).T):
        assert crossed(one).flags.c_contiguous


@settings(max_examples=1000)
@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_a_value_or_a_protocol_error(body):
    value_or_protocol_error(body)


@settings(max_examples=1000)
@given(packed)
def test_messages_of_forged_extensions_are_a_value_or_a_protocol_error(value):
    value_or_protocol_error(msgpack.packb(value))


@settings(max_examples=1000)
@given(values, st.data())
def test_damaged_messages_are_a_value_or_a_protocol_error(value, data):
    body = bytearray(encode(value))
    assert value_or_protocol_error(bytes(body))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(body) - 1))
        kind = data.draw(st.sampled_from(["change", "cut", "double"]))
        if kind == "change":
            body[place] = data.draw(st.integers(0, 255))
        elif kind == "cut":
            del body[place : place + 3]
        else:
            body[place:place] = body[place : place + 5]
        if not body:
            break
    value_or_protocol_error(bytes(body))


@settings(max_examples=300)
@given(
    st.text("?biufcOVSUmM<>=|,0123456789", max_size=5),
    st.lists(st.integers(-2, 5), max_size=4),
    st.binary(max_size=64),
)
def test_any_dtype_string_makes_numbers_or_a_protocol_error(dtype, shape, data):
    value_or_protocol_error(
        msgpack.packb(msgpack.ExtType(protocol.ARRAY, written(dtype, shape, data)))
    )


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        False,
        0,
        -1,
        2**63 - 1,
        -(2**63),
        2**63,
        2**64,
        -(2**200),
        10**1000,
        0.0,
        -0.0,
        1e308,
        5e-324,
        math.inf,
        -math.inf,
        1 + 2j,
        complex(-0.0, math.inf),
        "",
        "ð\0é",
        b"",
        b"\xff\0",
        [],
        (),
        {},
        [[]],
        ((),),
        [(1, [2, (3,)]), {"a": {"b": (None,)}}],
        {1: "a", None: 2, 2.5: 3, b"x": 4},
        ({"inner": [1, (2, 3)]}, "x"),
        Remote(3, "Dense"),
    ],
    ids=repr,
)
def test_a_value_arrives_as_it_was(value):
    back = decode(encode(value, None), handles)
    assert back == value
    assert type(back) is type(value)
    assert repr(back) == repr(value)  # -0.0 too


def test_nan_arrives_as_nan_in_values_and_keys():
    assert math.isnan(crossed(math.nan))
    assert [math.isnan(key) for key in crossed({math.nan: 1})] == [True]
    assert crossed(complex(math.nan, 1)).imag == 1


@pytest.mark.parametrize("code", DTYPES)
@pytest.mark.parametrize(
    "make",
    [
        lambda a: a,
        lambda a: a[0, 0],
        lambda a: a[0, 0, ...],
        lambda a: a[:0],
        lambda a: a[:, ::-2],
        lambda a: a.T,
        np.asfortranarray,
        lambda a: a.astype(a.dtype.newbyteorder(">")),
        lambda a: np.broadcast_to(a[:1], a.shape),
        lambda a: a.reshape(3, 1, 4, 1)[..., 0],
    ],
    ids=[
        "as-is",
        "scalar",
        "0-d",
        "empty",
        "reversed",
        "transposed",
        "fortran",
        "big-endian",
        "broadcast",
        "axes",
    ],
)
def test_an_array_arrives_with_its_shape_dtype_and_numbers(code, make):
    array = make(np.arange(12).reshape(3, 4).astype(code))
    back = crossed(array)
    assert type(back) is (np.ndarray if isinstance(array, np.ndarray) else type(array))
    assert back.dtype == array.dtype.newbyteorder("=")
    assert back.shape == array.shape
    np.testing.assert_array_equal(back, array)


def test_an_array_that_arrives_is_the_receivers_own_to_change():
    back = crossed(np.zeros(3))
    back += 1
    assert back.flags.owndata and back.sum() == 3


@pytest.mark.parametrize(
    "value, plain",
    [
        (np.array([[1.0, 2]]).view(np.matrix), np.array([[1.0, 2]])),
        (np.ma.masked_array([1.0, 2], [True, False]), np.array([1.0, 2])),
        (np.rec.array(np.arange(3.0)), np.arange(3.0)),
        (np.str_("X"), "X"),
        (np.bytes_(b"X"), b"X"),
        (types.new_class("Word", (str,))("w"), "w"),
        (types.new_class("Whole", (int,))(7), 7),
        (types.new_class("Real", (float,))(0.5), 0.5),
        (types.new_class("Row", (list,))([1]), [1]),
        (collections.OrderedDict(a=1), {"a": 1}),
        (collections.namedtuple("Pair", "x y")(1, 2), (1, 2)),
        (enum.IntEnum("Color", "RED").RED, 1),
    ],
)
def test_a_subclass_arrives_as_its_plain_base(value, plain):
    back = crossed(value)
    assert type(back) is type(plain)
    np.testing.assert_array_equal(back, plain)


def test_a_subclass_is_reduced_without_asking_it():
    """Nothing that it overrides is called, on the student's side either."""

    def lie(self, *args, **kwargs):
        raise RuntimeError("asked")

    names = (
        "__iter__",
        "__len__",
        "__getitem__",
        "__array__",
        "__eq__",
        "__reduce__",
        "__str__",
        "__int__",
        "__float__",
        "__index__",
        "items",
        "keys",
        "tolist",
        "astype",
        "view",
        "tobytes",
    )
    plain = ((list, [1]), (dict, {"a": 1}), (tuple, (1,)), (str, "a"), (int, 3), (float, 1.5))
    for base, value in plain:
        liar = type("Liar", (base,), dict.fromkeys(names, lie) | {"__hash__": lie})(value)
        assert crossed(liar) == value
    array = np.arange(3.0).view(type("Liar", (np.ndarray,), dict.fromkeys(names, lie)))
    np.testing.assert_array_equal(crossed(array), np.arange(3.0))


@pytest.mark.parametrize(
    "value",
    [
        np.array([None]),
        np.array(["a"]),
        np.array([b"a"]),
        np.zeros(2, [("a", "f8")]),
        np.void(b"1"),
        np.datetime64("2020-01-01"),
        np.array([np.timedelta64(1)]),
        np.zeros(2, "G"),
        {1, 2},
        frozenset(),
        object(),
        len,
        lambda: 1,
        type,
        types,
        iter([]),
        range(3),
        slice(1),
        ...,
        array("d", [1.0]),
        {(1, 2): 3},
        {np.float64(1): 2},
        {"a": [{"b": {1}}]},
        10**5000,
        -(10**5000),
    ],
    ids=lambda value: type(value).__name__,
)
def test_anything_else_may_not_cross(value):
    with pytest.raises(NotAValue):
        encode(value)


@pytest.mark.parametrize("key", [np.zeros(1), (1, 2)], ids=["array", "tuple"])
def test_a_key_is_a_plain_value(key):
    body = msgpack.packb({1: 2}).replace(b"\x01", encode(key), 1)
    with pytest.raises(ProtocolError, match=r"key|unhashable"):
        decode(body)


@pytest.mark.parametrize("value", [bytearray(b"a"), memoryview(b"a")], ids=["array", "view"])
def test_other_bytes_cross_as_bytes(value):
    assert crossed([value]) == [b"a"] and type(crossed(value)) is bytes


def test_wrap_is_asked_only_for_what_is_no_value():
    asked = []

    def wrap(value):
        asked.append(value)
        return protocol.HANDLE, Remote(len(asked), "function")

    assert decode(encode([1, len, "a", {"k": max}], wrap), handles) == [
        1,
        Remote(1, "function"),
        "a",
        {"k": Remote(2, "function")},
    ]
    assert asked == [len, max]


def nested(depth, inner=None, wrap=lambda value: [value]):
    for _ in range(depth):
        inner = wrap(inner)
    return inner


@pytest.mark.parametrize(
    "wrap", [lambda v: [v], lambda v: (v,), lambda v: {"k": v}], ids=["list", "tuple", "dict"]
)
def test_depth_is_bounded_on_both_sides(wrap):
    assert crossed(nested(30, 1, wrap)) == nested(30, 1, wrap)
    with pytest.raises(NotAValue, match="deep"):
        encode(nested(40, 1, wrap))
    body = encode(nested(40, 1, wrap), bounds=Bounds(depth=100))
    with pytest.raises(ProtocolError, match="deep"):
        decode(body)


def test_a_thousand_nested_lists_are_refused():
    for head in (b"\x91", b"\x81\xa1k"):
        with pytest.raises(ProtocolError):
            decode(head * 900 + b"\xc0")


def test_a_list_that_holds_itself_may_not_cross():
    loop = []
    loop.append(loop)
    with pytest.raises(NotAValue, match="deep"):
        encode(loop)


def test_size_is_bounded_and_the_refusal_names_it():
    with pytest.raises(NotAValue, match=r"takes 8 MB, but at most 1 MB"):
        encode(np.zeros(1 << 20), bounds=Bounds(message_bytes=1 << 20))


def test_a_message_cannot_take_many_times_its_size_to_read():
    """Thirty tuples in each other around one block would each hold a copy of it."""
    body = msgpack.packb(bytes(1 << 20))
    for _ in range(30):
        body = msgpack.packb([msgpack.ExtType(protocol.TUPLE, body)])
    with pytest.raises(ProtocolError, match="nested around"):
        decode(body)


def test_the_number_of_items_is_bounded():
    bounds = Bounds(items=1000)
    assert len(decode(encode(list(range(900))), bounds=bounds)) == 900
    for value in (list(range(2000)), [[0] * 50] * 50, {i: i for i in range(2000)}, [()] * 900):
        with pytest.raises(ProtocolError):
            decode(encode(value), bounds=bounds)
        with pytest.raises(NotAValue, match="so many items"):
            encode(value, bounds=bounds)


@pytest.mark.parametrize(
    "code, data",
    [
        (protocol.ARRAY, written("<f8", [2], bytes(15))),
        (protocol.ARRAY, written("<f8", [2**64 - 1], b"")),
        (protocol.ARRAY, written("<f8", [2**62, 4], b"")),
        (protocol.ARRAY, written("<f8", [1] * 80, bytes(8))),
        (protocol.ARRAY, written("|O8", [1], bytes(8))),
        (protocol.ARRAY, written("<M8", [1], bytes(8))),
        (protocol.ARRAY, written("f8,f8", [1], bytes(16))),
        (protocol.ARRAY, written("\xff8", [1], bytes(8))),
        (protocol.ARRAY, written("<f8", [1], b"")),
        (protocol.ARRAY, written("<f8", [1, 1], b"")[:12]),
        (protocol.ARRAY, b""),
        (protocol.SCALAR, written("<f8", [], b"")),
        (protocol.HANDLE, b"1234567"),
        (protocol.HANDLE, bytes(8) + b"\xff"),
        (protocol.TUPLE, msgpack.packb({"a": 1})),
        (protocol.TUPLE, b""),
        (protocol.COMPLEX, bytes(15)),
        (99, b""),
    ],
)
def test_a_forged_extension_is_refused(code, data):
    with pytest.raises(ProtocolError):
        decode(msgpack.packb(msgpack.ExtType(code, data)), handles)


def test_no_other_type_of_msgpacks_own_comes_out():
    """An extension of msgpack's own, a time stamp, is read as a number."""
    body = b"\xd6\xff" + struct.pack(">I", 86400)
    assert type(decode(body)) is float


def test_an_oversized_integer_is_refused():
    body = msgpack.packb(msgpack.ExtType(protocol.BIG_INT, b"\x01" * 2000))
    with pytest.raises(ProtocolError, match="large"):
        decode(body)


def test_handles_are_refused_where_there_are_none():
    body = encode(Remote(1, "x"))
    with pytest.raises(ProtocolError, match="no handles"):
        decode(body)
    with pytest.raises(NotAValue, match="object may not cross"):
        encode(object())
