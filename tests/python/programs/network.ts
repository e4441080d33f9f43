/** A network of layers that are nested inputs: classes with private fields, getters, inheritance, a switch. */
import { array, defineTesseract, differentiable, z } from "@tesseract/runtime";

type Matrix = { shape: readonly number[]; data: Float64Array };

abstract class Layer {
  static made = 0;
  readonly #weight: Matrix;
  #bias: Float64Array;

  constructor(weight: Matrix, bias: Float64Array) {
    this.#weight = weight;
    this.#bias = bias;
    Layer.made++;
  }

  get width(): number {
    return this.#bias.length;
  }

  abstract activate(x: number): number;

  forward(x: Float64Array): Float64Array {
    const [rows, columns] = this.#weight.shape as [number, number];
    const out = new Float64Array(this.width);
    for (let i = 0; i < rows; i++) {
      out[i] = this.#bias[i]!;
      for (let j = 0; j < columns; j++) out[i]! += this.#weight.data[i * columns + j]! * x[j]!;
    }
    return out.map((value) => this.activate(value));
  }
}

class Tanh extends Layer {
  override activate(x: number): number {
    return Math.tanh(x);
  }
}

class Softplus extends Layer {
  override activate(x: number): number {
    return Math.log1p(Math.exp(x));
  }
}

const make = (kind: "tanh" | "softplus", weight: Matrix, bias: Float64Array): Layer => {
  switch (kind) {
    case "tanh":
      return new Tanh(weight, bias);
    case "softplus":
      return new Softplus(weight, bias);
  }
};

export default defineTesseract({
  InputSchema: z.object({
    x: differentiable(array([null], "float64")),
    layers: z.array(z.object({
      kind: z.enum(["tanh", "softplus"]),
      weight: differentiable(array([null, null], "float64")),
      bias: differentiable(array([null], "float64")),
    })),
  }),
  OutputSchema: z.object({ y: differentiable(array([null], "float64")) }),
  derivatives: "auto",

  apply({ x, layers }) {
    const network = layers.map(({ kind, weight, bias }) => make(kind, weight, bias.data));
    return { y: network.reduce((value, layer) => layer.forward(value), x.data) };
  },
});
