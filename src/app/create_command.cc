#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>

#include "app/commands.h"
#include "app/human.h"
#include "app/library_choice.h"
#include "app/progress_display.h"
#include "app/report.h"
#include "app/wait.h"
#include "catalog/modelfile_parser.h"
#include "catalog/name.h"

namespace samovar::app {
namespace {

namespace fs = std::filesystem;

struct CreateArguments {
  std::string model;
  std::string file;  // empty: ./Modelfile
  std::string quantize;
};

Result<catalog::Modelfile> read_modelfile(const CreateArguments& arguments) {
  const fs::path path = arguments.file.empty() ? "Modelfile" : arguments.file;
  std::ifstream in(path, std::ios::binary);
  if (!in || fs::is_directory(path)) {
    return Error{Code::kNotFound, "no Modelfile at " + path.string() + " (-f names another)"};
  }
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  Result<catalog::Modelfile> parsed = catalog::parse_modelfile(text);
  if (!parsed) return Error{parsed.error().code, path.string() + ": " + parsed.error().message};
  return parsed;
}

// The file that FROM or ADAPTER means: beside the Modelfile, or ~/...; empty when there is none, and it is a
// model's name.
fs::path find_file(const std::string& written, const CreateArguments& arguments) {
  fs::path path = written;
  if (written.starts_with("~/")) {
    const char* home = std::getenv("HOME");
    path = fs::path(home != nullptr ? home : "/") / written.substr(2);
  } else if (path.is_relative()) {
    path = fs::path(arguments.file).parent_path() / path;
  }
  std::error_code ignored;
  return fs::exists(path, ignored) ? path : fs::path();
}

Result<std::string> add_file(backend::Library& library, const fs::path& file) {
  const bool on_terminal = isatty(STDERR_FILENO) == 1;
  const auto progress = [on_terminal](int64_t done, int64_t total) {
    if (!on_terminal) return;
    std::fprintf(stderr, "\rcopying file %s of %s\033[K", human_bytes(done).c_str(),
                 human_bytes(total).c_str());
  };
  Result<std::string> digest =
      wait_for<std::string>([&](auto callback) { library.add_file(file, progress, std::move(callback)); });
  if (on_terminal) std::fputs("\r\033[K", stderr);
  return digest;
}

Result<backend::CreateRequest> make_request(backend::Library& library, const CreateArguments& arguments,
                                            const catalog::Modelfile& modelfile) {
  backend::CreateRequest request;
  request.model = arguments.model;
  request.template_text = modelfile.template_text;
  request.system = modelfile.system;
  request.licenses = modelfile.licenses;
  request.params_json = modelfile.params_json;
  request.messages_json = modelfile.messages_json;
  request.quantize = arguments.quantize;
  if (!modelfile.adapters.empty()) {
    return Error{
        Code::kUnsupported,
        "ADAPTER " + modelfile.adapters.front() +
            ": LoRA adapters are not supported: merge the adapter into the model and give the merged GGUF"};
  }
  const fs::path file = find_file(modelfile.from, arguments);
  if (fs::is_directory(file)) {
    return Error{Code::kUnsupported,
                 "FROM " + modelfile.from +
                     ": directories of safetensors are not supported: convert the model to GGUF"};
  }
  if (file.empty()) {
    const bool is_path = modelfile.from.starts_with('.') || modelfile.from.starts_with('/') ||
                         modelfile.from.starts_with("~/") || modelfile.from.ends_with(".gguf");
    if (is_path || !catalog::parse_name(modelfile.from)) {
      return Error{Code::kNotFound, "FROM " + modelfile.from + ": no such file"};
    }
    request.from = modelfile.from;
    return request;
  }
  const Result<std::string> digest = add_file(library, file);
  if (!digest) return digest.error();
  const std::string name = file.filename().string();
  // A file is recognised by its content, whatever it is called (a blob of the store has no ending).
  request.files[name.ends_with(".gguf") || name.ends_with(".safetensors") ? name : name + ".gguf"] = *digest;
  return request;
}

int create_model(const CreateArguments& arguments) {
  if (!catalog::parse_name(arguments.model)) {
    return report({Code::kInvalidArgument, "invalid model name '" + arguments.model + "'"});
  }
  const Result<catalog::Modelfile> modelfile = read_modelfile(arguments);
  if (!modelfile) return report(modelfile.error());
  const auto library = choose_library();
  if (!library) return report(library.error());
  std::fputs("gathering model components\n", stderr);
  const Result<backend::CreateRequest> request = make_request(**library, arguments, *modelfile);
  if (!request) return report(request.error());
  return show_operation([&](std::shared_ptr<backend::ProgressListener> listener) {
    return (*library)->create(*request, std::move(listener));
  });
}

}  // namespace

void add_create_command(CLI::App& program, int& exit_code) {
  CLI::App* command = program.add_subcommand("create", "Make a model from a Modelfile");
  const auto arguments = std::make_shared<CreateArguments>();
  command->add_option("MODEL", arguments->model, "its name to be")->required();
  command->add_option("-f,--file", arguments->file, "the Modelfile; default: ./Modelfile");
  command->add_option("-q,--quantize", arguments->quantize, "quantize to this type");
  command->callback([arguments, &exit_code] { exit_code = create_model(*arguments); });
}

}  // namespace samovar::app
