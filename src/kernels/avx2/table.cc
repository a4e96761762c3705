#include "kernels/variants.h"

namespace samovar::kernels::avx2 {
namespace {

constexpr const char* kIsa = "avx2";
constexpr size_t kPanelRows = 8;

}  // namespace

#include "kernels/bodies/table.inc"

}  // namespace samovar::kernels::avx2
