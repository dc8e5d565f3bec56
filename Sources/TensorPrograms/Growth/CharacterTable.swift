/// A set of sign characters, by its number in a ``CharacterTable``.
///
/// Along one growing axis, a character says which initial Gaussian weights a coordinate changes sign with: it is a
/// vector over GF(2) with a bit for each generator. A set of them is an affine subspace. Zero is the set {0}: no
/// sign changes, so that a sum along the axis has a mean.
public typealias CharacterID = Int32

/// Affine subspaces of GF(2)^k, each stored once. All operations are exact or err to the larger set, and are
/// remembered, so that a network of repeated blocks pays for each only once.
///
/// A generator has a bit of its own and shares a *parity bit* with the other generators of its group: the number of
/// own bits of a group, modulo 2, is its parity bit. Odd subsets of many generators, which is what a residual
/// stream carries, are then an offset (the parity bit) and a mask of free bits, at a cost independent of depth.
struct CharacterTable {
  private var sets: [AffineSet] = [AffineSet()]
  private var index: [AffineSet: CharacterID] = [AffineSet(): 0]
  private var generators: [Generator] = []
  private var groupOfBit: [Int32] = []
  private var isParity: [Bool] = []
  private var parityBit: [Int] = []
  private var bitsOfGroup: [Bits] = []
  private var remembered: [[UInt64: CharacterID]] = [[:], [:], [:], [:]]

  private struct Generator { var bit: Int, group: Int }

  /// A new group of generators.
  mutating func group() -> Int {
    let bit = newBit(group: parityBit.count, parity: true)
    parityBit.append(bit)
    bitsOfGroup.append(Bits([bit]))
    return parityBit.count - 1
  }

  /// The set {g} of a new generator g.
  mutating func generator(in group: Int) -> CharacterID {
    let bit = newBit(group: group, parity: false)
    bitsOfGroup[group].insert(bit)
    return intern(AffineSet(offset: Bits([bit, parityBit[group]])))
  }

  private mutating func newBit(group: Int, parity: Bool) -> Int {
    groupOfBit.append(Int32(group))
    isParity.append(parity)
    return groupOfBit.count - 1
  }

  /// Whether a sum along the axis has a mean: 0 is in the set.
  func hasMean(_ a: CharacterID) -> Bool { sets[Int(a)].offset.isEmpty }

  /// Whether the set contains the single character that `b` consists of.
  func contains(_ a: CharacterID, _ b: CharacterID) -> Bool {
    sets[Int(a)].reduce(sets[Int(b)].offset.symmetricDifference(sets[Int(a)].offset)).isEmpty
  }

  /// Whether every character of `a` is one of `b`.
  mutating func isSubset(_ a: CharacterID, of b: CharacterID) -> Bool { a == b || hull(a, b) == b }

  /// The characters of a product: sums of one of each.
  mutating func product(_ a: CharacterID, _ b: CharacterID) -> CharacterID {
    if a == 0 { return b }
    if b == 0 { return a }
    return remember(0, min(a, b), max(a, b)) { table in
      var result = table.sets[Int(a)]
      let other = table.sets[Int(b)]
      result.offset = result.offset.symmetricDifference(other.offset)
      table.adjoin(other, to: &result)
      return result
    }
  }

  /// The smallest set with the characters of both: of a sum, or of an odd function of both.
  mutating func hull(_ a: CharacterID, _ b: CharacterID) -> CharacterID {
    if a == b { return a }
    return remember(1, min(a, b), max(a, b)) { table in
      var result = table.sets[Int(a)]
      let other = table.sets[Int(b)]
      let difference = result.offset.symmetricDifference(other.offset)
      table.adjoin(other, to: &result)
      table.insert(difference, into: &result)
      return result
    }
  }

  /// Sums of an even number of characters: of an even function.
  mutating func even(_ a: CharacterID) -> CharacterID {
    if a == 0 { return 0 }
    return remember(2, a, a) { table in
      var result = table.sets[Int(a)]
      result.offset = Bits()
      return result
    }
  }

  /// Sums of any number of characters: of a function without parity.
  mutating func span(_ a: CharacterID) -> CharacterID {
    if a == 0 { return 0 }
    return remember(3, a, a) { table in
      var result = table.sets[Int(a)]
      let offset = result.offset
      result.offset = Bits()
      table.insert(offset, into: &result)
      return result
    }
  }

  private mutating func remember(_ kind: Int, _ a: CharacterID, _ b: CharacterID, _ make: (inout Self) -> AffineSet)
    -> CharacterID
  {
    let key = UInt64(UInt32(bitPattern: a)) << 32 | UInt64(UInt32(bitPattern: b))
    if let known = remembered[kind][key] { return known }
    var set = make(&self)
    set.offset = set.reduce(set.offset)
    let id = intern(set)
    remembered[kind][key] = id
    return id
  }

