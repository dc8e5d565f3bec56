import ArgumentParser
import Widthwise

/// How a table given with `--data` is read.
struct TableOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The column of a table that is the label, by name or number; the last one if not given.", valueName: "column"))
  var label: String?

  @Flag(name: .customLong("drop-missing"), help: "Leave out rows of a table that have a field without a value.")
  var dropMissing = false

  var reading: TableReading { TableReading(label: label, dropsMissing: dropMissing) }
}
