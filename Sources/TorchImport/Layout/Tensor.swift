/// A tensor of the model that is translated: its dimensions by position, and what is known of where it comes from.
struct Tensor {
  let id: Int
  var dims: [Dim]
  var kind = ExportedGraph.TensorFacts.Kind.real
  /// What the first use of a weight tells about its start; set if this is a weight, however it is turned.
  var weight: WeightStart?
  /// What bounds whole numbers; set if these are some.
  var numbers: Numbers?
  /// Set if neither weights nor data decide it.
  var constant: Constant?
  /// Set if these are the largest of more: 1 at those. Such a tensor keeps the dimension that they are chosen from.
  var chosen: Chosen?
  /// Set if it was stacked, and from what.
  var stacked: Stacked?

  enum Constant {
    /// The same number everywhere.
    case number(Scalar)
    /// Numbers that the file does not tell.
    case unknown
  }

  /// How a weight starts, found out by its first use.
  final class WeightStart {
    var start: Start?

    enum Start {
      /// It is summed over these: one over the root of their sizes.
      case fanIn([Dim])
      /// Rows are looked up, or added as they are: standard deviation 1.
      case table
      /// It multiplies entry by entry.
      case one
      /// It is added entry by entry.
      case zero
    }

    func found(_ start: Start) { if self.start == nil { self.start = start } }
  }

  final class Chosen {
    let mask: Tensor
    init(_ mask: Tensor) { self.mask = mask }
  }

  final class Stacked {
    let parts: [Tensor]
    let position: Int
    init(_ parts: [Tensor], _ position: Int) { (self.parts, self.position) = (parts, position) }
  }

  final class Numbers {
    var below: Dim?
  }
}
