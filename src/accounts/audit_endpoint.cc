// GET /ui/admin/audit
#include "accounts/endpoints.h"
#include "accounts/replies.h"
#include "wire/json_writer.h"

namespace samovar::accounts {
namespace {

constexpr int64_t kUsual = 100;
constexpr int64_t kMost = 1000;

std::string encode_entry(const history::AuditEntry& entry) {
  std::string json;
  wire::ObjectWriter(json)
      .add("key", entry.key)
      .add("at", entry.at_ms)
      .add("actor", std::string_view(entry.actor))
      .add("action", std::string_view(entry.action))
      .add("subject", std::string_view(entry.subject))
      .add("address", std::string_view(entry.address))
      .add("detail", std::string_view(entry.detail))
      .close();
  return json;
}

Result<std::string> encode_page(history::AccountStore& accounts, int64_t before, int64_t limit) {
  const Result<std::vector<history::AuditEntry>> entries = accounts.list_audit(before, limit + 1);
  if (!entries) return entries.error();
  std::string list;
  int64_t n_shown = 0;
  int64_t last = 0;
  for (const history::AuditEntry& entry : *entries) {
    if (n_shown++ == limit) break;
    list += (list.empty() ? "" : ",") + encode_entry(entry);
    last = entry.key;
  }
  const bool more = static_cast<int64_t>(entries->size()) > limit;
  return "{\"entries\":[" + list + "],\"next\":" + (more ? std::to_string(last) : "null") + "}";
}

}  // namespace

void add_audit(http::Router& router, const Context& context) {
  router.add("GET", "/ui/admin/audit", [context](const http::Request& request, const Writer& writer) {
    if (!needs_admin(context, request, *writer)) return;
    const int64_t limit = query_number(request, "limit", kUsual);
    if (limit < 1 || limit > kMost) {
      return send_error(*writer, {Code::kInvalidArgument,
                                  "limit: expected a whole number from 1 to " + std::to_string(kMost)});
    }
    context->archive().read<std::string>(
        [before = query_number(request, "before", INT64_MAX), limit](history::Store& store) {
          return encode_page(store.accounts(), before, limit);
        },
        [writer](Result<std::string> json) {
          if (!json) return send_error(*writer, json.error());
          send_json(*writer, *std::move(json));
        });
  });
}

}  // namespace samovar::accounts
