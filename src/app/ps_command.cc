#include <CLI/CLI.hpp>
#include <cstdio>

#include "app/backend_choice.h"
#include "app/commands.h"
#include "app/human.h"
#include "app/report.h"
#include "app/text_table.h"
#include "app/wait.h"
#include "base/clock.h"

namespace samovar::app {
namespace {

int list_loaded() {
  const auto backend = choose_backend(Preference::kServerOnly);
  if (!backend) return report(backend.error());
  const auto models = wait_for<std::vector<backend::LoadedModel>>(
      [&](auto callback) { (*backend)->list_loaded(std::move(callback)); });
  if (!models) return report(models.error());
  const int64_t now_ns = unix_ns();
  std::vector<Row> rows;
  for (const backend::LoadedModel& model : *models) {
    const bool stopping = model.expires_at_ns <= now_ns;
    rows.push_back({model.summary.name, model.summary.digest.substr(0, 12), human_bytes(model.memory_bytes),
                    "100% CPU", std::to_string(model.n_ctx),
                    stopping ? "Stopping..." : human_time(model.expires_at_ns, now_ns)});
  }
  std::fputs(format_table({"NAME", "ID", "SIZE", "PROCESSOR", "CONTEXT", "UNTIL"}, rows).c_str(), stdout);
  return 0;
}

}  // namespace

void add_ps_command(CLI::App& program, int& exit_code) {
  CLI::App* command = program.add_subcommand("ps", "List the models that a running server has in memory");
  command->callback([&exit_code] { exit_code = list_loaded(); });
}

}  // namespace samovar::app
