// The searches for any processor.
#include "quantize/fit_table.h"

namespace samovar::quantize {
namespace {

constexpr size_t kPart = 4;
#include "quantize/fit_body.inc"

}  // namespace

const FitTable kBaseFits = {&fit_scale_here, &fit_line_here};

}  // namespace samovar::quantize
