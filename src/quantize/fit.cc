#include "quantize/fit.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace samovar::quantize {
namespace {

constexpr float kTiny = 1e-15F;
constexpr int kSteps = 9;           // scales tried on each side of the plain one
constexpr float kStepSize = 0.15F;  // of the codes' range

// Sums are kept in lanes, so that the compiler may use vector registers without changing a result.
constexpr size_t kFitLanes = 8;
using Lanes = std::array<float, kFitLanes>;

float sum_of(const Lanes& lanes) {
  float sum = 0.0F;
  for (const float lane : lanes) sum += lane;
  return sum;
}

struct Codes {
  float inverse, low, high;
};
// The code of x as a float.
float round_code(float x, const Codes& codes) {
  constexpr float kShift = 12582912.0F;  // as nearest() does it
  const float rounded = (codes.inverse * x + kShift) - kShift;
  const float above = rounded < codes.low ? codes.low : rounded;
  return above > codes.high ? codes.high : above;
}

struct Explained {
  float xc = 0.0F, cc = 0.0F;
};
Explained explain(const float* x, const float* costs, size_t n, const Codes& codes) {
  Lanes xc{};
  Lanes cc{};
  for (size_t i = 0; i < n; i += kFitLanes) {
    for (size_t lane = 0; lane < kFitLanes; ++lane) {
      const float code = round_code(x[i + lane], codes);
      xc[lane] += costs[i + lane] * x[i + lane] * code;
      cc[lane] += costs[i + lane] * code * code;
    }
  }
  return {sum_of(xc), sum_of(cc)};
}

}  // namespace

void fill_costs(const float* x, size_t n, float* costs) {
  float squares = 0.0F;
  for (size_t i = 0; i < n; ++i) squares += x[i] * x[i];
  const float mean = std::sqrt(squares / static_cast<float>(n));
  for (size_t i = 0; i < n; ++i) costs[i] = mean + std::fabs(x[i]);
}

float fit_scale(const float* x, const float* costs, size_t n, int half) {
  float extreme = 0.0F;
  for (size_t i = 0; i < n; ++i) {
    if (std::fabs(x[i]) > std::fabs(extreme)) extreme = x[i];
  }
  if (std::fabs(extreme) < kTiny) return 0.0F;
  // For given codes the best scale is xc / cc, and what it explains xc * xc / cc.
  float best = 0.0F;
  float scale = 0.0F;
  for (const float towards : {-1.0F, 1.0F}) {
    // The extreme becomes -half, or half - 1, or is cut a little, or room is left beyond it.
    const float reach = towards < 0.0F ? static_cast<float>(half) : static_cast<float>(half - 1);
    for (int step = -kSteps; step <= kSteps; ++step) {
      const float inverse = towards * (reach + kStepSize * static_cast<float>(step)) / extreme;
      const Explained found =
          explain(x, costs, n, {inverse, static_cast<float>(-half), static_cast<float>(half - 1)});
      if (found.cc > 0.0F && found.xc * found.xc > best * found.cc) {
        best = found.xc * found.xc / found.cc;
        scale = found.xc / found.cc;
      }
    }
  }
  return scale;
}

namespace {

struct Sums {  // weighted: of the costs, of x, of codes c, and of products
  float w = 0.0F, x = 0.0F, c = 0.0F, cc = 0.0F, xc = 0.0F;
};

Line solve(const Sums& sums, Minimum minimum) {
  const float determinant = sums.w * sums.cc - sums.c * sums.c;
  Line line;
  if (determinant > 0.0F) {
    line.scale = (sums.w * sums.xc - sums.x * sums.c) / determinant;
    line.minimum = (sums.cc * sums.x - sums.c * sums.xc) / determinant;
  }
  if (minimum == Minimum::kNotPositive && line.minimum > 0.0F) {
    line.minimum = 0.0F;
    line.scale = sums.cc > 0.0F ? sums.xc / sums.cc : 0.0F;
  }
  return line;
}

using CodeArray = std::array<float, kMostFitted>;

Sums add_codes(Sums sums, const float* x, const float* costs, size_t n, const Codes& range, float from,
               CodeArray& codes) {
  Lanes c{};
  Lanes cc{};
  Lanes xc{};
  for (size_t i = 0; i < n; i += kFitLanes) {
    for (size_t lane = 0; lane < kFitLanes; ++lane) {
      const float code = round_code(x[i + lane] - from, range);
      const float cost = costs[i + lane] * code;
      codes[i + lane] = code;
      c[lane] += cost;
      cc[lane] += cost * code;
      xc[lane] += cost * x[i + lane];
    }
  }
  sums.c = sum_of(c);
  sums.cc = sum_of(cc);
  sums.xc = sum_of(xc);
  return sums;
}

float error_of(const float* x, const float* costs, size_t n, const Line& line, const CodeArray& codes) {
  Lanes error{};
  for (size_t i = 0; i < n; i += kFitLanes) {
    for (size_t lane = 0; lane < kFitLanes; ++lane) {
      const float off = line.scale * codes[i + lane] + line.minimum - x[i + lane];
      error[lane] += costs[i + lane] * off * off;
    }
  }
  return sum_of(error);
}

}  // namespace

Line fit_line(const float* x, const float* costs, size_t n, int most, Minimum minimum) {
  const auto [low_at, high_at] = std::minmax_element(x, x + n);
  float low = *low_at;
  const float high = *high_at;
  if (minimum == Minimum::kNotPositive) low = std::min(low, 0.0F);
  if (!(high - low > kTiny)) return {0.0F, low};
  Line best{(high - low) / static_cast<float>(most), low};
  float least = -1.0F;
  Sums fixed;
  for (size_t i = 0; i < n; ++i) {
    fixed.w += costs[i];
    fixed.x += costs[i] * x[i];
  }
  // Twice: the second time from the best minimum of the first.
  for (int round = 0; round < 2; ++round) {
    const float from = best.minimum;
    for (int step = -kSteps; step <= kSteps; ++step) {
      const float inverse = (static_cast<float>(most) + kStepSize * static_cast<float>(step)) / (high - low);
      std::array<float, kMostFitted> codes;
      const Line line = solve(
          add_codes(fixed, x, costs, n, {inverse, 0.0F, static_cast<float>(most)}, from, codes), minimum);
      if (!(line.scale > 0.0F)) continue;
      const float error = error_of(x, costs, n, line, codes);
      if (least < 0.0F || error < least) {
        least = error;
        best = line;
      }
    }
  }
  return best;
}

}  // namespace samovar::quantize
