/** Says what a file looks like that is no JSON Lines, from its first bytes, and what to do; null when nothing is known. */
export function fileKind(first: Buffer): string | null {
  const magic = MAGIC.find(([bytes]) => first.subarray(0, bytes.length).equals(bytes))
  if (magic !== undefined) return magic[1]
  if (isUtf16(first)) return 'UTF-16: convert it to UTF-8 (iconv -f UTF-16 -t UTF-8)'
  const text = first.toString('utf8').replace(/^\ufeff/, '')
  const [firstLine = ''] = text.split('\n', 1)
  if (/^\s*\[/.test(text)) return "a JSON array: it takes one object a line (jq -c '.[]')"
  if (/^\s*\{\s*$/.test(firstLine))
    return 'JSON with objects over several lines: it takes one object a line (jq -c .)'
  if (/^\s*<[!?a-z]/i.test(text)) return 'XML or HTML: it takes JSON, one object a line'
  if (isHeader(firstLine)) return 'CSV: it takes JSON, one object a line'
  return null
}

const MAGIC: readonly (readonly [Buffer, string])[] = (
  [
    ['89504e470d0a1a0a', 'a PNG image'],
    ['ffd8ff', 'a JPEG image'],
    ['25504446', 'a PDF'],
    ['1f8b', 'gzip: unpack it first (gunzip)'],
    ['28b52ffd', 'zstd: unpack it first (unzstd)'],
    ['fd377a585a00', 'xz: unpack it first (unxz)'],
    ['425a68', 'bzip2: unpack it first (bunzip2)'],
    ['504b0304', 'a zip archive: unpack it first (unzip)'],
    ['50415231', 'Parquet: it takes JSON, one object a line'],
    ['53514c69746520666f726d6174203300', 'an SQLite database: it takes JSON, one object a line']
  ] as const
).map(([hex, kind]) => [Buffer.from(hex, 'hex'), kind])

/** By its mark, or as ASCII text has a NUL in every second byte. */
function isUtf16(first: Buffer): boolean {
  const mark = first.length >= 2 ? first.readUInt16BE(0) : 0
  if (mark === 0xfeff || mark === 0xfffe) return true
  const isNul = (at: number) => first[at] === 0
  return first.length >= 4 && isNul(0) !== isNul(1) && isNul(0) === isNul(2) && isNul(1) === isNul(3)
}

/** Two cells or more, each of which is a name or a plain value. */
function isHeader(line: string): boolean {
  const separator = [',', ';', '\t'].find((one) => line.includes(one))
  if (separator === undefined) return false
  return line
    .trim()
    .split(separator)
    .every((cell) => /^\s*("[^"{}[\]]*"|[\p{L}\p{N} _.:+-]*)\s*$/u.test(cell))
}
