#include "http/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/ascii.h"

namespace samovar::http {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

void append_clean(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) >= 0x20 || c == '\t') out += c;
  }
}

bool is_servers_own(std::string_view name) {
  constexpr std::array kNames = {"date", "connection", "content-length", "transfer-encoding"};
  return std::any_of(kNames.begin(), kNames.end(),
                     [&](const char* own) { return equals_ignoring_case(name, own); });
}

}  // namespace

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view without_port(std::string_view host) {
  if (host.starts_with('[')) return host.substr(1, host.find(']') - 1);
  const bool is_bare_ipv6 = std::count(host.begin(), host.end(), ':') > 1;
  return is_bare_ipv6 ? host : host.substr(0, host.find(':'));
}

std::string percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      const int high = hex_value(text[i + 1]);
      const int low = hex_value(text[i + 2]);
      if (high >= 0 && low >= 0) {
        out += static_cast<char>(high * 16 + low);
        i += 2;
        continue;
      }
    }
    out += text[i];
  }
  return out;
}

void set_target(Request& request, std::string_view target) {
  request.target = target;
  if (const size_t scheme = target.find("://");
      !target.starts_with('/') && scheme != std::string_view::npos) {
    const size_t path = target.find('/', scheme + 3);
    target = path == std::string_view::npos ? std::string_view("/") : target.substr(path);
  }
  const size_t question = target.find('?');
  request.path = percent_decode(target.substr(0, question));
  request.query = question == std::string_view::npos ? "" : std::string(target.substr(question + 1));
}

std::string_view reason_phrase(int status) {
  constexpr auto kPhrases = std::to_array<std::pair<int, std::string_view>>({
      {100, "Continue"},
      {200, "OK"},
      {201, "Created"},
      {202, "Accepted"},
      {204, "No Content"},
      {206, "Partial Content"},
      {301, "Moved Permanently"},
      {302, "Found"},
      {303, "See Other"},
      {304, "Not Modified"},
      {307, "Temporary Redirect"},
      {308, "Permanent Redirect"},
      {400, "Bad Request"},
      {401, "Unauthorized"},
      {403, "Forbidden"},
      {404, "Not Found"},
      {405, "Method Not Allowed"},
      {406, "Not Acceptable"},
      {408, "Request Timeout"},
      {409, "Conflict"},
      {410, "Gone"},
      {411, "Length Required"},
      {412, "Precondition Failed"},
      {413, "Request Entity Too Large"},
      {415, "Unsupported Media Type"},
      {422, "Unprocessable Entity"},
      {429, "Too Many Requests"},
      {431, "Request Header Fields Too Large"},
      {499, "Client Closed Request"},
      {500, "Internal Server Error"},
      {501, "Not Implemented"},
      {502, "Bad Gateway"},
      {503, "Service Unavailable"},
      {504, "Gateway Timeout"},
      {507, "Insufficient Storage"},
  });
  const auto* found = std::find_if(kPhrases.begin(), kPhrases.end(),
                                   [status](const auto& entry) { return entry.first == status; });
  return found == kPhrases.end() ? std::string_view("Status") : found->second;
}

std::string format_http_date(std::time_t unix_seconds) {
  constexpr std::array kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::tm parts{};
  gmtime_r(&unix_seconds, &parts);
  std::array<char, 64> clock{};
  const size_t n = std::strftime(clock.data(), clock.size(), " %Y %H:%M:%S GMT", &parts);
  std::string out = kDays.at(static_cast<size_t>(parts.tm_wday));
  out += parts.tm_mday < 10 ? ", 0" : ", ";
  out += std::to_string(parts.tm_mday) + ' ' + kMonths.at(static_cast<size_t>(parts.tm_mon));
  return out.append(clock.data(), n);
}

std::string format_head(const Head& head) {
  std::string out =
      "HTTP/1.1 " + std::to_string(head.status) + ' ' + std::string(reason_phrase(head.status)) + "\r\n";
  for (const auto& [name, value] : head.headers) {
    if (is_servers_own(name)) continue;
    append_clean(out, name);
    out += ": ";
    append_clean(out, value);
    out += "\r\n";
  }
  out += "Date: " + format_http_date(head.now) + "\r\n";
  if (head.framing == Framing::kLength) out += "Content-Length: " + std::to_string(head.body_bytes) + "\r\n";
  if (head.framing == Framing::kChunked) out += "Transfer-Encoding: chunked\r\n";
  if (!head.keep_alive) out += "Connection: close\r\n";
  out += "\r\n";
  return out;
}

void append_chunk(std::string& out, std::string_view piece) {
  std::array<char, 20> size{};
  const auto end = std::to_chars(size.data(), size.data() + size.size(), piece.size(), 16).ptr;
  out.append(size.data(), end);
  out += "\r\n";
  out += piece;
  out += "\r\n";
}

}  // namespace samovar::http
