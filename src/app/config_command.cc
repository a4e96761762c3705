#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>

#include "app/commands.h"
#include "app/config_values.h"
#include "app/environment.h"
#include "app/report.h"
#include "app/serve_options.h"
#include "app/setup_choice.h"
#include "app/text_table.h"
#include "history/postgres_database.h"

namespace samovar::app {
namespace {

int check_config(const std::string& named) {
  const std::filesystem::path file = named.empty() ? setup_file() : std::filesystem::path(named);
  if (file.empty()) {
    std::puts("there is no samovar.toml here, and SAMOVAR_CONFIG names none: the page has its own defaults");
    return 0;
  }
  const Result<ChosenSetup> chosen = load_setup(file);
  if (!chosen) return report(chosen.error());
  const chat::Setup& setup = chosen->setup;
  std::printf("%s is right: %zu profile(s), %zu starter(s), %zu link(s), %zu command(s)\n", file.c_str(),
              setup.profiles.size(), setup.starters.size(), setup.links.size(), setup.commands.size());
  return 0;
}

constexpr std::string_view kDatabase = "SAMOVAR_DATABASE";

std::string shown_value(const ConfigValue& known, const std::string& value) {
  if (known.is_secret) return "(set, not shown)";
  if (known.variable != kDatabase) return value;
  // An address with a password in it, somewhere.
  const Result<std::string> shown = history::describe_postgres(value);
  return shown ? *shown : "(set, but no address of a database)";
}

// Where the value comes from, and the value.
Row explain(const ConfigValue& known, const CLI::App& flags) {
  const std::string variable(known.variable);
  const CLI::Option* option =
      known.flag.empty() ? nullptr : flags.get_option_no_throw(std::string(known.flag));
  if (option != nullptr && option->count() > 0)
    return {config_key(known), CLI::detail::join(option->results(), ","), std::string(known.flag)};
  const std::string value = environment(variable.c_str());
  if (value.empty()) return {config_key(known), std::string(known.usual), "default"};
  const int line = config_line(variable);
  return {config_key(known), shown_value(known, value),
          line == 0 ? variable : setup_file().string() + " line " + std::to_string(line)};
}

int show_config(CLI::App& flags, ServeOptions& options) {
  std::vector<Row> rows;
  for (const ConfigValue& known : config_values()) rows.push_back(explain(known, flags));
  std::fputs(format_table({"KEY", "VALUE", "FROM"}, rows).c_str(), stdout);
  // Values that `serve` would refuse are refused here too.
  const Result<void> settled = settle_serve_options(flags, options);
  if (!settled) return report(settled.error());
  const Result<Doors> doors = open_doors(options.doors);
  return doors ? 0 : report(doors.error());
}

}  // namespace

void add_config_command(CLI::App& program, int& exit_code) {
  CLI::App* command =
      program.add_subcommand("config", "Look after the page's set-up, samovar.toml (docs/configuration.md)");
  command->require_subcommand(1);
  CLI::App* check = command->add_subcommand(
      "check", "Say whether the set-up is right, or name line and key of the first mistake");
  const auto file = std::make_shared<std::string>();
  check->add_option("FILE", *file, "default: SAMOVAR_CONFIG, else samovar.toml here");
  CLI::App* show = command->add_subcommand("show",
                                           "Say what each value of 'serve' is and where it comes from: flag, "
                                           "environment, samovar.toml or default");
  const auto options = std::make_shared<ServeOptions>();
  add_serve_options(*show, *options);
  show->callback([show, options, &exit_code] { exit_code = show_config(*show, *options); });
  check->callback([file, &exit_code] { exit_code = check_config(*file); });
}

}  // namespace samovar::app
