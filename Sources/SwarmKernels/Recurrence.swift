internal import Glibc

/// Where a token's state comes from and where it goes: rows of the matrix of states.
package struct StateStep: Sendable, Equatable {
    /// The row of the context's state; nil for the empty context, whose state is zero. May be `target`.
    package var source: Int?
    /// The row of the state after the token.
    package var target: Int

    package init(source: Int?, target: Int) {
        self.source = source
        self.target = target
    }
}

/// The steps of recurrent layers: token by token, each from its context's state to its own.
///
/// Token i is row i of the inputs and outputs and element i of `steps`; a step may start from an earlier one's state.
/// Every number is computed in one order that depends on its own inputs alone, whatever else is in the batch.
extension FloatRows {
    /// RWKV's token shift: outputs[j] = x · mixes[j] + x' · (1 − mixes[j]), where x' is what the context's last token had
    /// here. It is kept in columns `column..<column + x.columns` of the states.
    package func shiftTokens(
        _ x: FloatRows, steps: [StateStep], column: Int, mixes: [[Float]], into outputs: [FloatRows]
    ) {
        let width = x.columns
        precondition(
            steps.count <= x.rows && column >= 0 && column + width <= columns && mixes.count == outputs.count
                && mixes.allSatisfy { $0.count == width }
                && outputs.allSatisfy { $0.columns == width && $0.rows >= steps.count }, "a shift of other shapes")
        for (index, step) in steps.enumerated() {
            let (current, kept) = unsafe (x.row(index), row(step.target) + column)
            carry(step, column: column, count: width)
            for (mix, output) in zip(mixes, outputs) {
                let result = unsafe output.row(index)
                for place in 0..<width {
                    unsafe result[place] = current[place] * mix[place] + kept[place] * (1 - mix[place])
                }
            }
            unsafe kept.update(from: current, count: width)
        }
    }

    /// RWKV 5's attention, head by head: y_j = Σ_i r_i (u_i k_i v_j + S_ij), then S_ij ← k_i v_j + w_i S_ij.
    ///
    /// `r`, `k`, `v`, `output` are [tokens × heads · width]; `bonus` u and `decay` w are [heads · width]; S [heads × width
    /// × width] begins at `column` of the states.
    package func attendLinearly(
        _ r: FloatRows, _ k: FloatRows, _ v: FloatRows, bonus: [Float], decay: [Float], width: Int,
        steps: [StateStep], column: Int, into output: FloatRows, pool: ThreadPool
    ) {
        let hidden = decay.count
        precondition(
            width > 0 && hidden % width == 0 && bonus.count == hidden && column >= 0
                && column + hidden * width <= columns
                && [r, k, v, output].allSatisfy { $0.columns == hidden && $0.rows >= steps.count },
            "linear attention of other shapes")
        let heads = hidden / width
        let chunks = pool.threadCount == 1 || hidden * width * steps.count < 65_536 ? 1 : heads
        // A chunk writes the states and results of its own heads.
        nonisolated(unsafe) let (states, r, k, v, output) = (self, r, k, v, output)
        pool.run(chunkCount: chunks) { chunk in
            for head in Swift.stride(from: chunk, to: heads, by: chunks) {
                let place = head * width
                for (index, step) in steps.enumerated() {
                    unsafe states.carry(step, column: column + place * width, count: width * width)
                    let result = unsafe output.row(index) + place
                    let values = unsafe v.row(index) + place
                    unsafe result.update(repeating: 0, count: width)
                    for i in 0..<width {
                        let (receptance, key) = unsafe (r.row(index)[place + i], k.row(index)[place + i])
                        let (u, w) = (bonus[place + i], decay[place + i])
                        let memory = unsafe states.row(step.target) + column + (place + i) * width
                        for j in 0..<width {
                            let product = unsafe key * values[j]
                            unsafe result[j] += receptance * (u * product + memory[j])
                            unsafe memory[j] = product + w * memory[j]
                        }
                    }
                }
            }
        }
    }

    /// A causal convolution along the context, one filter a channel: y = b + Σ_j filter[j] · x at j − (taps − 1).
    ///
    /// Channel c of token i is column c of row i of `x`, which may be wider. `filter` is [taps × channels]. The last taps
    /// − 1 inputs, oldest first, lie at `column` of the states.
    package func convolve(
        _ x: FloatRows, filter: [Float], bias: [Float]?, taps: Int, steps: [StateStep], column: Int,
        into output: FloatRows
    ) {
        let channels = output.columns
        let kept = (taps - 1) * channels
        precondition(
            taps > 0 && filter.count == taps * channels && bias.map { $0.count == channels } ?? true && column >= 0
                && column + kept <= columns && x.columns >= channels && x.rows >= steps.count
                && output.rows >= steps.count, "a convolution of other shapes")
        for (index, step) in steps.enumerated() {
            carry(step, column: column, count: kept)
            let (current, past, result) = unsafe (x.row(index), row(step.target) + column, output.row(index))
            for channel in 0..<channels { unsafe result[channel] = bias?[channel] ?? 0 }
            for tap in 0..<taps {
                let input = unsafe tap < taps - 1 ? past + tap * channels : current
                for channel in 0..<channels {
                    unsafe result[channel] += filter[tap * channels + channel] * input[channel]
                }
            }
            guard taps > 1 else { continue }
            unsafe past.update(from: past + channels, count: kept - channels)
            unsafe (past + kept - channels).update(from: current, count: channels)
        }
    }

