#include "chat/transfer_reading.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <set>

#include "chat/identity.h"
#include "chat/records_json.h"

namespace samovar::chat {
namespace {

using history::Message;

constexpr size_t kMostImported = 100'000;  // of one conversation

int64_t fraction_ms(std::string_view text) {
  const size_t at = text.find('.');
  return at == std::string_view::npos
             ? 0
             : static_cast<int64_t>(1000 * std::atof(std::string(text.substr(at)).c_str()));
}

// Parents that are not there become beginnings, and so does what would go in a circle; parents come before
// children.
std::vector<Message> order_tree(std::vector<Message> messages) {
  std::map<std::string, std::vector<size_t>> children;
  std::set<std::string> ids;
  for (const Message& message : messages) ids.insert(message.id);
  for (size_t i = 0; i < messages.size(); ++i) {
    if (!ids.contains(messages[i].parent) || messages[i].parent == messages[i].id) messages[i].parent.clear();
    children[messages[i].parent].push_back(i);
  }
  std::vector<Message> ordered;
  std::vector<size_t> waiting = children[""];
  std::reverse(waiting.begin(), waiting.end());
  std::vector<bool> taken(messages.size());
  for (size_t next = 0; ordered.size() < messages.size();) {
    if (waiting.empty()) {
      while (taken[next]) ++next;
      messages[next].parent.clear();
      waiting.push_back(next);
    }
    const size_t at = waiting.back();
    waiting.pop_back();
    if (taken[at]) continue;
    taken[at] = true;
    const std::vector<size_t>& below = children[messages[at].id];
    waiting.insert(waiting.end(), below.rbegin(), below.rend());
    ordered.push_back(messages[at]);
  }
  // In the order of making where the times tell one.
  std::stable_sort(ordered.begin(), ordered.end(),
                   [](const Message& a, const Message& b) { return a.created_ms < b.created_ms; });
  return ordered;
}

}  // namespace

std::string text_at(const ImportJson& object, const char* name) {
  const auto at = object.find(name);
  return at != object.end() && at->is_string() ? at->get<std::string>() : "";
}

int64_t number_at(const ImportJson& object, const char* name) {
  const auto at = object.find(name);
  if (at == object.end() || !at->is_number()) return 0;
  const double number = at->get<double>();
  return number >= -9e15 && number <= 9e15 ? static_cast<int64_t>(number) : 0;
}

int64_t time_at(const ImportJson& object, const char* name) {
  if (const int64_t number = number_at(object, name); number != 0)
    return number > 100'000'000'000 ? number : number * 1000;
  std::tm parts{};
  const std::string text = text_at(object, name);
  if (std::sscanf(text.c_str(), "%d-%d-%dT%d:%d:%d", &parts.tm_year, &parts.tm_mon, &parts.tm_mday,
                  &parts.tm_hour, &parts.tm_min, &parts.tm_sec) != 6) {
    return 0;
  }
  parts.tm_year -= 1900;
  parts.tm_mon -= 1;
  return static_cast<int64_t>(::timegm(&parts)) * 1000 + fraction_ms(text);
}

const ImportJson& object_at(const ImportJson& object, const char* name) {
  static const ImportJson kNone = ImportJson::object();
  const auto at = object.find(name);
  return at != object.end() && at->is_object() ? *at : kNone;
}

const ImportJson& list_at(const ImportJson& object, const char* name) {
  static const ImportJson kNone = ImportJson::array();
  const auto at = object.find(name);
  return at != object.end() && at->is_array() ? *at : kNone;
}

std::string ForeignIds::take(const std::string& foreign) {
  if (foreign.empty()) return "";
  auto [at, is_new] = known_.try_emplace(foreign, foreign);
  if (is_new && !is_id(foreign)) at->second = "m-" + make_random_id(8);
  return at->second;
}

void finish(WholeConversation& whole, const std::string& leaf, ParsedImport& import) {
  if (whole.messages.empty())
    return import.skipped.push_back({whole.chat.title, "empty", "it has no messages", ""});
  if (whole.messages.size() > kMostImported)
    return import.skipped.push_back({whole.chat.title, "too-long", "it has more than 100000 messages", ""});
  std::set<std::string> ids;
  std::erase_if(whole.messages, [&](const Message& message) { return !ids.insert(message.id).second; });
  whole.messages = order_tree(std::move(whole.messages));
  if (!is_id(whole.chat.id)) whole.chat.id = "c-" + make_random_id(8);
  if (whole.chat.title.empty()) whole.chat.title = make_title(whole.messages.front().content);
  whole.chat.leaf = ids.contains(leaf) ? leaf : whole.messages.back().id;
  if (whole.chat.created_ms == 0) whole.chat.created_ms = whole.messages.front().created_ms;
  if (whole.chat.updated_ms == 0)
    whole.chat.updated_ms = std::max(whole.chat.created_ms, whole.messages.back().created_ms);
  import.conversations.push_back(std::move(whole));
}

}  // namespace samovar::chat