  private mutating func intern(_ set: AffineSet) -> CharacterID {
    if let known = index[set] { return known }
    sets.append(set)
    let id = CharacterID(sets.count - 1)
    index[set] = id
    return id
  }

  private func adjoin(_ other: AffineSet, to set: inout AffineSet) {
    set.free(other.mask)
    for row in other.rows { insert(row, into: &set) }
  }

  /// Adds a direction. One that is a single bit, or that only parities tell from single bits, becomes part of the
  /// mask; with the parity bits fixed the set is the same.
  private func insert(_ direction: Bits, into set: inout AffineSet) {
    let rest = set.reduce(direction)
    if rest.isEmpty { return }
    let bits = rest.members(atMost: 3)
    if bits.count == 1 {
      set.free(rest)
    } else if bits.count == 2, groupOfBit[bits[0]] == groupOfBit[bits[1]],
      set.mask.isDisjoint(with: bitsOfGroup[Int(groupOfBit[bits[0]])])
    {
      set.free(rest)
    } else {
      set.addRow(rest)
    }
  }
}

/// `offset + span(mask bits, rows)`, reduced: offset and rows have no mask bits, rows are in echelon form.
struct AffineSet: Hashable {
  var offset = Bits()
  var mask = Bits()
  var rows: [Bits] = []

  func reduce(_ vector: Bits) -> Bits {
    var result = vector.subtracting(mask)
    for row in rows where result.contains(row.lowest) { result = result.symmetricDifference(row) }
    return result
  }

  /// Sets bits free.
  mutating func free(_ bits: Bits) {
    if bits.isSubset(of: mask) { return }
    mask = mask.union(bits)
    let old = rows
    rows = []
    for row in old {
      let rest = reduce(row)
      if rest.isEmpty { continue }
      addRow(rest)
    }
  }

  mutating func addRow(_ row: Bits) {
    let pivot = row.lowest
    for i in rows.indices where rows[i].contains(pivot) { rows[i] = rows[i].symmetricDifference(row) }
    rows.append(row)
    rows.sort { $0.lowest < $1.lowest }
  }
}

/// A set of small whole numbers.
struct Bits: Hashable {
  private var words: ContiguousArray<UInt64> = []

  init() {}
  init(_ members: [Int]) { for member in members { insert(member) } }

  var isEmpty: Bool { words.isEmpty }

  mutating func insert(_ bit: Int) {
    while words.count <= bit >> 6 { words.append(0) }
    words[bit >> 6] |= 1 << UInt64(bit & 63)
  }

  func contains(_ bit: Int) -> Bool { bit >> 6 < words.count && words[bit >> 6] >> UInt64(bit & 63) & 1 == 1 }

  /// The smallest member of a set that is not empty.
  var lowest: Int {
    for (i, word) in words.enumerated() where word != 0 { return i << 6 + word.trailingZeroBitCount }
    return -1
  }

  func members(atMost limit: Int) -> [Int] {
    var result: [Int] = []
    for (i, word) in words.enumerated() where word != 0 {
      var word = word
      while word != 0 {
        result.append(i << 6 + word.trailingZeroBitCount)
        if result.count == limit { return result }
        word &= word - 1
      }
    }
    return result
  }

  func union(_ other: Bits) -> Bits { combine(other, |) }
  func symmetricDifference(_ other: Bits) -> Bits { combine(other, ^) }

  func subtracting(_ other: Bits) -> Bits {
    if isDisjoint(with: other) { return self }
    var result = self
    for i in 0..<min(words.count, other.words.count) { result.words[i] &= ~other.words[i] }
    result.trim()
    return result
  }

  func isDisjoint(with other: Bits) -> Bool {
    for i in 0..<min(words.count, other.words.count) where words[i] & other.words[i] != 0 { return false }
    return true
  }

  func isSubset(of other: Bits) -> Bool {
    for (i, word) in words.enumerated() where word & ~(i < other.words.count ? other.words[i] : 0) != 0 { return false }
    return true
  }

  private func combine(_ other: Bits, _ operation: (UInt64, UInt64) -> UInt64) -> Bits {
    var (result, shorter) = words.count >= other.words.count ? (self, other) : (other, self)
    for i in shorter.words.indices { result.words[i] = operation(result.words[i], shorter.words[i]) }
    shorter.words = []
    result.trim()
    return result
  }

  private mutating func trim() { while words.last == 0 { words.removeLast() } }
}
