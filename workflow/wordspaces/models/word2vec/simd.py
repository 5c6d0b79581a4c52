"""Vector instructions for the Word2Vec kernels, as functions for compiled code.

Two small matrix products do nearly all the work, each as one piece of LLVM code over vectors of `LANES` floats: dot
products of some rows with four others, and weighted sums of rows added to rows of a table. Numba's own loops reach a
quarter of their speed, because they keep sums in memory that here stay in registers. LLVM translates vectors of any
length for any processor; `LANES` and `TILE` only follow the size and the number of its registers. Sums run in a fixed
order: the same bytes on processors of one type, other rounding on another.

All arrays are C-contiguous float32 [rows, d], d a multiple of 16, and rows are not checked; `blocks` has the ordinary
loops that do the same.
"""

from collections.abc import Callable

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.registry import cpu_target
from numba.extending import intrinsic

FEATURES = cpu_target.target_context.codegen().magic_tuple()[2].split(",")
LANES = 16 if "+avx512f" in FEATURES else 8 if "+avx" in FEATURES else 4
TILE = 2 if LANES == 8 else 4  # with 8 lanes come only 16 registers: too few for four rows of four sums

FLOAT, INDEX = ir.FloatType(), ir.IntType(64)
VECTOR, FOUR = ir.VectorType(FLOAT, LANES), ir.VectorType(FLOAT, 4)


def _shuffle(builder: ir.IRBuilder, a: ir.Value, b: ir.Value, lanes: list[int]) -> ir.Value:
    return builder.shuffle_vector(a, b, ir.Constant(ir.VectorType(ir.IntType(32), len(lanes)), lanes))


def _pair(builder: ir.IRBuilder, a: ir.Value, b: ir.Value) -> ir.Value:
    """Sums of neighbouring lanes, within each group of four lanes: two of `a`, then two of `b`."""
    size = a.type.count
    even = [base + half + lane for base in range(0, size, 4) for half in (0, size) for lane in (0, 2)]
    return builder.fadd(_shuffle(builder, a, b, even), _shuffle(builder, a, b, [lane + 1 for lane in even]))


def _sums(builder: ir.IRBuilder, four: list[ir.Value]) -> ir.Value:
    """The sum of the lanes of each of four vectors, as one vector of four."""
    total = _pair(builder, _pair(builder, *four[:2]), _pair(builder, *four[2:]))
    while total.type.count > 4:
        half = total.type.count // 2
        low, high = list(range(half)), list(range(half, 2 * half))
        total = builder.fadd(_shuffle(builder, total, total, low), _shuffle(builder, total, total, high))
    return total


class _Rows:
    """Addresses in an array of rows, while code is written."""

    def __init__(self, context, builder: ir.IRBuilder, kind: types.Array, value: ir.Value) -> None:
        array = context.make_array(kind)(context, builder, value)
        self.builder, self.data = builder, array.data
        self.width = cgutils.unpack_tuple(builder, array.shape)[-1]

    def at(self, row: ir.Value, column: ir.Value, kind: ir.Type) -> ir.Value:
        place = self.builder.add(self.builder.mul(row, self.width), column)
        return self.builder.bitcast(self.builder.gep(self.data, [place]), ir.PointerType(kind))

    def load(self, row: ir.Value, column: ir.Value, kind: ir.Type = VECTOR) -> ir.Value:
        return self.builder.load(self.at(row, column, kind), typ=kind, align=4)

    def store(self, value: ir.Value, row: ir.Value, column: ir.Value) -> None:
        self.builder.store(value, self.at(row, column, value.type), align=4)


def _splat(builder: ir.IRBuilder, number: ir.Value) -> ir.Value:
    one = builder.insert_element(ir.Constant(VECTOR, ir.Undefined), number, ir.Constant(ir.IntType(32), 0))
    return _shuffle(builder, one, one, [0] * LANES)


def _multiply_add(builder: ir.IRBuilder, a: ir.Value, b: ir.Value, target: ir.Value) -> None:
    """Add a * b to the vector that `target` points to."""
    function = cgutils.get_or_insert_function(
        builder.module, ir.FunctionType(VECTOR, [VECTOR] * 3), f"llvm.fmuladd.v{LANES}f32"
    )
    builder.store(builder.call(function, [a, b, builder.load(target)]), target)


def _accumulators(builder: ir.IRBuilder, number: int) -> list[ir.Value]:
    """Pointers to zeroed vectors, which LLVM turns into registers."""
    found = [cgutils.alloca_once(builder, VECTOR) for _ in range(number)]
    for place in found:
        builder.store(ir.Constant(VECTOR, [0.0] * LANES), place)
    return found


