#include "kernels/variants.h"

namespace samovar::kernels::generic {

constinit const Table kTable = {
    .isa = "generic",
    .panel_rows = 8,
    .packs = &kernels::packs,
    .panel_bytes = &panel_bytes_of_8,
    .pack_panel = &pack_rows_of_8,
    .quantized_row_bytes = &kernels::quantized_row_bytes,
    .quantize_rows = &quantize_rows,
    .matmul = &matmul_with<matmul_packed, matmul_float>,
    .multiply_high = &multiply_high,
    .add_low = &add_low,
    .dequantize_row = &kernels::dequantize_row,
    .rms_norm = &rms_norm,
    .add = &add,
    .scale = &scale,
    .silu_mul = &silu_mul,
    .gelu_tanh_mul = &gelu_tanh_mul,
    .softcap = &softcap,
    .rope_neox = &rope_neox,
    .rope_interleaved = &rope_interleaved,
    .to_f16 = &to_f16,
    .to_cache_blocks = &to_cache_blocks,
    .attention_scratch_floats = &attention_scratch_floats,
    .attend = &attend,
    .read_sweep = &read_sweep_with<read_bytes>,
};

}  // namespace samovar::kernels::generic
