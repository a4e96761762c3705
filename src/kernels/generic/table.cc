#include "kernels/variants.h"

namespace samovar::kernels::generic {
namespace {

constexpr const char* kIsa = "generic";
constexpr size_t kPanelRows = 8;

}  // namespace

#include "kernels/bodies/table.inc"

}  // namespace samovar::kernels::generic
