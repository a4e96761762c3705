// GET and POST /ui/invites/{token}: links that make an account, or give one a new password.
#include "accounts/endpoints.h"
#include "accounts/new_account.h"
#include "accounts/random_text.h"
#include "accounts/replies.h"
#include "wire/json_writer.h"

namespace samovar::accounts {
namespace {

using http::Request;

constexpr auto kPath = "/ui/invites/{token}";
constexpr const char* kThrottled = "invitations";

struct FoundInvite {
  history::Invite invite;
  std::string name;  // of the account whose password is to be new
};

Error unknown_invite() {
  return {Code::kNotFound, "this link has been used, has expired, or never was: ask for another one"};
}

Result<FoundInvite> find_valid(history::AccountStore& accounts, const std::string& hash, int64_t now_ms) {
  const Result<std::optional<history::Invite>> invite = accounts.find_invite(hash);
  if (!invite) return invite.error();
  if (!*invite || (*invite)->expires_ms <= now_ms) return unknown_invite();
  FoundInvite found{**invite, ""};
  if (found.invite.user.empty()) return found;
  const Result<std::optional<history::User>> user = accounts.find_user(found.invite.user);
  if (!user) return user.error();
  if (!*user || (*user)->state == history::UserState::kDisabled) return unknown_invite();
  found.name = (*user)->name;
  return found;
}

std::string hash_of_link(const Request& request) {
  return hash_token(http::Router::part(kPath, request.path, "token"));
}

bool is_mode_of_passwords(const Context& context, http::ResponseWriter& writer) {
  if (context->mode() == Mode::kUsers) return true;
  send_error(writer, {Code::kUnsupported, "this server keeps no accounts with passwords"});
  return false;
}

void show_invite(const Context& context, const Request& request, const Writer& writer) {
  if (!is_mode_of_passwords(context, *writer)) return;
  context->archive().read<FoundInvite>(
      [hash = hash_of_link(request), now = context->now_ms()](history::Store& store) {
        return find_valid(store.accounts(), hash, now);
      },
      [writer](const Result<FoundInvite>& found) {
        if (!found) return send_error(*writer, found.error());
        std::string json;
        wire::ObjectWriter object(json);
        object.add("kind", found->invite.user.empty() ? "invite" : "reset");
        if (found->name.empty()) {
          object.add_null("name");
        } else {
          object.add("name", std::string_view(found->name));
        }
        object.add("role", history::to_string(found->invite.role))
            .add("expires", found->invite.expires_ms)
            .close();
        send_json(*writer, std::move(json));
      });
}

struct Acceptance {
  std::string token_hash, name, email, password, password_hash;
  int64_t now_ms = 0;
};

Result<history::User> renew_password(history::AccountStore& accounts, const std::string& id,
                                     const std::string& hash) {
  Result<std::optional<history::User>> user = accounts.find_user(id);
  if (!user) return user.error();
  if (!*user) return unknown_invite();
  (*user)->password_hash = hash;
  (*user)->state = history::UserState::kActive;
  ++(*user)->session_epoch;
  if (const auto put = accounts.put_user(**user); !put) return put.error();
  return **std::move(user);
}

Result<history::User> use_invite(history::AccountStore& accounts, const Acceptance& acceptance) {
  const Result<FoundInvite> found = find_valid(accounts, acceptance.token_hash, acceptance.now_ms);
  if (!found) return found.error();
  const Result<bool> taken = accounts.erase_invite(acceptance.token_hash);
  if (!taken) return taken.error();
  if (!*taken) return unknown_invite();
  if (!found->invite.user.empty())
    return renew_password(accounts, found->invite.user, acceptance.password_hash);
  return add_account(accounts, {.name = acceptance.name,
                                .email = acceptance.email,
                                .password_hash = acceptance.password_hash,
                                .external = {},
                                .role = found->invite.role,
                                .now_ms = acceptance.now_ms});
}

void accept(const Context& context, Acceptance acceptance, const Request& request, const Writer& writer) {
  Result<std::string> hash = hash_password(acceptance.password);
  if (!hash) return send_error(*writer, hash.error());
  acceptance.password.clear();
  acceptance.password_hash = *std::move(hash);
  context->archive().write<history::User>(
      [acceptance](history::Store& store) { return use_invite(store.accounts(), acceptance); },
      [context, request, writer](const Result<history::User>& user) {
        if (!user) return send_error(*writer, user.error());
        context->directory.forget(user->id);
        context->attempts.succeeded(user->name, address_of(request));
        context->attempts.succeeded(kThrottled, address_of(request));
        context->note({.actor = user->name, .action = "invite-accepted", .address = address_of(request)});
        send_json(*writer, encode_session(*context, {.user = &*user, .is_in = true}),
                  begin_session(*context, request, *user));
      });
}

void accept_invite(const Context& context, const Request& request, const Writer& writer) {
  if (!is_mode_of_passwords(context, *writer)) return;
  auto fields = Fields::parse(request);
  if (!fields) return send_error(*writer, fields.error());
  Acceptance acceptance{.token_hash = hash_of_link(request), .now_ms = context->now_ms()};
  fields->text("name", kMostTextBytes, acceptance.name)
      .text("email", kMostTextBytes, acceptance.email)
      .needed_text("password", kMostTextBytes * 4, acceptance.password);
  if (!fields->state()) return send_error(*writer, fields->state().error());
  context->archive().read<FoundInvite>(
      [acceptance](history::Store& store) {
        return find_valid(store.accounts(), acceptance.token_hash, acceptance.now_ms);
      },
      [context, acceptance, request, writer](const Result<FoundInvite>& found) {
        if (!found) {
          // Nobody guesses 160 bits; but nobody needs to try a thousand times a second either.
          if (found.error().code != Code::kNotFound) return send_error(*writer, found.error());
          return when_allowed(context, {kThrottled, request, writer},
                              [writer, error = found.error()] { send_error(*writer, error); });
        }
        const std::string& name = found->name.empty() ? acceptance.name : found->name;
        if (const auto good = check_new_name(name); !good) return send_error(*writer, good.error());
        if (const auto good = check_new_password(acceptance.password, name); !good)
          return send_error(*writer, good.error());
        with_password(context, writer, [context, acceptance, request, writer] {
          accept(context, acceptance, request, writer);
        });
      });
}

}  // namespace

void add_invites(http::Router& router, const Context& context) {
  router.add("GET", kPath, [context](const Request& request, const Writer& writer) {
    show_invite(context, request, writer);
  });
  router.add("POST", kPath, [context](const Request& request, const Writer& writer) {
    accept_invite(context, request, writer);
  });
}

}  // namespace samovar::accounts
