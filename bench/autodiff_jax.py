"""The programs of bench/autodiff.ts in JAX, compiled, in float64: milliseconds of processor time, and multiples of apply.

    python bench/autodiff_jax.py [rounds]
"""

import os
import sys
import time

os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
import jax

jax.config.update("jax_enable_x64", True)

import jax.numpy as jnp
import numpy as np

rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
random = np.random.default_rng(1)


def heat(temperature, conductivity, source):
    def step(t, _):
        k = conductivity
        across = 0.05 * (k[:, 1:] + k[:, :-1]) * (t[:, 1:] - t[:, :-1])
        down = 0.05 * (k[1:] + k[:-1]) * (t[1:] - t[:-1])
        t = t + 0.1 * source
        t = t.at[:, :-1].add(across).at[:, 1:].add(-across)
        return t.at[:-1].add(down).at[1:].add(-down), None

    return jax.lax.scan(step, temperature, length=10)[0]


def pendulum(angle, length, damping):
    slope = lambda s: jnp.array([s[1], -9.81 / length * jnp.sin(s[0]) - damping * s[1]])
    h = 5 / 1000

    def step(s, _):
        k1 = slope(s)
        k2 = slope(s + h / 2 * k1)
        k3 = slope(s + h / 2 * k2)
        k4 = slope(s + h * k3)
        return s + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4), None

    return jax.lax.scan(step, jnp.array([angle, 0.0]), length=1000)[0][0]


def elimination(matrix, right):
    n = len(right)
    rows = jnp.arange(n)

    def step(m, k):
        p = jnp.argmax(jnp.where(rows >= k, jnp.abs(m[:, k]), -1))
        m = m.at[jnp.stack([k, p])].set(m[jnp.stack([p, k])])
        factor = jnp.where(rows > k, m[:, k] / m[k, k], 0.0)
        return m - factor[:, None] * m[k], None

    m = jax.lax.scan(step, jnp.column_stack([matrix, right]), rows)[0]
    return jax.scipy.linalg.solve_triangular(m[:, :n], m[:, n])


def measure(call):
    jax.block_until_ready(call())
    least, calls = 0.02, 1
    while True:
        start = time.process_time()
        for _ in range(calls):
            jax.block_until_ready(call())
        spent = time.process_time() - start
        if spent > least:
            return 1000 * spent / calls
        calls *= 2


field = lambda *shape: jnp.asarray(random.uniform(size=shape))
plate = lambda n: (300 + 100 * field(n, n), field(n, n), field(n, n))
cases = {
    "heat, 20 × 20, 10 steps": (heat, plate(20)),
    "heat, 200 × 200, 10 steps": (heat, plate(200)),
    "pendulum, 1,000 steps": (pendulum, (jnp.asarray(2.0), jnp.asarray(1.0), jnp.asarray(0.1))),
    "elimination, 200 × 200": (elimination, (2 * field(200, 200) - 1, field(200))),
}

print("| program | apply | jvp | vjp |")
print("| --- | ---: | ---: | ---: |")
for name, (f, arguments) in cases.items():
    tangents = tuple(jnp.asarray(random.normal(size=a.shape)) for a in arguments)
    cotangent = jnp.asarray(random.normal(size=f(*arguments).shape))
    apply = jax.jit(f)
    jvp = jax.jit(lambda a, t: jax.jvp(f, a, t)[1])
    vjp = jax.jit(lambda a, w: jax.vjp(f, *a)[1](w))
    calls = (lambda: apply(*arguments), lambda: jvp(arguments, tangents), lambda: vjp(arguments, cotangent))
    times = np.array([[measure(call) for call in calls] for _ in range(rounds)])
    plain, forward, backward = times.min(axis=0)
    print(f"| {name} | {plain:.3g} ms | {forward / plain:.1f} × | {backward / plain:.1f} × |", flush=True)
