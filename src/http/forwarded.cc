#include "http/forwarded.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/ascii.h"
#include "http/text.h"

namespace samovar::http {
namespace {

using Bytes = std::vector<uint8_t>;

// An IPv4 address inside IPv6 ("::ffff:10.0.0.1") is the IPv4 one.
std::optional<Bytes> parse_address(std::string_view text) {
  const std::string whole(text);
  Bytes bytes(4);
  if (inet_pton(AF_INET, whole.c_str(), bytes.data()) == 1) return bytes;
  bytes.resize(16);
  if (inet_pton(AF_INET6, whole.c_str(), bytes.data()) != 1) return std::nullopt;
  constexpr size_t kMapped = 12;
  const bool zeros = std::all_of(bytes.begin(), bytes.begin() + 10, [](uint8_t byte) { return byte == 0; });
  if (zeros && bytes[10] == 0xFF && bytes[11] == 0xFF) return Bytes(bytes.begin() + kMapped, bytes.end());
  return bytes;
}

bool is_within(const Bytes& address, const Bytes& network, int n_bits) {
  if (address.size() != network.size()) return false;
  const auto whole = static_cast<size_t>(n_bits / 8);
  if (!std::equal(network.begin(), network.begin() + static_cast<std::ptrdiff_t>(whole), address.begin()))
    return false;
  const int rest = n_bits % 8;
  return rest == 0 || (address[whole] ^ network[whole]) >> (8 - rest) == 0;
}

// The words of all headers of that name, in order.
std::vector<std::string> list_values(const Headers& headers, std::string_view name) {
  std::vector<std::string> out;
  for (const auto& [key, value] : headers) {
    if (!equals_ignoring_case(key, name)) continue;
    for (const std::string_view word : split(value, ",")) out.emplace_back(word);
  }
  return out;
}

}  // namespace

Result<TrustedProxies> TrustedProxies::parse(std::string_view list) {
  TrustedProxies out;
  for (const std::string_view part : split(list, ", ")) {
    const size_t slash = std::min(part.find('/'), part.size());
    auto address = parse_address(part.substr(0, slash));
    int n_bits = address ? static_cast<int>(address->size()) * 8 : 0;
    bool good = address.has_value();
    if (good && slash < part.size()) {
      const char* last = part.data() + part.size();
      int given = -1;
      const auto [read, error] = std::from_chars(part.data() + slash + 1, last, given);
      good = error == std::errc() && read == last && given >= 0 && given <= n_bits;
      n_bits = given;
    }
    if (!good)
      return Error{Code::kInvalidArgument,
                   "'" + std::string(part) + "' is no address and no network such as 10.0.0.0/8"};
    out.networks_.push_back({*std::move(address), n_bits});
  }
  return out;
}

bool TrustedProxies::contains(std::string_view address) const {
  const auto bytes = parse_address(address);
  return bytes && std::any_of(networks_.begin(), networks_.end(), [&](const Network& network) {
           return is_within(*bytes, network.bytes, network.n_bits);
         });
}

void look_through(const TrustedProxies& proxies, Request& request) {
  if (proxies.empty() || !proxies.contains(request.remote_address)) return;
  request.is_from_proxy = true;
  const std::vector<std::string> chain = list_values(request.headers, "X-Forwarded-For");
  for (auto hop = chain.rbegin(); hop != chain.rend(); ++hop) {
    const std::string_view address = without_port(*hop);
    if (!parse_address(address)) break;
    request.remote_address = address;
    if (!proxies.contains(address)) break;
  }
  // The last word of each is the nearest proxy's.
  if (const auto protocols = list_values(request.headers, "X-Forwarded-Proto"); !protocols.empty())
    request.is_secure = equals_ignoring_case(protocols.back(), "https");
  const auto hosts = list_values(request.headers, "X-Forwarded-Host");
  if (hosts.empty()) return;
  for (auto& [name, value] : request.headers) {
    if (equals_ignoring_case(name, "Host")) value = hosts.back();
  }
}

bool remove_prefix(std::string_view prefix, Request& request) {
  const bool inside = !prefix.empty() && request.path.starts_with(prefix) &&
                      (request.path.size() == prefix.size() || request.path[prefix.size()] == '/');
  if (!inside) return false;
  request.path.erase(0, prefix.size());
  if (request.path.empty()) request.path = "/";
  if (request.target.starts_with(prefix)) request.target.erase(0, prefix.size());
  if (!request.target.starts_with('/')) request.target.insert(0, "/");
  return true;
}

}  // namespace samovar::http
