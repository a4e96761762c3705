// What administrators do: /ui/admin/users, /ui/admin/users/{id}, /ui/admin/invites
#include "accounts/account_work.h"
#include "accounts/endpoints.h"
#include "accounts/new_account.h"
#include "accounts/replies.h"
#include "wire/json_writer.h"

namespace samovar::accounts {
namespace {

using history::User;
using history::UserRole;
using history::UserState;
using http::Request;

constexpr auto kUser = "/ui/admin/users/{id}";
constexpr auto kInvite = "/ui/admin/invites/{id}";
constexpr int64_t kMostTokens = 1'000'000'000'000;
constexpr int64_t kMostRequests = 1'000'000;
constexpr int64_t kInviteHours = 72;
constexpr int64_t kMostInviteHours = 24 * 365;
constexpr size_t kInviteIdLetters = 16;  // of its hash

std::string encode_account(const User& user, int64_t tokens_today) {
  std::string json;
  wire::ObjectWriter(json)
      .add("id", std::string_view(user.id))
      .add("name", std::string_view(user.name))
      .add("email", std::string_view(user.email))
      .add("role", history::to_string(user.role))
      .add("state", history::to_string(user.state))
      .add("external", !user.external.empty())
      .add("quota_tokens_per_day", user.quota_tokens_per_day)
      .add("quota_requests_per_minute", user.quota_requests_per_minute)
      .add("tokens_today", tokens_today)
      .add("created", user.created_ms)
      .add("last_seen", user.last_seen_ms)
      .close();
  return json;
}

std::string encode_invite(const history::Invite& invite) {
  std::string json;
  wire::ObjectWriter(json)
      .add("id", std::string_view(invite.token_hash).substr(0, kInviteIdLetters))
      .add("kind", invite.user.empty() ? "invite" : "reset")
      .add("user", std::string_view(invite.user))
      .add("note", std::string_view(invite.note))
      .add("role", history::to_string(invite.role))
      .add("made_by", std::string_view(invite.made_by))
      .add("created", invite.created_ms)
      .add("expires", invite.expires_ms)
      .close();
  return json;
}

std::string with_link(std::string json, const std::optional<InviteLink>& link) {
  if (!link) return json;
  json.pop_back();
  return json + ",\"link\":" + wire::to_json_string(link->path()) +
         ",\"link_expires\":" + std::to_string(link->expires_ms) + "}";
}

Result<std::string> encode_all(history::AccountStore& accounts, int64_t now_ms) {
  const Result<std::vector<User>> users = accounts.list_users();
  if (!users) return users.error();
  const Result<std::vector<history::Invite>> invites = accounts.list_invites();
  if (!invites) return invites.error();
  std::string user_list;
  for (const User& user : *users) {
    const Result<history::Usage> usage = accounts.read_usage(user.id, Directory::day_of(now_ms));
    if (!usage) return usage.error();
    user_list += (user_list.empty() ? "" : ",") + encode_account(user, usage->tokens);
  }
  std::string invite_list;
  for (const history::Invite& invite : *invites) {
    if (invite.expires_ms > now_ms) invite_list += (invite_list.empty() ? "" : ",") + encode_invite(invite);
  }
  return "{\"users\":[" + user_list + "],\"invites\":[" + invite_list + "]}";
}

void list_users(const Context& context, const Request& request, const Writer& writer) {
  if (!needs_admin(context, request, *writer)) return;
  context->archive().read<std::string>(
      [now = context->now_ms()](history::Store& store) { return encode_all(store.accounts(), now); },
      [writer](Result<std::string> json) {
        if (!json) return send_error(*writer, json.error());
        send_json(*writer, *std::move(json));
      });
}

// What a body says of an account; what it does not say stays as it is.
struct Change {
  std::optional<std::string> name, email, password;
  std::optional<UserRole> role;
  std::optional<UserState> state;
  std::optional<int64_t> tokens, requests;
  bool reset = false;
};

void read_text(Fields& fields, const char* name, std::optional<std::string>& to) {
  if (!fields.has(name)) return;
  std::string text;
  fields.text(name, kMostTextBytes, text);
  to = std::move(text);
}

void read_number(Fields& fields, const char* name, int64_t most, std::optional<int64_t>& to) {
  if (!fields.has(name)) return;
  int64_t number = 0;
  fields.number(name, most, number);
  to = number;
}

void read_role(Fields& fields, std::optional<UserRole>& to) {
  std::optional<std::string> text;
  read_text(fields, "role", text);
  if (!text) return;
  UserRole role = UserRole::kUser;
  if (!history::parse_role(*text, role)) fields.fail("role", "expected user or admin");
  to = role;
}

Result<Change> read_change(const Request& request) {
  auto fields = Fields::parse(request);
  if (!fields) return fields.error();
  Change change;
  read_text(*fields, "name", change.name);
  read_text(*fields, "email", change.email);
  read_text(*fields, "password", change.password);
  read_role(*fields, change.role);
  std::optional<std::string> state;
  read_text(*fields, "state", state);
  if (state) {
    change.state = *state == "disabled" ? UserState::kDisabled : UserState::kActive;
    if (*state != "disabled" && *state != "active") fields->fail("state", "expected active or disabled");
  }
  read_number(*fields, "quota_tokens_per_day", kMostTokens, change.tokens);
  read_number(*fields, "quota_requests_per_minute", kMostRequests, change.requests);
  fields->flag("reset", change.reset);
  if (!fields->state()) return fields->state().error();
  if (change.name) {
    if (const auto good = check_new_name(*change.name); !good) return good.error();
  }
  if (change.password) {
    if (const auto good = check_new_password(*change.password, change.name.value_or("")); !good)
      return good.error();
  }
  if (const auto good = check_email(change.email.value_or("")); !good) return good.error();
  return change;
}

struct Changed {
  User user;
  std::optional<InviteLink> link;
};

// The name by which the audit log knows whoever asks.
Result<std::string> name_of(history::AccountStore& accounts, const std::string& id) {
  const Result<std::optional<User>> user = accounts.find_user(id);
  if (!user) return user.error();
  return *user ? (*user)->name : id;
}

Result<InviteLink> add_reset(history::AccountStore& accounts, const User& user, const std::string& made_by,
                             int64_t now_ms) {
  return add_invite(accounts, {.user = user.id,
                               .note = user.name,
                               .role = user.role,
                               .made_by = made_by,
                               .now_ms = now_ms,
                               .lives_s = kInviteHours * 3600});
}

struct Order {     // what an administrator wants
  std::string by;  // the administrator's id
  std::string user;
  Change change;
  std::string password_hash;
  bool has_passwords = true;  // mode users
  int64_t now_ms = 0;
};

Result<Changed> make_account(history::AccountStore& accounts, const Order& order) {
  const Change& change = order.change;
  const bool waits = order.password_hash.empty() && order.has_passwords;
  Result<User> user = add_account(accounts, {.name = change.name.value_or(""),
                                             .email = change.email.value_or(""),
                                             .password_hash = order.password_hash,
                                             .external = {},
                                             .role = change.role.value_or(UserRole::kUser),
                                             .state = waits ? UserState::kInvited : UserState::kActive,
                                             .quota_tokens_per_day = change.tokens.value_or(0),
                                             .quota_requests_per_minute = change.requests.value_or(0),
                                             .now_ms = order.now_ms});
  if (!user) return user.error();
  Changed changed{*std::move(user), std::nullopt};
  if (!waits) return changed;
  const Result<InviteLink> link = add_reset(accounts, changed.user, order.by, order.now_ms);
  if (!link) return link.error();
  changed.link = *link;
  return changed;
}

Result<User> find_needed(history::AccountStore& accounts, const std::string& id) {
  Result<std::optional<User>> user = accounts.find_user(id);
  if (!user) return user.error();
  if (!*user) return Error{Code::kNotFound, "user '" + id + "' not found"};
  return **std::move(user);
}

Result<Changed> change_account(history::AccountStore& accounts, const Order& order) {
  Result<User> user = find_needed(accounts, order.user);
  if (!user) return user.error();
  const Change& change = order.change;
  const bool loses_power = (change.role && *change.role != UserRole::kAdmin) ||
                           (change.state && *change.state != UserState::kActive);
  if (loses_power) {
    if (const auto others = check_not_last_admin(accounts, *user); !others) return others.error();
  }
  if (change.name) user->name = *change.name;
  if (change.email) user->email = *change.email;
  if (change.role) user->role = *change.role;
  if (change.state && *change.state != user->state) {
    // Sessions from before do not come back with the account.
    ++user->session_epoch;
    const bool never_had_password = user->password_hash.empty() && order.has_passwords;
    user->state =
        *change.state == UserState::kActive && never_had_password ? UserState::kInvited : *change.state;
  }
  if (change.tokens) user->quota_tokens_per_day = *change.tokens;
  if (change.requests) user->quota_requests_per_minute = *change.requests;
  if (!order.password_hash.empty()) {
    user->password_hash = order.password_hash;
    ++user->session_epoch;
    if (user->state == UserState::kInvited) user->state = UserState::kActive;
  }
  if (const auto put = accounts.put_user(*user); !put) {
    if (put.error().code == Code::kConflict)
      return Error{Code::kConflict, "name: there is an account '" + user->name + "' already"};
    return put.error();
  }
  Changed changed{*std::move(user), std::nullopt};
  if (!change.reset) return changed;
  const Result<InviteLink> link = add_reset(accounts, changed.user, order.by, order.now_ms);
  if (!link) return link.error();
  changed.link = *link;
  return changed;
}

std::string describe(const Change& change) {
  std::string out;
  const auto add = [&](const std::string& text) { out += (out.empty() ? "" : ", ") + text; };
  if (change.name) add("name");
  if (change.email) add("email");
  if (change.password) add("password");
  if (change.role) add(std::string("role ") + history::to_string(*change.role));
  if (change.state) add(std::string("state ") + history::to_string(*change.state));
  if (change.tokens) add(std::to_string(*change.tokens) + " tokens a day");
  if (change.requests) add(std::to_string(*change.requests) + " requests a minute");
  if (change.reset) add("link for a new password");
  return out;
}

// Into the audit log under the administrator's name.
void note_order(const Context& context, const Request& request, history::AuditEntry entry) {
  entry.address = address_of(request);
  context->archive().read<std::string>(
      [id = request.user](history::Store& store) { return name_of(store.accounts(), id); },
      [context, id = request.user, entry](const Result<std::string>& name) {
        history::AuditEntry named = entry;
        named.actor = name ? *name : id;
        context->note(named);
      });
}

using Carry = Result<Changed> (*)(history::AccountStore&, const Order&);

void carry_out(const Context& context, const Order& order, Carry carry, const Request& request,
               const Writer& writer) {
  context->archive().write<Changed>(
      [order, carry](history::Store& store) { return carry(store.accounts(), order); },
      [context, order, request, writer](const Result<Changed>& changed) {
        if (!changed) return send_error(*writer, changed.error());
        context->directory.forget(changed->user.id);
        if (changed->user.state == UserState::kDisabled && context->deps.end_runs)
          context->deps.end_runs(changed->user.id);
        note_order(context, request,
                   {.action = order.user.empty() ? "user-added" : "user-changed",
                    .subject = changed->user.name,
                    .detail = describe(order.change)});
        send_json(*writer, with_link(encode_account(changed->user, 0), changed->link));
      });
}

void handle_order(const Context& context, Carry carry, const Request& request, const Writer& writer) {
  if (!needs_admin(context, request, *writer)) return;
  Result<Change> change = read_change(request);
  if (!change) return send_error(*writer, change.error());
  const bool has_passwords = context->mode() == Mode::kUsers;
  if (!has_passwords && (change->password || change->reset))
    return send_error(*writer, {Code::kUnsupported, "passwords are not kept here in this access mode"});
  Order order{.by = request.user,
              .user = http::Router::part(kUser, request.path, "id"),
              .change = *std::move(change),
              .password_hash = {},
              .has_passwords = has_passwords,
              .now_ms = context->now_ms()};
  if (!order.change.password) return carry_out(context, order, carry, request, writer);
  with_password(context, writer, [context, order, carry, request, writer]() mutable {
    Result<std::string> hash = hash_password(*order.change.password);
    if (!hash) return send_error(*writer, hash.error());
    order.change.password = "";  // not to be kept longer than needed
    order.password_hash = *std::move(hash);
    carry_out(context, order, carry, request, writer);
  });
}

void remove_user(const Context& context, const Request& request, const Writer& writer) {
  if (!needs_admin(context, request, *writer)) return;
  context->archive().write<User>(
      [id = http::Router::part(kUser, request.path, "id")](history::Store& store) -> Result<User> {
        Result<User> user = find_needed(store.accounts(), id);
        if (!user) return user.error();
        if (const auto others = check_not_last_admin(store.accounts(), *user); !others) return others.error();
        if (const auto erased = store.erase_owner(id); !erased) return erased.error();
        if (const auto erased = store.accounts().erase_user(id); !erased) return erased.error();
        return user;
      },
      [context, request, writer](const Result<User>& user) {
        if (!user) return send_error(*writer, user.error());
        context->directory.forget(user->id);
        if (context->deps.end_runs) context->deps.end_runs(user->id);
        note_order(context, request, {.action = "user-deleted", .subject = user->name});
        send_nothing(*writer);
      });
}

void hand_out_invite(const Context& context, const Request& request, const Writer& writer) {
  if (!needs_admin(context, request, *writer)) return;
  if (context->mode() != Mode::kUsers) {
    return send_error(*writer,
                      {Code::kUnsupported,
                       "nobody is invited here: who may log in elsewhere may come in, see docs/access.md"});
  }
  auto fields = Fields::parse(request);
  if (!fields) return send_error(*writer, fields.error());
  NewInvite wish{.made_by = request.user, .now_ms = context->now_ms()};
  std::optional<UserRole> role;
  int64_t hours = kInviteHours;
  read_role(*fields, role);
  fields->text("note", kMostTextBytes, wish.note).number("expires_hours", kMostInviteHours, hours);
  if (hours == 0) fields->fail("expires_hours", "expected at least 1");
  if (!fields->state()) return send_error(*writer, fields->state().error());
  wish.role = role.value_or(UserRole::kUser);
  wish.lives_s = hours * 3600;
  context->archive().write<InviteLink>(
      [wish](history::Store& store) { return add_invite(store.accounts(), wish); },
      [context, wish, request, writer](const Result<InviteLink>& link) {
        if (!link) return send_error(*writer, link.error());
        note_order(context, request,
                   {.action = "invite-made", .subject = wish.note, .detail = history::to_string(wish.role)});
        std::string json;
        wire::ObjectWriter(json)
            .add("token", std::string_view(link->token))
            .add("url", std::string_view(link->path()))
            .add("expires", link->expires_ms)
            .close();
        send_json(*writer, std::move(json));
      });
}

void delete_invite(const Context& context, const Request& request, const Writer& writer) {
  if (!needs_admin(context, request, *writer)) return;
  const std::string id = http::Router::part(kInvite, request.path, "id");
  context->archive().write<bool>(
      [id](history::Store& store) -> Result<bool> {
        const Result<std::vector<history::Invite>> all = store.accounts().list_invites();
        if (!all) return all.error();
        for (const history::Invite& invite : *all) {
          if (invite.token_hash.substr(0, kInviteIdLetters) == id)
            return store.accounts().erase_invite(invite.token_hash);
        }
        return Error{Code::kNotFound, "invitation '" + id + "' not found"};
      },
      [context, request, writer, id](const Result<bool>& erased) {
        if (!erased) return send_error(*writer, erased.error());
        note_order(context, request, {.action = "invite-withdrawn", .subject = id});
        send_nothing(*writer);
      });
}

}  // namespace

void add_admin_users(http::Router& router, const Context& context) {
  const auto add = [&](const char* method, const char* path, auto handle) {
    router.add(method, path, [context, handle](const Request& request, const Writer& writer) {
      handle(context, request, writer);
    });
  };
  add("GET", "/ui/admin/users", list_users);
  add("POST", "/ui/admin/users", [](const Context& all, const Request& request, const Writer& writer) {
    handle_order(all, make_account, request, writer);
  });
  add("PATCH", kUser, [](const Context& all, const Request& request, const Writer& writer) {
    handle_order(all, change_account, request, writer);
  });
  add("DELETE", kUser, remove_user);
  add("POST", "/ui/admin/invites", hand_out_invite);
  add("DELETE", kInvite, delete_invite);
}

}  // namespace samovar::accounts
