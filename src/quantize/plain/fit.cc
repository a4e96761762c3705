// Processors without AVX2.
#include "quantize/fit_table.h"

namespace samovar::quantize {

const FitTable* wide_fits() { return nullptr; }

}  // namespace samovar::quantize
