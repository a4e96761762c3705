#include "api/access.h"

#include <arpa/inet.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/ascii.h"
#include "http/text.h"

namespace samovar::api {
namespace {

constexpr auto kOrigins = std::to_array<std::string_view>({
    "http://localhost",
    "https://localhost",
    "http://localhost:*",
    "https://localhost:*",
    "http://127.0.0.1",
    "https://127.0.0.1",
    "http://127.0.0.1:*",
    "https://127.0.0.1:*",
    "http://0.0.0.0",
    "https://0.0.0.0",
    "http://0.0.0.0:*",
    "https://0.0.0.0:*",
    "app://*",
    "file://*",
    "tauri://*",
    "vscode-webview://*",
    "vscode-file://*",
});

bool matches(std::string_view pattern, std::string_view text) {
  const size_t star = pattern.find('*');
  if (star == std::string_view::npos) return pattern == text;
  const std::string_view tail = pattern.substr(star + 1);
  return text.size() >= star + tail.size() && text.starts_with(pattern.substr(0, star)) &&
         text.ends_with(tail);
}

bool is_private_ipv4(uint32_t address) {
  const uint32_t first = address >> 24U;
  return address == 0 || first == 127 || first == 10 || (address >> 20U) == 0xAC1 ||
         (address >> 16U) == 0xC0A8;
}

bool is_private_address(const std::string& host) {
  in_addr v4{};
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1) return is_private_ipv4(ntohl(v4.s_addr));
  in6_addr v6{};
  if (inet_pton(AF_INET6, host.c_str(), &v6) != 1) return false;
  const bool unique_local = (v6.s6_addr[0] & 0xFEU) == 0xFC;
  return IN6_IS_ADDR_LOOPBACK(&v6) || IN6_IS_ADDR_UNSPECIFIED(&v6) || unique_local;
}

std::string machine_name() {
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) != 0) return {};
  return to_lower(name.data());
}

}  // namespace

bool is_allowed_origin(std::string_view origin, std::span<const std::string> more) {
  const auto match = [origin](std::string_view pattern) { return matches(pattern, origin); };
  return std::any_of(kOrigins.begin(), kOrigins.end(), match) || std::any_of(more.begin(), more.end(), match);
}

bool is_local_host(std::string_view header) {
  const std::string host = to_lower(http::without_port(header));
  if (host.empty() || host == "localhost" || is_private_address(host)) return true;
  for (const char* ending : {".localhost", ".local", ".internal"}) {
    if (host.ends_with(ending)) return true;
  }
  return host == machine_name();
}

bool is_named(std::string_view header, std::span<const std::string> names) {
  const std::string host = to_lower(http::without_port(header));
  return std::find(names.begin(), names.end(), host) != names.end();
}

}  // namespace samovar::api
