// Columns of text as Ollama's commands lay them out.
#pragma once

#include <string>
#include <vector>

namespace samovar::app {

using Row = std::vector<std::string>;

// A header line and one line per row; columns are four spaces apart and rows end with four spaces,
// the header's last column with one. Widths count characters, not bytes.
[[nodiscard]] std::string format_table(const Row& header, const std::vector<Row>& rows);

// "  Title", then the rows indented by four, then an empty line. Nothing at all without rows.
[[nodiscard]] std::string format_section(const std::string& title, const std::vector<Row>& rows);

}  // namespace samovar::app
