"""Python's `tesseract` tool and `Tesseract.from_image`, unmodified, with the image vectoradd:1.0.0 in Docker. Run by .ci/image.

Ends with the argument lists that the tool gave to `docker run`.
"""

import atexit
import json
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import traceback
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import requests

IMAGE = "vectoradd:1.0.0"
ROOT = Path(__file__).resolve().parents[2]
TOOL = Path(sys.executable).with_name("tesseract")
PAYLOAD = ROOT / "examples/vectoradd/payload.json"
INPUTS = {"a": np.array([1, 2, 3], "float32"), "b": np.array([4, 5, 6], "float32"), "s": np.float32(10)}
JSON_INPUTS = '{"a": [1, 2, 3], "b": [4, 5, 6], "s": 10}'

work = Path(tempfile.mkdtemp())
work.chmod(0o755)
atexit.register(shutil.rmtree, work)

# The tool's own setting for which program is Docker: this one notes its arguments, and is Docker.
calls = work / "calls"
recorder = work / "docker"
recorder.write_text(f"#!/bin/bash\nprintf '%s\\0' \"$@\" $'\\n' >> {calls}\nexec docker \"$@\"\n")
recorder.chmod(0o755)
os.environ["TESSERACT_DOCKER_EXECUTABLE"] = str(recorder)
os.environ["COLUMNS"] = "200"  # the width of its tables

from tesseract_core import Tesseract  # noqa: E402  reads its settings when it is imported

sys.dont_write_bytecode = True  # of the file that is imported here, in the folder of the tests
sys.path.insert(0, str(ROOT / "tests"))
from checks import check, fail, finish  # noqa: E402


@contextmanager
def group(what: str):
    """What follows is about this: an exception in it is one failure, and the rest goes on."""
    try:
        yield
    except Exception:
        fail(what)
        traceback.print_exc(file=sys.stdout)


def tool(*args: object) -> subprocess.CompletedProcess:
    return subprocess.run([TOOL, *map(str, args)], capture_output=True, text=True, timeout=300)


def run(*args: object) -> str:
    """What `tesseract run` prints; it has to succeed."""
    done = tool("run", *args)
    if done.returncode != 0:
        raise RuntimeError(f"tesseract run {shlex.join(map(str, args))}: exit code {done.returncode}\n{done.stderr}")
    return done.stdout


def decoded(array: dict) -> list:
    return array["data"]["buffer"]


def refused(what: str, *args: object, says: str) -> None:
    done = tool("run", *args)
    check(what, done.returncode == 1 and says in done.stderr, done)


with group("tesseract list"):
    images = json.loads(tool("list", "--format", "json").stdout)
    check("tesseract list: one image", len(images) == 1, images)
    check("tesseract list: name", images[0]["name"] == "vectoradd")
    check("tesseract list: version", images[0]["version"] == "1.0.0")
    check("tesseract list: tags", images[0]["tags"] == [IMAGE], images)
    check("tesseract list: description", images[0]["description"].startswith("Multiplies a vector"))
    check("tesseract list as a table", "vectoradd" in tool("list").stdout)

with group("tesseract run apply"):
    expected = [14, 25, 36]
    output = run(IMAGE, "apply", f"@{PAYLOAD}")
    check("tesseract run apply @payload.json", decoded(json.loads(output)["result"]) == expected, output)
    output = run(IMAGE, "apply", PAYLOAD.read_text())
    check("tesseract run apply '{…}'", decoded(json.loads(output)["result"]) == expected, output)
    output = run("-f", "json+base64", IMAGE, "apply", f"@{PAYLOAD}")
    check("-f json+base64", json.loads(output)["result"]["data"]["encoding"] == "base64", output)
    output = run("--user", "12345:12345", "--memory", "1g", "--network", "none", "--profiling", "--tracing",
                 "--env", "TESSERACT_SOMETHING=1", IMAGE, "apply", f"@{PAYLOAD}")
    check("--user, --memory, --network, --profiling, --tracing, --env",
          decoded(json.loads(output)["result"]) == expected, output)

