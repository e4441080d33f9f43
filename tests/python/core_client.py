"""Python's own client, unmodified, on our program: `python core_client.py FOLDER`, where FOLDER holds `tesseract-runtime`."""

import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from tesseract_core import Tesseract

ROOT = Path(__file__).resolve().parents[2]
python = Path(sys.argv[1]) / "python"
passed = 0


def check(what: str, condition: object) -> None:
    global passed
    if not condition:
        raise SystemExit(f"FAILED: {what}")
    passed += 1
    print(f"ok: {what}")


def source(example: str, **options: object) -> Tesseract:
    return Tesseract.from_source(
        ROOT / "examples" / example / "tesseract_api.ts", python_executable=python, startup_timeout=120, **options
    )


inputs = {"a": np.array([1, 2, 3], "float32"), "b": np.array([4, 5, 6], "float32"), "s": np.float32(10)}
for output_format in ("json", "json+base64"):
    with source("vectoradd", output_format=output_format) as vectoradd:
        result = vectoradd.apply(inputs)["result"]
        check(f"apply ({output_format})", result.dtype == np.float32 and (result == [14, 25, 36]).all())

with tempfile.TemporaryDirectory() as folder:
    with source("vectoradd", output_format="json+binref", output_path=folder) as vectoradd:
        result = vectoradd.apply(inputs)["result"]
        check("apply (json+binref)", (result == [14, 25, 36]).all() and list(Path(folder).glob("run_*/*.bin")))

with source("vectoradd", runtime_config={"compression": "lz4"}) as vectoradd:
    n = 100_000
    result = vectoradd.apply({"a": np.arange(n, dtype="float32"), "b": np.zeros(n, "float32")})["result"]
    check("apply (lz4 by the server's default)", (result == np.arange(n, dtype="float32")).all())
    encoded = vectoradd.with_encoding(compression="lz4")
    result = encoded.apply({"a": np.arange(n, dtype="float32"), "b": np.ones(n, "float32")})["result"]
    check("apply (lz4 asked for)", (result == np.arange(n, dtype="float32") + 1).all())

with source("vectoradd") as vectoradd:
    check("health", vectoradd.health() == {"status": "ok"})
    check("available_endpoints", {"apply", "abstract_eval", "health"} <= set(vectoradd.available_endpoints))
    check("openapi_schema", "ApplyInputSchema" in str(vectoradd.openapi_schema))
    abstract = vectoradd.abstract_eval(
        {"a": {"shape": [7], "dtype": "float32"}, "b": {"shape": [7], "dtype": "float32"}}
    )
    check("abstract_eval", abstract == {"result": {"shape": [7], "dtype": "float32"}})

    try:
        vectoradd.apply({"a": np.ones(3, "float32"), "b": np.ones(2, "float32")})
        message = ""
    except Exception as error:
        message = f"{type(error).__name__}: {error}"
    check("a refinement is a ValidationError that names the reason", "ValidationError" in message and "same length" in message)

    try:
        vectoradd.apply({"a": np.ones((3, 2), "float32")})
        message = ""
    except Exception as error:
        message = f"{type(error).__name__}: {error}"
    check("every fault is told, with its place", "inputs.a" in message and "inputs.b" in message)

    def call(i: int) -> bool:
        a = np.full(5, i, "float32")
        return bool((vectoradd.apply({"a": a, "b": a, "s": np.float32(2)})["result"] == 3 * i).all())

    with ThreadPoolExecutor(16) as pool:
        check("400 calls from 16 threads", all(pool.map(call, range(400))))

with source("greeting") as greeting:
    check("a Tesseract without arrays", greeting.apply({"name": "Ada"}) == {"greeting": "Hello Ada."})

print(f"{passed} passed, 0 failed")
