"""Solves a system of linear equations, for Python's runtime (tesseract-core)."""

import numpy as np
from pydantic import BaseModel, Field
from tesseract_core.runtime import Array, Differentiable, Float64, ShapeDType


class InputSchema(BaseModel):
    matrix: Differentiable[Array[(None, None), Float64]] = Field(description="A regular matrix A.")
    right: Differentiable[Array[(None,), Float64]] = Field(description="The right-hand side b.")


class OutputSchema(BaseModel):
    solution: Differentiable[Array[(None,), Float64]] = Field(description="The vector x with A·x = b.")


def apply(inputs: InputSchema) -> OutputSchema:
    return OutputSchema(solution=np.linalg.solve(inputs.matrix, inputs.right))


def jacobian_vector_product(inputs: InputSchema, jvp_inputs, jvp_outputs, tangent_vector):
    """dx = A⁻¹·(db - dA·x)."""
    right = np.zeros_like(inputs.right)
    if "right" in jvp_inputs:
        right += tangent_vector["right"]
    if "matrix" in jvp_inputs:
        right -= tangent_vector["matrix"] @ np.linalg.solve(inputs.matrix, inputs.right)
    return {"solution": np.linalg.solve(inputs.matrix, right)}


def vector_jacobian_product(inputs: InputSchema, vjp_inputs, vjp_outputs, cotangent_vector):
    """The adjoint system Aᵀ·l = c gives l for b, and -l·xᵀ for A."""
    adjoint = np.linalg.solve(inputs.matrix.T, cotangent_vector["solution"])
    products = {}
    if "right" in vjp_inputs:
        products["right"] = adjoint
    if "matrix" in vjp_inputs:
        products["matrix"] = -np.outer(adjoint, np.linalg.solve(inputs.matrix, inputs.right))
    return products


def abstract_eval(abstract_inputs):
    return {"solution": ShapeDType(shape=abstract_inputs.right.shape, dtype="float64")}