with group("tesseract run with folders"):
    inputs, outputs = work / "inputs", work / "outputs"
    inputs.mkdir()
    (inputs / "a.bin").write_bytes(INPUTS["a"].tobytes())
    binref = {"object_type": "array", "shape": [3], "dtype": "float32", "data": {"buffer": "a.bin", "encoding": "binref"}}
    payload = work / "binref.json"
    payload.write_text(json.dumps({"inputs": {"a": binref, "b": [4, 5, 6], "s": 10}}))
    printed = run("-i", inputs, "-o", outputs, "-f", "json+binref", "--output-file", "results.json",
                  IMAGE, "apply", f"@{payload}")
    check("--output-file: nothing on stdout", printed == "", printed)
    data = json.loads((outputs / "results.json").read_text())["result"]["data"]
    name, _, offset = data["buffer"].partition(":")
    values = np.frombuffer((outputs / name).read_bytes(), "float32", 3, int(offset or 0))
    check("-i and -o with json+binref", values.tolist() == expected, values)

with group("every command that the tool knows"):
    derivative = f'"inputs": {JSON_INPUTS}'
    output = run(IMAGE, "jacobian", f'{{{derivative}, "jac_inputs": ["a"], "jac_outputs": ["result"]}}')
    check("jacobian", decoded(json.loads(output)["result"]["a"])[0] == [10, 0, 0], output)
    output = run(IMAGE, "jacobian-vector-product",
                 f'{{{derivative}, "jvp_inputs": ["a"], "jvp_outputs": ["result"], "tangent_vector": {{"a": [1, 2, 3]}}}}')
    check("jacobian-vector-product", decoded(json.loads(output)["result"]) == [10, 20, 30], output)
    output = run(IMAGE, "vector-jacobian-product",
                 f'{{{derivative}, "vjp_inputs": ["a"], "vjp_outputs": ["result"], "cotangent_vector": {{"result": [1, 2, 3]}}}}')
    check("vector-jacobian-product", decoded(json.loads(output)["a"]) == [10, 20, 30], output)
    shape = '{"shape": [7], "dtype": "float32"}'
    output = run(IMAGE, "abstract-eval", f'{{"inputs": {{"a": {shape}, "b": {shape}}}}}')
    check("abstract-eval", json.loads(output) == {"result": {"shape": [7], "dtype": "float32"}}, output)
    check("health", json.loads(run(IMAGE, "health")) == {"status": "ok"})
    check("input-schema", "$defs" in json.loads(run(IMAGE, "input-schema")))
    check("output-schema", "$defs" in json.loads(run(IMAGE, "output-schema")))
    check("openapi-schema", "/apply" in json.loads(run(IMAGE, "openapi-schema"))["paths"])
    check("check", "successful" in run(IMAGE, "check"))
    check("apply --help", "JSON_PAYLOAD" in run(IMAGE, "apply", "--help"))

with group("test"):
    case = ROOT / "examples/vectoradd/test_cases/small.json"
    check("test", json.loads(run(IMAGE, "test", f"@{case}"))["status"] == "passed")

with group("check-gradients"):
    run("--runtime-args", "--seed=42 --eps=1e-3", IMAGE, "check-gradients", f"@{PAYLOAD}")
    check("check-gradients with --runtime-args", True)

with group("failures"):
    refused("a payload that does not fit", IMAGE, "apply", '{"inputs": {"a": [1], "b": [1, 2]}}', says="same length")
    greeting = ROOT / "examples/greeting"
    other = ["-v", f"{greeting}:/greeting:ro", "-e", "TESSERACT_API_PATH=/greeting/tesseract_api.ts", IMAGE]
    check("another module by --volume and --env", json.loads(run(*other, "apply", '{"inputs": {"name": "Ada"}}'))
          == {"greeting": "Hello Ada."})
    refused("an endpoint that the module does not define", *other, "jacobian", "{}", says="jacobian")
    refused("an image that is not there", "nosuchimage", "apply", "{}", says="Error running Tesseract")


def served(*args: object) -> dict:
    done = tool("serve", *args)
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    return json.loads(done.stdout)


def apply(address: str) -> list:
    answer = requests.post(f"http://{address}/apply", data=PAYLOAD.read_text(), timeout=120)
    return decoded(answer.json()["result"])


