// What a request says in its query and its cookies. Pure functions, any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"

namespace samovar::http {

// Decoded, with '+' as a blank; the first of that name. nullopt when it is not there.
[[nodiscard]] std::optional<std::string> query_value(const Request& request, std::string_view name);

// All cookies of that name, in order; views of the request. Browsers send several when a parent domain or
// another path has one of the same name.
[[nodiscard]] std::vector<std::string_view> cookie_values(const Request& request, std::string_view name);
// The first; "" when there is none.
[[nodiscard]] std::string cookie_value(const Request& request, std::string_view name);

}  // namespace samovar::http
