// API keys: what each endpoint demands of them, and the answers to those who have none that will do.
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "api/denial.h"
#include "api/endpoints.h"
#include "base/ascii.h"
#include "keys/key_ring.h"

namespace samovar::api {
namespace {

using keys::Scope;
using keys::Verdict;

struct Demand {
  bool key = false;
  std::optional<Scope> scope;  // nothing: any key
};

// The page's own paths and what tells whether the server lives are not asked for keys.
Demand demand_of(std::string_view path) {
  for (const char* open : {"/api/version", "/healthz", "/readyz", "/openapi.json"}) {
    if (path == open) return {};
  }
  if (path == "/metrics") return {true, Scope::kAdmin};
  if (!path.starts_with("/api/") && !path.starts_with("/v1/")) return {};
  for (const char* models : {"/api/pull", "/api/push", "/api/create", "/api/copy", "/api/delete"}) {
    if (path == models) return {true, Scope::kModels};
  }
  if (path.starts_with("/api/blobs/")) return {true, Scope::kModels};
  for (const char* looks : {"/api/tags", "/api/ps", "/api/show", "/api/queue"}) {
    if (path == looks) return {true, std::nullopt};
  }
  if (path.starts_with("/v1/models")) return {true, std::nullopt};
  return {true, Scope::kChat};
}

// "Authorization: Bearer ...", as OpenAI's and Ollama's clients send it, or Anthropic's "x-api-key".
std::string_view read_secret(const http::Request& request) {
  constexpr std::string_view kBearer = "bearer ";
  const std::string_view given = request.header("Authorization");
  if (given.size() > kBearer.size() && to_lower(given.substr(0, kBearer.size())) == kBearer)
    return given.substr(given.find_first_not_of(' ', kBearer.size() - 1));
  return request.header("x-api-key");
}

Denial explain(const Verdict& verdict, const Demand& demand) {
  switch (verdict.kind) {
    case Verdict::Kind::kMissing:
      return {401,
              "an API key is needed: send it as \"Authorization: Bearer sk-samovar-...\"; 'samovar key "
              "create' makes one",
              {{"WWW-Authenticate", "Bearer"}}};
    case Verdict::Kind::kUnknown:
      return {
          401, "this API key is not known here", {{"WWW-Authenticate", "Bearer error=\"invalid_token\""}}};
    case Verdict::Kind::kExpired:
      return {401,
              "the API key " + verdict.id + " has expired",
              {{"WWW-Authenticate", "Bearer error=\"invalid_token\""}}};
    case Verdict::Kind::kForbidden:
      return {
          403,
          "the API key " + verdict.id + " lacks the scope '" + std::string(to_string(*demand.scope)) + "'",
          {}};
    case Verdict::Kind::kTooOften:
      return {429,
              "the API key " + verdict.id + " may send " + std::to_string(verdict.per_minute) +
                  " requests a minute; come again in " + std::to_string(verdict.retry_s) + " s",
              {{"Retry-After", std::to_string(verdict.retry_s)}}};
    default:
      return {500, "the API keys cannot be read: " + verdict.problem, {}};
  }
}

void add_rate_headers(http::Headers& headers, const Verdict& verdict) {
  if (verdict.per_minute <= 0) return;
  headers.emplace_back("x-ratelimit-limit-requests", std::to_string(verdict.per_minute));
  headers.emplace_back("x-ratelimit-remaining-requests", std::to_string(verdict.left));
}

// Who is in already needs no key: an account may ask models, an administrator may do everything.
void check_admitted(const http::Request& request, std::shared_ptr<http::ResponseWriter> writer,
                    const Demand& demand, const http::Handler& next) {
  const bool is_free = !demand.key || !demand.scope || *demand.scope == Scope::kChat;
  if (is_free || request.is_admin) return next(request, std::move(writer));
  writer->send(make_denial(request.path, {403, "only administrators may do this", {}}));
}

struct Visit {
  const http::Request& request;
  std::shared_ptr<http::ResponseWriter> writer;
  Demand demand;
};

void act_on(const Deps& deps, Visit visit, const Verdict& verdict, const http::Handler& next) {
  if (verdict.kind != Verdict::Kind::kAllowed) {
    http::Response refusal = make_denial(visit.request.path, explain(verdict, visit.demand));
    add_rate_headers(refusal.headers, verdict);
    return visit.writer->send(std::move(refusal));
  }
  if (verdict.id.empty()) return next(visit.request, std::move(visit.writer));
  http::Request known = visit.request;
  known.client = "key:" + verdict.id;
  known.user = verdict.user;
  http::Headers extra;
  add_rate_headers(extra, verdict);
  if (!extra.empty()) visit.writer = make_header_writer(std::move(visit.writer), std::move(extra));
  // What the key may do stays what the key may do: the account adds nothing to it.
  if (deps.owner_check && !known.user.empty()) return deps.owner_check(known, std::move(visit.writer), next);
  next(known, std::move(visit.writer));
}

void check_key(const Context& deps, const http::Request& request,
               std::shared_ptr<http::ResponseWriter> writer, const http::Handler& next) {
  const Demand demand = demand_of(request.path);
  if (request.is_admitted) return check_admitted(request, std::move(writer), demand, next);
  if (!demand.key) return next(request, std::move(writer));
  const keys::Claim claim{std::string(read_secret(request)), demand.scope,
                          deps->keys_demanded ? keys::Asked::kAlways : keys::Asked::kAsSetUp};
  if (const auto verdict = deps->keys->check_now(claim))
    return act_on(*deps, {request, std::move(writer), demand}, *verdict, next);
  deps->keys->check(claim, [deps, request, writer = std::move(writer), demand, next](const Verdict& verdict) {
    act_on(*deps, {request, writer, demand}, verdict, next);
  });
}

}  // namespace

void add_key_filter(http::Router& router, const Context& context) {
  if (context->keys == nullptr) return;
  router.add_filter(
      [context](const http::Request& request, std::shared_ptr<http::ResponseWriter> writer,
                const http::Handler& next) { check_key(context, request, std::move(writer), next); });
}

}  // namespace samovar::api
