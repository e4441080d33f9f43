// @ts-nocheck AssemblyScript has types of its own.
// AssemblyScript. Compiled by
//     npx -y -p assemblyscript@0.28.20 asc areas.as.ts --outFile areas.wasm --runtime stub -O --initialMemory 1

/** Where the memory is free. */
export function heapBase(): usize {
  return __heap_base;
}

/** The areas of triangles. `points` has three f64 a point, `triangles` three i32 a triangle, `areas` gets an f64 each. */
export function computeAreas(points: usize, triangles: usize, count: i32, areas: usize): void {
  for (let i = 0; i < count; i++) {
    const a = points + 24 * <usize> load<i32>(triangles + 12 * i);
    const b = points + 24 * <usize> load<i32>(triangles + 12 * i + 4);
    const c = points + 24 * <usize> load<i32>(triangles + 12 * i + 8);
    const ux = load<f64>(b) - load<f64>(a), vx = load<f64>(c) - load<f64>(a);
    const uy = load<f64>(b + 8) - load<f64>(a + 8), vy = load<f64>(c + 8) - load<f64>(a + 8);
    const uz = load<f64>(b + 16) - load<f64>(a + 16), vz = load<f64>(c + 16) - load<f64>(a + 16);
    const x = uy * vz - uz * vy, y = uz * vx - ux * vz, z = ux * vy - uy * vx;
    store<f64>(areas + 8 * i, 0.5 * Math.sqrt(x * x + y * y + z * z));
  }
}
