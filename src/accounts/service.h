// Letting the right people in: accounts, logins, sessions, quotas and the record of what was done, behind the
// page's calls (docs/page-api.md, docs/access.md) and a filter in front of everything.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "accounts/live_streams.h"
#include "accounts/options.h"
#include "history/archive.h"
#include "http/client.h"
#include "http/router.h"
#include "keys/key_store.h"
#include "keys/turns.h"

namespace samovar::accounts {

struct Deps {
  Options options;
  history::Archive* archive = nullptr;          // outlives the routers
  PostLater post_later;                         // onto the server's thread
  std::function<void(const std::string&)> log;  // a line for the operator; unset: none
  std::function<int64_t()> wall_ms;             // milliseconds since 1970; unset: the system's clock
  http::Client* client = nullptr;               // kOidc; outlives the routers
  std::string name = "Samovar";                 // of this server, for the login screen
  std::string look_json = "{}";                 // likewise
  std::shared_ptr<keys::KeyStore> key_store;    // of accounts' own keys; null: there is no place for them
  bool has_open_shares = false;                 // shared conversations are read without a login
  // A refusal in the shape of the API that a path belongs to; unset: in the page's.
  std::function<http::Response(const std::string& path, const Error& error, http::Headers headers)>
      refuse_api;
  // Ends what runs for an account that may no longer have it; unset: nothing.
  std::function<void(const std::string& user)> end_runs;
};

struct Service;

// What the program needs of the accounts besides the page's calls.
class Handle {
 public:
  explicit Handle(std::shared_ptr<Service> service) : service_(std::move(service)) {}

  // The filter that finds out who asks (http::Request::user) and refuses the page's calls to strangers. In
  // front of the one that asks for API keys, behind the one that looks at origins.
  [[nodiscard]] http::Router::Filter filter() const;
  // For requests whose API key belongs to Request::user: refused when that account may not come in or has
  // used up its quota.
  [[nodiscard]] http::Router::Filter owner_filter() const;
  // Adds the page's calls.
  void add_routes(http::Router& router) const;
  // Tokens that an answer took; any thread.
  void count_tokens(const std::string& user, int64_t tokens) const;
  // An account deleted itself: its sessions end, and the audit log has it.
  void note_deleted(const std::string& user, const std::string& name, const std::string& address) const;
  // For other things that are counted a minute; unset where no other server counts too.
  [[nodiscard]] keys::TakeTurn take_turn() const;
  // What the operator should know at the start; "": nothing.
  [[nodiscard]] std::string notice() const;

 private:
  std::shared_ptr<Service> service_;
};

// Settles the key that signs sessions, which all servers of a store share: waits for the store. Fails as
// check_options() and the store do.
[[nodiscard]] Result<Handle> open(Deps deps);

}  // namespace samovar::accounts
