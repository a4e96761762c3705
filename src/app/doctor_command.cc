#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "app/commands.h"
#include "app/config_values.h"
#include "app/doctor.h"
#include "app/report.h"

namespace samovar::app {
namespace {

int run_doctor(const DoctorOptions& options) {
  bool is_bad = false;
  const std::vector<Finding> findings = examine(options);
  for (const Finding& finding : findings) is_bad = is_bad || finding.health == Health::kBad;
  std::fputs(format_findings(findings).c_str(), stdout);
  return is_bad ? 1 : 0;
}

}  // namespace

void add_doctor_command(CLI::App& program, int& exit_code) {
  CLI::App* command = program.add_subcommand(
      "doctor",
      "Look at this machine: processor, memory, disk, ports, models; exit code 1: something can't work");
  const auto options = std::make_shared<DoctorOptions>();
  command->add_option("--host", options->host, "address that 'serve' is to listen on")->capture_default_str();
  command->add_option("--port", options->port, "port of the chat page")->capture_default_str();
  command->add_option("--api-port", options->api_port, "port of the API")->capture_default_str();
  command->callback([command, options, &exit_code] {
    const Result<void> filled = fill_from_environment(*command);
    exit_code = filled ? run_doctor(*options) : report(filled.error());
  });
}

}  // namespace samovar::app
