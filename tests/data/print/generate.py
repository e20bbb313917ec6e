"""Writes numpy.json and torch.json beside this file: arrays and the text that str() gives them.

Usage: python3 generate.py [RANDOM_CASES [FOLDER]]   (stored: NumPy 1.24.2, PyTorch 1.13.1)

A case holds "values" that are repeated until they fill "shape"; floats are stored as bit patterns.
"""
import json
import pathlib
import random
import struct
import sys

import numpy
import torch

CODES = {"float32": ("<f", "<I", 8), "float64": ("<d", "<Q", 16)}


def stored(dtype, values):
    if dtype not in CODES:
        return [int(value) for value in values]
    code, bits, digits = CODES[dtype]
    return [format(struct.unpack(bits, struct.pack(code, value))[0], f"0{digits}x") for value in values]


def array_of(dtype, shape, values):
    size = int(numpy.prod(shape))
    if not values:
        return numpy.zeros(shape, dtype)
    return numpy.resize(numpy.array(values, dtype), size).reshape(shape)


def numpy_text(array, options):
    return numpy.array2string(
        array,
        precision=options.get("precision", 8),
        threshold=options.get("threshold", 1000),
        edgeitems=options.get("edge_items", 3),
        max_line_width=options.get("line_width", 75),
    )


def torch_text(array, options):
    torch.set_printoptions(
        precision=options.get("precision", 4),
        threshold=options.get("threshold", 1000),
        edgeitems=options.get("edge_items", 3),
        linewidth=options.get("line_width", 80),
    )
    return str(torch.from_numpy(array))


INF, NAN = float("inf"), float("nan")
FLOAT_CASES = [
    ((3,), [1, 2, 3]),
    ((3,), [0, 0, 0]),
    ((1,), [0.1]),
    ((2,), [-0.0, 0.0]),
    ((3,), [0.5, 0.25, 0.125]),
    ((3,), [1.5, -2.25, 10]),
    ((2,), [1e-4, 0.01]),
    ((2,), [0.00011, 0.09]),
    ((2,), [9.9e-5, 0.01]),
    ((2,), [1, 1000]),
    ((2,), [1, 1001]),
    ((2,), [0.5, 500.5]),
    ((2,), [1e8, 1e8]),
    ((2,), [99999999, 99999992]),
    ((2,), [99999999.5, 12345678.25]),
    ((2,), [1e-5, 0.12345678]),
    ((3,), [1e-300, 1e300, -1]),
    ((3,), [1e10, -2.5e10, 0]),
    ((2,), [1e15, 1e16]),
    ((3,), [0.1, 0.12345678912345, 100]),
    ((2,), [0.999999999, 0.1]),
    ((2,), [9.9999999999, 99.25]),
    ((2,), [0.123456785, 0.123456775]),
    ((3,), [NAN, 1, 2]),
    ((3,), [NAN, 1.25, 2]),
    ((3,), [INF, -INF, 1]),
    ((3,), [INF, 1, 0.5]),
    ((3,), [-INF, 1, 0.5]),
    ((2,), [NAN, INF]),
    ((2,), [NAN, -INF]),
    ((1,), [NAN]),
    ((3,), [NAN, 1e-10, -1]),
    ((4,), [-INF, 1e200, 5, NAN]),
    ((3, 4), [0.5488135, 0.71518937, 0.60276338, 0.54488318, 0.4236548, 0.64589411]),
    ((2, 3, 4), [0.25, -1.75, 1 / 3, 2, 100.125]),
    ((2, 2, 2, 2), [1.5, -1, 0.1]),
    ((2, 1, 1, 1, 3), [1 / 3, 20]),
    ((30,), [1 / 3, 2 / 3, 1]),
    ((2, 30), [1 / 3, -2 / 3, 1]),
    ((2, 2, 25), [1 / 7, 2]),
    ((1000,), [1, 2, 3]),
    ((1001,), [1 / 3, 2, 3, 4, 5, 6, 7]),
    ((1001,), [1, 2, 3, 1e9, 1e-9, 6, 7, 8, 9, 10, 11]),
    ((40, 40), [0.5, 1.25, 2]),
    ((5, 300), [0.5, -1.25, 2]),
    ((300, 5), [0.5, -1.25, 2]),
    ((7, 6, 40), [1 / 3, 7]),
    ((2, 3, 2, 200), [-1 / 3, 7]),
    ((0,), []),
    ((3, 0), []),
    ((2, 0, 3), []),
    ((1, 1), [7]),
    ((3,), [1e-45, 1e-40, 1e-38]),
    ((3,), [3.4e38, 1e38, -1e37]),
    ((4,), [2.0 ** 24, 2.0 ** 25, -2.0 ** 26, 3]),
    ((4,), [0.1 + 0.2, 1.1, 2.2, 3.3]),
    ((3,), [123456.789, 1234.5, 99999.9]),
]
INTEGER_CASES = [
    ((3,), [1, 2, 3]),
    ((3,), [0, -1, 100]),
    ((2, 3), [1, -20, 300]),
    ((50,), list(range(50))),
    ((3, 3, 3), list(range(-13, 14))),
    ((1001,), list(range(77))),
    ((1001,), list(range(-50, 27))),
    ((60, 60), list(range(995, 1005))),
    ((1,), [0]),
    ((0,), []),
    ((2, 0), []),
    ((2, 40), [1234567]),
]
BOOLEAN_CASES = [
    ((2,), [1, 0]),
    ((1,), [1]),
    ((3, 3), [1, 0, 0, 0]),
    ((30,), [1, 1, 0]),
    ((2, 2, 2), [1, 0, 0]),
    ((40, 40), [1, 0, 0]),
    ((0,), []),
]
OPTION_SETS = [
    {"precision": 3},
    {"precision": 0},
    {"precision": 17},
    {"line_width": 20},
    {"line_width": 1},
    {"threshold": 5, "edge_items": 1},
    {"threshold": 0, "edge_items": 2, "precision": 2, "line_width": 40},
]


