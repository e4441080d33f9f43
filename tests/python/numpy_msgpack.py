"""The real msgpack-numpy reads what we write, and we read what it writes: `python numpy_msgpack.py`.

Needs `deno` on the path, and in Python `numpy`, `msgpack` and `msgpack-numpy`. Exits with 1 if anything differs.
"""

import subprocess
from pathlib import Path

import msgpack
import msgpack_numpy
import numpy as np

ECHO = Path(__file__).with_name("msgpack_echo.ts")
DTYPES = "float16 float32 float64 int8 int16 int32 int64 uint8 uint16 uint32 uint64 bool complex64 complex128".split()


def check(what: str, condition: object) -> None:
    if not condition:
        raise SystemExit(f"FAILED: {what}")
    print(f"ok: {what}")


def pack(value: object) -> bytes:
    return msgpack.packb(value, default=msgpack_numpy.encode)


def echo(packed: bytes) -> bytes:
    return subprocess.run(["deno", "run", "-A", ECHO], input=packed, stdout=subprocess.PIPE, check=True).stdout


def same(a: object, b: object) -> bool:
    if isinstance(a, dict):
        return isinstance(b, dict) and list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    if isinstance(a, list):
        return isinstance(b, list) and len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, np.float64):  # a float to msgpack
        return type(b) is float and np.float64(b).tobytes() == a.tobytes()
    if isinstance(a, (np.ndarray, np.generic)):
        native = a.dtype.newbyteorder("=")
        return native == b.dtype and a.shape == b.shape and a.astype(native).tobytes() == b.tobytes()
    return type(a) is type(b) and (a == b or a != a and b != b)


rng = np.random.default_rng(1)
value: dict = {}
for name in DTYPES:
    high = 2 if name == "bool" else 100
    array = (rng.integers(0, high, (3, 4)) * (1 if "int" in name or name == "bool" else 0.37)).astype(name)
    value[name] = {"array": array, "empty": array[:0], "cube": array.reshape(2, 3, 2), "scalar": array[0, 0]}
value["large"] = rng.random(100_000)
value["not finite"] = np.array([np.nan, np.inf, -np.inf, -0.0])
value["fortran"] = np.asfortranarray(rng.random((3, 2)))
value["plain"] = [None, True, -1, 2**63, -(2**40), 0.5, "héllo", "x" * 70_000, {"a": [], "b": {}}, list(range(70_000))]

packed = pack(value)
back = echo(packed)
check("the bytes are the same", back == packed)
check("msgpack-numpy reads what was written", same(value, msgpack.unpackb(back, object_hook=msgpack_numpy.decode)))

big = {name: value[name]["array"].astype(value[name]["array"].dtype.newbyteorder(">")) for name in DTYPES}
check("big-endian arrays are read", same(big, msgpack.unpackb(echo(pack(big)), object_hook=msgpack_numpy.decode)))

texts = msgpack.unpackb(packed)


def with_text_keys(item: object) -> object:
    if isinstance(item, dict):
        return {k.decode() if isinstance(k, bytes) else k: with_text_keys(v) for k, v in item.items()}
    return item


check("text keys are read", echo(msgpack.packb(with_text_keys(texts))) == packed)
