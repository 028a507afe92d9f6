internal import SwarmFormats

/// Mixtral: Mistral with experts. Its GGUF files call themselves `llama`.
func mixtral(_ s: ModelSettings) throws(ModelError) -> DecoderSpec {
    let s = s.assuming([
        "num_local_experts": 8, "num_experts_per_tok": 2, "rms_norm_eps": 1e-5, "rope_theta": 1e6,
    ])
    var spec = try mistral(s)
    try spec.setExperts(s, count: "num_local_experts", size: nil, normalized: true)
    spec.names.router = "block_sparse_moe.gate"
    spec.names.expertGate = "block_sparse_moe.experts.@.w1"
    spec.names.expertUp = "block_sparse_moe.experts.@.w3"
    spec.names.expertDown = "block_sparse_moe.experts.@.w2"
    return spec
}

/// Qwen 3 with experts in every layer.
func qwen3MoE(_ s: ModelSettings) throws(ModelError) -> DecoderSpec {
    var spec = try qwen3(s)
    let step = try s.integer("decoder_sparse_step", in: 0...1 << 20, default: 1)
    if let plain = try s.integers("mlp_only_layers"), let layer = plain.first {
        throw s.wrong("mlp_only_layers", nil, "layer \(layer)", "none: experts in every layer")
    }
    guard step == 1 else { throw s.wrong("decoder_sparse_step", nil, "\(step)", "1") }
    try spec.setExperts(
        s, count: "num_experts", size: "moe_intermediate_size",
        normalized: s.isGGUF ? true : s.bool("norm_topk_prob", default: false))
    return spec
}

extension DecoderSpec {
    /// A mixture in every layer. `size` names an expert's width where it is not the feed-forward layer's.
    mutating func setExperts(
        _ s: ModelSettings, count: String, size: String?, normalized: Bool
    ) throws(ModelError) {
        let all = try s.integer(count, gguf: "expert_count", in: 1...4096)
        experts = Experts(
            count: all,
            perToken: try s.integer("num_experts_per_tok", gguf: "expert_used_count", in: 1...all),
            size: try s.integer(
                size ?? "intermediate_size", gguf: "expert_feed_forward_length", in: 1...1 << 20,
                default: feedForwardSize),
            normalized: normalized)
        // Files from before llama.cpp joined the experts have one tensor for each.
        if s.isGGUF, s.tensors["blk.0.ffn_gate_exps.weight"] == nil, s.tensors["blk.0.ffn_gate.0.weight"] != nil {
            names.expertGate = "ffn_gate.@"
            names.expertUp = "ffn_up.@"
            names.expertDown = "ffn_down.@"
        }
    }
}
