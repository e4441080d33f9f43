"""Derivatives of `derivatives: "auto"` against JAX in float64: `python autodiff_jax.py FOLDER [NAME...]`, where FOLDER
holds `tesseract-runtime`.

Each module in programs/ has a twin here that computes the same with JAX. Values, Jacobians, Jacobian-vector and
vector-Jacobian products are compared, to 1e-9 of the largest element (1e-5 in float32).
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import jax

jax.config.update("jax_enable_x64", True)

import jax.numpy as jnp
import numpy as np

program = Path(sys.argv[1]) / "tesseract-runtime"
PROGRAMS = Path(__file__).resolve().parent / "programs"
random = np.random.default_rng(7)
passed = 0


def pendulum(start, gravity, damping, steps):
    def slope(s):
        return jnp.array([s[1], -gravity * jnp.sin(s[0]) - damping * s[1]])

    h, state, angles = 0.02, start, []
    for _ in range(steps):
        k1 = slope(state)
        k2 = slope(state + h / 2 * k1)
        k3 = slope(state + h / 2 * k2)
        k4 = slope(state + h * k3)
        state = state + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        angles.append(state[0])
    return {"end": state, "angles": jnp.stack(angles)}


def elimination(matrix, right):
    return {"solution": jnp.linalg.solve(matrix, right)}


def network(x, layers):
    for layer in layers:
        x = layer["weight"] @ x + layer["bias"]
        x = jnp.tanh(x) if layer["kind"] == "tanh" else jnp.log1p(jnp.exp(x))
    return {"y": x}


def newton(p, q):
    def root(p):
        y = 1 + q
        for _ in range(60):
            y = y - (y**3 + p * y - q) / (3 * y**2 + p)
        return y

    return {"root": jax.vmap(root)(p)}


def recursion(coefficients, upper):
    f = lambda x: jnp.exp(-x * x) * jnp.polyval(coefficients[::-1], x)
    ends = upper * jnp.linspace(0, 1, 2**6 + 1)
    a, b = ends[:-1], ends[1:]
    return {"integral": jnp.sum((b - a) / 6 * (f(a) + 4 * f((a + b) / 2) + f(b))), "value": f(upper)}


def kinks(a, b):
    round_half_up = lambda x: jnp.floor(x + 0.5)
    return {
        "absolute": jax.vmap(lambda x: jnp.where(x == 0, 0.0, jnp.abs(x)))(a),
        "larger": jnp.maximum(a, b),
        "smaller": jnp.minimum(a, b),
        "clipped": jnp.minimum(jnp.maximum(a, -0.5), 0.5),
        "stairs": jnp.floor(a) * b + jnp.sign(a) + round_half_up(a) + jnp.trunc(a) + jnp.ceil(a) * a,
        "pieces": jnp.where(a > 0, a * b, b**2),
    }


def functions(x, y):
    names = "sin cos tan arcsin arccos arctan sinh cosh tanh arcsinh arctanh exp expm1 log log1p log2 log10 sqrt cbrt"
    return {
        "one": jnp.stack([getattr(jnp, name)(x) for name in names.split()]),
        "acosh": jnp.arccosh(1.5 + x),
        "two": jnp.stack([jnp.arctan2(x, y), x**y, jnp.sqrt(x**2 + y**2 + (x * y) ** 2)]),
        "remainder": jnp.fmod(y, x),
        # JAX would round the tangent of a conversion as well
        "single": (x + jax.lax.stop_gradient(x.astype(jnp.float32).astype(jnp.float64) - x)) * x,
    }


def sorting(x, weights):
    down = jnp.argsort(-x)
    return {
        "sorted": jnp.sort(x),
        "average": jnp.sum(jnp.sort(x) * weights),
        "paired": x[down] * weights[down] ** jnp.arange(1, x.size + 1),
        "median": x[jnp.argsort(weights)][x.size // 2],
        "best": jnp.min(x**2),
    }


def containers(x):
    sums, total = [], 0.0
    for value in x:
        total = total + value if not sums else sums[-1] * x[0] + value
        sums.append(total)
    signed_root = jnp.where(x < 0, -jnp.sqrt(jnp.abs(x)), jnp.sqrt(jnp.abs(x)))
    moved = jnp.concatenate([x[2:], x[-2:]])
    moved = moved.at[1].set(x[0]).at[2].set(x[1])[::-1]
    moved = moved.at[0].set(x[1] * x[2])
    total = 0.0
    for a in x:
        for value in x**3:
            if value > a:
                break
            total = total + a * value
    total = total + jnp.prod(jnp.where(x > 0, x, 1.0)) + x[0] * x.size
    return {
        "sums": jnp.stack(sums),
        "roots": signed_root,
        "grouped": jnp.stack([jnp.prod(x[::2]), jnp.prod(x[1::2])]),
        "moved": moved,
        "total": total,
    }


def fourier(signal):
    return {"power": jnp.abs(jnp.fft.fft(signal)) ** 2}


def cholesky(factor, right):
    a = factor @ factor.T + jnp.eye(right.size)
    return {"logarithm": jnp.linalg.slogdet(a)[1], "distance": right @ jnp.linalg.solve(a, right)}


def particles(positions, epsilon, cutoff):
    names = list(positions)
    forces, energy = {name: jnp.zeros(3) for name in names}, 0.0
    for i, a in enumerate(names):
        for b in names[i + 1 :]:
            d = positions[a] - positions[b]
            r2 = d @ d
            if cutoff == 100:  # no pair of the cases is further apart
                s = 1 / r2**3
                energy = energy + 4 * epsilon * (s * s - s)
                f = 24 * epsilon * (2 * s * s - s) / r2
                forces = {**forces, a: forces[a] + f * d, b: forces[b] - f * d}
    return {"energy": energy, "forces": forces}


def single(u, rate):
    for _ in range(20):
        u64 = u.astype(jnp.float64)
        left, right = jnp.roll(u64, 1), jnp.roll(u64, -1)
        u = (u64 + rate.astype(jnp.float64) * (left - 2 * u64 + right) + 0.01 * u64 * (1 - u64)).astype(jnp.float32)
    return {"u": u}


normal = lambda *shape: random.normal(size=shape)
layer = lambda kind, rows, columns: {"kind": kind, "weight": normal(rows, columns), "bias": normal(rows)}
CASES = {
    pendulum: [{"start": np.array([2.5, 0.3]), "gravity": np.array(9.81), "damping": np.array(0.2), "steps": 60}],
    elimination: [{"matrix": normal(n, n), "right": normal(n)} for n in (1, 4, 9)],
    network: [{"x": normal(4), "layers": [layer("tanh", 5, 4), layer("softplus", 3, 5), layer("tanh", 2, 3)]}],
    newton: [{"p": np.array([0.5, 1.0, 3.0, 40.0]), "q": np.array(2.5)}],
    recursion: [{"coefficients": normal(6), "upper": np.array(1.7)}],
    kinks: [{"a": np.array([-1.3, -0.5, 0.0, 0.5, 0.2, 1.0, 2.5]), "b": np.array([-1.3, 2.0, 0.0, 0.5, -3.0, 1.0, 0.7])}],
    functions: [{"x": random.uniform(0.05, 0.95, 7), "y": random.uniform(0.3, 4, 7)}],
    sorting: [{"x": normal(9), "weights": random.uniform(0.2, 2, 9)}],
    containers: [{"x": np.array([0.7, -1.2, 0.4, 2.1, -0.3])}],
    fourier: [{"signal": normal(16)}],
    cholesky: [{"factor": normal(5, 5), "right": normal(5)}],
    particles: [{"positions": {"a": np.zeros(3), "b": np.array([1.1, 0.1, 0]), "c": np.array([0.2, 1.3, 0.4])},
                 "epsilon": np.array(1.2), "cutoff": 100.0}],
    single: [{"u": random.uniform(0, 1, 12).astype(np.float32), "rate": np.array(0.2, np.float32)}],
}


def check(what, ours, theirs, tolerance):
    global passed
    theirs = np.asarray(theirs)
    scale = max(1.0, np.max(np.abs(theirs), initial=0))
    if ours.shape != theirs.shape or not np.allclose(ours, theirs, rtol=tolerance, atol=tolerance * scale):
        raise SystemExit(f"FAILED: {what}:\n{ours}\ninstead of\n{theirs}")
    passed += 1


def leaves(tree, path=""):
    """The arrays of a tree by their paths (`layers.[0].weight`, `positions.{a}`)."""
    if isinstance(tree, list):
        for i, value in enumerate(tree):
            yield from leaves(value, f"{path}.[{i}]")
    elif isinstance(tree, dict):
        for key, value in tree.items():
            key = f"{{{key}}}" if path.split(".")[-1] in ("positions", "forces") else key
            yield from leaves(value, f"{path}.{key}" if path else key)
    elif isinstance(tree, (np.ndarray, jax.Array)):
        yield path, tree


def with_leaves(tree, values, path=""):
    """The tree with other arrays at its paths."""
    if isinstance(tree, list):
        return [with_leaves(value, values, f"{path}.[{i}]") for i, value in enumerate(tree)]
    if isinstance(tree, dict):
        name = lambda key: f"{{{key}}}" if path.split(".")[-1] == "positions" else key
        return {k: with_leaves(v, values, f"{path}.{name(k)}" if path else name(k)) for k, v in tree.items()}
    return values.get(path, tree)


def plain(value):
    if isinstance(value, (np.ndarray, jax.Array)):
        return {"object_type": "array", "shape": list(value.shape), "dtype": str(value.dtype),
                "data": {"buffer": np.asarray(value).ravel().tolist(), "encoding": "json"}}
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items()}
    if isinstance(value, list):
        return [plain(part) for part in value]
    return value


def arrays(value):
    if isinstance(value, dict) and value.get("object_type") == "array":
        return np.asarray(value["data"]["buffer"], dtype=value["dtype"]).reshape(value["shape"])
    return {key: arrays(part) for key, part in value.items()}


def call(name, command, payload):
    module = PROGRAMS / f"{name}.ts"
    done = subprocess.run([program, "--api-path", module, command, "@-"], input=json.dumps(plain(payload)),
                          capture_output=True, text=True, timeout=120, env=dict(os.environ))
    if done.returncode != 0:
        raise SystemExit(f"FAILED: {name} {command}: {done.stderr}")
    return arrays(json.loads(done.stdout))


def compare(twin, inputs, tolerance):
    name = twin.__name__
    at = dict(leaves(inputs))
    ours = call(name, "apply", {"inputs": inputs})
    function = lambda values: dict(leaves(twin(**with_leaves(inputs, values))))
    values = {path: jnp.asarray(value) for path, value in at.items()}
    theirs = function(values)
    for path, value in leaves(ours):
        check(f"{name}: {path}", value, theirs[path], tolerance)

    ins, outs = sorted(at), sorted(theirs)
    tangents = {path: np.asarray(normal(*value.shape), value.dtype) for path, value in at.items()}
    result = call(name, "jacobian-vector-product",
                  {"inputs": inputs, "jvp_inputs": ins, "jvp_outputs": outs, "tangent_vector": tangents})
    expected = jax.jvp(function, (values,), ({k: jnp.asarray(v) for k, v in tangents.items()},))[1]
    for path in outs:
        check(f"{name}: jvp of {path}", result[path], expected[path], tolerance)

    cotangents = {path: np.asarray(normal(*value.shape), value.dtype) for path, value in theirs.items()}
    result = call(name, "vector-jacobian-product",
                  {"inputs": inputs, "vjp_inputs": ins, "vjp_outputs": outs, "cotangent_vector": cotangents})
    (expected,) = jax.vjp(function, values)[1]({k: jnp.asarray(v) for k, v in cotangents.items()})
    for path in ins:
        check(f"{name}: vjp by {path}", result[path], expected[path], tolerance)

    result = call(name, "jacobian", {"inputs": inputs, "jac_inputs": ins, "jac_outputs": outs})
    expected = jax.jacrev(function)(values)
    for out in outs:
        for path in ins:
            check(f"{name}: jacobian of {out} by {path}", result[out][path], expected[out][path], tolerance)


for twin, cases in CASES.items():
    if sys.argv[2:] and twin.__name__ not in sys.argv[2:]:
        continue
    for inputs in cases:
        compare(twin, inputs, 1e-5 if twin is single else 1e-9)
    print(f"ok: {twin.__name__}", flush=True)

print(f"{passed} passed, 0 failed")