    /// Mamba's selective scan: for each channel c, Δ = softplus(delta_c), h_n ← exp(Δ a_nc) h_n + Δ B_n x_c, and
    /// y_c = Σ_n C_n h_n + skip_c x_c.
    ///
    /// - Parameters:
    ///   - x: inputs [tokens × channels].
    ///   - delta: step sizes before softplus [tokens × channels].
    ///   - selection: rows whose columns from `offset` on are B [depth] and then C [depth].
    ///   - decay: a, negative, [depth × channels].
    ///   - column: where h [depth × channels] begins in the states.
    package func scanSelectively(
        _ x: FloatRows, delta: FloatRows, selection: FloatRows, offset: Int, decay: [Float], skip: [Float], depth: Int,
        steps: [StateStep], column: Int, into output: FloatRows, pool: ThreadPool
    ) {
        let channels = skip.count
        precondition(
            depth > 0 && decay.count == depth * channels && column >= 0 && column + depth * channels <= columns
                && offset >= 0 && offset + 2 * depth <= selection.columns && selection.rows >= steps.count
                && [x, delta, output].allSatisfy { $0.columns == channels && $0.rows >= steps.count },
            "a selective scan of other shapes")
        let chunks =
            pool.threadCount == 1 || channels * depth * steps.count < 8192 ? 1 : min(channels, pool.threadCount * 2)
        // A chunk writes the states and results of its own channels.
        nonisolated(unsafe) let (states, x, delta, selection, output) = (self, x, delta, selection, output)
        pool.run(chunkCount: chunks) { chunk in
            let range = chunk * channels / chunks..<(chunk + 1) * channels / chunks
            for (index, step) in steps.enumerated() {
                let (input, sizes, result) = unsafe (x.row(index), delta.row(index), output.row(index))
                for c in range {
                    // Where exp would leave float's digits, softplus x is x.
                    unsafe sizes[c] = sizes[c] > 20 ? sizes[c] : log1pf(expf(sizes[c]))
                    unsafe result[c] = skip[c] * input[c]
                }
                for n in 0..<depth {
                    let place = column + n * channels + range.lowerBound
                    unsafe states.carry(step, column: place, count: range.count)
                    let memory = unsafe states.row(step.target) + column + n * channels
                    let (b, readout) = unsafe (
                        selection.row(index)[offset + n], selection.row(index)[offset + depth + n]
                    )
                    for c in range {
                        let kept = unsafe expf(decay[n * channels + c] * sizes[c]) * memory[c]
                        let state = unsafe kept + sizes[c] * b * input[c]
                        unsafe memory[c] = state
                        unsafe result[c] += readout * state
                    }
                }
            }
        }
    }

    /// Copies a part of the context's state to the token's own.
    private func carry(_ step: StateStep, column: Int, count: Int) {
        let target = unsafe row(step.target) + column
        guard let source = step.source else { return unsafe target.update(repeating: 0, count: count) }
        guard source != step.target else { return }
        unsafe target.update(from: UnsafePointer(row(source) + column), count: count)
    }

    /// Multiplies the first `rows` rows by those of `x`, from column `column` of `x` on.
    package func multiply(by x: FloatRows, column: Int = 0, rows: Int) {
        precondition(
            column >= 0 && column + columns <= x.columns && rows <= x.rows && rows <= self.rows,
            "a product of other shapes")
        for index in 0..<rows {
            let (from, to) = unsafe (x.row(index) + column, row(index))
            for place in 0..<columns { unsafe to[place] *= from[place] }
        }
    }

    /// x = x · weight + bias, each row.
    package func scaleAndShift(rows: Int, weight: [Float], bias: [Float]) {
        precondition(
            weight.count == columns && bias.count == columns && rows <= self.rows, "scales of other shapes")
        for index in 0..<rows {
            let values = unsafe row(index)
            for place in 0..<columns { unsafe values[place] = values[place] * weight[place] + bias[place] }
        }
    }

    /// x = 1 / (1 + e^−x), the first `rows` rows.
    package func sigmoid(rows: Int) {
        let values = unsafe first(rows)
        for place in 0..<rows * columns { unsafe values[place] = 1 / (1 + expf(-values[place])) }
    }

    /// Copies the first columns of each of the first `rows` rows of `x`, as many as there are here.
    package func copyColumns(of x: FloatRows, from column: Int = 0, rows: Int) {
        precondition(
            column >= 0 && column + columns <= x.columns && rows <= x.rows && rows <= self.rows,
            "columns of other shapes")
        for index in 0..<rows {
            unsafe row(index).update(from: UnsafePointer(x.row(index) + column), count: columns)
        }
    }
}
