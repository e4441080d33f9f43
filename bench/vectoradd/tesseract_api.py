"""The Python twin of examples/vectoradd, for comparison."""

import numpy as np
from pydantic import BaseModel, Field, model_validator
from tesseract_core.runtime import Array, Differentiable, Float32, ShapeDType


class InputSchema(BaseModel):
    a: Differentiable[Array[(None,), Float32]] = Field(description="An arbitrary vector.")
    b: Differentiable[Array[(None,), Float32]] = Field(description="An arbitrary vector, as long as a.")
    s: Differentiable[Float32] = Field(description="The factor of a.", default=1.0)

    @model_validator(mode="after")
    def same_length(self):
        if self.a.shape != self.b.shape:
            raise ValueError("a and b must have the same length")
        return self


class OutputSchema(BaseModel):
    result: Differentiable[Array[(None,), Float32]] = Field(description="The vector s·a + b.")


def apply(inputs: InputSchema) -> OutputSchema:
    return OutputSchema(result=inputs.s * inputs.a + inputs.b)


def jacobian(inputs: InputSchema, jac_inputs: set[str], jac_outputs: set[str]):
    n = len(inputs.a)
    all_of_it = {
        "a": inputs.s * np.eye(n, dtype="float32"),
        "b": np.eye(n, dtype="float32"),
        "s": inputs.a,
    }
    return {"result": {path: all_of_it[path] for path in jac_inputs}}


def jacobian_vector_product(inputs: InputSchema, jvp_inputs: set[str], jvp_outputs: set[str], tangent_vector):
    parts = {"a": lambda t: inputs.s * t, "b": lambda t: t, "s": lambda t: t * inputs.a}
    return {"result": sum(parts[path](tangent_vector[path]) for path in jvp_inputs)}


def vector_jacobian_product(inputs: InputSchema, vjp_inputs: set[str], vjp_outputs: set[str], cotangent_vector):
    c = cotangent_vector["result"]
    parts = {"a": inputs.s * c, "b": c, "s": np.dot(c, inputs.a)}
    return {path: parts[path] for path in vjp_inputs}


def abstract_eval(abstract_inputs):
    return {"result": ShapeDType(**abstract_inputs.model_dump()["a"])}
