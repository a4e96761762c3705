// GET and POST /ui/keys, DELETE /ui/keys/{id}: an account's own API keys. Where they are kept may
// block: that is done on the passwords' thread.
#include <algorithm>

#include "accounts/endpoints.h"
#include "accounts/replies.h"
#include "keys/key_store.h"
#include "wire/json_writer.h"

namespace samovar::accounts {
namespace {

using http::Request;
using keys::Key;

constexpr auto kKeyPath = "/ui/keys/{id}";
constexpr size_t kMostKeys = 50;  // of one account
constexpr size_t kMostKeyName = 100;
constexpr int64_t kMostDays = 3660;
constexpr int64_t kDaySeconds = 86'400;

std::string encode_key(const Key& key, const std::string& secret = "") {
  std::string json;
  wire::ObjectWriter object(json);
  object.add("id", std::string_view(key.id))
      .add("name", std::string_view(key.name))
      .add("created", key.created_s * 1000)
      .add("expires", key.expires_s * 1000);
  if (!secret.empty()) object.add("secret", std::string_view(secret));
  object.close();
  return json;
}

// A key's use is written down by the name of its account.
void note_key(const Context& context, const Request& request, const std::string& action, const Key& key) {
  context->archive().read<std::optional<history::User>>(
      [id = request.user](history::Store& store) { return store.accounts().find_user(id); },
      [context, action, key, address = address_of(request),
       id = request.user](const Result<std::optional<history::User>>& user) {
        context->note({.actor = user && *user ? (*user)->name : id,
                       .action = action,
                       .subject = key.name,
                       .address = address,
                       .detail = key.id});
      });
}

void list_keys(const Context& context, const Request& request, const Writer& writer) {
  with_password(context, writer, [context, user = request.user, writer] {
    const Result<keys::KeySet> known = context->deps.key_store->load();
    if (!known) return send_error(*writer, known.error());
    std::string list;
    for (const Key& key : *known->keys) {
      if (key.user == user) list += (list.empty() ? "" : ",") + encode_key(key);
    }
    send_json(*writer, "{\"keys\":[" + list + "]}");
  });
}

Result<void> check_name(const std::string& name, const std::string& user, const std::vector<Key>& all) {
  const auto is_own = [&](const Key& key) { return key.user == user; };
  if (std::cmp_greater_equal(std::count_if(all.begin(), all.end(), is_own), kMostKeys))
    return Error{Code::kConflict, "an account has at most " + std::to_string(kMostKeys) + " keys"};
  if (std::any_of(all.begin(), all.end(), [&](const Key& key) { return is_own(key) && key.name == name; }))
    return Error{Code::kConflict, "name: there is a key '" + name + "' already"};
  return {};
}

void make_key(const Context& context, const Request& request, const Writer& writer) {
  auto fields = Fields::parse(request);
  if (!fields) return send_error(*writer, fields.error());
  keys::KeyWish wish = {.name = {}, .scopes = {keys::Scope::kChat}, .user = request.user};
  int64_t days = 0;
  fields->needed_text("name", kMostKeyName, wish.name).number("expires_days", kMostDays, days);
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  if (fields->state() && (wish.name.empty() || std::any_of(wish.name.begin(), wish.name.end(), is_control)))
    fields->fail("name", "expected one line of text");
  if (!fields->state()) return send_error(*writer, fields->state().error());
  wish.now_s = context->now_ms() / 1000;
  wish.lives_s = days * kDaySeconds;
  with_password(context, writer, [context, request, writer, wish] {
    const Result<keys::NewKey> made = keys::make_key(wish);
    if (!made) return send_error(*writer, made.error());
    const auto added = context->deps.key_store->update([&](std::vector<Key>& all) -> Result<void> {
      if (const auto good = check_name(wish.name, wish.user, all); !good) return good.error();
      all.push_back(made->key);
      return {};
    });
    if (!added) return send_error(*writer, added.error());
    note_key(context, request, "key-made", made->key);
    send_json(*writer, encode_key(made->key, made->secret));
  });
}

void revoke_key(const Context& context, const Request& request, const Writer& writer) {
  const std::string id = http::Router::part(kKeyPath, request.path, "id");
  with_password(context, writer, [context, request, writer, id] {
    Key gone;
    const auto revoked = context->deps.key_store->update([&](std::vector<Key>& all) -> Result<void> {
      const auto at = std::find_if(all.begin(), all.end(),
                                   [&](const Key& key) { return key.id == id && key.user == request.user; });
      if (at == all.end()) return Error{Code::kNotFound, "you have no key '" + id + "'"};
      gone = *at;
      all.erase(at);
      return {};
    });
    if (!revoked) return send_error(*writer, revoked.error());
    note_key(context, request, "key-revoked", gone);
    send_nothing(*writer);
  });
}

using Act = void (*)(const Context& context, const Request& request, const Writer& writer);

void add_own(http::Router& router, const Context& context, const char* method, const char* path, Act act) {
  router.add(method, path, [context, act](const Request& request, const Writer& writer) {
    if (!needs_account(context, request, *writer)) return;
    if (context->deps.key_store == nullptr)
      return send_error(*writer, {Code::kUnsupported, "this server has no place for API keys"});
    act(context, request, writer);
  });
}

}  // namespace

void add_keys(http::Router& router, const Context& context) {
  add_own(router, context, "GET", "/ui/keys", list_keys);
  add_own(router, context, "POST", "/ui/keys", make_key);
  add_own(router, context, "DELETE", kKeyPath, revoke_key);
}

}  // namespace samovar::accounts
