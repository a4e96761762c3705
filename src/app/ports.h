// Where the server listens, and how people reach it there.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "app/serve.h"
#include "http/server.h"

namespace samovar::app {

struct Ports {
  std::string page_url, api_url;  // as a person on this machine would type them
};

[[nodiscard]] bool is_loopback(const std::string& host);

// The address of the API's own port. Through the page's port the API is reached as well, so that one stays
// inside the machine when the page speaks HTTPS, unless --api-host says otherwise.
[[nodiscard]] std::string api_host(const ServeOptions& options);

// Fails with kConflict or kInvalidArgument, naming the option that chooses another port.
[[nodiscard]] Result<Ports> open_ports(http::Server& server, const ServeOptions& options, const Doors& doors,
                                       std::shared_ptr<const http::Router> page,
                                       std::shared_ptr<const http::Router> api);

}  // namespace samovar::app
