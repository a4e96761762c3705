// Around every endpoint, outermost first: the Server header, CORS, the Host check, tidy paths.
#include <memory>
#include <string>
#include <utility>

#include "api/access.h"
#include "api/caller.h"
#include "api/denial.h"
#include "api/endpoints.h"
#include "http/text.h"

namespace samovar::api {
namespace {

using http::Handler;
using http::Headers;
using http::Request;
using http::ResponseWriter;

class HeaderWriter final : public ResponseWriter {
 public:
  HeaderWriter(std::shared_ptr<ResponseWriter> inner, Headers extra)
      : inner_(std::move(inner)), extra_(std::move(extra)) {}

  void send(http::Response response) override {
    append(response.headers);
    inner_->send(std::move(response));
  }
  void start(int status, Headers headers) override {
    append(headers);
    inner_->start(status, std::move(headers));
  }
  bool write(std::string piece) override { return inner_->write(std::move(piece)); }
  void finish() override { inner_->finish(); }
  void on_disconnect(std::function<void()> callback) override { inner_->on_disconnect(std::move(callback)); }

 private:
  void append(Headers& headers) const { headers.insert(headers.end(), extra_.begin(), extra_.end()); }

  std::shared_ptr<ResponseWriter> inner_;
  Headers extra_;
};

}  // namespace

std::shared_ptr<ResponseWriter> make_header_writer(std::shared_ptr<ResponseWriter> inner, Headers extra) {
  return std::make_shared<HeaderWriter>(std::move(inner), std::move(extra));
}

namespace {

void forbid(ResponseWriter& writer) { writer.send({.status = 403, .headers = {}, .body = {}}); }

Headers preflight_headers(std::string_view origin) {
  return {{"Access-Control-Allow-Headers",
           "Authorization,Content-Type,User-Agent,Accept,X-Requested-With,Openai-Beta,X-Stainless-Arch,"
           "X-Stainless-Async,X-Stainless-Custom-Poll-Interval,X-Stainless-Helper-Method,X-Stainless-Lang,"
           "X-Stainless-Os,X-Stainless-Package-Version,X-Stainless-Poll-Helper,X-Stainless-Retry-Count,"
           "X-Stainless-Runtime,X-Stainless-Runtime-Version,X-Stainless-Timeout,X-Api-Key,Anthropic-Version,"
           "X-Request-Id,X-Request-Timeout"},
          {"Access-Control-Allow-Methods", "GET,POST,PUT,PATCH,DELETE,HEAD,OPTIONS"},
          {"Access-Control-Allow-Origin", std::string(origin)},
          {"Access-Control-Max-Age", "43200"},
          {"Vary", "Origin"},
          {"Vary", "Access-Control-Request-Method"},
          {"Vary", "Access-Control-Request-Headers"}};
}

bool is_same_origin(const Request& request, std::string_view origin) {
  const std::string host(request.header("Host"));
  return origin == "http://" + host || origin == "https://" + host;
}

// The page's previews are documents without an origin; what they fetch is public, and they cannot read more.
bool is_preview_file(const Request& request, std::string_view origin) {
  return origin == "null" && request.method == "GET" && request.path.starts_with("/frame/");
}

void check_origin(const Deps& deps, const Request& request, std::shared_ptr<ResponseWriter> writer,
                  const Handler& next) {
  const std::string origin(request.header("Origin"));
  if (origin.empty() || is_same_origin(request, origin) || is_preview_file(request, origin)) {
    return next(request, std::move(writer));
  }
  if (!is_allowed_origin(origin, deps.allowed_origins)) return forbid(*writer);
  if (request.method == "OPTIONS") {
    return writer->send({.status = 204, .headers = preflight_headers(origin), .body = {}});
  }
  const Headers extra = {{"Access-Control-Allow-Origin", origin},
                         {"Access-Control-Expose-Headers",
                          "Retry-After,X-Queue-Place,X-Queue-Wait-Ms,X-Request-Id,X-Ratelimit-Limit-Requests,"
                          "X-Ratelimit-Remaining-Requests"},
                         {"Vary", "Origin"}};
  next(request, std::make_shared<HeaderWriter>(std::move(writer), extra));
}

std::string without_double_slashes(std::string_view path) {
  std::string out;
  for (const char c : path) {
    if (c != '/' || !out.ends_with('/')) out += c;
  }
  return out;
}

std::string escape_html(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&#34;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

void redirect(ResponseWriter& writer, int status, const Request& request, std::string path) {
  if (!request.query.empty()) path += "?" + request.query;
  const std::string body =
      "<a href=\"" + escape_html(path) + "\">" + std::string(http::reason_phrase(status)) + "</a>.\n\n";
  writer.send({.status = status,
               .headers = {{"Content-Type", "text/html; charset=utf-8"}, {"Location", path}},
               .body = body});
}

// "//api/tags" -> 307, "/api/tags/" -> 301 (307 where the method must stay), as Go's servers do it.
void tidy_path(const http::Router& router, const Request& request, std::shared_ptr<ResponseWriter> writer,
               const Handler& next) {
  if (router.knows(request.path)) return next(request, std::move(writer));
  const std::string single = without_double_slashes(request.path);
  if (single != request.path && router.knows(single)) return redirect(*writer, 307, request, single);
  const std::string bare = single.substr(0, single.size() - 1);
  const bool is_get = request.method == "GET" || request.method == "HEAD";
  if (single.size() > 1 && single.ends_with('/') && router.knows(bare)) {
    return redirect(*writer, is_get ? 301 : 307, request, bare);
  }
  next(request, std::move(writer));
}

void check_timeout(const Request& request, std::shared_ptr<ResponseWriter> writer, const Handler& next) {
  const auto given = request.header("X-Request-Timeout");
  const auto timeout = given.empty() ? Result<int64_t>(0) : parse_timeout(given);
  if (timeout) return next(request, std::move(writer));
  writer->send(
      make_denial(request.path, {.status = 400, .message = "X-Request-Timeout: " + timeout.error().message}));
}

// Compressed bodies would be read as broken JSON, or kept as blobs of another digest.
void check_encoding(const Request& request, std::shared_ptr<ResponseWriter> writer, const Handler& next) {
  const std::string encoding(request.header("Content-Encoding"));
  if (encoding.empty() || encoding == "identity") return next(request, std::move(writer));
  writer->send(make_denial(request.path, {.status = 415,
                                          .message = "Content-Encoding: " + encoding +
                                                     " is not supported: send the body as it is"}));
}

}  // namespace

void add_filters(http::Router& router, const Context& context) {
  router.add_filter(
      [context](const Request& request, std::shared_ptr<ResponseWriter> writer, const Handler& next) {
        next(request, std::make_shared<HeaderWriter>(std::move(writer),
                                                     Headers{{"Server", "Samovar/" + context->version}}));
      });
  router.add_filter(
      [context](const Request& request, std::shared_ptr<ResponseWriter> writer, const Handler& next) {
        check_origin(*context, request, std::move(writer), next);
      });
  router.add_filter(
      [context](const Request& request, std::shared_ptr<ResponseWriter> writer, const Handler& next) {
        const std::string_view host = request.header("Host");
        if (context->loopback && !is_local_host(host) && !is_named(host, context->allowed_hosts))
          return forbid(*writer);
        next(request, std::move(writer));
      });
  if (context->gatekeeper) router.add_filter(context->gatekeeper);
  add_key_filter(router, context);
  router.add_filter([](const Request& request, std::shared_ptr<ResponseWriter> writer, const Handler& next) {
    check_timeout(request, std::move(writer), next);
  });
  router.add_filter([](const Request& request, std::shared_ptr<ResponseWriter> writer, const Handler& next) {
    check_encoding(request, std::move(writer), next);
  });
  router.add_filter([&router](const Request& request, std::shared_ptr<ResponseWriter> writer,
                              const Handler& next) { tidy_path(router, request, std::move(writer), next); });
}

}  // namespace samovar::api
