#include "registry/session.h"

#include <condition_variable>
#include <ctime>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <utility>

#include "base/ascii.h"
#include "http/text.h"
#include "registry/account.h"
#include "wire/json_depth.h"

namespace samovar::registry {
namespace {

constexpr size_t kMaxReplyBytes = size_t{8} << 20U;
constexpr int kMaxHops = 10;
constexpr std::chrono::milliseconds kStopPoll{50};

// Gathers one answer and lets a thread wait for it.
class Gatherer : public http::ClientListener {
 public:
  explicit Gatherer(Body body) : body_(body) {}

  void on_head(int status, const http::Headers& headers) override {
    const std::lock_guard lock(mutex_);
    reply_.status = status;
    reply_.headers = headers;
  }
  bool on_body(std::string_view bytes) override {
    const std::lock_guard lock(mutex_);
    if (body_ == Body::kHeadOnly && reply_.status == 200) return false;
    reply_.body += bytes;
    too_large_ = reply_.body.size() > kMaxReplyBytes;
    return !too_large_;
  }
  void on_end(Result<void> result) override {
    const std::lock_guard lock(mutex_);
    end_ = std::move(result);
    changed_.notify_all();
  }

  Result<Reply> wait(Stop& stop, http::ClientCall& call) {
    std::unique_lock lock(mutex_);
    while (!changed_.wait_for(lock, kStopPoll, [this] { return end_.has_value(); })) {
      if (stop.requested()) call.cancel();
    }
    if (stop.requested()) return Stop::error();
    if (too_large_) return Error{Code::kUnavailable, "the registry sent an answer without end"};
    const bool cut_on_purpose = body_ == Body::kHeadOnly && reply_.status != 0;
    if (!*end_ && !(cut_on_purpose && end_->error().code == Code::kCancelled)) return end_->error();
    return std::move(reply_);
  }

 private:
  const Body body_;
  std::mutex mutex_;
  std::condition_variable changed_;
  Reply reply_;
  bool too_large_ = false;
  std::optional<Result<void>> end_;
};

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

std::string escape_query(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool plain = is_word(c) || c == '-' || c == '.' || c == '~';
    const auto byte = static_cast<unsigned char>(c);
    if (plain) {
      out += c;
    } else {
      out += {'%', kDigits[byte >> 4U], kDigits[byte & 15U]};
    }
  }
  return out;
}

// Names in order of the alphabet, as Go writes them: the signature is over the whole address.
std::string token_url(std::string url, const std::string& challenge, bool signed_request) {
  const auto add = [&url](std::string_view name, std::string_view value) {
    url += (url.find('?') == std::string::npos ? "?" : "&") + std::string(name) + "=" + escape_query(value);
  };
  if (signed_request) add("nonce", make_nonce());
  std::istringstream scopes(challenge_value(challenge, "scope"));
  for (std::string scope; scopes >> scope;) add("scope", scope);
  if (const std::string service = challenge_value(challenge, "service"); !service.empty())
    add("service", service);
  if (signed_request) add("ts", std::to_string(std::time(nullptr)));
  return url;
}

}  // namespace

std::string challenge_value(std::string_view challenge, std::string_view name) {
  const std::string wanted = std::string(name) + "=\"";
  size_t at = 0;
  while ((at = challenge.find(wanted, at)) != std::string_view::npos) {
    const bool whole_name = at == 0 || challenge[at - 1] == ' ' || challenge[at - 1] == ',';
    at += wanted.size();
    if (whole_name) return std::string(challenge.substr(at, challenge.find('"', at) - at));
  }
  return {};
}

std::string explain_status(const Reply& reply) {
  const nlohmann::json json = wire::parse_json_value<nlohmann::json>(reply.body);
  const std::string status = "status " + std::to_string(reply.status);
  if (!json.is_object()) return status;
  const auto errors = json.find("errors");
  if (errors != json.end() && errors->is_array() && !errors->empty() && (*errors)[0].is_object()) {
    const auto message = (*errors)[0].value("message", nlohmann::json());
    if (message.is_string()) return status + ": " + message.get<std::string>();
  }
  const auto error = json.value("error", nlohmann::json());
  return error.is_string() ? status + ": " + error.get<std::string>() : status;
}

http::Headers Session::authorization_for(std::string_view url) const {
  if (token_.empty() || http::url_origin(url) != http::url_origin(options_.base_url)) return {};
  return {{"Authorization", "Bearer " + token_}};
}

