/**
 * A seeded source of random numbers, the same on every machine.
 *
 * xoshiro128** 1.1 (D. Blackman and S. Vigna, Scrambled linear pseudorandom number generators, ACM Transactions on
 * Mathematical Software 47 (2021), article 36); its state is filled by splitmix32, as they advise.
 */
export class Random {
  private readonly state = new Uint32Array(4);

  /** Different `stream`s of one seed give different numbers, independently of how many the others have drawn. */
  constructor(seed: number, stream = 0) {
    const low = seed >>> 0;
    const high = Math.floor(seed / 2 ** 32) >>> 0;
    let mixed = (low ^ Math.imul(high, 0x85ebca6b) ^ Math.imul(stream + 1, 0x9e3779b1)) >>> 0;
    for (let i = 0; i < 4; i++) {
      mixed = (mixed + 0x9e3779b9) >>> 0;
      let z = mixed;
      z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
      z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
      this.state[i] = z ^ (z >>> 16);
    }
  }

  /** An integer from 0 to 2³² − 1. */
  next(): number {
    const s = this.state;
    const result = Math.imul(rotl(Math.imul(s[1]!, 5), 7), 9) >>> 0;
    const t = s[1]! << 9;
    s[2]! ^= s[0]!;
    s[3]! ^= s[1]!;
    s[1]! ^= s[2]!;
    s[0]! ^= s[3]!;
    s[2]! ^= t;
    s[3] = rotl(s[3]!, 11);
    return result;
  }

  /** A number from 0 to below 1, in steps of 2⁻³². */
  uniform(): number {
    return this.next() / 2 ** 32;
  }

  /** 1 or −1. */
  sign(): number {
    return this.next() < 2 ** 31 ? 1 : -1;
  }

  /** `count` of the numbers from 0 to below `size`, none twice, in random order (R. Floyd's sampling, shuffled). */
  sample(size: number, count: number): number[] {
    const drawn = new Set<number>();
    for (let i = size - count; i < size; i++) {
      const candidate = Math.floor(this.uniform() * (i + 1));
      drawn.add(drawn.has(candidate) ? i : candidate);
    }
    const list = [...drawn];
    for (let i = list.length - 1; i > 0; i--) {
      const j = Math.floor(this.uniform() * (i + 1));
      [list[i], list[j]] = [list[j]!, list[i]!];
    }
    return list;
  }
}

const rotl = (x: number, k: number): number => (x << k) | (x >>> (32 - k));