def dots(rows: int) -> Callable:
    """Code for ``out[o + r, j : j + 4] = a[i + r] . b[j : j + 4]``, r below `rows`."""

    @intrinsic
    def code(typing, a, i, b, j, out, o):
        def generate(context, builder, signature, values):
            places = {n: _Rows(context, builder, signature.args[n], values[n]) for n in (0, 2, 4)}
            left = [builder.add(values[1], INDEX(r)) for r in range(rows)]
            right = [builder.add(values[3], INDEX(q)) for q in range(4)]
            sums = _accumulators(builder, 4 * rows)
            with cgutils.for_range_slice(builder, INDEX(0), places[0].width, INDEX(LANES), inc=True) as (c, _):
                others = [places[2].load(q, c) for q in right]
                for r in range(rows):
                    own = places[0].load(left[r], c)
                    for q in range(4):
                        _multiply_add(builder, own, others[q], sums[4 * r + q])
            for r in range(rows):
                four = _sums(builder, [builder.load(place) for place in sums[4 * r : 4 * r + 4]])
                places[4].store(four, builder.add(values[5], INDEX(r)), values[3])
            return context.get_dummy_value()

        return types.void(a, types.int64, b, types.int64, out, types.int64), generate

    return code


def weighted(rows: int, vectors: int) -> Callable:
    """Code for ``table[ids[i + r], c : c + vectors * LANES] += sum over q in begin..end-1 of w(r, q) * b[q, c : ...]``.

    The weight w(r, q) is at ``weights.flat[at + r * down + q * along]``: swapping `down` and `along` transposes.
    """

    @intrinsic
    def code(typing, weights, at, down, along, b, begin, end, c, table, ids, i):
        def generate(context, builder, signature, values):
            _, at, down, along, _, begin, end, c, _, _, i = values
            flat, source, target, names = (_Rows(context, builder, signature.args[n], values[n]) for n in (0, 4, 8, 9))
            starts = [builder.add(at, builder.mul(down, INDEX(r))) for r in range(rows)]
            columns = [builder.add(c, INDEX(LANES * v)) for v in range(vectors)]
            sums = _accumulators(builder, rows * vectors)
            with cgutils.for_range_slice(builder, begin, end, INDEX(1), inc=True) as (q, _):
                others = [source.load(q, column) for column in columns]
                step = builder.mul(q, along)
                for r in range(rows):
                    weight = flat.load(INDEX(0), builder.add(starts[r], step), FLOAT)
                    weight = _splat(builder, weight)
                    for v in range(vectors):
                        _multiply_add(builder, weight, others[v], sums[r * vectors + v])
            for r in range(rows):
                word = names.load(INDEX(0), builder.add(i, INDEX(r)), ir.IntType(32))
                word = builder.sext(word, INDEX)
                for v in range(vectors):
                    total = builder.fadd(target.load(word, columns[v]), builder.load(sums[r * vectors + v]))
                    target.store(total, word, columns[v])
            return context.get_dummy_value()

        long = types.int64
        return types.void(weights, long, long, long, b, long, long, long, table, ids, long), generate

    return code


@intrinsic
def copy(typing, table, row, out, i):
    """``out[i] = table[row]``."""

    def generate(context, builder, signature, values):
        source, target = (_Rows(context, builder, signature.args[n], values[n]) for n in (0, 2))
        with cgutils.for_range_slice(builder, INDEX(0), source.width, INDEX(LANES), inc=True) as (c, _):
            target.store(source.load(values[1], c), values[3], c)
        return context.get_dummy_value()

    return types.void(table, types.int64, out, types.int64), generate


@intrinsic
def add_to(typing, table, row, delta, i):
    """``table[row] += delta[i]``."""

    def generate(context, builder, signature, values):
        target, source = (_Rows(context, builder, signature.args[n], values[n]) for n in (0, 2))
        with cgutils.for_range_slice(builder, INDEX(0), source.width, INDEX(LANES), inc=True) as (c, _):
            total = builder.fadd(target.load(values[1], c), source.load(values[3], c))
            target.store(total, values[1], c)
        return context.get_dummy_value()

    return types.void(table, types.int64, delta, types.int64), generate


@intrinsic
def prefetch(typing, table, row):
    """Ask for a row that is needed soon."""

    def generate(context, builder, signature, values):
        rows = _Rows(context, builder, signature.args[0], values[0])
        kind = ir.FunctionType(ir.VoidType(), [ir.PointerType(), *[ir.IntType(32)] * 3])
        function = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        with cgutils.for_range_slice(builder, INDEX(0), rows.width, INDEX(16), inc=True) as (c, _):
            place = builder.bitcast(rows.at(values[1], c, FLOAT), ir.PointerType())
            builder.call(function, [place, *[ir.Constant(ir.IntType(32), number) for number in (1, 3, 1)]])
        return context.get_dummy_value()

    return types.void(table, types.int64), generate


dots_tile, dots_row = dots(TILE), dots(1)
tile4, tile3, tile2, tile1 = (weighted(TILE, vectors) for vectors in (4, 3, 2, 1))
row4, row3, row2, row1 = (weighted(1, vectors) for vectors in (4, 3, 2, 1))
