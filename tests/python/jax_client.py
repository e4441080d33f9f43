"""tesseract-jax, unmodified, on our program: `python jax_client.py FOLDER`, where FOLDER holds `tesseract-runtime`.

Every transformation is compared with JAX's own of the same formula.
"""

import sys
from pathlib import Path

import jax

jax.config.update("jax_enable_x64", True)

import jax.numpy as jnp
import numpy as np
from tesseract_core import Tesseract
from tesseract_jax import apply_tesseract

ROOT = Path(__file__).resolve().parents[2]
python = Path(sys.argv[1]) / "python"
random = np.random.default_rng(1)
passed = 0


def check(what, ours, theirs, tolerance):
    global passed
    for a, b in zip(jax.tree.leaves(ours), jax.tree.leaves(theirs), strict=True):
        scale = np.max(np.abs(b), initial=1.0)
        if a.shape != b.shape or not np.allclose(a, b, rtol=tolerance, atol=tolerance * scale):
            raise SystemExit(f"FAILED: {what}: {a} instead of {b}")
    passed += 1
    print(f"ok: {what}")


def heat(temperature, conductivity, source, c=0.1, dt=0.1, steps=5):
    """The formula of examples/heat in JAX."""
    for _ in range(steps):
        t, k = temperature, conductivity
        across = c * 0.5 * (k[:, 1:] + k[:, :-1]) * (t[:, 1:] - t[:, :-1])
        down = c * 0.5 * (k[1:] + k[:-1]) * (t[1:] - t[:-1])
        temperature = t + dt * source
        temperature = temperature.at[:, :-1].add(across).at[:, 1:].add(-across)
        temperature = temperature.at[:-1].add(down).at[1:].add(-down)
    return temperature


def pendulum(angle, speed, length, damping, times=(0.5, 1.0, 1.5), steps=20):
    """The formula of examples/pendulum in JAX."""
    slope = lambda s: jnp.array([s[1], -9.81 / length * jnp.sin(s[0]) - damping * s[1]])
    state, now, angles = jnp.array([angle, speed]), 0.0, []
    for time in times:
        h = (time - now) / steps

        def step(state, _, h=h):
            k1 = slope(state)
            k2 = slope(state + h / 2 * k1)
            k3 = slope(state + h / 2 * k2)
            k4 = slope(state + h * k3)
            return state + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4), None

        state, now = jax.lax.scan(step, state, length=steps)[0], time
        angles.append(state[0])
    return jnp.stack(angles)


def compare(name, ours, theirs, arguments, tolerance):
    """All transformations of `ours`, a function of arrays, against those of `theirs`."""
    tangents = tuple(jnp.asarray(random.normal(size=a.shape), a.dtype) for a in arguments)
    both = lambda transformation: (transformation(ours), transformation(theirs))
    check(f"{name}: apply", ours(*arguments), theirs(*arguments), tolerance)
    check(f"{name}: jit", *both(lambda f: jax.jit(f)(*arguments)), tolerance)
    total = lambda f: lambda *args: jnp.sum(jnp.sin(f(*args)))
    everything = tuple(range(len(arguments)))
    check(f"{name}: grad", *both(lambda f: jax.grad(total(f), everything)(*arguments)), tolerance)
    check(f"{name}: jit of grad", *both(lambda f: jax.jit(jax.grad(total(f), everything))(*arguments)), tolerance)
    check(f"{name}: jvp", *both(lambda f: jax.jvp(f, arguments, tangents)), tolerance)
    cotangent = jnp.asarray(random.normal(size=theirs(*arguments).shape), theirs(*arguments).dtype)
    check(f"{name}: vjp", *both(lambda f: jax.vjp(f, *arguments)[1](cotangent)), tolerance)
    check(f"{name}: jacobian", *both(lambda f: jax.jacobian(f, everything)(*arguments)), tolerance)
    check(f"{name}: jacfwd", *both(lambda f: jax.jacfwd(f, everything)(*arguments)), tolerance)


def batched(name, ours, theirs, arguments, tolerance):
    batch = tuple(jnp.stack([a, 2 * a, a + 1]) for a in arguments)
    for method in ("sequential", "auto_experimental"):
        f = lambda *args, method=method: ours(*args, vmap_method=method)
        check(f"{name}: vmap, {method}", jax.vmap(f)(*batch), jax.vmap(theirs)(*batch), tolerance)
        grad = lambda g: jax.vmap(jax.grad(lambda *args: jnp.sum(g(*args) ** 2)))(*batch)
        check(f"{name}: vmap of grad, {method}", grad(f), grad(theirs), tolerance)


with Tesseract.from_source(ROOT / "examples/heat/tesseract_api.ts", python_executable=python, startup_timeout=120) as tesseract:
    shape = (3, 4)
    arguments = tuple(jnp.asarray(a) for a in (300 + random.normal(size=shape), random.uniform(0.5, 1, shape), random.normal(size=shape)))

    def ours(temperature, conductivity, source, **options):
        inputs = {"temperature": temperature, "conductivity": conductivity, "source": source}
        inputs |= {"spacing": 1.0, "dt": 0.1, "steps": 5}
        return apply_tesseract(tesseract, inputs, **options)["temperature"]

    compare("heat", ours, heat, arguments, 1e-12)
    batched("heat", ours, heat, arguments, 1e-12)

with Tesseract.from_source(ROOT / "examples/pendulum/tesseract_api.ts", python_executable=python, startup_timeout=120) as tesseract:
    arguments = tuple(jnp.asarray(x, "float64") for x in (2.0, -0.5, 1.2, 0.3))

    def ours(angle, speed, length, damping, **options):
        inputs = {"angle": angle, "speed": speed, "length": length, "damping": damping}
        inputs |= {"times": np.array([0.5, 1.0, 1.5]), "steps": 20}
        return apply_tesseract(tesseract, inputs, **options)["angles"]

    compare("pendulum", ours, pendulum, arguments, 1e-12)
    batched("pendulum", ours, pendulum, arguments, 1e-12)

with Tesseract.from_source(ROOT / "examples/vectoradd/tesseract_api.ts", python_executable=python, startup_timeout=120) as tesseract:
    arguments = (
        jnp.asarray([1.0, 2.0, 3.0], "float32"),
        jnp.asarray([4.0, 5.0, 6.0], "float32"),
        jnp.asarray(10.0, "float32"),
    )
    ours = lambda a, b, s, **options: apply_tesseract(tesseract, {"a": a, "b": b, "s": s}, **options)["result"]
    theirs = lambda a, b, s: s * a + b
    compare("vectoradd", ours, theirs, arguments, 1e-6)
    batched("vectoradd", ours, theirs, arguments, 1e-6)

print(f"{passed} passed, 0 failed")
