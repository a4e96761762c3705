#include "http/request_parts.h"

#include <algorithm>

#include "base/ascii.h"
#include "http/text.h"

namespace samovar::http {

std::optional<std::string> query_value(const Request& request, std::string_view name) {
  for (const std::string_view pair : split(request.query, "&")) {
    const size_t equals = std::min(pair.find('='), pair.size());
    if (percent_decode(pair.substr(0, equals)) != name) continue;
    std::string value(pair.substr(std::min(pair.size(), equals + 1)));
    std::replace(value.begin(), value.end(), '+', ' ');
    return percent_decode(value);
  }
  return std::nullopt;
}

std::vector<std::string_view> cookie_values(const Request& request, std::string_view name) {
  std::vector<std::string_view> values;
  for (const std::string_view pair : split(request.header("Cookie"), ";")) {
    if (pair.size() > name.size() && pair.starts_with(name) && pair[name.size()] == '=')
      values.push_back(pair.substr(name.size() + 1));
  }
  return values;
}

std::string cookie_value(const Request& request, std::string_view name) {
  const std::vector<std::string_view> values = cookie_values(request, name);
  return values.empty() ? "" : std::string(values.front());
}

}  // namespace samovar::http
