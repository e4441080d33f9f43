"""The sum of two vectors; of one, the vector itself."""

from pydantic import BaseModel
from tesseract_core.runtime import Array, Float64


class InputSchema(BaseModel):
    a: Array[(None,), Float64]
    b: Array[(None,), Float64] | None = None


class OutputSchema(BaseModel):
    result: Array[(None,), Float64]


def apply(inputs: InputSchema) -> OutputSchema:
    return OutputSchema(result=inputs.a if inputs.b is None else inputs.a + inputs.b)
