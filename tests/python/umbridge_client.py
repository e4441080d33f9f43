"""UM-Bridge's Python client, QMCPy and emcee drive our program: `python umbridge_client.py FOLDER [SUITE]`, where FOLDER
holds `tesseract-runtime`.

What the protocol's conformity suite asks is asked here, too, in our words. The suite itself is in the folder
testing/protocol_conformity_1.0 of UM-Bridge's repository, and in no package: if SUITE names that folder, it is run (it
needs pytest and jsonschema).
"""

import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import emcee
import jax
import jax.numpy as jnp
import numpy as np
import qmcpy
import requests
import umbridge
from qmcpy.integrand import UMBridgeWrapper

jax.config.update("jax_enable_x64", True)

ROOT = Path(__file__).resolve().parents[2]
program = Path(sys.argv[1]) / "tesseract-runtime"
suite = sys.argv[2] if len(sys.argv) > 2 else None
random = np.random.default_rng(5)

sys.dont_write_bytecode = True  # of the file that is imported here, in the folder of the tests
sys.path.insert(0, str(ROOT / "tests"))
from checks import check, finish  # noqa: E402


@contextmanager
def served(example: str, *options: str):
    """The address of a server of an example, with its payload."""
    folder = ROOT / "examples" / example
    command = [program, "--api-path", folder / "tesseract_api.ts", "serve", "-p", "0", "--umbridge", f"@{folder}/payload.json"]
    server = subprocess.Popen([*command, *options], stderr=subprocess.PIPE, text=True)
    try:
        line = server.stderr.readline()
        if "Listening on" not in line:
            raise SystemExit(f"FAILED: {example} is not served: {line}{server.stderr.read()}")
        yield line.split()[-1]
    finally:
        server.terminate()
        server.communicate(timeout=120)


def error_of(response: requests.Response) -> tuple[int, str]:
    answer = response.json()
    assert set(answer) == {"error"} and set(answer["error"]) == {"type", "message"}, answer
    return response.status_code, answer["error"]["type"]


def conforms(url: str, example: str) -> None:
    """What the protocol asks of every model."""
    info = requests.get(f"{url}/Info").json()
    check(f"{example}: Info", info == {"protocolVersion": 1.0, "models": ["forward", "flat"]}, info)
    for name in info["models"]:
        post = lambda operation, **request: requests.post(f"{url}/{operation}", json=request)
        support = post("ModelInfo", name=name).json()["support"]
        inputs = post("InputSizes", name=name).json()["inputSizes"]
        outputs = post("OutputSizes", name=name).json()["outputSizes"]
        point = [[0.5] * size for size in inputs]
        result = post("Evaluate", name=name, config={}, input=point)
        check(f"{example}, {name}: Evaluate", [len(vector) for vector in result.json()["output"]] == outputs, result.text)
        at = {"name": name, "config": {}, "outWrt": 0, "input": point}
        sens, vec = [1.0] * outputs[0], [1.0] * inputs[0]
        calls = {
            "Evaluate": ({}, None),
            "Gradient": ({"inWrt": 0, "sens": sens}, inputs[0]),
            "ApplyJacobian": ({"inWrt": 0, "vec": vec}, outputs[0]),
            "ApplyHessian": ({"inWrt1": 0, "inWrt2": 0, "sens": sens, "vec": vec}, inputs[0]),
        }
        for operation, (request, size) in calls.items():
            request = {**at, **request}
            unknown = error_of(post(operation, name="no_such_model"))
            check(f"{example}: {operation} of a model that is not there", unknown == (400, "ModelNotFound"), unknown)
            if not support[operation]:
                refused = error_of(post(operation, name=name))
                check(f"{example}: {operation} is refused", refused == (400, "UnsupportedFeature"), refused)
                continue
            if size is not None:
                result = post(operation, **request)
                check(f"{example}, {name}: {operation}", len(result.json()["output"]) == size, result.text)
            wrong = [{"input": [[*vector, 0.5] for vector in point]}, {"input": [*point, [1.0]]}, {"input": point[1:]}]
            for field in ("inWrt", "inWrt1", "inWrt2", "outWrt"):
                if field in request and operation != "Evaluate":
                    wrong.append({field: len(outputs if field == "outWrt" else inputs)})
            wrong += [{field: [*request[field], 1.0]} for field in ("sens", "vec") if field in request]
            for change in wrong:
                refused = error_of(post(operation, **{**request, **change}))
                check(f"{example}, {name}: {operation} with a wrong {[*change][0]}", refused == (400, "InvalidInput"), refused)


