// File rows to panels (layout: panel_layout.h); one plain version for all instruction sets.
#pragma once

#include <cstddef>

#include "tensor/type.h"

namespace samovar::kernels {

// True for block-quantised types; false for F32, F16 and BF16, which matmul reads from file rows.
[[nodiscard]] bool packs(tensor::Type type);

// Bytes of a panel of panel_rows rows. Preconditions: packs(type), cols a multiple of the type's block.
[[nodiscard]] size_t panel_bytes(tensor::Type type, size_t cols, size_t panel_rows);

struct PackTask {
  tensor::Type type = tensor::Type::kF32;
  const std::byte* file_rows = nullptr;  // n_rows consecutive rows
  size_t n_rows = 0;                     // 1..panel_rows; the missing ones become zero
  size_t cols = 0;
  std::byte* panel = nullptr;  // panel_bytes()
};

// Precondition: packs(task.type).
template <size_t kRows>  // 8 or 16
void pack_panel(const PackTask& task);

}  // namespace samovar::kernels
