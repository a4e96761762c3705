#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "app/commands.h"
#include "app/human.h"
#include "app/report.h"
#include "catalog/store.h"

namespace samovar::app {
namespace {

struct ImportArguments {
  std::string file;
  std::string name;
};

int import_model(const ImportArguments& arguments) {
  const Result<catalog::Name> name = catalog::parse_name(arguments.name);
  if (!name) return report({name.error().code, name.error().message + " '" + arguments.name + "'"});
  const bool on_terminal = isatty(STDERR_FILENO) == 1;
  const auto progress = [on_terminal](int64_t done, int64_t total) {
    if (on_terminal)
      std::fprintf(stderr, "\rreading %s of %s\033[K", human_bytes(done).c_str(), human_bytes(total).c_str());
  };
  catalog::Store store(catalog::Store::default_root());
  const Result<catalog::Entry> entry = store.import_gguf(arguments.file, *name, progress);
  if (on_terminal) std::fputs("\r\033[K", stderr);
  if (!entry) return report(entry.error());
  std::printf("imported '%s' (%s, %s, %s) into %s\n", entry->name.display().c_str(),
              entry->parameter_size.c_str(), entry->quantization_level.c_str(),
              human_bytes(entry->size_bytes).c_str(), store.root().c_str());
  return 0;
}

}  // namespace

void add_import_command(CLI::App& program, int& exit_code) {
  CLI::App* command = program.add_subcommand("import", "Put a GGUF file into the model store under a name");
  const auto arguments = std::make_shared<ImportArguments>();
  command->add_option("FILE", arguments->file, "the GGUF file")->required();
  command->add_option("NAME", arguments->name, "model[:tag]")->required();
  command->callback([arguments, &exit_code] { exit_code = import_model(*arguments); });
}

}  // namespace samovar::app
