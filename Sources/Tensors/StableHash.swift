/// A number that tells texts or bytes apart and is the same in every process and on every machine, which `Hashable` is
/// not.
public enum StableHash {
  /// The 64-bit FNV-1a hash of a text's UTF-8 bytes.
  public static func fnv1a(_ text: String) -> UInt64 { fnv1a(text.utf8) }

  /// The 64-bit FNV-1a hash of bytes.
  public static func fnv1a(_ bytes: some Sequence<UInt8>) -> UInt64 {
    bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }
}
