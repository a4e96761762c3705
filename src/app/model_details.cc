#include "app/model_details.h"

#include <nlohmann/json.hpp>

#include "app/text_table.h"
#include "wire/json_depth.h"

namespace samovar::app {
namespace {

using DetailsJson = nlohmann::ordered_json;

constexpr size_t kShownElements = 3;
constexpr size_t kShownCharacters = 60;

std::string one_line(std::string text) {
  for (char& c : text) c = c == '\n' || c == '\r' || c == '\t' ? ' ' : c;
  if (text.size() <= kShownCharacters) return text;
  size_t end = kShownCharacters;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;  // whole characters only
  return text.substr(0, end) + "...";
}

std::string shown_value(const DetailsJson& value) {
  if (value.is_string()) return one_line(value.get<std::string>());
  if (!value.is_array()) return value.dump(-1, ' ', false, DetailsJson::error_handler_t::replace);
  std::string text = "[";
  for (size_t i = 0; i < value.size() && i < kShownElements; ++i)
    text += (i > 0 ? ", " : "") + shown_value(value[i]);
  if (value.size() > kShownElements)
    text += ", ...+" + std::to_string(value.size() - kShownElements) + " more";
  return text + "]";
}

}  // namespace

std::string format_model_details(const backend::ModelDescription& card) {
  std::vector<Row> metadata;
  const DetailsJson info = wire::parse_json_value<DetailsJson>(card.model_info_json);
  if (info.is_object()) {
    for (const auto& [key, value] : info.items()) metadata.push_back({key, shown_value(value)});
  }
  std::vector<Row> tensors;
  const DetailsJson list = wire::parse_json_value<DetailsJson>(card.tensors_json);
  if (list.is_array()) {
    for (const DetailsJson& tensor : list) {
      if (!tensor.is_object()) continue;
      const DetailsJson shape = tensor.value("shape", DetailsJson());
      tensors.push_back({shown_value(tensor.value("name", DetailsJson(""))),
                         shown_value(tensor.value("type", DetailsJson(""))),
                         shape.dump(-1, ' ', false, DetailsJson::error_handler_t::replace)});
    }
  }
  return format_section("Metadata", metadata) + format_section("Tensors", tensors);
}

}  // namespace samovar::app
