#include "accounts/service.h"

#include <future>

#include "accounts/endpoints.h"
#include "accounts/random_text.h"
#include "accounts/replies.h"
#include "base/clock.h"

namespace samovar::accounts {
namespace {

constexpr const char* kSecretName = "session-secret";
constexpr const char* kSetupCodeName = "setup-code";
constexpr size_t kSecretBytes = 32;
constexpr int kPurgeEveryMs = 3'600'000;
constexpr int64_t kKeepAuditMs = int64_t{365} * 86'400'000;

Deps with_defaults(Deps deps) {
  if (!deps.wall_ms) deps.wall_ms = unix_ms;
  if (!deps.log) deps.log = [](const std::string&) {};
  if (!deps.refuse_api) {
    deps.refuse_api = [](const std::string&, const Error& error, http::Headers) {
      return http::Response{.status = 401, .headers = {}, .body = error.message};
    };
  }
  return deps;
}

template <typename T>
Result<T> write_and_wait(history::Archive& archive, history::Archive::Work<T> work) {
  std::promise<Result<T>> promise;
  auto future = promise.get_future();
  archive.write<T>(std::move(work), [&promise](Result<T> result) { promise.set_value(std::move(result)); });
  return future.get();
}

void purge_regularly(const Context& context) {
  if (!context->deps.post_later) return;
  const int64_t now = context->now_ms();
  context->archive().write<void>(
      [now](history::Store& store) { return store.accounts().purge_accounts(now, now - kKeepAuditMs); },
      [](const Result<void>&) {});
  context->deps.post_later(
      [weak = std::weak_ptr<Service>(context)] {
        if (const Context again = weak.lock()) purge_regularly(again);
      },
      kPurgeEveryMs);
}

AttemptsDeps counting_deps(const Deps& deps) {
  return {.archive = deps.archive,
          .post_later = deps.post_later,
          .wall_ms = deps.wall_ms,
          .is_shared = deps.archive->is_shared()};
}

void prepare_first_run(Service& service, const std::string& code) {
  service.setup_code_hash = hash_token(code);
  service.notice = "there is no account yet: open the page and enter the code " + code +
                   " to make the first administrator, or run 'samovar user add NAME --admin'";
}

}  // namespace

Service::Service(Deps all, const std::string& secret)
    : deps(with_defaults(std::move(all))),
      signer(secret, "session " + std::string(to_string(deps.options.mode))),
      sealer(secret, "login"),
      password_epoch(signer.fingerprint(deps.options.password)),
      directory(*deps.archive, deps.wall_ms),
      quotas(counting_deps(deps)),
      attempts(counting_deps(deps)),
      streams(std::make_shared<LiveStreams>(directory, deps.post_later, deps.wall_ms)) {}

void Service::note(history::AuditEntry entry) const {
  entry.at_ms = now_ms();
  std::string line = "access: " + entry.action + " by " + (entry.actor.empty() ? "-" : entry.actor);
  if (!entry.subject.empty()) line += " on " + entry.subject;
  if (!entry.address.empty()) line += " from " + entry.address;
  if (!entry.detail.empty()) line += " (" + entry.detail + ")";
  // What people type must not make lines of its own.
  for (char& c : line) c = static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? ' ' : c;
  deps.log(line);
  archive().write_surely(
      [entry = std::move(entry)](history::Store& store) { return store.accounts().add_audit(entry); },
      [](const Result<void>&) {});
}

Result<Handle> open(Deps deps) {
  if (const auto good = check_options(deps.options); !good) return good.error();
  struct Settled {
    std::string secret;
    std::string setup_code;  // the same from every server, for any of them may be asked
    int64_t n_users = 0;
  };
  if (deps.options.mode == Mode::kOpen) return Handle(std::make_shared<Service>(std::move(deps), ""));
  const auto settled = write_and_wait<Settled>(
      *deps.archive, [made = make_random_hex(kSecretBytes), code = make_code()](history::Store& store) {
        Result<std::string> secret = store.accounts().settle_value(kSecretName, made);
        if (!secret) return Result<Settled>(secret.error());
        const Result<int64_t> n_users = store.accounts().count_users();
        if (!n_users) return Result<Settled>(n_users.error());
        if (*n_users > 0) return Result<Settled>(Settled{*secret, "", *n_users});
        const Result<std::string> settled_code = store.accounts().settle_value(kSetupCodeName, code);
        if (!settled_code) return Result<Settled>(settled_code.error());
        return Result<Settled>(Settled{*secret, *settled_code, 0});
      });
  if (!settled) return settled.error();
  const auto context = std::make_shared<Service>(std::move(deps), settled->secret);
  if (context->mode() == Mode::kUsers && settled->n_users == 0)
    prepare_first_run(*context, settled->setup_code);
  purge_regularly(context);
  return Handle(context);
}

http::Router::Filter Handle::filter() const { return make_gatekeeper(service_); }

http::Router::Filter Handle::owner_filter() const { return make_owner_filter(service_); }

void Handle::add_routes(http::Router& router) const {
  add_session(router, service_);
  add_setup(router, service_);
  add_invites(router, service_);
  add_admin_users(router, service_);
  add_oidc(router, service_);
  add_audit(router, service_);
  add_keys(router, service_);
}

void Handle::count_tokens(const std::string& user, int64_t tokens) const {
  if (user.empty()) return;
  const history::Usage usage{
      .user = user, .day = Directory::day_of(service_->now_ms()), .requests = 1, .tokens = tokens};
  service_->archive().write_surely(
      [usage](history::Store& store) { return store.accounts().add_usage(usage); },
      [weak = std::weak_ptr<Service>(service_), user](const Result<void>&) {
        if (const Context context = weak.lock()) context->directory.forget(user);
      });
}

void Handle::note_deleted(const std::string& user, const std::string& name,
                          const std::string& address) const {
  service_->directory.forget(user);
  service_->note({.actor = name, .action = "account-deleted", .subject = name, .address = address});
}

keys::TakeTurn Handle::take_turn() const {
  if (!service_->archive().is_shared()) return {};
  return [context = service_](const std::string& name, int64_t per_minute,
                              std::function<void(keys::Turn)> done) {
    context->quotas.turns().take(name, per_minute, std::move(done));
  };
}

std::string Handle::notice() const { return service_->notice; }

void when_allowed(const Context& context, const Attempted& attempted, std::function<void()> next) {
  context->attempts.begin(
      attempted.account, address_of(attempted.request),
      [writer = attempted.writer, next = std::move(next)](int64_t wait_s) {
        if (wait_s == 0) return next();
        const std::string seconds = std::to_string(wait_s);
        send_error(*writer,
                   {Code::kTooManyRequests, "too many failed attempts; try again in " + seconds + " s"},
                   {{"Retry-After", seconds}});
      });
}

void with_password(const Context& context, const Writer& writer, std::function<void()> task) {
  if (context->passwords.run(std::move(task))) return;
  send_error(*writer, {Code::kBusy, "too many people log in at this moment; try again in some seconds"},
             {{"Retry-After", "5"}});
}

bool needs_account(const Context& context, const http::Request& request, http::ResponseWriter& writer) {
  if (!context->deps.options.has_accounts()) {
    send_error(writer, {Code::kUnsupported, "this server has no accounts: its access mode is '" +
                                                std::string(to_string(context->mode())) + "'"});
    return false;
  }
  if (!request.user.empty()) return true;
  send_error(writer, {Code::kUnauthorized, "log in first"});
  return false;
}

bool needs_admin(const Context& context, const http::Request& request, http::ResponseWriter& writer) {
  if (!needs_account(context, request, writer)) return false;
  if (request.is_admin) return true;
  send_error(writer, {Code::kForbidden, "only administrators may do this"});
  return false;
}

}  // namespace samovar::accounts
