#include "kernels/variants.h"

namespace samovar::kernels::avx512 {
namespace {

constexpr const char* kIsa = "avx512";
constexpr size_t kPanelRows = 16;

}  // namespace

#include "kernels/bodies/table.inc"

}  // namespace samovar::kernels::avx512
