// How requests get in: TLS, proxies in front, a path prefix, the names that the server goes by.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "http/router.h"
#include "http/tls.h"

namespace samovar::app {

struct DoorOptions {
  std::string tls_cert, tls_key;  // files; both or none
  uint16_t http_port = 0;         // a plain port that only sends to HTTPS; 0: none
  std::string trusted_proxies;    // addresses and networks
  std::string allowed_hosts;      // names besides this machine's own, for a server bound to loopback
  std::string path_prefix;        // "/chat"
};

struct Doors {
  std::shared_ptr<http::Tls> tls;             // null: plain HTTP
  std::function<void(http::Request&)> amend;  // for http::ServerOptions
  std::vector<std::string> allowed_hosts;
  std::string path_prefix;  // "" or "/..." without a slash at its end
};

// Reads the certificate; what is to be said of it goes to the log. Fails with kInvalidArgument, naming option
// and value.
[[nodiscard]] Result<Doors> open_doors(const DoorOptions& options);

// Browsers that came over TLS once shall always do so.
void demand_https(http::Router& router);

// Sends everything to the same address on `https_port`.
[[nodiscard]] std::shared_ptr<http::Router> make_redirects(uint16_t https_port);

}  // namespace samovar::app
