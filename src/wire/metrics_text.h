// Prometheus' text format, version 0.0.4. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace samovar::wire {

using MetricLabels = std::vector<std::pair<std::string_view, std::string_view>>;

class MetricsText {
 public:
  // Begins a family; its samples follow. `type`: "counter", "gauge" or "histogram".
  MetricsText& family(std::string_view name, std::string_view type, std::string_view help);
  MetricsText& sample(const MetricLabels& labels, double value);
  MetricsText& sample(double value) { return sample({}, value); }
  // `at_most[i]` values were at most bounds[i].
  MetricsText& histogram(std::span<const double> bounds, std::span<const int64_t> at_most, int64_t count,
                         double sum);

  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  void line(std::string_view suffix, const MetricLabels& labels, double value);

  std::string name_;
  std::string out_;
};

}  // namespace samovar::wire
