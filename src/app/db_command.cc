// samovar db status, samovar db migrate
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>

#include "app/commands.h"
#include "app/history_choice.h"
#include "app/report.h"
#include "app/store_counts.h"
#include "history/keeping.h"

namespace samovar::app {
namespace {

int print_status() {
  const auto place = store_place();
  if (!place) return report(place.error());
  const auto status = history::read_status(*place);
  if (!status) return report(status.error());
  std::printf("kept in   %s\n", status->address.c_str());
  std::printf("tables    version %ld%s\n", status->version,
              status->version == 0 ? " (none yet: a server that starts makes them)"
              : status->version < status->newest
                  ? " (a server that starts brings them up to date, after a copy)"
              : status->version > status->newest ? " (made by a newer program than this one)"
                                                 : "");
  std::printf("size      %.1f MB\n", static_cast<double>(status->bytes) / 1e6);
  if (status->n_servers < 0) {
    std::puts("servers   at least one is running");
  } else {
    std::printf("servers   %ld running\n", status->n_servers);
  }
  for (const auto& [table, count] : status->counts) std::printf("%9ld %s\n", count, table.c_str());
  return 0;
}

int move_all(const std::string& from, const std::string& to) {
  const auto place = store_place();
  if (!place) return report(place.error());
  if (from == to) return report({Code::kInvalidArgument, "--from and --to are the same"});
  if (place->url.empty()) {
    return report({Code::kInvalidArgument,
                   "SAMOVAR_DATABASE is not set: it names the PostgreSQL database, "
                   "postgresql://USER:PASSWORD@HOST/NAME"});
  }
  const history::Place file{place->folder, ""};
  const bool to_server = to == "postgresql";
  const auto moved = to_server ? history::move_store(file, *place) : history::move_store(*place, file);
  if (!moved) return report(moved.error());
  std::printf("copied %s; compared row by row\n", describe_counts(moved->counts).c_str());
  std::puts(to_server ? "Start the server with SAMOVAR_DATABASE set. The SQLite file stays as it is."
                      : "Start the server without SAMOVAR_DATABASE. The database stays as it is.");
  return 0;
}

}  // namespace

void add_db_command(CLI::App& program, int& exit_code) {
  CLI::App* command =
      program.add_subcommand("db", "Look at the database of conversations, or move to another");
  command->require_subcommand(1);
  command->add_subcommand("status", "Say where it is, its version and what it holds")->callback([&exit_code] {
    exit_code = print_status();
  });
  CLI::App* migrate = command->add_subcommand(
      "migrate", "Copy everything to the other kind of database, which must be empty, and compare");
  const auto kinds = std::make_shared<std::pair<std::string, std::string>>();
  const CLI::IsMember known({"sqlite", "postgresql"});
  migrate->add_option("--from", kinds->first, "sqlite (in SAMOVAR_DATA) or postgresql (SAMOVAR_DATABASE)")
      ->required()
      ->check(known);
  migrate->add_option("--to", kinds->second, "the other one")->required()->check(known);
  migrate->callback([kinds, &exit_code] { exit_code = move_all(kinds->first, kinds->second); });
}

}  // namespace samovar::app
