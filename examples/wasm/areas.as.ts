// @ts-nocheck AssemblyScript has types of its own.
// AssemblyScript. Compiled by
//     npx -y -p assemblyscript@0.28.20 asc areas.as.ts --outFile areas.wasm --runtime stub -O --initialMemory 1

/** Where the memory is free. */
export function heapBase(): usize {
  return __heap_base;
}

// Twice the area of the triangle a, b, c as a vector: (b − a) × (c − a).
let x: f64, y: f64, z: f64;

function findNormal(a: usize, b: usize, c: usize): void {
  const ux = load<f64>(b) - load<f64>(a), vx = load<f64>(c) - load<f64>(a);
  const uy = load<f64>(b + 8) - load<f64>(a + 8), vy = load<f64>(c + 8) - load<f64>(a + 8);
  const uz = load<f64>(b + 16) - load<f64>(a + 16), vz = load<f64>(c + 16) - load<f64>(a + 16);
  x = uy * vz - uz * vy;
  y = uz * vx - ux * vz;
  z = ux * vy - uy * vx;
}

/** The areas of triangles. `points` has three f64 a point, `triangles` three i32 a triangle, `areas` gets an f64 each. */
export function computeAreas(points: usize, triangles: usize, count: i32, areas: usize): void {
  for (let i = 0; i < count; i++) {
    const corners = triangles + 12 * i;
    findNormal(corner(points, corners), corner(points, corners + 4), corner(points, corners + 8));
    store<f64>(areas + 8 * i, 0.5 * Math.sqrt(x * x + y * y + z * z));
  }
}

/** The derivatives of the areas by the corners of their triangles: `slopes` gets nine f64 a triangle. */
export function computeSlopes(points: usize, triangles: usize, count: i32, slopes: usize): void {
  for (let i = 0; i < count; i++) {
    const corners = triangles + 12 * i, at = slopes + 72 * i;
    const a = corner(points, corners), b = corner(points, corners + 4), c = corner(points, corners + 8);
    findNormal(a, b, c);
    const length = Math.sqrt(x * x + y * y + z * z);
    // At a triangle without area there is a kink.
    const scale = length > 0 ? 0.5 / length : 0;
    storeSlope(at, scale, b, c);
    storeSlope(at + 24, scale, c, a);
    storeSlope(at + 48, scale, a, b);
  }
}

function corner(points: usize, index: usize): usize {
  return points + 24 * <usize> load<i32>(index);
}

/** By one corner: the normal × the opposite edge, from p to q. */
function storeSlope(at: usize, scale: f64, p: usize, q: usize): void {
  const ex = load<f64>(q) - load<f64>(p);
  const ey = load<f64>(q + 8) - load<f64>(p + 8);
  const ez = load<f64>(q + 16) - load<f64>(p + 16);
  store<f64>(at, scale * (y * ez - z * ey));
  store<f64>(at + 8, scale * (z * ex - x * ez));
  store<f64>(at + 16, scale * (x * ey - y * ex));
}
