/// Functions that exported code may need; only those that it calls are written.
struct TorchHelper {
  let name: String
  let code: String

  /// The helper of each formula of a program's constants.
  static let formulas = [
    "sinusoids": "sinusoids", "relative-sinusoids": "relative_sinusoids", "rotation": "rotation",
    "buckets": "buckets", "past-buckets": "past_buckets", "path-graph": "path_graph", "cosines": "cosines",
    "sines": "sines",
  ]

  static let all: [TorchHelper] = [
    TorchHelper(
      name: "align",
      code: """
        def align(x, have, want):
            "Dimensions in another order, of size 1 where there is none."
            x = x.permute(sorted(range(len(have)), key=lambda i: want.index(have[i])))
            for i, letter in enumerate(want):
                if letter not in have:
                    x = x.unsqueeze(i)
            return x
        """),
    TorchHelper(
      name: "look_up",
      code: """
        def look_up(table, have, index, letters, along):
            "Rows by number; dimensions that both have are matched. Those of the numbers come first."
            shared = [c for c in letters if c in have]
            rest = [c for c in have if c != along and c not in letters]
            if not shared:
                return table.permute([have.index(c) for c in along + "".join(rest)])[index]
            order = shared + [along] + rest
            table = table.permute([have.index(c) for c in order])
            for i, c in enumerate(letters):
                if c not in have:
                    table = table.unsqueeze(i).expand(*table.shape[:i], index.shape[i], *table.shape[i:])
                    have, order = have + c, order[:i] + [c] + order[i:]
                elif order[i] != c:
                    table = table.movedim(order.index(c), i)
                    order.remove(c)
                    order.insert(i, c)
            place = index.reshape(*index.shape, *[1] * (1 + len(rest))).expand(*index.shape, 1, *table.shape[index.dim() + 1:])
            return table.gather(index.dim(), place).squeeze(index.dim())
        """),
    TorchHelper(
      name: "causal",
      code: """
        def causal(x, query, key, fill):
            "Entries whose key comes after their query, set to a number."
            q = torch.arange(x.shape[query], device=x.device).reshape([-1 if i == query else 1 for i in range(x.dim())])
            k = torch.arange(x.shape[key], device=x.device).reshape([-1 if i == key else 1 for i in range(x.dim())])
            return x.masked_fill(k > q, fill)
        """),
    TorchHelper(
      name: "windows",
      code: """
        def windows(x, rows, columns, high, wide, stride, padding):
            "The windows of an image with zeros beyond its border, in two dimensions at the end."
            pads = [0, 0] * x.dim()
            for i in (rows, columns):
                pads[2 * (x.dim() - 1 - i)] = pads[2 * (x.dim() - 1 - i) + 1] = padding
            return F.pad(x, pads).unfold(rows, high, stride).unfold(columns, wide, stride)
        """),
    TorchHelper(
      name: "fold",
      code: """
        def fold(x, rows, columns, high, wide, stride, padding):
            "Windows, in the two dimensions at the end, added back into an image."
            shape = list(x.shape[:-2])
            shape[rows], shape[columns] = high + 2 * padding, wide + 2 * padding
            image = torch.zeros(shape, dtype=x.dtype, device=x.device)
            for i in range(x.shape[-2]):
                for j in range(x.shape[-1]):
                    part = [slice(None)] * len(shape)
                    part[rows] = slice(i, i + stride * (x.shape[rows] - 1) + 1, stride)
                    part[columns] = slice(j, j + stride * (x.shape[columns] - 1) + 1, stride)
                    image[tuple(part)] += x[..., i, j]
            return image.narrow(rows, padding, high).narrow(columns, padding, wide)
        """),
    TorchHelper(
      name: "insert",
      code: """
        def insert(x, place, at, size):
            "Zeros, but for the slice at one index of a new dimension."
            return torch.stack([x if i == at else torch.zeros_like(x) for i in range(size)], place)
        """),
    TorchHelper(
      name: "slope",
      code: """
        def slope(function, x):
            "The derivative of a function, entry by entry."
            return torch.func.jvp(function, (x,), (torch.ones_like(x),))[1]
        """),
    TorchHelper(
      name: "largest",
      code: """
        def largest(x, along, count):
            "1 where an entry is among the largest, else 0."
            places = x.detach().topk(count, along).indices
            return torch.zeros_like(x).scatter(along, places, 1.0)
        """),
    TorchHelper(
      name: "sinusoids",
      code: """
        def sinusoids(shape, base, model):
            "Sines and cosines of a position, of geometrically growing wavelength."
            j = torch.arange(shape[1], dtype=torch.double)
            angle = torch.arange(shape[0], dtype=torch.double)[:, None] * base ** (-(j // 2 * 2) / shape[1])
            return torch.where(j % 2 == 0, torch.sin(angle), torch.cos(angle)).to(model.device, model.dtype)
        """),
    TorchHelper(
      name: "relative_sinusoids",
      code: """
        def relative_sinusoids(shape, base, model):
            j = torch.arange(shape[2], dtype=torch.double)
            distance = (torch.arange(shape[0])[:, None] - torch.arange(shape[1])[None, :]).double()
            angle = distance[..., None] * base ** (-(j // 2 * 2) / shape[2])
            return torch.where(j % 2 == 0, torch.sin(angle), torch.cos(angle)).to(model.device, model.dtype)
        """),
    TorchHelper(
      name: "rotation",
      code: """
        def rotation(shape, base, model):
            "For each position and pair the matrix that turns it."
            pairs = torch.arange(shape[1], dtype=torch.double)
            angle = torch.arange(shape[0], dtype=torch.double)[:, None] * base ** (-pairs / shape[1])
            rows = torch.stack((torch.cos(angle), -torch.sin(angle)), -1), torch.stack((torch.sin(angle), torch.cos(angle)), -1)
            return torch.stack(rows, -2).to(model.device, model.dtype)
        """),
    TorchHelper(
      name: "buckets",
      code: """
        def bucket(distance, count, far):
            exact = count // 2
            if distance < exact or exact == 0:
                return min(distance, max(0, count - 1))
            share = math.log(distance / exact) / math.log(max(far, exact + 1) / exact)
            return min(exact + int(max(0.0, share) * (count - exact)), count - 1)


        def buckets(shape, far, model):
            "1 at the bucket of the distance between query and key, in both directions."
            half, x = shape[2] // 2, torch.zeros(shape)
            for q in range(shape[0]):
                for k in range(shape[1]):
                    x[q, k, (half if k > q else 0) + bucket(abs(k - q), half, far)] = 1
            return x.to(model.device, model.dtype)
        """),
    TorchHelper(
      name: "past_buckets",
      code: """
        def past_buckets(shape, far, model):
            "1 at the bucket of how far back the key is."
            count, x = shape[2], torch.zeros(shape)
            exact = count // 2
            for q in range(shape[0]):
                for k in range(shape[1]):
                    distance = max(0, q - k)
                    if distance < exact or exact == 0:
                        place = min(distance, max(0, count - 1))
                    else:
                        share = math.log(distance / exact) / math.log(max(far, exact + 1) / exact)
                        place = min(exact + int(max(0.0, share) * (count - exact)), count - 1)
                    x[q, k, place] = 1
            return x.to(model.device, model.dtype)
        """),
    TorchHelper(
      name: "path_graph",
      code: """
        def path_graph(shape, _, model):
            "The normalized adjacency of a path."
            near = (torch.arange(shape[0])[:, None] - torch.arange(shape[1])[None, :]).abs() <= 1
            degree = near.double().sum(1)
            return (near / (degree[:, None] * degree[None, :]).sqrt()).to(model.device, model.dtype)
        """),
    TorchHelper(
      name: "cosines",
      code: """
        def cosines(shape, _, model):
            places = torch.arange(shape[0], dtype=torch.double)[:, None] * torch.arange(shape[1])[None, :]
            return ((2 / shape[1]) ** 0.5 * torch.cos(2 * math.pi * places / shape[1])).to(model.device, model.dtype)
        """),
    TorchHelper(
      name: "sines",
      code: """
        def sines(shape, _, model):
            places = torch.arange(shape[0], dtype=torch.double)[:, None] * torch.arange(shape[1])[None, :]
            return ((2 / shape[1]) ** 0.5 * torch.sin(2 * math.pi * places / shape[1])).to(model.device, model.dtype)
        """),
  ]
}
