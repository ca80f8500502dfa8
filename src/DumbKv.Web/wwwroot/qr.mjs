// QR codes (ISO/IEC 18004): byte mode, error correction M (15 %), the smallest version that fits. Drawn in the browser, because the
// text is a secret link.

// For versions 1 to 40: error correction codewords in each block, and the number of blocks.
const CORRECTION = [
  10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26, 26, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28,
];
const BLOCKS = [1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16, 17, 17, 18, 20, 21, 23, 25, 26, 28, 29, 31, 33, 35, 37, 38, 40, 43, 45, 47, 49];

const LEVEL_M = 0;
const BYTE_MODE = 0b0100;

const MASKS = [
  (x, y) => (x + y) % 2 === 0,
  (_, y) => y % 2 === 0,
  x => x % 3 === 0,
  (x, y) => (x + y) % 3 === 0,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2 === 0,
  (x, y) => (x * y) % 2 + (x * y) % 3 === 0,
  (x, y) => ((x * y) % 2 + (x * y) % 3) % 2 === 0,
  (x, y) => ((x + y) % 2 + (x * y) % 3) % 2 === 0,
];

/** The rows of the code, from the top; true is dark. Draw it with a light margin of four modules. Null if the text is too long. */
export function qrCode(text) {
  const data = new TextEncoder().encode(text);
  for (let version = 1; version <= 40; version++) {
    const capacity = codewordCount(version) - CORRECTION[version - 1] * BLOCKS[version - 1];
    if (4 + lengthBits(version) + data.length * 8 <= capacity * 8) {
      return draw(version, interleave(version, dataCodewords(version, data, capacity)));
    }
  }
  return null;
}

/** The code as the "d" of an SVG path, one unit for each module, with the margin: the view box is rows + 8 on each side. */
export const qrPath = rows =>
  rows.flatMap((row, y) => row.map((dark, x) => dark ? `M${x + 4} ${y + 4}h1v1h-1z` : "")).join("");

// ---- Codewords

const sizeOf = version => version * 4 + 17;
const lengthBits = version => version < 10 ? 8 : 16;

/** The modules that are neither a pattern nor format or version information, in whole bytes. */
function codewordCount(version) {
  const alignments = alignmentPositions(version).length;
  const inTiming = alignments === 0 ? 0 : (alignments - 2) * 2 * 5; // Alignment patterns on the timing patterns share five modules each.
  const modules = sizeOf(version) ** 2
    - 3 * 64 // Finder patterns with their separators.
    - 2 * (sizeOf(version) - 16) // Timing patterns.
    - (alignments === 0 ? 0 : (alignments ** 2 - 3) * 25 - inTiming)
    - 31 // Format information, twice, and the dark module.
    - (version < 7 ? 0 : 36); // Version information, twice.
  return Math.floor(modules / 8);
}

function dataCodewords(version, data, capacity) {
  const bits = [];
  const append = (value, count) => {
    for (let i = count - 1; i >= 0; i--) {
      bits.push(value >> i & 1);
    }
  };
  append(BYTE_MODE, 4);
  append(data.length, lengthBits(version));
  data.forEach(byte => append(byte, 8));
  append(0, Math.min(4, capacity * 8 - bits.length));
  append(0, -bits.length & 7);

  const codewords = [];
  for (let i = 0; i < bits.length; i += 8) {
    codewords.push(bits.slice(i, i + 8).reduce((byte, bit) => byte << 1 | bit, 0));
  }
  for (let pad = 0xec; codewords.length < capacity; pad ^= 0xec ^ 0x11) {
    codewords.push(pad);
  }
  return codewords;
}

/** Adds the error correction. The longer blocks come last, and the codewords of the blocks alternate. */
function interleave(version, data) {
  const count = BLOCKS[version - 1];
  const short = Math.floor(data.length / count);
  const longOnes = data.length % count;
  const generator = generatorOf(CORRECTION[version - 1]);

  const blocks = [];
  for (let i = 0, at = 0; i < count; i++) {
    const length = short + (i < count - longOnes ? 0 : 1);
    blocks.push(data.slice(at, at + length));
    at += length;
  }
  const corrections = blocks.map(block => remainder(block, generator));

  const result = [];
  for (const parts of [blocks, corrections]) {
    for (let i = 0; i < parts.at(-1).length; i++) {
      result.push(...parts.filter(part => i < part.length).map(part => part[i]));
    }
  }
  return result;
}

// ---- Reed-Solomon codes over GF(2^8) with x^8 + x^4 + x^3 + x^2 + 1

const EXP = [];
const LOG = [];
for (let i = 0, value = 1; i < 255; i++) {
  EXP[i] = value;
  LOG[value] = i;
  value = value << 1 ^ (value < 128 ? 0 : 0x11d);
}

const multiply = (a, b) => a === 0 || b === 0 ? 0 : EXP[(LOG[a] + LOG[b]) % 255];

/** (x − 2^0)(x − 2^1)…, without the leading coefficient, which is 1. */
function generatorOf(degree) {
  let polynomial = [1];
  for (let i = 0; i < degree; i++) {
    const next = [...polynomial, 0];
    polynomial.forEach((coefficient, at) => {
      next[at + 1] ^= multiply(coefficient, EXP[i]);
    });
    polynomial = next;
  }
  return polynomial.slice(1);
}

function remainder(data, generator) {
  const rest = new Array(generator.length).fill(0);
  for (const byte of data) {
    const factor = byte ^ rest.shift();
    rest.push(0);
    generator.forEach((coefficient, i) => {
      rest[i] ^= multiply(coefficient, factor);
    });
  }
  return rest;
}

