import TensorPrograms
for a in Architecture.all {
  let p = try a.program()
  print(p.text)
  let s = try p.withStep(.adam())
  let t = s.text
  let r = try Program(text: t)
  print(r.text == t, s.instructions.count, p.instructions.count)
}
