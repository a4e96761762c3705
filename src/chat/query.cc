#include "chat/query.h"

#include <charconv>

#include "http/request_parts.h"

namespace samovar::chat {

Result<int64_t> query_number(const http::Request& request, std::string_view name,
                             const NumberBounds& bounds) {
  const std::optional<std::string> text = http::query_value(request, name);
  if (!text || text->empty()) return bounds.fallback;
  int64_t number = 0;
  const auto [end, failed] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (failed != std::errc() || end != text->data() + text->size() || number < bounds.least ||
      number > bounds.most) {
    return Error{Code::kInvalidArgument, std::string(name) + ": '" + *text + "' is not a whole number from " +
                                             std::to_string(bounds.least) + " to " +
                                             std::to_string(bounds.most)};
  }
  return number;
}

}  // namespace samovar::chat
