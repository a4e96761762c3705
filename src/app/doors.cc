#include "app/doors.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "api/endpoints.h"
#include "base/ascii.h"
#include "http/forwarded.h"
#include "http/text.h"

namespace samovar::app {
namespace {

Result<std::string> check_prefix(const std::string& given) {
  std::string prefix = given;
  while (prefix.ends_with('/')) prefix.pop_back();
  const auto is_letter = [](char c) { return is_word(c) || c == '-' || c == '.' || c == '~' || c == '/'; };
  const bool good = prefix.empty() || (prefix.starts_with('/') && prefix.find("//") == std::string::npos &&
                                       std::all_of(prefix.begin(), prefix.end(), is_letter));
  if (good) return prefix;
  return Error{Code::kInvalidArgument, "--path-prefix \"" + given +
                                           "\": expected a path such as /chat, of letters, digits and -._~/"};
}

Result<std::shared_ptr<http::Tls>> load_tls(const DoorOptions& options) {
  if (options.tls_cert.empty() && options.tls_key.empty()) return std::shared_ptr<http::Tls>();
  if (options.tls_cert.empty() || options.tls_key.empty())
    return Error{Code::kInvalidArgument, std::string("TLS needs a certificate and its key: --tls-") +
                                             (options.tls_cert.empty() ? "cert" : "key") + " is missing"};
  return http::Tls::load({options.tls_cert, options.tls_key},
                         [](const std::string& notice) { spdlog::warn("{}", notice); });
}

}  // namespace

Result<Doors> open_doors(const DoorOptions& options) {
  Doors doors;
  const auto proxies = http::TrustedProxies::parse(options.trusted_proxies);
  if (!proxies) return Error{proxies.error().code, "--trusted-proxies: " + proxies.error().message};
  Result<std::string> prefix = check_prefix(options.path_prefix);
  if (!prefix) return prefix.error();
  Result<std::shared_ptr<http::Tls>> tls = load_tls(options);
  if (!tls) return tls.error();
  if (options.http_port != 0 && !*tls)
    return Error{Code::kInvalidArgument, "--http-port sends to HTTPS, which needs --tls-cert and --tls-key"};
  doors.tls = *std::move(tls);
  doors.path_prefix = *prefix;
  for (const std::string_view host : split(options.allowed_hosts, ", "))
    doors.allowed_hosts.push_back(to_lower(host));
  doors.amend = [proxies = *proxies, prefix = *prefix](http::Request& request) {
    http::look_through(proxies, request);
    http::remove_prefix(prefix, request);
  };
  return doors;
}

void demand_https(http::Router& router) {
  router.add_filter([](const http::Request& request, std::shared_ptr<http::ResponseWriter> writer,
                       const http::Handler& next) {
    if (!request.is_secure) return next(request, std::move(writer));
    next(request,
         api::make_header_writer(std::move(writer), {{"Strict-Transport-Security", "max-age=31536000"}}));
  });
}

std::shared_ptr<http::Router> make_redirects(uint16_t https_port) {
  auto router = std::make_shared<http::Router>();
  router->add_filter([https_port](const http::Request& request,
                                  const std::shared_ptr<http::ResponseWriter>& writer, const http::Handler&) {
    std::string host(http::without_port(request.header("Host")));
    if (host.find(':') != std::string::npos) host = "[" + host + "]";
    const std::string port = https_port == 443 ? "" : ":" + std::to_string(https_port);
    const std::string place = "https://" + host + port + request.target;
    writer->send({.status = 308, .headers = {{"Location", place}}, .body = ""});
  });
  return router;
}

}  // namespace samovar::app
