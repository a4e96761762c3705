// The searches with registers of eight floats; built with -mavx2 (CMakeLists.txt beside fit.h).
#include "quantize/fit_table.h"

namespace samovar::quantize {
namespace {

constexpr size_t kPart = 8;
#include "quantize/fit_body.inc"

}  // namespace

const FitTable* wide_fits() {
  static constexpr FitTable kFits = {&fit_scale_here, &fit_line_here};
  return &kFits;
}

}  // namespace samovar::quantize
