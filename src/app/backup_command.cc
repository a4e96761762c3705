// samovar backup, samovar restore
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>

#include "app/commands.h"
#include "app/history_choice.h"
#include "app/report.h"
#include "app/store_counts.h"
#include "history/keeping.h"

namespace samovar::app {
namespace {

int back_up_store(const std::string& file) {
  const auto place = store_place();
  if (!place) return report(place.error());
  const auto counts = history::back_up(*place, file);
  if (!counts) return report(counts.error());
  std::printf("%s: %s; checked\n", file.c_str(), describe_counts(*counts).c_str());
  return 0;
}

int restore_store(const std::string& file) {
  const auto place = store_place();
  if (!place) return report(place.error());
  const auto restored = history::restore(*place, file);
  if (!restored) return report(restored.error());
  std::printf("restored %s\n", describe_counts(restored->counts).c_str());
  if (!restored->aside.empty()) std::printf("what was there before is in %s\n", restored->aside.c_str());
  return 0;
}

}  // namespace

void add_backup_command(CLI::App& program, int& exit_code) {
  CLI::App* command =
      program.add_subcommand("backup", "Copy conversations and accounts into one file, while serving too");
  const auto file = std::make_shared<std::string>();
  command->add_option("FILE", *file, "an older one is replaced when the new one is whole")->required();
  command->callback([file, &exit_code] { exit_code = back_up_store(*file); });
}

void add_restore_command(CLI::App& program, int& exit_code) {
  CLI::App* command =
      program.add_subcommand("restore",
                             "Put a backup in the place of conversations and accounts; the server must "
                             "not run, and what was there is kept beside it");
  const auto file = std::make_shared<std::string>();
  command->add_option("FILE", *file, "what 'samovar backup' wrote")->required();
  command->callback([file, &exit_code] { exit_code = restore_store(*file); });
}

}  // namespace samovar::app
