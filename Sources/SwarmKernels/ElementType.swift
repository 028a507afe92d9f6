internal import CKernels

/// How numbers are stored: plain, or quantised in blocks that share a scale.
///
/// The list is GGUF's and safetensors', so that a file's layout can be checked whole; `isComputable` says
/// which of them the kernels read.
/// To add one: a `load_weights` case in stored_types.h, or for packed types a `dequantise_block` case in
/// block_types.h, and a line in `kernelType`.
package enum ElementType: String, Sendable, CaseIterable {
    case f32 = "F32"
    case f16 = "F16"
    case bf16 = "BF16"
    case f64 = "F64"
    case i8 = "I8"
    case i16 = "I16"
    case i32 = "I32"
    case i64 = "I64"
    case q4_0 = "Q4_0"
    case q4_1 = "Q4_1"
    case q5_0 = "Q5_0"
    case q5_1 = "Q5_1"
    case q8_0 = "Q8_0"
    case q8_1 = "Q8_1"
    case q2_k = "Q2_K"
    case q3_k = "Q3_K"
    case q4_k = "Q4_K"
    case q5_k = "Q5_K"
    case q6_k = "Q6_K"
    case q8_k = "Q8_K"
    case iq2_xxs = "IQ2_XXS"
    case iq2_xs = "IQ2_XS"
    case iq2_s = "IQ2_S"
    case iq3_xxs = "IQ3_XXS"
    case iq3_s = "IQ3_S"
    case iq1_s = "IQ1_S"
    case iq1_m = "IQ1_M"
    case iq4_nl = "IQ4_NL"
    case iq4_xs = "IQ4_XS"
    case tq1_0 = "TQ1_0"
    case tq2_0 = "TQ2_0"
    case mxfp4 = "MXFP4"
    case nvfp4 = "NVFP4"
    case q1_0 = "Q1_0"
    case u8 = "U8"
    case u16 = "U16"
    case u32 = "U32"
    case u64 = "U64"
    case bool = "BOOL"
    case f8_e4m3 = "F8_E4M3"
    case f8_e5m2 = "F8_E5M2"

    /// Numbers a block; 1 for plain types. A row is a whole number of blocks.
    package var blockSize: Int { layout.block }

    /// Bytes a block.
    package var blockBytes: Int { layout.bytes }

    /// The type with this number in a GGUF file, nil where there is none.
    package init?(ggufCode: UInt32) {
        guard let type = Self.allCases.first(where: { $0.layout.gguf == ggufCode }) else { return nil }
        self = type
    }

    /// The bytes of a row of `count` numbers; nil where `count` is not a whole number of blocks or is too large.
    package func rowBytes(_ count: Int) -> Int? {
        guard count >= 0, count % blockSize == 0 else { return nil }
        let (bytes, overflow) = (count / blockSize).multipliedReportingOverflow(by: blockBytes)
        return overflow ? nil : bytes
    }

    /// Whether the kernels can multiply by weights of this type.
    package var isComputable: Bool { kernelType != nil }

    /// The types that the kernels read, for messages.
    package static var computable: [ElementType] { allCases.filter(\.isComputable) }

    /// The type's name in C; nil where there are no kernels for it.
    internal var kernelType: ts_type? {
        switch self {
        case .f32: TS_F32
        case .f16: TS_F16
        case .bf16: TS_BF16
        case .q8_0: TS_Q8_0
        case .q4_0: TS_Q4_0
        case .q4_1: TS_Q4_1
        case .q5_0: TS_Q5_0
        case .q5_1: TS_Q5_1
        case .q2_k: TS_Q2_K
        case .q3_k: TS_Q3_K
        case .q4_k: TS_Q4_K
        case .q5_k: TS_Q5_K
        case .q6_k: TS_Q6_K
        case .iq4_nl: TS_IQ4_NL
        case .iq4_xs: TS_IQ4_XS
        case .mxfp4: TS_MXFP4
        default: nil
        }
    }

    private var layout: (gguf: UInt32?, block: Int, bytes: Int) {
        switch self {
        case .f32: (0, 1, 4)
        case .f16: (1, 1, 2)
        case .bf16: (30, 1, 2)
        case .f64: (28, 1, 8)
        case .i8: (24, 1, 1)
        case .i16: (25, 1, 2)
        case .i32: (26, 1, 4)
        case .i64: (27, 1, 8)
        case .q4_0: (2, 32, 18)
        case .q4_1: (3, 32, 20)
        case .q5_0: (6, 32, 22)
        case .q5_1: (7, 32, 24)
        case .q8_0: (8, 32, 34)
        case .q8_1: (9, 32, 40)
        case .q2_k: (10, 256, 84)
        case .q3_k: (11, 256, 110)
        case .q4_k: (12, 256, 144)
        case .q5_k: (13, 256, 176)
        case .q6_k: (14, 256, 210)
        case .q8_k: (15, 256, 292)
        case .iq2_xxs: (16, 256, 66)
        case .iq2_xs: (17, 256, 74)
        case .iq2_s: (22, 256, 82)
        case .iq3_xxs: (18, 256, 98)
        case .iq3_s: (21, 256, 110)
        case .iq1_s: (19, 256, 50)
        case .iq1_m: (29, 256, 56)
        case .iq4_nl: (20, 32, 18)
        case .iq4_xs: (23, 256, 136)
        case .tq1_0: (34, 256, 54)
        case .tq2_0: (35, 256, 66)
        case .mxfp4: (39, 32, 17)
        case .nvfp4: (40, 64, 36)
        case .q1_0: (41, 128, 18)
        case .u8, .bool, .f8_e4m3, .f8_e5m2: (nil, 1, 1)
        case .u16: (nil, 1, 2)
        case .u32: (nil, 1, 4)
        case .u64: (nil, 1, 8)
        }
    }
}
