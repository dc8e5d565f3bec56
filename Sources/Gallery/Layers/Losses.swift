public import TensorPrograms

/// The mean of half the squared differences over all entries.
///
/// The factor 1/2 is that of Tensor Programs IV, so that the cotangent is the difference itself.
public func meanSquaredError(_ prediction: Value, _ target: Value) -> Value {
  0.5 * mean(map(.square, prediction - target))
}

/// The mean cross-entropy of logits against labels; the classes are the axis of the labels' numbers.
///
/// logits: `[batch, .., classes]`; labels: `[batch, ..]`, numbers below `classes`.
public func crossEntropy(_ logits: Value, _ labels: Value) -> Value {
  let recorder = logits.recorder
  guard let logitsID = logits.id, let labelsID = labels.id else { return Value(recorder, nil) }
  guard let below = recorder.program[labelsID].role.below,
    logits.axes.contains(Axis(below))
  else {
    recorder.fail(
      .shape(
        operation: "cross-entropy",
        operands: [
          "\"\(recorder.program[logitsID].name)\" \(logits.axes.bracketed)",
          "\"\(recorder.program[labelsID].name)\" \(labels.axes.bracketed)",
        ],
        reason:
          "the labels must be numbers below the dimension of the logits' classes: labels(\"name\", below: classes)"))
    return Value(recorder, nil)
  }
  let classes = Axis(below)
  return mean(logSumExp(logits, over: [classes]) - gather(logits, labels, along: classes))
}
