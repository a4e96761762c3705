#include "app/text_table.h"

#include <algorithm>

#include "base/utf8.h"

namespace samovar::app {
namespace {

std::vector<size_t> column_widths(const std::vector<Row>& rows) {
  std::vector<size_t> widths;
  for (const Row& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], count_characters(row[i]));
  }
  return widths;
}

std::string format_row(const Row& row, const std::vector<size_t>& widths, size_t last_gap) {
  std::string line;
  for (size_t i = 0; i < row.size(); ++i) {
    const size_t gap = i + 1 == row.size() ? last_gap : 4;
    line += row[i] + std::string(widths[i] - count_characters(row[i]) + gap, ' ');
  }
  return line;
}

}  // namespace

std::string format_table(const Row& header, const std::vector<Row>& rows) {
  std::vector<Row> all = rows;
  all.push_back(header);
  const std::vector<size_t> widths = column_widths(all);
  std::string text = format_row(header, widths, 1) + "\n";
  for (const Row& row : rows) text += format_row(row, widths, 4) + "\n";
  return text;
}

std::string format_section(const std::string& title, const std::vector<Row>& rows) {
  if (rows.empty()) return "";
  const std::vector<size_t> widths = column_widths(rows);
  std::string text = "  " + title + "\n";
  for (const Row& row : rows) text += "    " + format_row(row, widths, 4) + "\n";
  return text + "\n";
}

}  // namespace samovar::app