// ---- Modules

function alignmentPositions(version) {
  if (version === 1) {
    return [];
  }
  const count = Math.floor(version / 7) + 2;
  const last = sizeOf(version) - 7;
  // Even distances; what is left over is between the first two.
  const step = version === 32 ? 26 : Math.ceil((last - 6) / (count - 1) / 2) * 2;
  return [6, ...Array.from({ length: count - 1 }, (_, i) => last - step * (count - 2 - i))];
}

function draw(version, codewords) {
  const size = sizeOf(version);
  const rows = Array.from({ length: size }, () => new Array(size)); // A hole is not drawn yet.
  const set = (x, y, dark) => {
    rows[y][x] = dark;
  };

  drawPatterns(version, size, set, rows);
  drawFormat(0, size, set); // Reserves its modules.
  const isData = rows.map(row => Array.from(row, dark => dark === undefined));
  drawCodewords(codewords, size, rows);

  let best;
  for (let mask = 0; mask < MASKS.length; mask++) {
    const masked = rows.map((row, y) => row.map((dark, x) => dark !== (isData[y][x] && MASKS[mask](x, y))));
    drawFormat(mask, size, (x, y, dark) => {
      masked[y][x] = dark;
    });
    const penalty = penaltyOf(masked);
    if (!best || penalty < best.penalty) {
      best = { penalty, rows: masked };
    }
  }
  return best.rows;
}

function drawPatterns(version, size, set, rows) {
  for (let i = 0; i < size; i++) {
    set(6, i, i % 2 === 0);
    set(i, 6, i % 2 === 0);
  }

  // Square rings around a center. A finder pattern includes its light separator, which can be outside.
  const rings = (centerX, centerY, radius, isDark) => {
    for (let dy = -radius; dy <= radius; dy++) {
      for (let dx = -radius; dx <= radius; dx++) {
        const [x, y] = [centerX + dx, centerY + dy];
        if (x >= 0 && y >= 0 && x < size && y < size) {
          set(x, y, isDark(Math.max(Math.abs(dx), Math.abs(dy))));
        }
      }
    }
  };
  for (const [x, y] of [[3, 3], [size - 4, 3], [3, size - 4]]) {
    rings(x, y, 4, ring => ring !== 2 && ring !== 4);
  }

  const positions = alignmentPositions(version);
  for (const y of positions) {
    for (const x of positions) {
      const onFinder = (x === 6 && y === 6) || (x === 6 && y === size - 7) || (x === size - 7 && y === 6);
      if (!onFinder) {
        rings(x, y, 2, ring => ring !== 1);
      }
    }
  }

  if (version >= 7) {
    const bits = version << 12 | bch(version, 12, 0x1f25);
    for (let i = 0; i < 18; i++) {
      const [a, b] = [size - 11 + i % 3, Math.floor(i / 3)];
      set(a, b, (bits >> i & 1) === 1);
      set(b, a, (bits >> i & 1) === 1);
    }
  }
}

function drawFormat(mask, size, set) {
  const data = LEVEL_M << 3 | mask;
  const bits = (data << 10 | bch(data, 10, 0x537)) ^ 0x5412;
  for (let i = 0; i < 15; i++) {
    const dark = (bits >> i & 1) === 1;
    // Down beside the first finder pattern, and to the left below it, without the timing patterns.
    if (i < 8) {
      set(8, i < 6 ? i : i + 1, dark);
      set(size - 1 - i, 8, dark);
    } else {
      set(i < 9 ? 7 : 14 - i, 8, dark);
      set(8, size - 15 + i, dark);
    }
  }
  set(8, size - 8, true);
}

/** The remainder that makes data, shifted by so many bits, divisible by the generator. */
function bch(data, bits, generator) {
  let rest = data << bits;
  for (let i = 31 - Math.clz32(rest); i >= bits; i = 31 - Math.clz32(rest)) {
    rest ^= generator << i - bits;
  }
  return rest;
}

/** In pairs of columns from the right, up and down in turn, without the column of the timing pattern. */
function drawCodewords(codewords, size, rows) {
  let bit = 0;
  let upwards = true;
  for (let right = size - 1; right > 0; right -= right === 8 ? 3 : 2) {
    for (let i = 0; i < size; i++) {
      const y = upwards ? size - 1 - i : i;
      for (const x of [right, right - 1]) {
        if (rows[y][x] === undefined) {
          rows[y][x] = ((codewords[bit >> 3] ?? 0) >> 7 - (bit & 7) & 1) === 1;
          bit++;
        }
      }
    }
    upwards = !upwards;
  }
}

/** The four rules of the standard. The mask with the lowest penalty is the easiest to scan. */
function penaltyOf(rows) {
  const size = rows.length;
  const columns = rows.map((_, x) => rows.map(row => row[x]));
  let penalty = 0;

  for (const line of [...rows, ...columns]) {
    const text = line.map(dark => dark ? "1" : "0").join("");
    for (const run of text.match(/0{5,}|1{5,}/g) ?? []) {
      penalty += run.length - 2;
    }
    penalty += 40 * (text.match(/(?=00001011101|10111010000)/g)?.length ?? 0);
  }

  for (let y = 1; y < size; y++) {
    for (let x = 1; x < size; x++) {
      if (rows[y][x] === rows[y][x - 1] && rows[y][x] === rows[y - 1][x] && rows[y][x] === rows[y - 1][x - 1]) {
        penalty += 3;
      }
    }
  }

  const dark = rows.flat().filter(Boolean).length;
  return penalty + 10 * Math.floor(Math.abs(dark * 20 - size * size * 10) / (size * size));
}
