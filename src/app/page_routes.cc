#include "app/page_routes.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <string>

#include "base/ascii.h"

namespace samovar::app {
namespace {

constexpr std::string_view kContentSecurityPolicy =
    "default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

// Documents under /frame/ show what a model wrote, or one remote image: whatever runs there has an origin of
// its own, and no host can be reached from it but for that image.
constexpr std::string_view kPreviewPolicy =
    "sandbox allow-scripts; default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' "
    "'unsafe-inline'; "
    "img-src data: blob:; font-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";
constexpr std::string_view kImagePolicy =
    "sandbox allow-scripts; default-src 'none'; script-src 'self'; style-src 'self'; img-src https: http:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

std::string_view policy_of(std::string_view path) {
  if (path == "/frame/image.html") return kImagePolicy;
  return path.starts_with("/frame/") ? kPreviewPolicy : kContentSecurityPolicy;
}

struct Variant {
  std::string_view coding;  // "br", "gzip" or empty
  std::string_view bytes;
};

// A quality value of zero forbids the coding; any other allows it.
bool is_forbidden(std::string_view parameters) {
  const size_t at = parameters.find("q=");
  if (at == std::string_view::npos) return false;
  const std::string_view digits = trim(parameters.substr(at + 2));
  return !digits.empty() && digits.find_first_not_of("0.") == std::string_view::npos;
}

bool accepts(std::string_view accept_encoding, std::string_view coding) {
  bool accepted = false;
  for (const std::string_view item : split(accept_encoding, ",")) {
    const size_t semicolon = item.find(';');
    const std::string_view name = trim(item.substr(0, semicolon));
    const std::string_view parameters =
        semicolon == std::string_view::npos ? std::string_view() : item.substr(semicolon);
    const auto same = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; };
    if (std::equal(name.begin(), name.end(), coding.begin(), coding.end(), same)) {
      accepted = !is_forbidden(parameters);
    }
  }
  return accepted;
}

Variant choose_variant(const PageFile& file, std::string_view accept_encoding) {
  if (!file.br.empty() && accepts(accept_encoding, "br")) return {"br", file.br};
  if (!file.gz.empty() && accepts(accept_encoding, "gzip")) return {"gzip", file.gz};
  return {"", file.identity};
}

std::string make_etag(const PageFile& file, const Variant& variant) {
  std::string etag = "\"" + std::string(file.hash);
  if (!variant.coding.empty()) etag.append("-").append(variant.coding);
  return etag + "\"";
}

bool client_has(std::string_view if_none_match, std::string_view etag) {
  const std::vector<std::string_view> items = split(if_none_match, ",");
  return std::any_of(items.begin(), items.end(), [etag](std::string_view item) {
    if (item.starts_with("W/")) item.remove_prefix(2);
    return item == etag || item == "*";
  });
}

std::string_view cache_control(const PageFile& file) {
  return file.immutable ? "public, max-age=31536000, immutable" : "no-cache";
}

void add_security_headers(std::string_view path, http::Headers& headers) {
  headers.emplace_back("Content-Security-Policy", policy_of(path));
  headers.emplace_back("X-Content-Type-Options", "nosniff");
  headers.emplace_back("Referrer-Policy", "no-referrer");
  headers.emplace_back("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()");
  headers.emplace_back("Cross-Origin-Opener-Policy", "same-origin");
  headers.emplace_back("X-Frame-Options", path.starts_with("/frame/") ? "SAMEORIGIN" : "DENY");
}

void add_file(http::Router& router, std::string path, const PageFile& file) {
  router.add("GET", std::move(path),
             [&file](const http::Request& request, const std::shared_ptr<http::ResponseWriter>& writer) {
               writer->send(answer_page_file(file, request));
             });
}

// The page's document as it is seen from outside; below a prefix its prepared variants do not fit.
void add_document(http::Router& router, std::string path, const PageFile& file, const std::string& prefix) {
  if (prefix.empty()) return add_file(router, std::move(path), file);
  constexpr std::string_view kLink = "=\"/";
  auto text = std::make_shared<std::string>(file.identity);
  for (size_t at = text->find(kLink); at != std::string::npos; at = text->find(kLink, at + 1))
    text->insert(at + kLink.size() - 1, prefix);
  auto hash = std::make_shared<const std::string>(std::string(file.hash) + prefix);
  PageFile moved = file;
  moved.hash = *hash;
  moved.identity = *text;
  moved.br = moved.gz = {};
  router.add(
      "GET", std::move(path),
      [text, hash, moved](const http::Request& request, const std::shared_ptr<http::ResponseWriter>& writer) {
        writer->send(answer_page_file(moved, request));
      });
}

void answer_without_page(const http::Request& /*request*/,
                         const std::shared_ptr<http::ResponseWriter>& writer) {
  writer->send({.status = 503,
                .headers = {{"Content-Type", "text/plain; charset=utf-8"}},
                .body = "This samovar was built without the chat page: build it with ./run\n"});
}

}  // namespace

http::Response answer_page_file(const PageFile& file, const http::Request& request) {
  const Variant variant = choose_variant(file, request.header("Accept-Encoding"));
  const std::string etag = make_etag(file, variant);
  http::Response response;
  response.headers.emplace_back("ETag", etag);
  response.headers.emplace_back("Cache-Control", cache_control(file));
  response.headers.emplace_back("Vary", "Accept-Encoding");
  add_security_headers(file.path, response.headers);
  if (client_has(request.header("If-None-Match"), etag)) {
    response.status = 304;
    return response;
  }
  response.headers.emplace_back("Content-Type", file.content_type);
  if (!variant.coding.empty()) response.headers.emplace_back("Content-Encoding", variant.coding);
  response.body = variant.bytes;
  return response;
}

void add_page_routes(http::Router& router, const std::vector<PageFile>& files, const std::string& prefix) {
  const auto index = std::find_if(files.begin(), files.end(),
                                  [](const PageFile& file) { return file.path == "/index.html"; });
  if (index == files.end()) {
    router.add("GET", "/", answer_without_page);
  } else {
    add_document(router, "/", *index, prefix);
    add_document(router, "/share/{token}", *index, prefix);  // the page itself asks for what is shared
    add_document(router, "/invite/{token}", *index, prefix);
  }
  for (const PageFile& file : files) add_file(router, std::string(file.path), file);
}

}  // namespace samovar::app