std::string Session::resolve(std::string_view location, std::string_view from) const {
  if (location.starts_with("http://") || location.starts_with("https://")) return std::string(location);
  if (location.starts_with("//")) {
    return std::string(from.substr(0, from.find(':') + 1)) + std::string(location);
  }
  return (from.empty() ? options_.base_url : http::url_origin(from)) + std::string(location);
}

Result<Reply> Session::ask_once(const http::ClientRequest& request, Body body) {
  http::ClientRequest sent = request;
  if (sent.deadline_ms == 0 && !sent.file) sent.deadline_ms = options_.answer_limit_ms;
  sent.verify_tls = !options_.insecure;
  for (auto& header : authorization_for(sent.url)) sent.headers.push_back(std::move(header));
  const auto gatherer = std::make_shared<Gatherer>(body);
  const auto call = client_.start(std::move(sent), gatherer);
  Result<Reply> reply = gatherer->wait(stop_, *call);
  if (reply) reply->url = request.url;
  return reply;
}

Result<Reply> Session::ask(http::ClientRequest request, Redirects redirects, Body body) {
  Result<Reply> reply = follow(request, redirects, body);
  const bool may_fall_back = std::exchange(options_.may_fall_back, false);
  const bool not_understood = !reply && reply.error().code == Code::kUnavailable && !stop_.requested();
  if (!may_fall_back || !not_understood || !options_.base_url.starts_with("https://")) return reply;
  options_.base_url.replace(0, 5, "http");
  return follow(std::move(request), redirects, body);
}

Result<Reply> Session::follow(http::ClientRequest request, Redirects redirects, Body body) {
  request.url = resolve(request.url, "");
  bool asked_for_token = false;
  for (int hop = 0; hop < kMaxHops; ++hop) {
    Result<Reply> reply = ask_once(request, body);
    if (!reply) return reply;
    const bool own = http::url_origin(request.url) == http::url_origin(options_.base_url);
    if (reply->status == 401 && own && !std::exchange(asked_for_token, true)) {
      const std::string challenge = reply->header("WWW-Authenticate");
      if (!http::equals_ignoring_case(challenge.substr(0, 7), "Bearer ")) return reply;
      if (Result<void> fetched = fetch_token(challenge); !fetched) return fetched.error();
      continue;
    }
    const std::string location = reply->header("Location");
    if (redirects == Redirects::kGive || !is_redirect(reply->status) || location.empty()) return reply;
    request.url = resolve(location, request.url);
  }
  return Error{Code::kUnavailable, options_.base_url + " redirects without end"};
}

Result<void> Session::fetch_token(const std::string& challenge) {
  const std::string realm = challenge_value(challenge, "realm");
  if (realm.empty()) {
    return Error{Code::kUnavailable,
                 options_.base_url + " asks for a token but does not say where to get it"};
  }
  // A registry reached safely must not send people to a place that is not.
  if (realm.starts_with("http://") && !options_.insecure) {
    return Error{Code::kUnavailable, options_.base_url + " asks for a token over plain HTTP (" +
                                         http::url_origin(realm) + "); --insecure allows it"};
  }
  const std::string place = resolve(realm, options_.base_url);
  const std::optional<AccountKey> key = wants_signature(place) ? AccountKey::of_this_user() : std::nullopt;
  const std::string url = token_url(place, challenge, key.has_value());
  token_.clear();
  http::ClientRequest request;
  request.url = url;
  if (key) request.headers.emplace_back("Authorization", key->authorize_get(url));
  const Result<Reply> reply = ask_once(request, Body::kWhole);
  if (!reply) return reply.error();
  if (reply->status != 200) {
    return Error{Code::kInvalidArgument,
                 "no access: " + http::url_origin(url) + " gives no token (" + explain_status(*reply) + ")"};
  }
  const nlohmann::json json = wire::parse_json_value<nlohmann::json>(reply->body);
  for (const char* name : {"token", "access_token"}) {
    const nlohmann::json token = json.is_object() ? json.value(name, nlohmann::json()) : nlohmann::json();
    if (token.is_string() && token_.empty()) token_ = token.get<std::string>();
  }
  if (token_.empty()) return Error{Code::kUnavailable, http::url_origin(url) + " answered without a token"};
  return {};
}

}  // namespace samovar::registry
