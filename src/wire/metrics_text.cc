#include "wire/metrics_text.h"

#include <array>
#include <charconv>

namespace samovar::wire {
namespace {

std::string format_figure(double value) {
  std::array<char, 32> text{};
  const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), value);
  static_cast<void>(error);
  return {text.data(), end};
}

void append_label_value(std::string& out, std::string_view value) {
  for (const char c : value) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
}

}  // namespace

MetricsText& MetricsText::family(std::string_view name, std::string_view type, std::string_view help) {
  name_ = name;
  out_ += "# HELP " + name_ + " ";
  out_ += help;
  out_ += "\n# TYPE " + name_ + " ";
  out_ += type;
  out_ += '\n';
  return *this;
}

void MetricsText::line(std::string_view suffix, const MetricLabels& labels, double value) {
  out_ += name_;
  out_ += suffix;
  for (const auto& [key, text] : labels) {
    out_ += &key == &labels.front().first ? '{' : ',';
    out_ += key;
    out_ += "=\"";
    append_label_value(out_, text);
    out_ += '"';
  }
  if (!labels.empty()) out_ += '}';
  out_ += ' ' + format_figure(value) + '\n';
}

MetricsText& MetricsText::sample(const MetricLabels& labels, double value) {
  line("", labels, value);
  return *this;
}

MetricsText& MetricsText::histogram(std::span<const double> bounds, std::span<const int64_t> at_most,
                                    int64_t count, double sum) {
  for (size_t i = 0; i < bounds.size(); ++i) {
    const std::string bound = format_figure(bounds[i]);
    line("_bucket", {{"le", bound}}, static_cast<double>(at_most[i]));
  }
  line("_bucket", {{"le", "+Inf"}}, static_cast<double>(count));
  line("_sum", {}, sum);
  line("_count", {}, static_cast<double>(count));
  return *this;
}

}  // namespace samovar::wire
