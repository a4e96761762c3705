// GET /ui/session, POST /ui/login, /ui/logout, /ui/password
#include "accounts/endpoints.h"
#include "accounts/random_text.h"
#include "accounts/replies.h"
#include "http/request_parts.h"
#include "wire/json_writer.h"

namespace samovar::accounts {
namespace {

using http::Request;

constexpr size_t kSessionIdBytes = 12;
constexpr const char* kSharedAccount = "the shared password";

std::string encode_user(const history::User& user) {
  std::string json;
  wire::ObjectWriter(json)
      .add("id", std::string_view(user.id))
      .add("name", std::string_view(user.name))
      .add("email", std::string_view(user.email))
      .add("role", to_string(user.role))
      .close();
  return json;
}

// Half of a session's life is over: it begins again, so that who comes back is not asked again.
bool is_due(const Service& service, const Session& session) {
  return session.expires_s - service.now_ms() / 1000 < service.deps.options.session_s / 2;
}

void answer_session(const Context& context, const Request& request, const Writer& writer) {
  if (context->mode() == Mode::kOpen || (request.is_admitted && request.user.empty()))
    return send_json(*writer, encode_session(*context, {.is_in = true}));
  const auto session = session_of(*context, request);
  const bool renews = request.is_admitted && session && is_due(*context, *session);
  context->archive().read<std::string>(
      [context, id = request.user](history::Store& store) -> Result<std::string> {
        if (id.empty()) {
          const Result<int64_t> n_users = store.accounts().count_users();
          if (!n_users) return n_users.error();
          return encode_session(*context, {.is_first_run = context->mode() == Mode::kUsers && *n_users == 0});
        }
        const Result<std::optional<history::User>> user = store.accounts().find_user(id);
        if (!user) return user.error();
        if (!*user) return encode_session(*context, {});
        return encode_session(*context, {.user = &**user, .is_in = true});
      },
      [context, request, writer, renews, session](Result<std::string> json) {
        if (!json) return send_error(*writer, json.error());
        http::Headers headers;
        if (renews) {
          history::User user;
          user.id = session->user;
          user.session_epoch = session->epoch;
          headers = begin_session(*context, request, user);
        }
        send_json(*writer, *std::move(json), std::move(headers));
      });
}

struct Attempt {
  std::string name;
  std::string password;
};

void refuse_login(const Context& context, const Attempt& attempt, const Request& request,
                  const Writer& writer, const std::string& why) {
  context->note(
      {.actor = attempt.name, .action = "login-failed", .address = address_of(request), .detail = why});
  send_error(*writer, {Code::kUnauthorized, attempt.name == kSharedAccount ? "the password is wrong"
                                                                           : "name or password is wrong"});
}

void welcome(const Context& context, const history::User& user, const Attempt& attempt,
             const Request& request, const Writer& writer) {
  context->attempts.succeeded(attempt.name, address_of(request));
  context->note({.actor = user.id.empty() ? attempt.name : user.name,
                 .action = "login",
                 .address = address_of(request)});
  send_json(*writer, encode_session(*context, {.user = user.id.empty() ? nullptr : &user, .is_in = true}),
            begin_session(*context, request, user));
}

void try_shared(const Context& context, const Attempt& attempt, const Request& request,
                const Writer& writer) {
  if (hash_token(attempt.password) != hash_token(context->deps.options.password))
    return refuse_login(context, attempt, request, writer, "");
  history::User nobody;
  nobody.session_epoch = context->password_epoch;
  welcome(context, nobody, attempt, request, writer);
}

void try_account(const Context& context, const Attempt& attempt, const Request& request,
                 const Writer& writer) {
  context->archive().read<std::optional<history::User>>(
      [name = attempt.name](history::Store& store) { return store.accounts().find_user_by_name(name); },
      [context, attempt, request, writer](const Result<std::optional<history::User>>& found) {
        if (!found) return send_error(*writer, found.error());
        with_password(context, writer, [context, attempt, request, writer, found = *found] {
          const bool fits = verify_password(found ? found->password_hash : "", attempt.password);
          if (!fits) return refuse_login(context, attempt, request, writer, found ? "" : "no such account");
          if (found->state != history::UserState::kActive)
            return refuse_login(context, attempt, request, writer,
                                std::string("the account is ") + to_string(found->state));
          welcome(context, *found, attempt, request, writer);
        });
      });
}

void log_in(const Context& context, const Request& request, const Writer& writer) {
  const Mode mode = context->mode();
  if (mode != Mode::kPassword && mode != Mode::kUsers) {
    return send_error(*writer,
                      {Code::kUnsupported, "nobody logs in with a password here: the access mode is '" +
                                               std::string(to_string(mode)) + "'"});
  }
  auto fields = Fields::parse(request);
  if (!fields) return send_error(*writer, fields.error());
  Attempt attempt{kSharedAccount, ""};
  if (mode == Mode::kUsers) fields->needed_text("name", kMostTextBytes, attempt.name);
  fields->needed_text("password", kMostPasswordBytes, attempt.password);
  if (!fields->state()) return send_error(*writer, fields->state().error());
  when_allowed(context, {attempt.name, request, writer}, [context, attempt, request, writer, mode] {
    if (mode == Mode::kPassword) return try_shared(context, attempt, request, writer);
    try_account(context, attempt, request, writer);
  });
}

void log_out(const Context& context, const Request& request, const Writer& writer) {
  const http::Headers ended = {{"Set-Cookie", make_cookie_end(request, kSessionCookie)}};
  const auto session = session_of(*context, request);
  if (!session) return send_nothing(*writer, ended);
  context->archive().write<void>(
      [session = *session](history::Store& store) {
        return store.accounts().put_ended_session(session.id, session.expires_s * 1000);
      },
      [context, writer, ended, user = session->user](const Result<void>& written) {
        context->directory.forget(user);
        if (!written) return send_error(*writer, written.error(), ended);
        send_nothing(*writer, ended);
      });
}

struct NewPassword {
  std::string user, old_one, new_one;
};

void put_password(const Context& context, const NewPassword& wish, const Request& request,
                  const Writer& writer) {
  const Result<std::string> hash = hash_password(wish.new_one);
  if (!hash) return send_error(*writer, hash.error());
  context->archive().write<history::User>(
      [id = wish.user, hash = *hash](history::Store& store) -> Result<history::User> {
        Result<std::optional<history::User>> user = store.accounts().find_user(id);
        if (!user) return user.error();
        if (!*user) return Error{Code::kUnauthorized, "log in first"};
        (*user)->password_hash = hash;
        ++(*user)->session_epoch;
        if (const auto put = store.accounts().put_user(**user); !put) return put.error();
        return **std::move(user);
      },
      [context, request, writer](const Result<history::User>& user) {
        if (!user) return send_error(*writer, user.error());
        context->directory.forget(user->id);
        context->attempts.succeeded(user->name, address_of(request));
        context->note({.actor = user->name, .action = "password-changed", .address = address_of(request)});
        send_nothing(*writer, begin_session(*context, request, *user));
      });
}

void change_password(const Context& context, const Request& request, const Writer& writer) {
  if (!needs_account(context, request, *writer)) return;
  if (context->mode() != Mode::kUsers)
    return send_error(*writer, {Code::kUnsupported, "passwords are not kept here but where you logged in"});
  auto fields = Fields::parse(request);
  if (!fields) return send_error(*writer, fields.error());
  NewPassword wish{request.user, "", ""};
  fields->needed_text("old", kMostPasswordBytes, wish.old_one)
      .needed_text("new", kMostTextBytes * 4, wish.new_one);
  if (!fields->state()) return send_error(*writer, fields->state().error());
  context->archive().read<std::optional<history::User>>(
      [id = request.user](history::Store& store) { return store.accounts().find_user(id); },
      [context, wish, request, writer](const Result<std::optional<history::User>>& found) {
        if (!found) return send_error(*writer, found.error());
        if (!*found) return send_error(*writer, {Code::kUnauthorized, "log in first"});
        const std::string name = (*found)->name;
        if (const auto good = check_new_password(wish.new_one, name); !good)
          return send_error(*writer, {good.error().code, "new " + good.error().message});
        const auto verify = [context, wish, request, writer, hash = (*found)->password_hash] {
          if (!verify_password(hash, wish.old_one))
            return send_error(*writer, {Code::kForbidden, "old: this is not your password"});
          put_password(context, wish, request, writer);
        };
        when_allowed(context, {name, request, writer},
                     [context, writer, verify] { with_password(context, writer, verify); });
      });
}

}  // namespace

http::Headers begin_session(const Service& service, const Request& request, const history::User& user) {
  const int64_t now_s = service.now_ms() / 1000;
  const int64_t lives_s = service.deps.options.session_s;
  const std::string value = service.signer.sign({.user = user.id,
                                                 .id = make_random_hex(kSessionIdBytes),
                                                 .epoch = user.session_epoch,
                                                 .issued_s = now_s,
                                                 .expires_s = now_s + lives_s});
  return {{"Set-Cookie", make_session_cookie(request, value, lives_s)}};
}

std::optional<Session> session_of(const Service& service, const Request& request) {
  const std::string value = http::cookie_value(request, kSessionCookie);
  if (value.empty()) return std::nullopt;
  return service.signer.read(value, service.now_ms() / 1000);
}

std::string encode_session(const Service& service, const SessionView& view) {
  const Mode mode = service.mode();
  std::string json;
  wire::ObjectWriter writer(json);
  writer.add("mode", to_string(mode));
  if (view.user != nullptr) {
    writer.add_raw("user", encode_user(*view.user));
  } else {
    writer.add_null("user");
  }
  if (view.is_in) {
    writer.add_null("needs");
  } else {
    writer.add("needs", "login");
  }
  if (mode == Mode::kOidc) {
    std::string oidc;
    wire::ObjectWriter(oidc).add("name", std::string_view(service.deps.options.oidc.name)).close();
    writer.add_raw("oidc", oidc);
  } else {
    writer.add_null("oidc");
  }
  writer.add("logout_url", std::string_view(service.deps.options.logout_url))
      .add("first_run", view.is_first_run)
      .add("name", std::string_view(service.deps.name))
      .add_raw("look", service.deps.look_json)
      .close();
  return json;
}

void add_session(http::Router& router, const Context& context) {
  const auto add = [&](const char* method, const char* path, auto handle) {
    router.add(method, path, [context, handle](const Request& request, const Writer& writer) {
      handle(context, request, writer);
    });
  };
  add("GET", "/ui/session", answer_session);
  add("POST", "/ui/login", log_in);
  add("POST", "/ui/logout", log_out);
  add("POST", "/ui/password", change_password);
}

}  // namespace samovar::accounts
