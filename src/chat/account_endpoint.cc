// GET /ui/account/export, DELETE /ui/account: all that is kept of whoever asks, an account or a browser.
#include <ctime>

#include "accounts/account_work.h"
#include "chat/answer_run.h"
#include "chat/body.h"
#include "chat/endpoints.h"
#include "chat/owner_data.h"
#include "wire/json_writer.h"

namespace samovar::chat {
namespace {

constexpr size_t kMostNameBytes = 1024;
constexpr const char* kBrowsersWord = "delete";  // where there is no account whose name could be typed

std::string day_of_export(int64_t now_ms) {
  const std::time_t now = now_ms / 1000;
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[16];
  std::strftime(text, sizeof text, "%Y-%m-%d", &parts);
  return text;
}

void export_account(const Call& call) {
  const int64_t now = call.context->wall_ms();
  call.context->deps.archive->read<std::string>(
      [owner = call.owner, now](history::Store& store) -> Result<std::string> {
        std::string json;
        const auto done = export_owner(store, owner, now, [&json](std::string_view text) -> Result<void> {
          json += text;
          return {};
        });
        if (!done) return done.error();
        return json;
      },
      [writer = call.writer, now](Result<std::string> json) {
        if (!json) return send_error(*writer, json.error());
        writer->send({.status = 200,
                      .headers = {{"Content-Type", "application/json"},
                                  {"Cache-Control", "no-store"},
                                  {"Content-Disposition",
                                   "attachment; filename=\"samovar-" + day_of_export(now) + ".json\""}},
                      .body = *std::move(json)});
      });
}

// Everything of an owner, and the account when it is one whose name is `typed`; the name.
Result<std::string> erase_everything(history::Store& store, const std::string& owner, const std::string& user,
                                     const std::string& typed) {
  std::string name = kBrowsersWord;
  if (!user.empty()) {
    const Result<std::optional<history::User>> account = store.accounts().find_user(user);
    if (!account) return account.error();
    if (!*account) return Error{Code::kNotFound, "this account is gone"};
    name = (*account)->name;
    if (const auto others = accounts::check_not_last_admin(store.accounts(), **account); !others)
      return others.error();
  }
  if (typed != name)
    return Error{Code::kInvalidArgument,
                 "confirm: expected '" + name + "', so that nobody does this by mistake"};
  if (const auto erased = store.erase_owner(owner); !erased) return erased.error();
  if (user.empty()) return name;
  if (const auto erased = store.accounts().erase_user(user); !erased) return erased.error();
  return name;
}

void delete_account(const Call& call) {
  const Context context = call.context;
  if (context->deps.setup.shared_history && call.request.user.empty()) {
    return send_error(*call.writer, {Code::kUnsupported,
                                     "everybody shares the conversations of this server: they are nobody's"});
  }
  auto body = BodyReader::parse(call.request.body);
  if (!body) return send_error(*call.writer, body.error());
  std::string typed;
  if (!body->text("confirm", kMostNameBytes, typed)) return send_error(*call.writer, body->error());
  // With shared conversations nobody's are erased, the account alone.
  const std::string owner = call.request.user.empty() ? call.owner : call.request.user;
  for (const auto& run : context->registry.active(owner, "")) run->stop();
  context->deps.archive->write<std::string>(
      [owner, user = call.request.user, typed](history::Store& store) {
        return erase_everything(store, owner, user, typed);
      },
      [context, owner, user = call.request.user, address = call.request.remote_address,
       writer = call.writer](const Result<std::string>& name) {
        if (!name) return send_error(*writer, name.error());
        context->feeds.tell(owner, "\"type\":\"chats-changed\"");
        if (!user.empty() && context->deps.account_deleted)
          context->deps.account_deleted(user, *name, address);
        send_nothing(*writer);
      });
}

}  // namespace

void add_account(http::Router& router, const Context& context) {
  add_route(router, context, "GET", "/ui/account/export", Body::kNone, export_account);
  add_route(router, context, "DELETE", "/ui/account", Body::kJson, delete_account);
}

}  // namespace samovar::chat
