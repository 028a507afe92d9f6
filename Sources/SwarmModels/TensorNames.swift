/// What a family calls its tensors, without `.weight` and `.bias`; `#` in `layer` stands for the layer's number.
///
/// The defaults are Llama's in Hugging Face form.
package struct TensorNames: Sendable {
    /// Left out where the file's names do without it.
    package var prefix = "model."
    package var embedding = "embed_tokens"
    package var positions = "wpe"
    package var finalNorm = "norm"
    /// Outside the prefix.
    package var head = "lm_head"
    package var layer = "layers.#."

    // Inside a layer.
    package var attentionNorm = "input_layernorm"
    package var query = "self_attn.q_proj"
    package var key = "self_attn.k_proj"
    package var value = "self_attn.v_proj"
    /// Where the projection is fused.
    package var queryKeyValue = "self_attn.qkv_proj"
    package var queryNorm = "self_attn.q_norm"
    package var keyNorm = "self_attn.k_norm"
    package var attentionOutput = "self_attn.o_proj"
    package var attentionOutputNorm = "post_attention_layernorm"
    package var feedForwardNorm = "post_attention_layernorm"
    package var gate = "mlp.gate_proj"
    package var up = "mlp.up_proj"
    package var down = "mlp.down_proj"
    package var gateUp = "mlp.gate_up_proj"
    package var feedForwardOutputNorm = "post_feedforward_layernorm"
    package var router = "mlp.gate"
    /// One expert's matrices; `@` stands for the expert's number.
    package var expertGate = "mlp.experts.@.gate_proj"
    package var expertUp = "mlp.experts.@.up_proj"
    package var expertDown = "mlp.experts.@.down_proj"

    package init() {}

    /// GGUF's names, alike for all families.
    package static var gguf: TensorNames {
        var names = TensorNames()
        names.prefix = ""
        names.embedding = "token_embd"
        names.positions = "position_embd"
        names.finalNorm = "output_norm"
        names.head = "output"
        names.layer = "blk.#."
        names.attentionNorm = "attn_norm"
        names.query = "attn_q"
        names.key = "attn_k"
        names.value = "attn_v"
        names.queryKeyValue = "attn_qkv"
        names.queryNorm = "attn_q_norm"
        names.keyNorm = "attn_k_norm"
        names.attentionOutput = "attn_output"
        names.attentionOutputNorm = "post_attention_norm"
        names.feedForwardNorm = "ffn_norm"
        names.gate = "ffn_gate"
        names.up = "ffn_up"
        names.down = "ffn_down"
        names.gateUp = "ffn_up"
        names.feedForwardOutputNorm = "post_ffw_norm"
        names.router = "ffn_gate_inp"
        // All experts in one tensor: no number.
        names.expertGate = "ffn_gate_exps"
        names.expertUp = "ffn_up_exps"
        names.expertDown = "ffn_down_exps"
        return names
    }
}