with group("tesseract serve"):
    one = served("--port", "8123", "--num-workers", "2", "--output-format", "json", IMAGE)
    two = served("--network", "host", "--port", "8124", IMAGE)
    subprocess.run(["docker", "network", "create", "net"], check=True, capture_output=True)
    three = served("--network", "net", "--network-alias", "vectoradd", "--debug", IMAGE)
    check("tesseract serve", apply("127.0.0.1:8123") == expected)
    check("tesseract serve --network host", apply("127.0.0.1:8124") == expected)
    check("tesseract serve --network --network-alias --debug", apply(f"127.0.0.1:{three['containers'][0]['port']}") == expected)
    table = tool("ps").stdout
    check("tesseract ps", table.count("1.0.0") == 3 and "8123" in table, table)
    with socket.create_server(("", 8125)):
        taken = tool("serve", "--network", "host", "--port", "8125", IMAGE)
    check("a port in use is told as one", taken.returncode != 0 and "already in use" in taken.stderr, taken)
    done = tool("teardown", one["container_name"], two["container_name"], three["container_name"])
    check("tesseract teardown", done.returncode == 0, done)
    check("tesseract ps after it", "vectoradd" not in tool("ps").stdout)

with group("tesseract apidoc"):
    # In the background of a shell without jobs SIGINT is ignored, and would be by what is started here.
    interruptible = lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)
    command = [TOOL, "apidoc", "--no-browser", IMAGE]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, preexec_fn=interruptible) as apidoc:
        line = next((line for line in apidoc.stderr if "docs for Tesseract" in line or "/docs" in line), "")
        lines = [line]
        while "http" not in lines[-1]:
            lines.append(next(apidoc.stderr))
        url = "http" + lines[-1].split("http", 1)[1].strip()
        page = requests.get(url, timeout=120)
        check("tesseract apidoc", page.status_code == 200 and "html" in page.headers["content-type"], url)
        apidoc.send_signal(signal.SIGINT)
        apidoc.stderr.read()

for output_format in ("json", "json+base64", "json+binref"):
    with group(f"Tesseract.from_image ({output_format})"):
        with Tesseract.from_image(IMAGE, output_format=output_format, num_workers=2, memory="2g", startup_timeout=120) as vectoradd:
            result = vectoradd.apply(INPUTS)["result"]
            check(f"from_image: apply ({output_format})", result.dtype == np.float32 and result.tolist() == expected, result)

with group("Tesseract.from_image"):
    with Tesseract.from_image(IMAGE, runtime_config={"profiling": True}, startup_timeout=120) as vectoradd:
        check("from_image: health", vectoradd.health() == {"status": "ok"})
        check("from_image: available_endpoints", {"apply", "jacobian", "test"} <= set(vectoradd.available_endpoints))
        jacobian = vectoradd.jacobian(INPUTS, ["a", "s"], ["result"])["result"]
        check("from_image: jacobian", (jacobian["a"] == 10 * np.eye(3)).all() and (jacobian["s"] == INPUTS["a"]).all())
        tangent = vectoradd.jacobian_vector_product(INPUTS, ["b"], ["result"], {"b": INPUTS["a"]})["result"]
        check("from_image: jacobian_vector_product", (tangent == INPUTS["a"]).all())
        cotangent = vectoradd.vector_jacobian_product(INPUTS, ["a"], ["result"], {"result": INPUTS["a"]})["a"]
        check("from_image: vector_jacobian_product", (cotangent == 10 * INPUTS["a"]).all())
        abstract = vectoradd.abstract_eval({name: {"shape": [7], "dtype": "float32"} for name in "ab"})
        check("from_image: abstract_eval", abstract == {"result": {"shape": [7], "dtype": "float32"}}, abstract)
        try:
            vectoradd.apply({"a": INPUTS["a"], "b": np.ones(2, "float32")})
            message = ""
        except Exception as error:
            message = f"{type(error).__name__}: {error}"
        check("from_image: a refinement is a ValidationError", "ValidationError" in message and "same length" in message, message)
        check("from_image: server_logs", isinstance(vectoradd.server_logs(), str))
    check("from_image: the container is gone", "vectoradd" not in tool("ps").stdout)

with group("a Tesseract that cannot start"):
    try:
        with Tesseract.from_image(IMAGE, environment={"TESSERACT_API_PATH": "/nowhere.ts"}, startup_timeout=120):
            message = ""
    except (RuntimeError, TimeoutError) as error:
        message = str(error)
    check("from_image: why it did not start", "/nowhere.ts" in message, message)

print("\nWhat the tool asked of Docker:")
for call in dict.fromkeys(calls.read_text().split("\0\n\0")):
    if call.startswith("run\0"):
        print("  docker", shlex.join(call.split("\0")))
print()
finish()
