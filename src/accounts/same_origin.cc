#include "accounts/same_origin.h"

#include <string>

namespace samovar::accounts {

bool changes_something(const http::Request& request) {
  return request.method != "GET" && request.method != "HEAD" && request.method != "OPTIONS";
}

bool tells_origin(const http::Request& request) {
  return !request.header("Sec-Fetch-Site").empty() || !request.header("Origin").empty();
}

bool is_same_origin(const http::Request& request) {
  if (const auto site = request.header("Sec-Fetch-Site"); !site.empty()) return site == "same-origin";
  const std::string host(request.header("Host"));
  const auto origin = request.header("Origin");
  return !host.empty() && (origin == "http://" + host || origin == "https://" + host);
}

}  // namespace samovar::accounts
