/**
 * A plot with logarithmic axes, as SVG.
 * @module
 */

/** Points that belong together. */
export interface Series {
  readonly name: string;
  readonly color: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

const [WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM] = [640, 420, 70, 30, 140, 50];

/** Draws the series; `line` is a straight line of slope 1 through one point, to compare with. */
export function plot(title: string, axes: readonly [x: string, y: string], series: readonly Series[], line: Series) {
  const all = [...series, line].flatMap(({ points }) => points);
  const [fromX, toX] = decades(all.map(([x]) => x));
  const [fromY, toY] = decades(all.map(([, y]) => y));
  const atX = (x: number) => LEFT + (Math.log10(x) - fromX) / (toX - fromX) * (WIDTH - LEFT - RIGHT);
  const atY = (y: number) => HEIGHT - BOTTOM - (Math.log10(y) - fromY) / (toY - fromY) * (HEIGHT - TOP - BOTTOM);
  const path = ({ points }: Series) => points.map(([x, y]) => `${atX(x).toFixed(1)},${atY(y).toFixed(1)}`).join(" ");
  const text = (x: number, y: number, words: string, more = "") => `<text x="${x}" y="${y}" ${more}>${words}</text>`;
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="white"/>`,
    text(LEFT, TOP - 12, title, 'font-size="14"'),
    text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, axes[0], 'text-anchor="middle"'),
    text(0, 0, axes[1], `text-anchor="middle" transform="translate(16 ${HEIGHT / 2}) rotate(-90)"`),
  ];
  for (let n = fromX; n <= toX; n++) {
    const x = atX(10 ** n).toFixed(1);
    parts.push(`<path d="M${x} ${TOP}V${HEIGHT - BOTTOM}" stroke="#ddd"/>`);
    parts.push(text(Number(x), HEIGHT - BOTTOM + 16, power(n), 'text-anchor="middle"'));
  }
  for (let n = fromY; n <= toY; n++) {
    const y = atY(10 ** n).toFixed(1);
    parts.push(`<path d="M${LEFT} ${y}H${WIDTH - RIGHT}" stroke="#ddd"/>`);
    parts.push(text(LEFT - 8, Number(y) + 4, power(n), 'text-anchor="end"'));
  }
  parts.push(`<polyline points="${path(line)}" fill="none" stroke="${line.color}" stroke-dasharray="4 4"/>`);
  for (const one of series) {
    parts.push(`<polyline points="${path(one)}" fill="none" stroke="${one.color}" stroke-width="2"/>`);
    for (const [x, y] of one.points) {
      parts.push(`<circle cx="${atX(x).toFixed(1)}" cy="${atY(y).toFixed(1)}" r="3" fill="${one.color}"/>`);
    }
  }
  for (const { name, color, points } of [...series, line]) {
    const [x, y] = points.at(-1)!;
    parts.push(text(atX(x) + 8, atY(y) + 4, name, `fill="${color}"`));
  }
  return `${parts.join("\n")}\n</svg>\n`;
}

function decades(values: readonly number[]): [number, number] {
  return [Math.floor(Math.log10(Math.min(...values))), Math.ceil(Math.log10(Math.max(...values)))];
}

const power = (n: number): string => `10<tspan dy="-5" font-size="9">${n}</tspan>`;
