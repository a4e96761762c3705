#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <ctime>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "app/accounts_access.h"
#include "app/commands.h"
#include "app/key_store.h"
#include "app/report.h"
#include "app/text_table.h"
#include "base/clock.h"
#include "history/words.h"
#include "keys/key.h"

namespace samovar::app {
namespace {

struct KeyFlags {
  std::string name;
  std::string scopes = "chat";
  std::string expires;
  std::string rate;
  std::string user;
};

Result<keys::KeyWish> read_wish(const KeyFlags& flags) {
  keys::KeyWish wish;
  wish.name = flags.name;
  wish.now_s = unix_s();
  const auto scopes = keys::parse_scopes(flags.scopes);
  if (!scopes) return Error{scopes.error().code, "--scope: " + scopes.error().message};
  wish.scopes = *scopes;
  if (!flags.expires.empty()) {
    const auto life = keys::parse_life(flags.expires);
    if (!life) return Error{life.error().code, "--expires: " + life.error().message};
    wish.lives_s = *life;
  }
  if (!flags.user.empty()) {
    const auto users = list_accounts();
    if (!users) return Error{users.error().code, "--user: " + users.error().message};
    for (const history::User& user : *users) {
      if (history::fold_utf8(user.name) == history::fold_utf8(flags.user)) wish.user = user.id;
    }
    if (wish.user.empty()) return Error{Code::kNotFound, "--user: there is no account '" + flags.user + "'"};
  }
  if (!flags.rate.empty()) {
    const auto rate = keys::parse_rate(flags.rate);
    if (!rate) return Error{rate.error().code, "--rate: " + rate.error().message};
    wish.per_minute = *rate;
  }
  return wish;
}

int create_key(const KeyFlags& flags) {
  const auto wish = read_wish(flags);
  if (!wish) return report(wish.error());
  const auto store = open_key_store();
  if (!store) return report(store.error());
  const auto known = (*store)->load();
  if (!known) return report(known.error());
  const auto made = keys::make_key(*wish);
  if (!made) return report(made.error());
  const auto added = (*store)->update([&](std::vector<keys::Key>& all) -> Result<void> {
    for (const keys::Key& key : all) {
      if (key.name == flags.name && key.user == wish->user)
        return Error{Code::kConflict, "there is a key named '" + flags.name + "' already: " + key.id};
    }
    all.push_back(made->key);
    return {};
  });
  if (!added) return report(added.error());
  std::printf("%s\n", made->secret.c_str());
  std::fprintf(stderr, "This is the key \"%s\" (%s). It is shown only now; keep it.\n", flags.name.c_str(),
               made->key.id.c_str());
  if (!known->is_kept) std::fprintf(stderr, "From now on the API answers only those who have a key.\n");
  return 0;
}

std::string shown_scopes(const keys::Key& key) {
  std::string out;
  for (const keys::Scope scope : key.scopes) out += (out.empty() ? "" : ",") + std::string(to_string(scope));
  return out;
}

std::string shown_day(int64_t unix_s) {
  if (unix_s == 0) return "never";
  const std::time_t time = unix_s;
  std::tm parts{};
  gmtime_r(&time, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M", &parts);
  return text;
}

// The names of the accounts that keys belong to, by id.
std::map<std::string, std::string> names_of_owners(const std::vector<keys::Key>& all) {
  std::map<std::string, std::string> names;
  if (std::all_of(all.begin(), all.end(), [](const keys::Key& key) { return key.user.empty(); }))
    return names;
  // Without the store the ids have to do.
  if (const auto users = list_accounts()) {
    for (const history::User& user : *users) names[user.id] = user.name;
  }
  return names;
}

int list_keys() {
  const auto store = open_key_store();
  if (!store) return report(store.error());
  const auto known = (*store)->load();
  if (!known) return report(known.error());
  if (!known->is_kept) {
    std::puts("There are no keys: the API answers everybody who can connect.");
    return 0;
  }
  const Result<std::vector<keys::Key>>& all = known->keys;
  const auto names = names_of_owners(*all);
  std::vector<Row> rows;
  const int64_t now = unix_s();
  for (const keys::Key& key : *all) {
    const bool is_over = key.expires_s != 0 && key.expires_s <= now;
    const auto owner = names.find(key.user);
    rows.push_back({key.id, key.name, owner == names.end() ? key.user : owner->second, shown_scopes(key),
                    key.per_minute == 0 ? "any" : std::to_string(key.per_minute) + "/min",
                    shown_day(key.created_s), shown_day(key.expires_s) + (is_over ? " (expired)" : "")});
  }
  std::fputs(
      format_table({"ID", "NAME", "USER", "SCOPE", "RATE", "CREATED (UTC)", "EXPIRES (UTC)"}, rows).c_str(),
      stdout);
  return 0;
}

int revoke_key(const std::string& which) {
  const auto store = open_key_store();
  if (!store) return report(store.error());
  size_t n_left = 0;
  const auto revoked = (*store)->update([&](std::vector<keys::Key>& all) -> Result<void> {
    const auto is_meant = [&](const keys::Key& key) { return key.id == which || key.name == which; };
    if (std::count_if(all.begin(), all.end(), is_meant) > 1)
      return Error{Code::kConflict, "several keys are named '" + which + "': revoke them by their ids"};
    if (std::erase_if(all, is_meant) == 0)
      return Error{Code::kNotFound, "no key has the name or the id '" + which + "'"};
    n_left = all.size();
    return {};
  });
  if (!revoked) return report(revoked.error());
  std::printf("revoked '%s'\n", which.c_str());
  if (n_left == 0)
    std::puts("No key is left: nobody can use the API. 'samovar key clear --yes' opens it to everybody.");
  return 0;
}

int clear_keys(bool is_sure) {
  if (!is_sure)
    return report({Code::kInvalidArgument, "this opens the API to everybody who can connect: --yes does it"});
  const auto store = open_key_store();
  if (!store) return report(store.error());
  if (const auto done = (*store)->clear(); !done) return report(done.error());
  std::puts("There are no keys now: the API answers everybody who can connect.");
  return 0;
}

}  // namespace

void add_key_command(CLI::App& program, int& exit_code) {
  CLI::App* command = program.add_subcommand("key", "Make, list and revoke keys of the API");
  command->require_subcommand(1);
  CLI::App* create = command->add_subcommand("create", "Make a key and show it, this once");
  const auto flags = std::make_shared<KeyFlags>();
  create->add_option("NAME", flags->name, "what it is for")->required();
  create
      ->add_option("--scope", flags->scopes,
                   "chat (answers, embeddings), models (pull, create, delete, ...), admin (everything)")
      ->capture_default_str();
  create->add_option("--expires", flags->expires, "30d, 12h, 45m; default: never");
  create->add_option(
      "--user", flags->user,
      "the account that it belongs to: its quota counts, and a key of a disabled one is useless");
  create->add_option("--rate", flags->rate, "requests a minute, such as 60/min; default: any number");
  create->callback([flags, &exit_code] { exit_code = create_key(*flags); });
  command->add_subcommand("list", "List them")->callback([&exit_code] { exit_code = list_keys(); });
  CLI::App* revoke = command->add_subcommand("revoke", "Make a key useless, within seconds");
  const auto which = std::make_shared<std::string>();
  revoke->add_option("KEY", *which, "its name or id")->required();
  revoke->callback([which, &exit_code] { exit_code = revoke_key(*which); });
  CLI::App* clear = command->add_subcommand("clear", "Forget all keys: the API is open to everybody again");
  const auto is_sure = std::make_shared<bool>(false);
  clear->add_flag("--yes", *is_sure, "really");
  clear->callback([is_sure, &exit_code] { exit_code = clear_keys(*is_sure); });
}

}  // namespace samovar::app
