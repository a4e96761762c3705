#include "backend/ollama_address.h"

#include <algorithm>
#include <charconv>

namespace samovar::backend {
namespace {

constexpr std::string_view kHostCharacters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._";
constexpr std::string_view kIpv6Characters = "0123456789abcdefABCDEF:.";

std::string_view trim(std::string_view text) {
  while (!text.empty() && std::string_view(" \t\r\n\"'").find(text.front()) != std::string_view::npos) {
    text.remove_prefix(1);
  }
  while (!text.empty() && std::string_view(" \t\r\n\"'").find(text.back()) != std::string_view::npos) {
    text.remove_suffix(1);
  }
  return text;
}

bool is_port(std::string_view text) {
  int port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size() && port >= 1 && port <= 65535;
}

bool consists_of(std::string_view text, std::string_view characters) {
  return text.find_first_not_of(characters) == std::string_view::npos;
}

struct HostPort {
  std::string host;  // IPv6 in brackets
  std::string_view port;
  bool valid = true;
};

HostPort split_host_port(std::string_view text) {
  HostPort result;
  if (text.starts_with('[')) {
    const size_t close = text.find(']');
    if (close == std::string_view::npos) return {.host = {}, .port = {}, .valid = false};
    result.host = text.substr(0, close + 1);
    result.valid = close > 1 && consists_of(text.substr(1, close - 1), kIpv6Characters);
    text.remove_prefix(close + 1);
    if (!text.empty() && text.front() != ':') result.valid = false;
    if (!text.empty()) result.port = text.substr(1);
    return result;
  }
  if (std::count(text.begin(), text.end(), ':') > 1) {  // a bare IPv6 address
    return {.host = "[" + std::string(text) + "]", .port = {}, .valid = consists_of(text, kIpv6Characters)};
  }
  const size_t colon = std::min(text.find(':'), text.size());
  result.host = text.substr(0, colon);
  if (colon < text.size()) result.port = text.substr(colon + 1);
  result.valid = consists_of(result.host, kHostCharacters);
  if (result.host.empty()) result.host = "127.0.0.1";
  return result;
}

// Scheme "http" or "https" and what follows "://".
std::optional<std::string> join_address(std::string_view scheme, std::string_view rest,
                                        std::string_view port) {
  const size_t slash = std::min(rest.find('/'), rest.size());
  std::string_view path = rest.substr(slash);
  while (path.ends_with('/')) path.remove_suffix(1);
  const HostPort parsed = split_host_port(rest.substr(0, slash));
  if (!parsed.port.empty()) port = parsed.port;
  const bool plain_path = path.find_first_of(" ?#\"<>") == std::string_view::npos;
  if ((scheme != "http" && scheme != "https") || !parsed.valid || !is_port(port) || !plain_path)
    return std::nullopt;
  return std::string(scheme) + "://" + parsed.host + ":" + std::string(port) + std::string(path);
}

}  // namespace

std::optional<std::string> parse_http_address(std::string_view url) {
  const size_t at = url.find("://");
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view scheme = url.substr(0, at);
  return join_address(scheme, url.substr(at + 3), scheme == "https" ? "443" : "80");
}

Result<std::string> parse_ollama_address(std::string_view address) {
  const std::string_view text = trim(address);
  const bool has_scheme = text.find("://") != std::string_view::npos;
  const std::optional<std::string> url =
      has_scheme ? parse_http_address(text) : join_address("http", text, "11434");
  if (url) return *url;
  return Error{Code::kInvalidArgument,
               "OLLAMA_HOST: '" + std::string(text) +
                   "' is not an address (expected host, host:port or http://host:port)"};
}

}  // namespace samovar::backend
