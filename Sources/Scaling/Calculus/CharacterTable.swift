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

  /// Whether some character of `a` changes sign with the generator that `b` consists of.
  func involves(_ a: CharacterID, _ b: CharacterID) -> Bool {
    guard let bit = sets[Int(b)].offset.members(atMost: 2).first(where: { !isParity[$0] }) else { return false }
    let set = sets[Int(a)]
    return set.offset.contains(bit) || set.mask.contains(bit) || set.rows.contains { $0.contains(bit) }
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

/// A set of small whole numbers: the words of 64 that are not zero, in order. Most sets have few members, far apart.
struct Bits: Hashable {
  private var words: ContiguousArray<Word> = []

  private struct Word: Hashable {
    var index: Int32
    var bits: UInt64
  }

  init() {}
  init(_ members: [Int]) { for member in members { insert(member) } }

  var isEmpty: Bool { words.isEmpty }

  mutating func insert(_ bit: Int) {
    let (index, mask) = (Int32(bit >> 6), UInt64(1) << UInt64(bit & 63))
    let i = position(index)
    if i < words.count, words[i].index == index {
      words[i].bits |= mask
    } else {
      words.insert(Word(index: index, bits: mask), at: i)
    }
  }

  func contains(_ bit: Int) -> Bool {
    let i = position(Int32(bit >> 6))
    return i < words.count && words[i].index == Int32(bit >> 6) && words[i].bits >> UInt64(bit & 63) & 1 == 1
  }

  /// The first word whose index is not below this.
  private func position(_ index: Int32) -> Int {
    var (low, high) = (0, words.count)
    while low < high {
      let middle = (low + high) / 2
      if words[middle].index < index { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// The smallest member; -1 of the empty set.
  var lowest: Int { words.first.map { Int($0.index) << 6 + $0.bits.trailingZeroBitCount } ?? -1 }

  func members(atMost limit: Int) -> [Int] {
    var result: [Int] = []
    for word in words {
      var bits = word.bits
      while bits != 0 {
        result.append(Int(word.index) << 6 + bits.trailingZeroBitCount)
        if result.count == limit { return result }
        bits &= bits - 1
      }
    }
    return result
  }

  func union(_ other: Bits) -> Bits { combined(other, |) }
  func symmetricDifference(_ other: Bits) -> Bits { combined(other, ^) }
  func subtracting(_ other: Bits) -> Bits { isDisjoint(with: other) ? self : combined(other) { $0 & ~$1 } }

  func isDisjoint(with other: Bits) -> Bool {
    let (few, many) = words.count <= other.words.count ? (self, other) : (other, self)
    return few.words.allSatisfy { word in many.bits(at: word.index) & word.bits == 0 }
  }

  func isSubset(of other: Bits) -> Bool {
    words.allSatisfy { word in word.bits & ~other.bits(at: word.index) == 0 }
  }

  private func bits(at index: Int32) -> UInt64 {
    let i = position(index)
    return i < words.count && words[i].index == index ? words[i].bits : 0
  }

  private func combined(_ other: Bits, _ operation: (UInt64, UInt64) -> UInt64) -> Bits {
    if other.words.isEmpty { return self }
    var result = Bits()
    result.words.reserveCapacity(words.count + other.words.count)
    var (i, j) = (0, 0)
    while i < words.count || j < other.words.count {
      let word: Word
      if j == other.words.count || (i < words.count && words[i].index < other.words[j].index) {
        word = Word(index: words[i].index, bits: operation(words[i].bits, 0))
        i += 1
      } else if i == words.count || other.words[j].index < words[i].index {
        word = Word(index: other.words[j].index, bits: operation(0, other.words[j].bits))
        j += 1
      } else {
        word = Word(index: words[i].index, bits: operation(words[i].bits, other.words[j].bits))
        i += 1
        j += 1
      }
      if word.bits != 0 { result.words.append(word) }
    }
    return result
  }
}
