#include "app/model_card.h"

#include <sstream>

#include "app/text_table.h"

namespace samovar::app {
namespace {

std::vector<Row> model_rows(const backend::ModelFacts& facts) {
  std::vector<Row> rows = {{"architecture", facts.family}, {"parameters", facts.parameter_size}};
  if (facts.context_length > 0) rows.push_back({"context length", std::to_string(facts.context_length)});
  if (facts.embedding_length > 0)
    rows.push_back({"embedding length", std::to_string(facts.embedding_length)});
  rows.push_back({"quantization", facts.quantization_level});
  return rows;
}

// "stop                           \"<|im_end|>\"" lines -> name and value.
std::vector<Row> parameter_rows(const std::string& parameters) {
  std::vector<Row> rows;
  std::istringstream lines(parameters);
  for (std::string line; std::getline(lines, line);) {
    const size_t gap = line.find(' ');
    const size_t value = line.find_first_not_of(' ', gap);
    if (gap != std::string::npos && value != std::string::npos)
      rows.push_back({line.substr(0, gap), line.substr(value)});
  }
  return rows;
}

std::vector<Row> first_lines(const std::string& text, size_t limit) {
  std::vector<Row> rows;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    if (rows.size() == limit) {
      rows.push_back({"..."});
      break;
    }
    rows.push_back({line.substr(line.find_first_not_of(' '))});
  }
  return rows;
}

}  // namespace

std::string format_model_card(const backend::ModelDescription& card) {
  std::vector<Row> capabilities;
  for (const std::string& capability : card.summary.capabilities) capabilities.push_back({capability});
  return format_section("Model", model_rows(card.summary.facts)) +
         format_section("Capabilities", capabilities) +
         format_section("Parameters", parameter_rows(card.parameters)) +
         format_section("System", first_lines(card.system, 2)) +
         format_section("License", first_lines(card.license, 2));
}

}  // namespace samovar::app
