#include <CLI/CLI.hpp>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "accounts/account_work.h"
#include "app/accounts_access.h"
#include "app/commands.h"
#include "app/environment.h"
#include "app/human.h"
#include "app/report.h"
#include "app/secret_input.h"
#include "app/text_table.h"
#include "base/clock.h"
#include "keys/key.h"

namespace samovar::app {
namespace {

using accounts::Made;

struct UserFlags {
  std::string name;
  std::string email;
  std::string role;
  std::string life = "3d";
  std::string note;
  bool is_admin = false;
  bool by_link = false;
};

int print_users() {
  const auto users = list_accounts();
  if (!users) return report(users.error());
  if (users->empty()) {
    std::puts("There are no accounts. 'samovar user add NAME --admin' makes one.");
    return 0;
  }
  std::vector<Row> rows;
  for (const history::User& user : *users) {
    rows.push_back({user.name, user.email, history::to_string(user.role), history::to_string(user.state),
                    minute_text(user.created_ms, "never"), minute_text(user.last_seen_ms, "never")});
  }
  std::fputs(
      format_table({"NAME", "EMAIL", "ROLE", "STATE", "CREATED (UTC)", "LAST SEEN (UTC)"}, rows).c_str(),
      stdout);
  return 0;
}

void print_link(const accounts::InviteLink& link) {
  std::string origin = environment("SAMOVAR_PUBLIC_URL");
  while (origin.ends_with('/')) origin.pop_back();
  std::printf("%s%s\n", origin.c_str(), link.path().c_str());
  if (origin.empty())
    std::fprintf(stderr, "This is the path of the link; put the page's address before it.\n");
  std::fprintf(stderr, "It works once, until %s UTC.\n", minute_text(link.expires_ms, "-").c_str());
}

int add_user(const UserFlags& flags) {
  accounts::UserWish wish{.name = flags.name, .email = flags.email, .now_ms = unix_ms()};
  wish.role = flags.is_admin ? history::UserRole::kAdmin : history::UserRole::kUser;
  if (!flags.by_link) {
    const Result<std::string> password = read_new_password(flags.name);
    if (!password) return report(password.error());
    wish.password = *password;
  }
  const auto made =
      in_store<Made>([&](history::Store& store) { return accounts::make_user(store.accounts(), wish); });
  if (!made) return report(made.error());
  std::fprintf(stderr, "made the account '%s' (%s)\n", made->user.name.c_str(),
               history::to_string(made->user.role));
  if (made->link) print_link(*made->link);
  return 0;
}

// The commands that change one account, and what they say then.
using Change = std::function<Result<Made>(history::Store&)>;

int change_user(const Change& change, const std::string& said) {
  const auto changed = in_store<Made>(change);
  if (!changed) return report(changed.error());
  if (!said.empty()) std::fprintf(stderr, "%s: %s\n", changed->user.name.c_str(), said.c_str());
  if (changed->link) print_link(*changed->link);
  return 0;
}

int set_state(const UserFlags& flags, history::UserState state, const std::string& said) {
  return change_user(
      [&](history::Store& store) {
        return accounts::set_user_state(store.accounts(), flags.name, state, unix_ms());
      },
      said);
}

int set_role(const UserFlags& flags) {
  history::UserRole role = history::UserRole::kUser;
  if (!history::parse_role(flags.role, role))
    return report({Code::kInvalidArgument, "role '" + flags.role + "' is none of user and admin"});
  return change_user(
      [&](history::Store& store) {
        return accounts::set_user_role(store.accounts(), flags.name, role, unix_ms());
      },
      "is " + flags.role + " now");
}

int set_password(const UserFlags& flags) {
  if (flags.by_link) {
    return change_user(
        [&](history::Store& store) {
          return accounts::make_reset_link(store.accounts(), flags.name, unix_ms());
        },
        "");
  }
  const Result<std::string> password = read_new_password(flags.name);
  if (!password) return report(password.error());
  return change_user(
      [&](history::Store& store) {
        return accounts::set_user_password(store.accounts(), flags.name, *password, unix_ms());
      },
      "has a new password; all sessions have ended");
}

int remove_user(const UserFlags& flags) {
  return change_user(
      [&](history::Store& store) { return accounts::delete_user(store, flags.name, unix_ms()); },
      "the account is gone");
}

int print_invite(const UserFlags& flags) {
  const Result<int64_t> life = keys::parse_life(flags.life);
  if (!life) return report({life.error().code, "--expires: " + life.error().message});
  const auto link = in_store<accounts::InviteLink>([&](history::Store& store) {
    return accounts::make_invite(
        store.accounts(), {.note = flags.note,
                           .role = flags.is_admin ? history::UserRole::kAdmin : history::UserRole::kUser,
                           .lives_s = *life,
                           .now_ms = unix_ms()});
  });
  if (!link) return report(link.error());
  print_link(*link);
  return 0;
}

void add_parts(CLI::App& command, const std::shared_ptr<UserFlags>& flags, int& exit_code) {
  const auto add = [&](const char* name, const char* text, std::function<int()> work) {
    CLI::App* part = command.add_subcommand(name, text);
    part->callback([work = std::move(work), &exit_code] { exit_code = work(); });
    return part;
  };
  const auto add_named = [&](const char* name, const char* text, std::function<int()> work) {
    CLI::App* part = add(name, text, std::move(work));
    part->add_option("NAME", flags->name, "the account's")->required();
    return part;
  };
  add("list", "List them", print_users);
  CLI::App* made = add_named("add", "Make one; asks for its password, or reads it from standard input",
                             [flags] { return add_user(*flags); });
  made->add_flag("--admin", flags->is_admin, "may do everything");
  made->add_option("--email", flags->email, "");
  made->add_flag("--link", flags->by_link, "no password now: print a link by which its owner chooses one");
  add_named("disable", "Let nobody in with it; who is in is out within seconds",
            [flags] { return set_state(*flags, history::UserState::kDisabled, "is disabled"); });
  add_named("enable", "Let it in again",
            [flags] { return set_state(*flags, history::UserState::kActive, "may come in again"); });
  add_named("delete", "Remove the account and all that it owns", [flags] { return remove_user(*flags); });
  add_named("password", "Give it a new password and end its sessions", [flags] {
    return set_password(*flags);
  })->add_flag("--link", flags->by_link, "print a link by which its owner chooses one");
  add_named("role", "Make it an administrator, or an ordinary user", [flags] { return set_role(*flags); })
      ->add_option("ROLE", flags->role, "user or admin")
      ->required();
  CLI::App* invited = add("invite", "Print a link with which somebody makes an account, once",
                          [flags] { return print_invite(*flags); });
  invited->add_flag("--admin", flags->is_admin, "it may do everything");
  invited->add_option("--note", flags->note, "whom it is for");
  invited->add_option("--expires", flags->life, "7d, 12h")->capture_default_str();
}

}  // namespace

void add_user_command(CLI::App& program, int& exit_code) {
  CLI::App* command = program.add_subcommand("user", "Look after accounts (docs/access.md)");
  command->require_subcommand(1);
  add_parts(*command, std::make_shared<UserFlags>(), exit_code);
}

}  // namespace samovar::app
