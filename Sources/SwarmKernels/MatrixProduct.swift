internal import COpenBLAS

/// OpenBLAS works on the calling thread alone: threads are ours to hand out.
private let singleThreaded: Void = openblas_set_num_threads(1)

/// C [m × n] = A [m × k] · B [k × n], row by row, through OpenBLAS. `transposeB`: B is given as [n × k].
package func matrixProduct(
    _ a: [Double], _ b: [Double], m: Int, n: Int, k: Int, transposeB: Bool = false
) -> [Double] {
    precondition(m >= 0 && n >= 0 && k >= 0 && a.count == m * k && b.count == k * n, "product of other shapes")
    var c = [Double](repeating: 0, count: m * n)
    guard m > 0, n > 0, k > 0 else { return c }
    _ = singleThreaded
    unsafe cblas_dgemm(
        CblasRowMajor, CblasNoTrans, transposeB ? CblasTrans : CblasNoTrans, blasint(m), blasint(n), blasint(k), 1, a,
        blasint(k), b, blasint(transposeB ? k : n), 0, &c, blasint(n))
    return c
}

/// C [m × n] = A [m × k] · B [k × n] in single precision. `transposeB`: B is given as [n × k].
package func matrixProduct(
    _ a: [Float], _ b: [Float], m: Int, n: Int, k: Int, transposeB: Bool = false
) -> [Float] {
    precondition(m >= 0 && n >= 0 && k >= 0 && a.count == m * k && b.count == k * n, "product of other shapes")
    var c = [Float](repeating: 0, count: m * n)
    guard m > 0, n > 0, k > 0 else { return c }
    _ = singleThreaded
    unsafe cblas_sgemm(
        CblasRowMajor, CblasNoTrans, transposeB ? CblasTrans : CblasNoTrans, blasint(m), blasint(n), blasint(k), 1, a,
        blasint(k), b, blasint(transposeB ? k : n), 0, &c, blasint(n))
    return c
}
