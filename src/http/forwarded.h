// Who really asks when proxies stand in front. Pure, but for the parsing of addresses.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/message.h"

namespace samovar::http {

// Proxies whose word about their clients is taken.
class TrustedProxies {
 public:
  // Addresses and networks, separated by commas or blanks: "127.0.0.1, 10.0.0.0/8, ::1". Fails with
  // kInvalidArgument, naming the part that is neither.
  [[nodiscard]] static Result<TrustedProxies> parse(std::string_view list);

  [[nodiscard]] bool contains(std::string_view address) const;
  [[nodiscard]] bool empty() const { return networks_.empty(); }

 private:
  struct Network {
    std::vector<uint8_t> bytes;  // 4 or 16
    int n_bits = 0;
  };
  std::vector<Network> networks_;
};

// When the request comes from one of `proxies`: remote_address becomes the last address of X-Forwarded-For
// that is none of them, is_secure what X-Forwarded-Proto says, and Host what X-Forwarded-Host says. Otherwise
// those headers count for nothing.
void look_through(const TrustedProxies& proxies, Request& request);

// Below a prefix ("/chat") the server lives as elsewhere below "/": takes it from path and target. Other
// paths are left alone. True when there was one.
bool remove_prefix(std::string_view prefix, Request& request);

}  // namespace samovar::http
