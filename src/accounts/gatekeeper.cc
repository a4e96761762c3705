// The filter that finds out who asks, and lets strangers no further than the login screen.
#include <array>

#include "accounts/endpoints.h"
#include "accounts/outsider.h"
#include "accounts/replies.h"
#include "accounts/same_origin.h"
#include "base/ascii.h"

namespace samovar::accounts {
namespace {

using http::Handler;
using http::Request;

constexpr int64_t kSeenEveryMs = 300'000;

enum class Part {
  kPublic,  // the page's own files, whether the server lives
  kDoor,    // what the login screen needs
  kPage,    // the page's calls
  kApi
};

Part part_of(std::string_view path) {
  for (const std::string_view door :
       {"/ui/session", "/ui/login", "/ui/logout", "/ui/setup", "/ui/logo", "/ui/custom.css"}) {
    if (path == door) return Part::kDoor;
  }
  if (path.starts_with("/ui/invites/") || path.starts_with("/ui/oidc/")) return Part::kDoor;
  if (path.starts_with("/ui/") || path == "/ui") return Part::kPage;
  if (path.starts_with("/api/") || path.starts_with("/v1/") || path == "/metrics") return Part::kApi;
  return Part::kPublic;
}

// What makes a model work.
bool asks_for_answer(const Request& request) {
  if (request.method != "POST") return false;
  const std::string_view path = request.path;
  if (path.starts_with("/ui/chats/"))
    return path.ends_with("/runs") || path.ends_with("/messages") || path.ends_with("/retry");
  constexpr auto kApi = std::to_array<std::string_view>(
      {"/api/chat", "/api/generate", "/api/embed", "/api/embeddings", "/v1/chat/completions",
       "/v1/completions", "/v1/responses", "/v1/messages", "/v1/embeddings"});
  return std::find(kApi.begin(), kApi.end(), path) != kApi.end();
}

bool has_key(const Request& request) {
  return to_lower(request.header("Authorization")).starts_with("bearer ") ||
         !request.header("x-api-key").empty();
}

void refuse(const Context& context, const Request& request, http::ResponseWriter& writer, const Error& error,
            http::Headers headers = {}) {
  if (part_of(request.path) == Part::kApi)
    return writer.send(context->deps.refuse_api(request.path, error, std::move(headers)));
  send_error(writer, error, std::move(headers));
}

// One request on its way in.
struct Entry {
  Context context;
  Request request;
  Writer writer;
  Handler next;
  Pass pass;
  std::optional<Outsider> outsider;  // whom a proxy names
};

void note_seen(const Context& context, const history::User& user) {
  const int64_t now = context->now_ms();
  if (now - user.last_seen_ms < kSeenEveryMs) return;
  context->archive().write<void>(
      [id = user.id, now](history::Store& store) { return store.accounts().note_seen(id, now); },
      [context, id = user.id](const Result<void>&) { context->directory.forget(id); });
}

void admit(Entry entry, const Known& known) {
  const Context& context = entry.context;
  if (known.user) {
    note_seen(context, *known.user);
    entry.request.user = known.user->id;
    entry.request.client = "user:" + known.user->id;
  }
  // Without accounts everybody who is in may do everything, as in an open server.
  entry.request.is_admin = !known.user || known.user->role == history::UserRole::kAdmin;
  entry.request.is_admitted = true;
  entry.next(entry.request, context->streams->watch(entry.writer, entry.pass));
}

void let_in(Entry entry, const Known& known) {
  if (!asks_for_answer(entry.request)) return admit(std::move(entry), known);
  const auto shared = std::make_shared<Entry>(std::move(entry));
  shared->context->quotas.take_turn(known, [shared, known](const std::optional<Refusal>& refusal) {
    if (!refusal) return admit(std::move(*shared), known);
    refuse(shared->context, shared->request, *shared->writer, {Code::kTooManyRequests, refusal->message},
           {{"Retry-After", std::to_string(refusal->retry_s)}});
  });
}

// Why, in words; where it is not told, nobody is known.
void turn_away(Entry entry, std::string why = "") {
  // The login screen can be seen, and whoever comes without a session may have an API key.
  if (part_of(entry.request.path) != Part::kPage) return entry.next(entry.request, entry.writer);
  if (why.empty()) {
    why = entry.context->mode() == Mode::kHeader ? "log in at the proxy in front: it has named nobody"
                                                 : "log in first";
  }
  refuse(entry.context, entry.request, *entry.writer, {Code::kUnauthorized, why});
}

void judge(Entry entry, const Result<Known>& known);

// Goes on with `entry` on the server's thread, where handlers run.
void go_on(const std::shared_ptr<Entry>& entry, Result<Known> known) {
  const auto task = [entry, known = std::move(known)] { judge(std::move(*entry), known); };
  if (entry->context->deps.post_later) return entry->context->deps.post_later(task, 0);
  task();
}

// Who comes for the first time gets an account.
void make_known(Entry entry) {
  const auto shared = std::make_shared<Entry>(std::move(entry));
  shared->context->archive().write<history::User>(
      [options = shared->context->deps.options, outsider = *shared->outsider,
       now = shared->context->now_ms()](history::Store& store) {
        return admit_outsider(store.accounts(), options, outsider, now);
      },
      [shared](const Result<history::User>& user) {
        if (!user) return refuse(shared->context, shared->request, *shared->writer, user.error());
        shared->context->directory.forget(user->id);
        shared->context->note(
            {.actor = user->name, .action = "account-made", .address = address_of(shared->request)});
        shared->outsider.reset();
        go_on(shared, Known{*user, 0, false});
      });
}

void judge(Entry entry, const Result<Known>& known) {
  if (known && !known->user && entry.outsider) return make_known(std::move(entry));
  if (!known) return refuse(entry.context, entry.request, *entry.writer, known.error());
  if (entry.pass.holds(*known, entry.context->now_ms() / 1000)) return let_in(std::move(entry), *known);
  const bool is_disabled = known->user && known->user->state == history::UserState::kDisabled;
  turn_away(std::move(entry), is_disabled ? "this account is disabled" : "");
}

void look_up(Entry entry) {
  const Context context = entry.context;
  const Inquiry inquiry = entry.pass.inquiry;
  if (const auto known = context->directory.peek(inquiry)) return judge(std::move(entry), *known);
  const auto shared = std::make_shared<Entry>(std::move(entry));
  context->directory.ask(inquiry, [shared](Result<Known> known) { go_on(shared, std::move(known)); });
}

std::optional<Pass> read_pass(const Service& service, const Request& request) {
  if (service.mode() == Mode::kHeader) return std::nullopt;
  const auto session = session_of(service, request);
  if (!session) return std::nullopt;
  const bool has_accounts = service.deps.options.has_accounts();
  if (has_accounts == session->user.empty()) return std::nullopt;
  if (!has_accounts && session->epoch != service.password_epoch) return std::nullopt;
  return Pass{.inquiry = {.user = session->user, .external = {}, .session = session->id},
              .epoch = session->epoch,
              .expires_s = session->expires_s,
              .needs_user = has_accounts};
}

bool is_open_share(const Context& context, const Request& request) {
  return context->deps.has_open_shares && request.method == "GET" && request.path.starts_with("/ui/shared/");
}

void guard(const Context& context, const Request& request, Writer writer, const Handler& next) {
  const Part part = part_of(request.path);
  if (is_open_share(context, request) || part == Part::kPublic || (part == Part::kApi && has_key(request)))
    return next(request, std::move(writer));
  std::optional<Outsider> outsider;
  if (context->mode() == Mode::kHeader) outsider = read_outsider(context->deps.options, request);
  std::optional<Pass> pass = read_pass(*context, request);
  if (outsider) pass = Pass{.inquiry = {.user = {}, .external = outsider->external, .session = {}}};
  if (changes_something(request) && (pass || tells_origin(request)) && !is_same_origin(request) &&
      (pass || part != Part::kApi)) {
    return refuse(context, request, *writer,
                  {Code::kForbidden,
                   "this request was not made by a page of this server: its Origin or "
                   "Sec-Fetch-Site says so, or neither is there"});
  }
  Entry entry{context, request, std::move(writer), next, pass.value_or(Pass()), std::move(outsider)};
  if (!pass) return turn_away(std::move(entry));
  look_up(std::move(entry));
}

}  // namespace

http::Router::Filter make_gatekeeper(const Context& context) {
  return [context](const Request& request, Writer writer, const Handler& next) {
    guard(context, request, std::move(writer), next);
  };
}

http::Router::Filter make_owner_filter(const Context& context) {
  return [context](const Request& request, Writer writer, const Handler& next) {
    const auto refuse_next = [context, next](const Request& asked, Writer to) {
      // let_in() calls with somebody who is in, turn_away() with somebody who is not.
      if (asked.is_admitted) return next(asked, std::move(to));
      refuse(context, asked, *to,
             {Code::kUnauthorized, "the account that this API key belongs to may not come in"});
    };
    Pass pass;
    pass.inquiry.user = request.user;
    look_up(Entry{context, request, std::move(writer), refuse_next, pass, std::nullopt});
  };
}

}  // namespace samovar::accounts
