#include "kernels/variants.h"

namespace samovar::kernels::neon_dot {
namespace {

constexpr const char* kIsa = "neon_dot";
constexpr size_t kPanelRows = 8;

}  // namespace

#include "kernels/bodies/table.inc"

}  // namespace samovar::kernels::neon_dot
