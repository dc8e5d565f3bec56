import Foundation

/// How the lines of a figure are told apart: hue by family of layers, lightness by kind within it, opacity by depth.
///
/// A kind is a name without its block's number, `blocks.*.mlp.up.out`; its family is the first word after that. Families
/// beyond the first ones are one, in grey, so that no two share a hue and a legend stays short.
struct LineStyle {
  struct Kind {
    let name: String
    let family: String
    /// Colours on light and on dark ground.
    let colours: (light: String, dark: String)
    /// The values of this kind, in the order of the program.
    var values: [String]
  }

  /// The first letters of the classes: `k` and a number for kinds, `kf` and a number for families.
  let prefix: String
  private(set) var kinds: [Kind] = []
  private var kindOf: [String: Int] = [:]

  /// - Parameter families: those that have a hue already, in this order.
  init(_ values: [String], families known: [String] = [], prefix: String = "k") {
    self.prefix = prefix
    var families = known
    var names: [String] = []
    var members: [String: [String]] = [:]
    for value in values {
      let kind = LineStyle.kind(value)
      if members[kind] == nil { names.append(kind) }
      members[kind, default: []].append(value)
    }
    for name in names where !families.contains(LineStyle.family(name)) { families.append(LineStyle.family(name)) }
    if families.count > LineStyle.palette.count {
      families = families.prefix(LineStyle.palette.count).filter { $0 != LineStyle.others } + [LineStyle.others]
    }
    self.families = families
    func familyOf(_ name: String) -> String {
      families.contains(LineStyle.family(name)) ? LineStyle.family(name) : LineStyle.others
    }
    for (index, name) in names.enumerated() {
      let family = familyOf(name)
      let siblings = names.filter { familyOf($0) == family }
      let rank = siblings.firstIndex(of: name) ?? 0
      // From darker to lighter around the family's hue.
      let shift = siblings.count == 1 ? 0 : 0.64 * Double(rank) / Double(siblings.count - 1) - 0.32
      let hue = hue(family)
      let colours = (light: LineStyle.mix(hue.light, shift), dark: LineStyle.mix(hue.dark, shift * 0.8))
      let values = members[name] ?? []
      kinds.append(Kind(name: name, family: family, colours: colours, values: values))
      for value in values { kindOf[value] = index }
    }
  }

  func kind(of value: String) -> Int { kindOf[value] ?? 0 }

  /// 1 for the deepest of its kind, less for those before it.
  func opacity(_ value: String) -> Double {
    let values = kinds[kind(of: value)].values
    guard values.count > 1, let rank = values.firstIndex(of: value) else { return 1 }
    return 0.5 + 0.5 * Double(rank) / Double(values.count - 1)
  }

  /// In the order of the program.
  let families: [String]

  /// A class a kind and a family, light and dark.
  var styleSheet: String {
    var (light, dark) = ("", "")
    for (index, kind) in kinds.enumerated() {
      light += ".\(prefix)\(index){--c:\(kind.colours.light)}"
      dark += ".\(prefix)\(index){--c:\(kind.colours.dark)}"
    }
    for (index, family) in families.enumerated() {
      light += ".\(prefix)f\(index){--c:\(colour(ofFamily: family))}"
      dark += ".\(prefix)f\(index){--c:\(LineStyle.mix(hue(family).dark, 0))}"
    }
    return "\(light)\n@media screen and (prefers-color-scheme:dark){\(dark)}"
  }

  static func kind(_ value: String) -> String {
    value.split(separator: ".", omittingEmptySubsequences: false)
      .map { !$0.isEmpty && $0.allSatisfy(\.isNumber) ? "*" : String($0) }.joined(separator: ".")
  }

  static func family(_ kind: String) -> String {
    let words = kind.split(separator: ".")
    var word = words.first.map(String.init) ?? kind
    if let star = words.firstIndex(of: "*"), star + 2 < words.count { word = String(words[star + 1]) }
    // norm1 and norm2 are one family, as are conv1 and conv2.
    let stem = word.reversed().drop { $0.isNumber }.reversed()
    return stem.isEmpty ? word : String(stem)
  }

  /// Okabe and Ito's palette, which the colour-blind can tell apart, without its yellow.
  private static let palette: [(light: Int, dark: Int)] = [
    (0x0072B2, 0x4BA3DB), (0xD55E00, 0xEE8A45), (0x009E73, 0x2FC79B), (0xB85C94, 0xD993BF), (0xC48A00, 0xE6B53A),
    (0x3D9BD1, 0x86CBF2), (0x7A4B2A, 0xC4936B),
  ]
  private static let grey = (light: 0x5B6470, dark: 0xA8B1BD)
  /// The family of all beyond the palette.
  static let others = "others"

  private func hue(_ family: String) -> (light: Int, dark: Int) {
    let index = families.firstIndex(of: family) ?? 0
    return family == LineStyle.others || index >= LineStyle.palette.count ? LineStyle.grey : LineStyle.palette[index]
  }

  /// The colour of a family on light ground.
  func colour(ofFamily family: String) -> String { LineStyle.mix(hue(family).light, 0) }

  /// Towards black for a negative amount, towards white for a positive one.
  private static func mix(_ colour: Int, _ amount: Double) -> String {
    let target = amount < 0 ? 0.0 : 255.0
    let parts = [16, 8, 0].map { shift -> String in
      let part = Double((colour >> shift) & 255)
      let mixed = Int((part + (target - part) * abs(amount)).rounded())
      return String(mixed >> 4, radix: 16) + String(mixed & 15, radix: 16)
    }
    return "#" + parts.joined()
  }
}
