"""llama.cpp as a library, through the C functions that the wheel of `xllamacpp` exports: tokenization, logits and
quantisation without a compiler.

    pip install xllamacpp==2026.10.11549 gguf==0.19.0 numpy

The offsets of the few parameters set here are those of that release's `llama.h`; another release may need others, which
`Model` notices by what it loads.
"""

import ctypes
import importlib.util
import pathlib

import numpy


def _library():
    folder = pathlib.Path(importlib.util.find_spec("xllamacpp").origin).parent
    library = ctypes.CDLL(str(next(folder.glob("xllamacpp*.so"))))
    library.llama_backend_init()
    return library


class Bytes(ctypes.Structure):
    """Room for a parameter struct: such structs are passed in memory, so that one too long does no harm."""
    _fields_ = [("bytes", ctypes.c_uint8 * 512)]


class Batch(ctypes.Structure):
    _fields_ = [("n_tokens", ctypes.c_int32), ("token", ctypes.POINTER(ctypes.c_int32)), ("embd", ctypes.c_void_p),
                ("pos", ctypes.c_void_p), ("n_seq_id", ctypes.c_void_p), ("seq_id", ctypes.c_void_p),
                ("logits", ctypes.POINTER(ctypes.c_int8))]


LIBRARY = _library()
LOG = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_char_p, ctypes.c_void_p)


@LOG
def _silent(level, text, data):
    if VERBOSE and level >= 3:
        print(text.decode(errors="replace"), end="")


VERBOSE = False
LIBRARY.llama_log_set(_silent, None)
for name, result, arguments in [
    ("llama_model_default_params", Bytes, []), ("llama_context_default_params", Bytes, []),
    ("llama_model_load_from_file", ctypes.c_void_p, [ctypes.c_char_p, Bytes]),
    ("llama_model_get_vocab", ctypes.c_void_p, [ctypes.c_void_p]), ("llama_model_free", None, [ctypes.c_void_p]),
    ("llama_vocab_n_tokens", ctypes.c_int32, [ctypes.c_void_p]),
    ("llama_init_from_model", ctypes.c_void_p, [ctypes.c_void_p, Bytes]), ("llama_free", None, [ctypes.c_void_p]),
    ("llama_decode", ctypes.c_int32, [ctypes.c_void_p, Batch]),
    ("llama_get_logits_ith", ctypes.POINTER(ctypes.c_float), [ctypes.c_void_p, ctypes.c_int32]),
    ("llama_tokenize", ctypes.c_int32, [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int32,
     ctypes.POINTER(ctypes.c_int32), ctypes.c_int32, ctypes.c_bool, ctypes.c_bool]),
    ("llama_detokenize", ctypes.c_int32, [ctypes.c_void_p, ctypes.POINTER(ctypes.c_int32), ctypes.c_int32,
     ctypes.c_char_p, ctypes.c_int32, ctypes.c_bool, ctypes.c_bool]),
    ("ggml_quantize_chunk", ctypes.c_size_t, [ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64,
     ctypes.c_int64, ctypes.c_int64, ctypes.c_void_p]),
    ("ggml_row_size", ctypes.c_size_t, [ctypes.c_int, ctypes.c_int64]),
]:
    function = getattr(LIBRARY, name)
    function.restype, function.argtypes = result, arguments

# Offsets in `llama_model_params`: two pointers, five 32-bit fields, padding, four pointers, then flags.
VOCAB_ONLY = 72
USE_EXTRA_BUFTS = 74


class Model:
    def __init__(self, path, vocab_only=False, repack=False):
        parameters = LIBRARY.llama_model_default_params()
        parameters.bytes[VOCAB_ONLY] = vocab_only
        # Weights repacked at load are multiplied by other kernels than those of the stored type.
        parameters.bytes[USE_EXTRA_BUFTS] = repack
        self.model = LIBRARY.llama_model_load_from_file(str(path).encode(), parameters)
        if not self.model:
            raise ValueError(f"llama.cpp does not load {path}")
        self.vocab = LIBRARY.llama_model_get_vocab(self.model)

    def close(self):
        LIBRARY.llama_model_free(self.model)

    def tokenize(self, text, add_special=True, parse_special=True):
        data = text if isinstance(text, bytes) else text.encode()
        room = len(data) + 16
        ids = (ctypes.c_int32 * room)()
        count = LIBRARY.llama_tokenize(self.vocab, data, len(data), ids, room, add_special, parse_special)
        if count < 0:
            room = -count
            ids = (ctypes.c_int32 * room)()
            count = LIBRARY.llama_tokenize(self.vocab, data, len(data), ids, room, add_special, parse_special)
        return list(ids[:count])

    def logits(self, ids, flash_attention=False, batch=None):
        """The logits after every token [tokens × vocabulary], the tokens evaluated in one batch, K and V in float32."""
        parameters = LIBRARY.llama_context_default_params()
        words = numpy.frombuffer(parameters.bytes, numpy.int32)
        words[0] = max(len(ids), 32)      # n_ctx
        words[1] = words[2] = max(len(ids), 32) if batch is None else batch    # n_batch, n_ubatch
        words[7] = words[8] = 1           # n_threads
        words[13] = 1 if flash_attention else 0
        # 22 fields of 32 bits and two pointers, then the types of K and V.
        words[26] = words[27] = 0         # GGML_TYPE_F32
        context = LIBRARY.llama_init_from_model(self.model, parameters)
        if not context:
            raise ValueError("llama.cpp gives no context")
        tokens = (ctypes.c_int32 * len(ids))(*ids)
        wanted = (ctypes.c_int8 * len(ids))(*([1] * len(ids)))
        if LIBRARY.llama_decode(context, Batch(len(ids), tokens, None, None, None, None, wanted)) != 0:
            raise ValueError("llama.cpp does not decode")
        size = LIBRARY.llama_vocab_n_tokens(self.vocab)
        rows = [numpy.ctypeslib.as_array(LIBRARY.llama_get_logits_ith(context, i), (size,)).copy() for i in range(len(ids))]
        LIBRARY.llama_free(context)
        return numpy.array(rows)


def quantize(kind, rows):
    """The bytes of float32 `rows` as ggml quantises them to the `gguf.GGMLQuantizationType` `kind`."""
    rows = numpy.ascontiguousarray(rows, numpy.float32)
    width = rows.shape[-1]
    count = rows.size // width
    out = numpy.zeros((count, LIBRARY.ggml_row_size(int(kind), width)), numpy.uint8)
    LIBRARY.ggml_quantize_chunk(int(kind), rows.ctypes.data, out.ctypes.data, 0, count, width, None)
    return out.reshape(*rows.shape[:-1], -1)
