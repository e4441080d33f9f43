"""Logs, files and test cases by Python's own client, unmodified: `python runs_client.py FOLDER`, as core_client.py."""

import json
import sys
import tempfile
import threading
from pathlib import Path

import numpy as np
from tesseract_core import Tesseract

ROOT = Path(__file__).resolve().parents[2]
FILES = ROOT / "examples" / "files"
python = Path(sys.argv[1]) / "python"
passed = 0


def check(what: str, condition: object) -> None:
    global passed
    if not condition:
        raise SystemExit(f"FAILED: {what}")
    passed += 1
    print(f"ok: {what}")


def error_of(call) -> str:
    try:
        call()
    except BaseException as error:
        return f"{type(error).__name__}: {error}"
    return ""


SLOW = """
import { defineTesseract, z } from "@tesseract/runtime";
export default defineTesseract({
  InputSchema: z.object({ steps: z.int(), gate: z.string() }),
  OutputSchema: z.object({}),
  async apply({ steps, gate }) {
    const isOpen = () => Deno.stat(gate).then(() => true, () => false);
    for (let i = 0; i < steps; i++) {
      console.log(`step ${i}`);
      while (!await isOpen()) await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return {};
  },
});
"""

with tempfile.TemporaryDirectory() as folder:
    output = Path(folder) / "out"
    lines: list[str] = []
    with Tesseract.from_source(
        FILES / "tesseract_api.ts",
        python_executable=python,
        startup_timeout=120,
        input_path=FILES,
        output_path=output,
        stream_logs=lines.append,
        runtime_config={"debug": True},
    ) as files:
        result = files.apply({"series": "series.csv", "passes": 2}, run_id="first")
        check("an output file is named from the output path", (output / result["smoothed"]).is_file())
        check("prints are streamed", lines == ["pass 1: roughness 26", "pass 2: roughness 7.125"])
        logs = output / "run_first" / "logs"
        metrics = (logs / "metrics.csv").read_text().splitlines()
        check("metrics", [line.split(",", 1)[1] for line in metrics] == ["key,value,step", "roughness,26,0", "roughness,7.125,1"])
        check("parameters", json.loads((logs / "parameters.json").read_text()) == {"passes": 2})
        check("artifacts", (logs / "artifacts" / "series.csv").read_bytes() == (FILES / "series.csv").read_bytes())
        check("a path out of the input path is a ValidationError", "ValidationError" in error_of(lambda: files.apply({"series": "../README.md"})))

        check("test is an endpoint in debug mode", "test" in files.available_endpoints)
        for path in sorted((FILES / "test_cases").glob("*.json")):
            check(f"Tesseract.test: {path.name}", files.test(json.loads(path.read_text())) is None)
        wrong = {
            "endpoint": "apply",
            "payload": {"inputs": {"series": "series.csv", "passes": 2}},
            "expected_outputs": {"smoothed": "smoothed.csv", "roughness": np.float64(7)},
        }
        check("a wrong value is an AssertionError", error_of(lambda: files.test(wrong)).startswith("AssertionError: Values"))

    api = Path(folder) / "tesseract_api.ts"
    api.write_text(SLOW)
    first = threading.Event()
    live: list[str] = []

    def sink(line: str) -> None:
        live.append(line)
        first.set()

    with Tesseract.from_source(api, python_executable=python, startup_timeout=120, output_path=output, stream_logs=sink) as slow:
        gate = Path(folder) / "gate"
        call = threading.Thread(target=lambda: slow.apply({"steps": 5, "gate": str(gate)}))
        call.start()
        first.wait(120)
        seen = list(live)
        gate.touch()
        check("prints are seen while the call runs", seen == ["step 0"])
        call.join()
        check("and all of them in the end", live == [f"step {i}" for i in range(5)])

print(f"{passed} passed, 0 failed")
