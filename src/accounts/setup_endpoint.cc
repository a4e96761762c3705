// POST /ui/setup: the first administrator of a server without accounts.
#include "accounts/endpoints.h"
#include "accounts/new_account.h"
#include "accounts/random_text.h"
#include "accounts/replies.h"

namespace samovar::accounts {
namespace {

using http::Request;

constexpr const char* kThrottled = "the set-up code";

struct Wish {
  std::string code, name, email, password;
};

Error is_done() {
  return {Code::kConflict, "this server has its first account already: log in, or ask an administrator"};
}

Result<Wish> read_wish(const Request& request) {
  auto fields = Fields::parse(request);
  if (!fields) return fields.error();
  Wish wish;
  fields->needed_text("code", kMostTextBytes, wish.code)
      .needed_text("name", kMostTextBytes, wish.name)
      .needed_text("password", kMostTextBytes * 4, wish.password)
      .text("email", kMostTextBytes, wish.email);
  if (!fields->state()) return fields->state().error();
  if (const auto good = check_new_name(wish.name); !good) return good.error();
  if (const auto good = check_new_password(wish.password, wish.name); !good) return good.error();
  if (const auto good = check_email(wish.email); !good) return good.error();
  return wish;
}

void make_first(const Context& context, const Wish& wish, const Request& request, const Writer& writer) {
  const Result<std::string> hash = hash_password(wish.password);
  if (!hash) return send_error(*writer, hash.error());
  const NewAccount account{.name = wish.name,
                           .email = wish.email,
                           .password_hash = *hash,
                           .external = {},
                           .role = history::UserRole::kAdmin,
                           .now_ms = context->now_ms()};
  context->archive().write<history::User>(
      [account](history::Store& store) -> Result<history::User> {
        const Result<int64_t> n_users = store.accounts().count_users();
        if (!n_users) return n_users.error();
        if (*n_users > 0) return is_done();
        return add_account(store.accounts(), account);
      },
      [context, request, writer](const Result<history::User>& user) {
        if (!user) return send_error(*writer, user.error());
        context->attempts.succeeded(kThrottled, address_of(request));
        context->note({.actor = user->name, .action = "setup", .address = address_of(request)});
        send_json(*writer, encode_session(*context, {.user = &*user, .is_in = true}),
                  begin_session(*context, request, *user));
      });
}

void set_up(const Context& context, const Request& request, const Writer& writer) {
  if (context->mode() != Mode::kUsers)
    return send_error(*writer, {Code::kUnsupported, "this server keeps no accounts with passwords"});
  if (context->setup_code_hash.empty()) return send_error(*writer, is_done());
  const Result<Wish> wish = read_wish(request);
  if (!wish) return send_error(*writer, wish.error());
  when_allowed(context, {kThrottled, request, writer}, [context, wish = *wish, request, writer] {
    if (!are_same(hash_token(tidy_code(wish.code)), context->setup_code_hash)) {
      context->note({.actor = wish.name, .action = "setup-failed", .address = address_of(request)});
      return send_error(*writer, {Code::kForbidden, "code: it is another one; the server's log has it"});
    }
    with_password(context, writer,
                  [context, wish, request, writer] { make_first(context, wish, request, writer); });
  });
}

}  // namespace

void add_setup(http::Router& router, const Context& context) {
  router.add("POST", "/ui/setup",
             [context](const Request& request, const Writer& writer) { set_up(context, request, writer); });
}

}  // namespace samovar::accounts
