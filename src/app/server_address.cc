#include "app/server_address.h"

#include <charconv>
#include <cstdlib>

namespace samovar::app {
namespace {

Error bad(std::string_view text, std::string_view why) {
  return {Code::kInvalidArgument, "OLLAMA_HOST \"" + std::string(text) + "\": " + std::string(why)};
}

Result<uint16_t> parse_port(std::string_view digits, std::string_view whole) {
  uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc() || end != digits.data() + digits.size()) {
    return bad(whole, "the port must be a number from 0 to 65535");
  }
  return port;
}

// Splits "host:port", "[::1]:port", "host" or ":port"; what is missing is left as it stands.
Result<void> read_authority(std::string_view authority, std::string_view whole, ServerAddress& address) {
  std::string_view host = authority;
  std::string_view port;
  if (authority.starts_with('[')) {
    const size_t close = authority.find(']');
    if (close == std::string_view::npos) return bad(whole, "the bracket is not closed");
    host = authority.substr(1, close - 1);
    std::string_view rest = authority.substr(close + 1);
    if (!rest.empty() && !rest.starts_with(':')) return bad(whole, "expected a colon behind the bracket");
    if (!rest.empty()) port = rest.substr(1);
  } else if (const size_t colon = authority.find(':');
             colon == authority.rfind(':') && colon != std::string_view::npos) {
    host = authority.substr(0, colon);
    port = authority.substr(colon + 1);
  }
  if (host.find_first_of(" \t\"'<>\\") != std::string_view::npos) return bad(whole, "that is no host name");
  if (!host.empty()) address.host = host;
  if (port.empty()) return {};
  const Result<uint16_t> number = parse_port(port, whole);
  if (!number) return number.error();
  address.port = *number;
  return {};
}

}  // namespace

std::string ServerAddress::url() const {
  std::string shown = host == "0.0.0.0" ? "127.0.0.1" : host == "::" ? "::1" : host;
  if (shown.find(':') != std::string::npos) shown = "[" + shown + "]";
  return scheme + "://" + shown + ":" + std::to_string(port) + path;
}

Result<ServerAddress> parse_server_address(std::string_view text) {
  ServerAddress address;
  std::string_view rest = text;
  if (const size_t at = rest.find("://"); at != std::string_view::npos) {
    address.scheme = rest.substr(0, at);
    address.has_scheme = true;
    if (address.scheme != "http" && address.scheme != "https")
      return bad(text, "only http:// and https:// are known");
    address.port = address.scheme == "http" ? 80 : 443;
    rest.remove_prefix(at + 3);
    if (rest.empty()) return bad(text, "the host is missing");
  }
  const size_t slash = rest.find('/');
  if (slash != std::string_view::npos) {
    address.path = rest.substr(slash);
    while (address.path.ends_with('/')) address.path.pop_back();
  }
  const Result<void> authority = read_authority(rest.substr(0, slash), text, address);
  if (!authority) return authority.error();
  return address;
}

std::string_view ollama_host() {
  const char* value = std::getenv("OLLAMA_HOST");
  return value == nullptr ? std::string_view() : value;
}

}  // namespace samovar::app
