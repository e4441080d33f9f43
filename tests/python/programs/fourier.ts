/** A power spectrum by a recursive fast Fourier transform with complex numbers as objects. */
import { array, defineTesseract, differentiable, z } from "@tesseract/runtime";

interface Complex {
  re: number;
  im: number;
}

const times = (a: Complex, b: Complex): Complex => ({ re: a.re * b.re - a.im * b.im, im: a.re * b.im + a.im * b.re });

function transform(x: readonly Complex[]): Complex[] {
  if (x.length === 1) return [...x];
  const even = transform(x.filter((_, i) => i % 2 === 0));
  const odd = transform(x.filter((_, i) => i % 2 === 1));
  const half = x.length / 2;
  const out = new Array<Complex>(x.length);
  for (let k = 0; k < half; k++) {
    const angle = -2 * Math.PI * k / x.length;
    const { re, im } = times({ re: Math.cos(angle), im: Math.sin(angle) }, odd[k]!);
    out[k] = { re: even[k]!.re + re, im: even[k]!.im + im };
    out[k + half] = { ...even[k]!, re: even[k]!.re - re, im: even[k]!.im - im };
  }
  return out;
}

export default defineTesseract({
  InputSchema: z.object({ signal: differentiable(array([null], "float64")) }),
  OutputSchema: z.object({ power: differentiable(array([null], "float64")) }),
  derivatives: "auto",

  apply({ signal }) {
    return {
      power: transform(Array.from(signal.data, (re) => ({ re, im: 0 }))).map(({ re, im }) => re ** 2 + im ** 2),
    };
  },
});
