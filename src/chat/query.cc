#include "chat/query.h"

#include <algorithm>
#include <charconv>

#include "http/text.h"

namespace samovar::chat {

std::optional<std::string> query_value(const http::Request& request, std::string_view name) {
  std::string_view rest = request.query;
  while (!rest.empty()) {
    const std::string_view pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
    const size_t equals = std::min(pair.find('='), pair.size());
    if (http::percent_decode(pair.substr(0, equals)) != name) continue;
    std::string value(pair.substr(std::min(pair.size(), equals + 1)));
    std::replace(value.begin(), value.end(), '+', ' ');
    return http::percent_decode(value);
  }
  return std::nullopt;
}

Result<int64_t> query_number(const http::Request& request, std::string_view name,
                             const NumberBounds& bounds) {
  const std::optional<std::string> text = query_value(request, name);
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
