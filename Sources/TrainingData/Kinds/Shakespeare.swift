extension DataKind {
  /// Plays of William Shakespeare, for programs that read tokens.
  static let shakespeare = DataKind(
    builtIn: "shakespeare", usual: InputSlot.areText, open: { try shakespeareText.get() })

  // Read once.
  private static let shakespeareText = Result {
    let path = try DataFile.resource("shakespeare.txt")
    return try DataText(DataFile.bytes(path), file: path, name: "shakespeare")
  }
}
