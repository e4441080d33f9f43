"""The twin of tesseract_api.ts, for Python's runtime."""

import time

import numpy as np
from pydantic import BaseModel, Field
from tesseract_core.runtime import Array, Differentiable, Float64, Int64, ShapeDType

Vector = Differentiable[Array[(None,), Float64]]


class Layer(BaseModel):
    weight: Differentiable[Array[(None, None), Float64]]


class InputSchema(BaseModel):
    a: Vector
    scale: Differentiable[Float64] = 1.0
    layers: list[Layer] = []
    params: dict[str, Differentiable[Float64]] = {}
    ids: Array[(None,), Int64] = np.zeros(0, "int64")
    waves: Array[(None,), "complex128"] = np.zeros(0, "complex128")
    mask: Array[(None,), "bool"] = np.zeros(0, "bool")
    name: str = Field("", max_length=5)


class OutputSchema(BaseModel):
    result: Vector
    total: Differentiable[Float64]
    ids: Array[(None,), Int64]
    waves: Array[(None,), "complex128"]
    mask: Array[(None,), "bool"]
    name: str


def factor(inputs):
    value = inputs.scale
    for layer in inputs.layers:
        value = value * layer.weight.sum()
    for param in inputs.params.values():
        value = value * param
    return value


def apply(inputs: InputSchema) -> OutputSchema:
    if inputs.name == "fail":
        raise ValueError("asked to fail")
    if inputs.name == "wait":
        time.sleep(2)
    result = factor(inputs) * inputs.a
    return OutputSchema(
        result=result,
        total=result.sum(),
        ids=inputs.ids + 1,
        waves=inputs.waves.conj(),
        mask=~inputs.mask,
        name=inputs.name,
    )


def derivative(inputs, path):
    """Of result by the input at a path."""
    if path == "a":
        return factor(inputs) * np.eye(len(inputs.a))
    if path == "scale":
        return factor(inputs) / inputs.scale * inputs.a
    if path.startswith("params."):
        return factor(inputs) / inputs.params[path[8:-1]] * inputs.a
    weight = inputs.layers[int(path.split("[")[1].split("]")[0])].weight
    return factor(inputs) / weight.sum() * np.multiply.outer(inputs.a, np.ones(weight.shape))


def jacobian(inputs: InputSchema, jac_inputs: set[str], jac_outputs: set[str]):
    def block(output, path):
        derivatives = derivative(inputs, path)
        return derivatives if output == "result" else derivatives.sum(axis=0)

    return {output: {path: block(output, path) for path in jac_inputs} for output in jac_outputs}


def jacobian_vector_product(inputs: InputSchema, jvp_inputs: set[str], jvp_outputs: set[str], tangent_vector):
    tangent = sum(
        np.tensordot(derivative(inputs, path), tangent_vector[path], np.ndim(tangent_vector[path]))
        for path in jvp_inputs
    )
    return {output: tangent if output == "result" else tangent.sum() for output in jvp_outputs}


def vector_jacobian_product(inputs: InputSchema, vjp_inputs: set[str], vjp_outputs: set[str], cotangent_vector):
    cotangent = sum(
        np.broadcast_to(cotangent_vector[output], np.shape(inputs.a)) for output in vjp_outputs
    )
    return {path: np.tensordot(cotangent, derivative(inputs, path), 1) for path in vjp_inputs}


def abstract_eval(abstract_inputs):
    inputs = abstract_inputs.model_dump()

    def like(name):
        shape = inputs[name]["shape"] if isinstance(inputs[name], dict) else inputs[name].shape
        return shape

    return {
        "result": ShapeDType(shape=inputs["a"]["shape"], dtype="float64"),
        "total": ShapeDType(shape=(), dtype="float64"),
        "ids": ShapeDType(shape=like("ids"), dtype="int64"),
        "waves": ShapeDType(shape=like("waves"), dtype="complex128"),
        "mask": ShapeDType(shape=like("mask"), dtype="bool"),
        "name": inputs["name"],
    }
