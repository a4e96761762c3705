#include "app/ports.h"

#include <utility>

namespace samovar::app {
namespace {

std::string shown_url(const std::string& host, uint16_t port, bool is_secure) {
  const bool is_any = host == "0.0.0.0" || host == "::";
  std::string name = is_any || is_loopback(host) ? "localhost" : host;
  if (name.find(':') != std::string::npos) name = "[" + name + "]";
  return (is_secure ? "https://" : "http://") + name + ":" + std::to_string(port);
}

Error with_flag(const Error& error, const char* flag) {
  return {error.code, error.message + " (" + flag + " chooses another)"};
}

}  // namespace

bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

std::string api_host(const ServeOptions& options) {
  if (!options.api_host.empty()) return options.api_host;
  return options.doors.tls_cert.empty() ? options.host : "127.0.0.1";
}

Result<Ports> open_ports(http::Server& server, const ServeOptions& options, const Doors& doors,
                         std::shared_ptr<const http::Router> page, std::shared_ptr<const http::Router> api) {
  const Result<uint16_t> port = server.listen(options.host, options.port, std::move(page), doors.tls);
  if (!port) return with_flag(port.error(), "--port");
  const std::string host = api_host(options);
  const Result<uint16_t> api_port = server.listen(host, options.api_port, std::move(api));
  if (!api_port) return with_flag(api_port.error(), "--api-port");
  if (options.doors.http_port != 0) {
    const auto plain = server.listen(options.host, options.doors.http_port, make_redirects(*port));
    if (!plain) return with_flag(plain.error(), "--http-port");
  }
  return Ports{shown_url(options.host, *port, doors.tls != nullptr) + doors.path_prefix,
               shown_url(host, *api_port, false)};
}

}  // namespace samovar::app