def random_values(generator, count):
    kind = generator.randrange(6)
    if kind == 0:
        return [generator.gauss(0, 1) for _ in range(count)]
    if kind == 1:
        return [generator.uniform(-1, 1) * 10 ** generator.randint(-12, 12) for _ in range(count)]
    if kind == 2:
        return [float(generator.randint(-2000, 2000)) for _ in range(count)]
    if kind == 3:
        return [round(generator.uniform(-200, 200), generator.randint(0, 6)) for _ in range(count)]
    if kind == 4:
        return [generator.choice([NAN, INF, -INF, 0.0, -0.0, 1.5, 1e-7, 3e7]) for _ in range(count)]
    scale = 10 ** generator.randint(-5, 8)
    return [generator.uniform(0.5, 1) * scale for _ in range(count)]


def all_cases(random_cases):
    for dtype in ("float64", "float32"):
        for shape, values in FLOAT_CASES:
            if dtype == "float32":
                values = [v if abs(v) < 3.4e38 or v in (INF, -INF) or v != v else 1e30 for v in values]
            yield dtype, shape, values, {}
    for dtype in ("int64", "int32"):
        for shape, values in INTEGER_CASES:
            yield dtype, shape, values, {}
    yield "int64", (2,), [-2 ** 63, 2 ** 63 - 1], {}
    yield "int8", (2,), [-128, 127], {}
    yield "uint8", (2,), [0, 255], {}
    for shape, values in BOOLEAN_CASES:
        yield "bool", shape, values, {}
    for options in OPTION_SETS:
        for shape, values in FLOAT_CASES[:40:3]:
            yield "float64", shape, values, options
        for shape, values in INTEGER_CASES[:6]:
            yield "int64", shape, values, options
        for shape, values in BOOLEAN_CASES[:4]:
            yield "bool", shape, values, options
    generator = random.Random(2024)
    for _ in range(random_cases):
        shape = tuple(generator.randint(1, 6) for _ in range(generator.randint(1, 3)))
        values = random_values(generator, int(numpy.prod(shape)))
        yield generator.choice(["float64", "float32"]), shape, values, {}


def main():
    random_cases = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    folder = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else pathlib.Path(__file__).parent
    for library, text in (("numpy", numpy_text), ("torch", torch_text)):
        cases = []
        for dtype, shape, values, options in all_cases(random_cases):
            case = {"dtype": dtype, "shape": shape, "values": stored(dtype, values)}
            if options:
                case["options"] = options
            case["text"] = text(array_of(dtype, shape, values), options)
            cases.append(json.dumps(case))
        (folder / f"{library}.json").write_text("[\n" + ",\n".join(cases) + "\n]\n")


main()
