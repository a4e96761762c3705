// samovar data list, export, erase, give: what is kept of one person
#include <CLI/CLI.hpp>
#include <cstdio>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "app/commands.h"
#include "app/history_choice.h"
#include "app/human.h"
#include "app/report.h"
#include "app/text_table.h"
#include "base/clock.h"
#include "chat/owner_data.h"
#include "history/keeping.h"

namespace samovar::app {
namespace {

// Opens the store as one more user of it, and does the work in one transaction.
Result<void> with_store(const std::function<Result<void>(history::Store&)>& work) {
  const auto place = store_place();
  if (!place) return place.error();
  // There must be one: looking at nothing should not make it.
  if (const auto status = history::read_status(*place); !status) return status.error();
  auto opened = history::open_archive(*place);
  if (!opened) return opened.error();
  std::promise<Result<void>> done;
  opened->archive->write<void>(work, [&](Result<void> result) { done.set_value(std::move(result)); });
  return done.get_future().get();
}

// An owner is the id of an account or of a browser; the name of an account will do.
Result<std::string> find_owner(history::Store& store, const std::string& named) {
  const auto user = store.accounts().find_user_by_name(named);
  if (!user) return user.error();
  const std::string owner = *user ? (*user)->id : named;
  const auto figures = store.measure_owner(owner);
  if (!figures) return figures.error();
  if (!*user && figures->n_chats == 0 && figures->n_files == 0)
    return Error{Code::kNotFound,
                 "nothing is kept of '" + named + "': 'samovar data list' shows whose data there are"};
  return owner;
}

int list_all_owners() {
  std::vector<Row> rows;
  const auto done = with_store([&](history::Store& store) -> Result<void> {
    const auto owners = store.list_owners();
    if (!owners) return owners.error();
    rows.clear();
    for (const history::OwnerFigures& figures : *owners) {
      const auto user = store.accounts().find_user(figures.owner);
      if (!user) return user.error();
      rows.push_back({figures.owner, *user ? (*user)->name : "-", std::to_string(figures.n_chats),
                      std::to_string(figures.n_messages), std::to_string(figures.n_files),
                      minute_text(figures.last_ms, "-")});
    }
    return {};
  });
  if (!done) return report(done.error());
  std::fputs(
      format_table({"OWNER", "ACCOUNT", "CHATS", "MESSAGES", "FILES", "LAST CHANGE (UTC)"}, rows).c_str(),
      stdout);
  return 0;
}

int export_data(const std::string& named) {
  const auto done = with_store([&](history::Store& store) -> Result<void> {
    const Result<std::string> owner = find_owner(store, named);
    if (!owner) return owner.error();
    return chat::export_owner(store, *owner, unix_ms(), [](std::string_view text) -> Result<void> {
      if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size()) return {};
      return Error{Code::kIo, "the output cannot be written"};
    });
  });
  if (done && std::fflush(stdout) != 0) return report({Code::kIo, "the output cannot be written"});
  return done ? 0 : report(done.error());
}

int erase_data(const std::string& named, bool is_sure) {
  history::OwnerFigures figures;
  const auto done = with_store([&](history::Store& store) -> Result<void> {
    const Result<std::string> owner = find_owner(store, named);
    if (!owner) return owner.error();
    auto measured = store.measure_owner(*owner);
    if (!measured) return measured.error();
    figures = *std::move(measured);
    if (!is_sure) return {};
    if (const auto erased = store.erase_owner(*owner); !erased) return erased;
    return store.announce(*owner);
  });
  if (!done) return report(done.error());
  std::printf("%s %ld chats with %ld messages and %ld files of '%s'\n", is_sure ? "erased" : "would erase",
              figures.n_chats, figures.n_messages, figures.n_files, named.c_str());
  if (!is_sure) std::puts("Nothing was changed: --yes does it, and there is no way back but a backup.");
  return 0;
}

int give_data(const std::string& named, const std::string& account) {
  int64_t n_chats = 0;
  const auto done = with_store([&](history::Store& store) -> Result<void> {
    const Result<std::string> from = find_owner(store, named);
    if (!from) return from.error();
    const auto user = store.accounts().find_user_by_name(account);
    if (!user) return user.error();
    if (!*user) return Error{Code::kNotFound, "--to: there is no account '" + account + "'"};
    if (*from == (*user)->id) return Error{Code::kInvalidArgument, "--to: it is theirs already"};
    const Result<int64_t> moved = store.move_owner(*from, (*user)->id);
    if (!moved) return moved.error();
    n_chats = *moved;
    const auto noted = store.accounts().add_audit({.at_ms = unix_ms(),
                                                   .actor = "command line",
                                                   .action = "chats-given",
                                                   .subject = (*user)->name,
                                                   .address = {},
                                                   .detail = std::to_string(n_chats) + " of " + named});
    if (!noted) return noted.error();
    for (const std::string& owner : {*from, (*user)->id}) {
      if (const auto told = store.announce(owner); !told) return told.error();
    }
    return {};
  });
  if (!done) return report(done.error());
  std::printf("%ld chats of '%s' belong to '%s' now\n", n_chats, named.c_str(), account.c_str());
  return 0;
}

}  // namespace

void add_data_command(CLI::App& program, int& exit_code) {
  CLI::App* command = program.add_subcommand("data", "Show, hand out or erase what is kept of one person");
  command->require_subcommand(1);
  command->add_subcommand("list", "Whose data there are")->callback([&exit_code] {
    exit_code = list_all_owners();
  });
  const auto owner = std::make_shared<std::string>();
  CLI::App* out = command->add_subcommand("export", "Write all of it to standard output, as JSON");
  out->add_option("OWNER", *owner, "name or id of an account, or what 'samovar data list' shows")->required();
  out->callback([owner, &exit_code] { exit_code = export_data(*owner); });
  CLI::App* erase = command->add_subcommand("erase", "Erase all conversations and files; an account stays");
  erase->add_option("OWNER", *owner, "name or id of an account, or what 'samovar data list' shows")
      ->required();
  const auto is_sure = std::make_shared<bool>(false);
  erase->add_flag("--yes", *is_sure, "really erase; without it, what would be erased is counted");
  erase->callback([owner, is_sure, &exit_code] { exit_code = erase_data(*owner, *is_sure); });
  CLI::App* give = command->add_subcommand("give", "Let all conversations and files belong to an account");
  give->add_option("OWNER", *owner, "name or id of an account, or what 'samovar data list' shows")
      ->required();
  const auto account = std::make_shared<std::string>();
  give->add_option("--to", *account, "the account's name")->required();
  give->callback([owner, account, &exit_code] { exit_code = give_data(*owner, *account); });
}

}  // namespace samovar::app
