#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "app/backend_choice.h"
#include "app/commands.h"
#include "app/human.h"
#include "app/report.h"
#include "app/text_table.h"
#include "app/wait.h"
#include "base/clock.h"

namespace samovar::app {
namespace {

int list_models(const std::string& prefix) {
  const auto backend = choose_backend(Preference::kStoreUnlessTold);
  if (!backend) return report(backend.error());
  const auto models = wait_for<std::vector<backend::ModelSummary>>(
      [&](auto callback) { (*backend)->list(std::move(callback)); });
  if (!models) return report(models.error());
  const int64_t now_ns = unix_ns();
  std::vector<Row> rows;
  for (const backend::ModelSummary& model : *models) {
    if (!model.name.starts_with(prefix)) continue;
    rows.push_back({model.name, model.digest.substr(0, 12), human_bytes(model.size_bytes),
                    human_time(model.modified_at_ns, now_ns)});
  }
  std::fputs(format_table({"NAME", "ID", "SIZE", "MODIFIED"}, rows).c_str(), stdout);
  return 0;
}

}  // namespace

void add_list_command(CLI::App& program, int& exit_code) {
  CLI::App* command =
      program.add_subcommand("list", "List the models of the store (or of the server at OLLAMA_HOST)");
  command->alias("ls");
  const auto prefix = std::make_shared<std::string>();
  command->add_option("PREFIX", *prefix, "only models whose names begin so");
  command->callback([prefix, &exit_code] { exit_code = list_models(*prefix); });
}

}  // namespace samovar::app