def rosenbrock(url: str) -> None:
    model = umbridge.HTTPModel(url, "forward")
    check("the client sees two vectors and a result", (model.get_input_sizes(), model.get_output_sizes()) == ([1, 1], [1]))
    check("the client evaluates", model([[-1.2], [1.0]]) == [[24.199999999999996]], model([[-1.2], [1.0]]))
    flat = umbridge.HTTPModel(url, "flat")
    gradient = flat.gradient(0, 0, [[-1.2, 1.0]], [1.0])
    check("the client's gradient", np.allclose(gradient, [-215.6, -88.0], rtol=1e-14), gradient)
    product = flat.apply_jacobian(0, 0, [[-1.2, 1.0]], [1.0, 0.5])
    check("the client's Jacobian times a vector", np.allclose(product, [-259.6], rtol=1e-14), product)
    try:
        model([[1.0], [1.0, 2.0]])
        message = ""
    except Exception as error:
        message = str(error)
    check("the client says what is wrong", "InvalidInput" in message and "input.1: Expected 1 number (y), got 2" in message, message)

    # ∫∫ (1 − x)² + 100·(y − x²)² over the unit square = 1/3 + 20
    measure = qmcpy.Uniform(qmcpy.DigitalNetB2(2, seed=7), lower_bound=0, upper_bound=1)
    mean, _ = qmcpy.CubQMCNetG(UMBridgeWrapper(measure, flat, parallel=4), abs_tol=1e-2).integrate()
    check("QMCPy integrates", abs(float(np.squeeze(mean)) - (20 + 1 / 3)) < 1e-2, mean)

    # With the density exp(−f), x is normal around 1 with the variance 1/2, and so is y, given x, around x² with 1/200.
    start = np.array([1.0, 1.0]) + 0.1 * random.standard_normal((16, 2))
    sampler = emcee.EnsembleSampler(16, 2, lambda x: -flat([x.tolist()])[0][0])
    sampler.random_state = np.random.RandomState(3).get_state()
    sampler.run_mcmc(start, 800)
    x, y = sampler.get_chain(discard=200, flat=True).T
    seen = (x.mean(), x.var(), (y - x * x).mean(), (y - x * x).var())
    check("emcee samples", np.allclose(seen, [1, 0.5, 0, 0.005], atol=[0.2, 0.2, 0.02, 0.002]), seen)


def heat(temperature, conductivity, source, steps=3, dt=0.1):
    """examples/heat with JAX."""
    for _ in range(steps):
        flows = [0.5 * (k[1:] + k[:-1]) * (t[1:] - t[:-1]) for t, k in ((temperature, conductivity), (temperature.T, conductivity.T))]
        down, right = jnp.zeros_like(temperature), jnp.zeros_like(temperature).T
        down = down.at[:-1].add(flows[0]).at[1:].add(-flows[0])
        right = right.at[:-1].add(flows[1]).at[1:].add(-flows[1])
        temperature = temperature + dt * (source + down + right.T)
    return temperature


