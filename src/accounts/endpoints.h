// What the endpoint files share. One file per group of endpoints; service.cc puts them together.
#pragma once

#include <memory>
#include <string>

#include "accounts/attempts.h"
#include "accounts/directory.h"
#include "accounts/passwords.h"
#include "accounts/quotas.h"
#include "accounts/sealed.h"
#include "accounts/service.h"
#include "accounts/sessions.h"
#include "http/router.h"

namespace samovar::accounts {

inline constexpr size_t kMostTextBytes = 1024;  // of a name, an address, a note in a request

struct Service {
  Service(Deps all, const std::string& secret);

  const Deps deps;
  const SessionSigner signer;
  const Sealer sealer;           // of logins under way
  const int64_t password_epoch;  // mode password: changes with the password
  Directory directory;
  Quotas quotas;
  Attempts attempts;
  std::shared_ptr<LiveStreams> streams;
  // The code that makes the first administrator; hash_token() of it. "": there is one already.
  std::string setup_code_hash;
  std::string notice;
  PasswordWorker passwords;  // last: its tasks use the others

  [[nodiscard]] int64_t now_ms() const { return deps.wall_ms(); }
  [[nodiscard]] history::Archive& archive() const { return *deps.archive; }
  [[nodiscard]] Mode mode() const { return deps.options.mode; }

  // Into the audit log, and a line into the program's.
  void note(history::AuditEntry entry) const;
};

using Context = std::shared_ptr<Service>;
using Writer = std::shared_ptr<http::ResponseWriter>;

// Where a request came from, for the audit log and the throttle.
[[nodiscard]] inline const std::string& address_of(const http::Request& request) {
  return request.remote_address;
}

// A new session of that account (an empty id: of nobody in particular) as a Set-Cookie header.
[[nodiscard]] http::Headers begin_session(const Service& service, const http::Request& request,
                                          const history::User& user);
// The one that the request shows.
[[nodiscard]] std::optional<Session> session_of(const Service& service, const http::Request& request);

// The body of GET /ui/session for that account; null: somebody without one, who may (`is_in`) or may not be
// in.
struct SessionView {
  const history::User* user = nullptr;
  bool is_in = false;
  bool is_first_run = false;
};
[[nodiscard]] std::string encode_session(const Service& service, const SessionView& view);

// Begins an attempt: answers 429 while the account, or the address, has to wait; else goes on with `next`, at
// once or later on the server's thread.
struct Attempted {
  std::string account;
  http::Request request;
  Writer writer;
};
void when_allowed(const Context& context, const Attempted& attempted, std::function<void()> next);

// Runs `task` on the passwords' thread; answers 503 when too many wait there.
void with_password(const Context& context, const Writer& writer, std::function<void()> task);

// Whether the request is from somebody with an account of this mode; answers if not.
[[nodiscard]] bool needs_account(const Context& context, const http::Request& request,
                                 http::ResponseWriter& writer);
// Likewise an administrator.
[[nodiscard]] bool needs_admin(const Context& context, const http::Request& request,
                               http::ResponseWriter& writer);

void add_session(http::Router& router, const Context& context);
void add_setup(http::Router& router, const Context& context);
void add_invites(http::Router& router, const Context& context);
void add_admin_users(http::Router& router, const Context& context);
void add_oidc(http::Router& router, const Context& context);
void add_audit(http::Router& router, const Context& context);
void add_keys(http::Router& router, const Context& context);

[[nodiscard]] http::Router::Filter make_gatekeeper(const Context& context);
[[nodiscard]] http::Router::Filter make_owner_filter(const Context& context);

}  // namespace samovar::accounts
