#include "app/program.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>

#include "app/commands.h"
#include "app/config_values.h"
#include "app/pdf_child.h"
#include "app/report.h"
#include "app/setup_choice.h"
#include "kernels/table.h"

namespace samovar::app {
namespace {

constexpr const char* kFooter =
    "\nEnvironment:\n"
    "  OLLAMA_HOST       serve: http://HOST:PORT makes the page use that Ollama server instead of the "
    "built-in\n"
    "                    engine; other commands: the server to talk to\n"
    "  SAMOVAR_MODELS    where the models are (else OLLAMA_MODELS, ~/.ollama/models where it exists,\n"
    "                    ~/.local/share/samovar/models)\n"
    "  SAMOVAR_DATA      where conversations are kept (~/.local/share/samovar)\n"
    "  SAMOVAR_DATABASE  postgresql://USER:PASSWORD@HOST/NAME: conversations are kept there instead\n"
    "  SAMOVAR_KEYS      the file of API keys (keys.json in SAMOVAR_DATA)\n"
    "  OLLAMA_API_KEY    the key to show to the server at OLLAMA_HOST\n"
    "  SAMOVAR_STATELESS 1 keeps conversations in memory only\n"
    "  SAMOVAR_CONFIG    the page's set-up (else samovar.toml in the working folder)\n"
    "  SAMOVAR_ISA       generic, avx2, avx512, neon_dot or neon_i8mm: forces\n"
    "                    an instruction set\n"
    "\n\"samovar COMMAND --help\" tells more about a command.\n";

std::string version_text() {
  return "samovar version " SAMOVAR_VERSION " (" + std::string(kernels::table().isa) + ")";
}

// Null when there is none; CLI11 itself would only say that a command is missing.
const CLI::App* find_command(const CLI::App& program, const std::string& word) {
  for (const CLI::App* command : program.get_subcommands([](const CLI::App*) { return true; })) {
    if (command->check_name(word)) return command;
  }
  return nullptr;
}

int fail_unknown(const char* word) {
  std::fprintf(stderr, "Error: unknown command \"%s\" for samovar (see samovar --help)\n", word);
  return 2;
}

// "samovar help [COMMAND]", as Ollama has it.
int print_help(const CLI::App& program, const char* word) {
  const CLI::App* asked = word == nullptr ? &program : find_command(program, word);
  if (asked == nullptr) return fail_unknown(word);
  std::fputs(asked->help(word == nullptr ? "" : program.get_name()).c_str(), stdout);
  return 0;
}

int parse_and_run(int argc, char** argv) {
  if (argc == 3 && argv[1] == std::string_view("read-pdf")) return read_pdf_here(argv[2]);
  CLI::App program(
      "Chat with language models on small servers: engine, Ollama-compatible server and chat page.");
  program.name("samovar");
  program.footer(kFooter);
  program.set_version_flag("-v,--version", version_text);
  program.require_subcommand(1);
  int exit_code = 0;
  for (const auto add : {add_serve_command, add_run_command, add_pull_command, add_push_command,
                         add_create_command, add_list_command, add_show_command, add_cp_command,
                         add_rm_command, add_ps_command, add_stop_command}) {
    add(program, exit_code);
  }
  add_import_command(program, exit_code);
  add_doctor_command(program, exit_code);
  add_health_command(program, exit_code);
  add_quantize_command(program, exit_code);
  add_bench_command(program, exit_code);
  add_config_command(program, exit_code);
  add_key_command(program, exit_code);
  add_backup_command(program, exit_code);
  add_restore_command(program, exit_code);
  add_db_command(program, exit_code);
  add_data_command(program, exit_code);
  add_user_command(program, exit_code);
  add_debug_command(program, exit_code);
  if (argc == 1) return print_help(program, nullptr);
  const std::string word = argv[1];
  if (word == "help") return print_help(program, argc > 2 ? argv[2] : nullptr);
  if (!word.starts_with('-') && find_command(program, word) == nullptr) return fail_unknown(argv[1]);
  const bool only_checks = word == "config" && argc > 2 && std::string_view(argv[2]) == "check";
  if (!word.starts_with('-') && !only_checks) {
    if (const Result<void> adopted = adopt_config_file(setup_file()); !adopted)
      return report(adopted.error());
  }
  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {  // --help, --version
      const std::string problem(kernels::isa_problem());
      if (!problem.empty()) std::fprintf(stderr, "Error: %s\n", problem.c_str());
      return problem.empty() ? program.exit(error) : 1;
    }
    std::fprintf(stderr, "Error: %s\nRun with --help for more information.\n", error.what());
    return 2;
  }
  return exit_code;
}

}  // namespace

int run_program(int argc, char** argv) {
  try {
    return parse_and_run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "Error: internal: %s\n", error.what());
    return 70;
  }
}

}  // namespace samovar::app