def fields(url: str) -> None:
    shape = (2, 3)
    model = umbridge.HTTPModel(url, "forward")
    check("fields are vectors, row by row", (model.get_input_sizes(), model.get_output_sizes()) == ([6, 6, 6], [6]))
    point = [random.uniform(0.5, 2, 6) for _ in range(3)]
    at = [vector.tolist() for vector in point]
    sens = random.standard_normal(6)
    result = heat(*(vector.reshape(shape) for vector in point)).ravel()
    check("two fields and a source, by JAX", np.allclose(model(at)[0], result, rtol=1e-13))

    def gradient(i: int):
        loss = lambda *vectors: sens @ heat(*(vector.reshape(shape) for vector in vectors)).ravel()
        return jax.grad(loss, argnums=i)

    for i in range(3):
        found = model.gradient(0, i, at, sens.tolist())
        check(f"the gradient by input {i}, by JAX", np.allclose(found, gradient(i)(*point), rtol=1e-12, atol=1e-12), found)
        for j in range(3):
            vec = random.standard_normal(6)
            tangents = [vec if k == j else np.zeros(6) for k in range(3)]
            expected = jax.jvp(gradient(i), tuple(point), tuple(tangents))[1]
            found = model.apply_hessian(0, i, j, at, sens.tolist(), vec.tolist())
            check(f"the Hessian by inputs {i} and {j}, by JAX", np.allclose(found, expected, rtol=1e-12, atol=1e-12), (found, expected))

    flat = umbridge.HTTPModel(url, "flat")
    check("config overrides a field that is no vector", flat([sum(at, [])], {"steps": 0})[0] == at[0])
    larger = {name: [[1.0] * 4] * 5 for name in ("temperature", "conductivity", "source")}
    sizes = (flat.get_input_sizes(larger), flat.get_output_sizes(larger))
    check("config overrides fields, and with them sizes", sizes == ([60], [20]), sizes)

    # Of all heat nothing is lost: the mean of the sum is that at the start, and what the source brings.
    bounds = [300.0] * 6 + [0.5] * 6 + [0.0] * 6, [400.0] * 6 + [1.5] * 6 + [10.0] * 6
    measure = qmcpy.Uniform(qmcpy.DigitalNetB2(18, seed=7), lower_bound=bounds[0], upper_bound=bounds[1])
    values = UMBridgeWrapper(measure, model, {"steps": 3}, parallel=4)(2**8)
    total = values.mean(-1).sum()
    check("QMCPy integrates two fields and a source", abs(total - 6 * (350 + 3 * 0.1 * 5)) < 1, total)

    # A posterior of the temperature at the start: the observed is what the component gives, with a normal error.
    start = np.array([400.0, 300, 300, 300, 300, 300])
    observed = np.array(model([start.tolist(), at[1], at[2]])[0])
    conductivity, source = point[1].reshape(shape), point[2].reshape(shape)
    J = np.array(jax.jacobian(lambda t: heat(t.reshape(shape), conductivity, source).ravel())(start))
    # It is linear in the temperature, so the posterior is normal.
    offset = np.array(model([[0.0] * 6, at[1], at[2]])[0])
    expected = np.linalg.solve(J.T @ J + np.eye(6), J.T @ (observed - offset) + 350.0)

    def log_density(t: np.ndarray) -> float:
        misfit = np.array(model([t.tolist(), at[1], at[2]])[0]) - observed
        return -0.5 * (misfit @ misfit + (t - 350) @ (t - 350))

    sampler = emcee.EnsembleSampler(24, 6, log_density)
    sampler.random_state = np.random.RandomState(3).get_state()
    sampler.run_mcmc(expected + 0.5 * random.standard_normal((24, 6)), 400)
    mean = sampler.get_chain(discard=100, flat=True).mean(0)
    check("emcee samples a field", np.allclose(mean, expected, atol=0.4), (mean, expected))


def run_suite(url: str, example: str) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", suite, "--model_url", url, "--input_value", "0.5"]
    done = subprocess.run(command, capture_output=True, text=True)
    check(f"{example}: the protocol's own suite: {done.stdout.strip().splitlines()[-1]}", done.returncode == 0, done.stdout)


for example, uses in (("univariate", rosenbrock), ("heat", fields)):
    with served(example, "-w", "2") as url:
        conforms(url, example)
        uses(url)
        if suite is not None:
            run_suite(url, example)

with served("univariate", "--api-key", "secret") as url:
    refused = error_of(requests.post(f"{url}/Evaluate", json={"name": "forward", "input": [[1], [1]]}))
    check("a key is asked for here, too", refused == (401, "InvalidInput"), refused)

finish()
