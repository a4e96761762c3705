#include "kernels/variants.h"

namespace samovar::kernels::neon_i8mm {
namespace {

constexpr const char* kIsa = "neon_i8mm";
constexpr size_t kPanelRows = 8;

}  // namespace

// Matrices of codes are what the instructions are for; the rest is neon_dot's.
using neon_dot::add;
using neon_dot::add_low;
using neon_dot::attend;
using neon_dot::attention_scratch_floats;
using neon_dot::gelu_tanh_mul;
using neon_dot::matmul_float;
using neon_dot::multiply_high;
using neon_dot::quantize_rows;
using neon_dot::read_bytes;
using neon_dot::rms_norm;
using neon_dot::rope_interleaved;
using neon_dot::rope_neox;
using neon_dot::scale;
using neon_dot::silu_mul;
using neon_dot::softcap;
using neon_dot::to_cache_blocks;
using neon_dot::to_f16;

#include "kernels/bodies/table.inc"

}  // namespace samovar::kernels::neon_i8mm
