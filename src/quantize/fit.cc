#include "quantize/fit.h"

#include <cmath>

#include "kernels/table.h"
#include "quantize/fit_table.h"

namespace samovar::quantize {
namespace {

const FitTable& fits() {
  static const FitTable& chosen =
      wide_fits() != nullptr && kernels::table().isa.starts_with("avx") ? *wide_fits() : kBaseFits;
  return chosen;
}

}  // namespace

void fill_costs(const float* x, size_t n, float* costs) {
  float squares = 0.0F;
  for (size_t i = 0; i < n; ++i) squares += x[i] * x[i];
  const float mean = std::sqrt(squares / static_cast<float>(n));
  for (size_t i = 0; i < n; ++i) costs[i] = mean + std::fabs(x[i]);
}

float fit_scale(const float* x, const float* costs, size_t n, int half) {
  return fits().fit_scale(x, costs, n, half);
}

Line fit_line(const float* x, const float* costs, size_t n, int most, Minimum minimum) {
  return fits().fit_line(x, costs, n, most, minimum);
}

}  // namespace samovar::quantize
