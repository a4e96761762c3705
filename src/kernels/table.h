// The inner loops, one table of functions per instruction set, chosen once per process.
//
// All functions are total: the caller has checked shapes. Pointers may be unaligned. No function
// allocates or throws; any thread may call them on its own output. Layouts of packed weights and of
// quantised activation rows belong to the table that made them: never mix two tables' data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "tensor/type.h"

namespace samovar::kernels {

// A weight matrix in the form matmul reads: rows grouped in panels of Table::panel_rows rows, the last
// one padded. For types that matmul reads as they stand in the file (Table::packs(type) is false),
// `data` is the file's own row-major bytes.
struct PackedMatrix {
  tensor::Type type = tensor::Type::kF32;
  size_t rows = 0;                  // outputs
  size_t cols = 0;                  // inputs; a multiple of the type's block
  const std::byte* data = nullptr;  // borrowed; panels one after another, or file rows
};

// y[t][r] = sum_c weights[r][c] * x[t][c] for the panels [panel_begin, panel_end) and all tokens.
struct MatmulTask {
  const PackedMatrix* weights = nullptr;
  size_t panel_begin = 0;
  size_t panel_end = 0;
  size_t n_tokens = 0;
  const std::byte* quantized = nullptr;  // n_tokens rows of quantized_row_bytes(cols): block-quantised types
  const float* x = nullptr;              // n_tokens rows of x_stride floats: F32, F16, BF16 weights
  size_t x_stride = 0;
  float* y = nullptr;  // n_tokens rows of y_stride floats; only rows of the panels are written
  size_t y_stride = 0;
};

// 32 numbers of a quantised cache, laid out as Q8_0: scale * code.
struct CacheBlock {
  uint16_t scale;  // f16
  int8_t codes[32];
};

// How attend() computes a row. With either, a row's result is the same bit for bit whatever other rows are in
// the call; between them it is rounded differently.
enum class AttentionMethod : uint8_t {
  kFewRows,   // keys and values are read for at most 8 rows at a time, and are what the time goes to
  kManyRows,  // they are widened once for all rows: for prompts
};

// Softmax attention of some query rows of ONE key/value head over f16, float or quantised keys
// and values.
// Row i sees the keys of positions [first_key[i], end_key[i]), never empty.
struct AttentionTask {
  AttentionMethod method = AttentionMethod::kFewRows;
  size_t head_dim = 0;  // a multiple of 8, at most 512
  size_t n_queries = 0;
  const float* const* queries = nullptr;  // n_queries pointers to head_dim floats (already rotated)
  float* const* outputs = nullptr;        // n_queries pointers to head_dim floats
  const int32_t* first_key = nullptr;     // n_queries
  const int32_t* end_key = nullptr;       // n_queries
  const uint16_t* keys = nullptr;         // f16; position p at keys + p * kv_stride
  const uint16_t* values = nullptr;       // f16; position p at values + p * kv_stride
  const float* float_keys = nullptr;      // instead of keys and values: a cache of floats
  const float* float_values = nullptr;
  const CacheBlock* quantized_keys = nullptr;  // instead: blocks; head_dim and kv_stride are multiples of 32
  const CacheBlock* quantized_values = nullptr;
  size_t kv_stride = 0;      // in elements
  float scale = 1.0F;        // multiplies the dot products
  float softcap = 0.0F;      // cap * tanh(score / cap) when > 0
  float* scratch = nullptr;  // attention_scratch_floats(head_dim, n_queries)
};

// Rotation of one head in place: x[pair] by the angle whose cosine and sine stand at [pair].
struct RopeTask {
  float* x = nullptr;          // head_dim floats
  const float* cos = nullptr;  // n_pairs
  const float* sin = nullptr;  // n_pairs
  size_t n_pairs = 0;          // rotated dimensions / 2; the rest of the head is left alone
};

struct HighTask;
struct LowTask;

struct Table {
  std::string_view isa;  // "generic", "avx2", "avx512", "neon_dot", "neon_i8mm"
  size_t panel_rows;     // rows of a panel: 8 or 16

  // --- weights: kernels/pack.h -------------------------------------------------------------------
  // True when `type` must be packed; false when matmul reads file rows as they are.
  bool (*packs)(tensor::Type type);
  // Bytes of one packed panel. Precondition: packs(type).
  size_t (*panel_bytes)(tensor::Type type, size_t cols);
  // Packs n_rows (1..panel_rows) consecutive file rows into one panel; missing rows become zero.
  void (*pack_panel)(tensor::Type type, const std::byte* file_rows, size_t n_rows, size_t cols,
                     std::byte* panel);

  // --- matmul ------------------------------------------------------------------------------------
  size_t (*quantized_row_bytes)(size_t cols);
  // Activations to int8 blocks of 32 with a float scale. x: n_tokens rows of x_stride floats.
  void (*quantize_rows)(const float* x, size_t x_stride, size_t n_tokens, size_t cols, std::byte* out);
  void (*matmul)(const MatmulTask& task);

  // --- split matrices: kernels/split.h --------------------------------------------------------------
  void (*multiply_high)(const HighTask& task);
  void (*add_low)(const LowTask& task);

  // --- rows of floats ----------------------------------------------------------------------------
  // One file row of any supported type to floats (embedding look-up). n: a multiple of the block.
  void (*dequantize_row)(tensor::Type type, const std::byte* row, size_t n, float* out);
  // out = x / sqrt(mean(x^2) + eps) * weight. out may be x.
  void (*rms_norm)(const float* x, const float* weight, float eps, size_t n, float* out);
  void (*add)(float* x, const float* y, size_t n);                // x += y
  void (*scale)(float* x, float factor, size_t n);                // x *= factor
  void (*silu_mul)(float* gate, const float* up, size_t n);       // gate = silu(gate) * up
  void (*gelu_tanh_mul)(float* gate, const float* up, size_t n);  // gate = gelu_tanh(gate) * up
  void (*softcap)(float* x, float cap, size_t n);                 // x = cap * tanh(x / cap)
  void (*rope_neox)(const RopeTask& task);                        // pairs (i, i + n_pairs)
  void (*rope_interleaved)(const RopeTask& task);                 // pairs (2i, 2i + 1)
  void (*to_f16)(const float* x, size_t n, uint16_t* out);        // round to nearest even

  // To blocks of 32; n: a multiple of 32. Codes are to nearest.
  void (*to_cache_blocks)(const float* x, size_t n, CacheBlock* out);

  // --- attention ---------------------------------------------------------------------------------
  size_t (*attention_scratch_floats)(size_t head_dim, size_t n_queries);
  void (*attend)(const AttentionTask& task);

  // --- measuring ---------------------------------------------------------------------------------
  // Reads every byte of the span with the widest loads; returns a value so that nothing is optimised away.
  uint64_t (*read_sweep)(std::span<const std::byte> bytes);
};

// The tables compiled into this program that this machine can run, best first. Never empty.
[[nodiscard]] std::span<const Table* const> available_tables();

// The table in use: the one named by the environment variable SAMOVAR_ISA if it is available, else the
// best one. Chosen at the first call. An unknown or unavailable name falls back to the best table;
// isa_problem() then says so in a sentence (empty when all is well), and app/ refuses to start with it.
[[nodiscard]] const Table& table();
[[nodiscard]] std::string_view isa_problem();

}  // namespace samovar::kernels
