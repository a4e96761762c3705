#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <iostream>
#include <iterator>
#include <memory>

#include "app/backend_choice.h"
#include "app/commands.h"
#include "app/environment.h"
#include "app/library_choice.h"
#include "app/line_editor.h"
#include "app/options_from_text.h"
#include "app/progress_display.h"
#include "app/repl.h"
#include "app/report.h"
#include "app/wait.h"

namespace samovar::app {
namespace {

struct RunArguments {
  std::string model;
  std::vector<std::string> prompt;
  std::string system;
  std::string format;
  std::vector<std::string> parameters;  // NAME=VALUE
  std::string keep_alive;
  std::string think;  // "true", "false", a level, or empty
  bool hide_thinking = false;
  bool no_word_wrap = false;  // nothing is ever wrapped
  bool insecure = false;
  bool verbose = false;
  size_t threads = 0;
};

Conversation* g_conversation = nullptr;  // the one that Ctrl-C interrupts

// Ctrl-C ends the answer under way, not the program; without SA_RESTART it also wakes the line editor.
void catch_interrupt(Conversation& conversation) {
  g_conversation = &conversation;
  struct sigaction action = {};
  action.sa_handler = [](int) { g_conversation->interrupt(); };
  sigaction(SIGINT, &action, nullptr);
}

// --think, --think=false, --think=low
Result<void> set_thinking(const std::string& value, ConversationSettings& settings) {
  constexpr std::array<std::string_view, 4> kLevels = {"low", "medium", "high", "max"};
  if (value.empty()) return {};
  const bool is_level = std::find(kLevels.begin(), kLevels.end(), value) != kLevels.end();
  if (!is_level && value != "true" && value != "false") {
    return Error{Code::kInvalidArgument,
                 "--think=" + value + ": expected true, false, low, medium, high or max"};
  }
  settings.think = value != "false";
  if (is_level) settings.think_level = value;
  return {};
}

Result<ConversationSettings> make_settings(const RunArguments& arguments, std::string model) {
  ConversationSettings settings;
  settings.model = std::move(model);
  if (!arguments.system.empty()) settings.system = arguments.system;
  settings.format_json = arguments.format;
  if (const auto done = set_thinking(arguments.think, settings); !done) return done.error();
  if (!arguments.keep_alive.empty()) {
    const auto duration = parse_keep_alive(arguments.keep_alive);
    if (!duration) {
      return Error{Code::kInvalidArgument,
                   "--keepalive=" + arguments.keep_alive + ": expected a duration such as 5m, or seconds"};
    }
    settings.keep_alive_ns = *duration;
  }
  for (const std::string& parameter : arguments.parameters) {
    const size_t equals = parameter.find('=');
    if (equals == std::string::npos) {
      return Error{Code::kInvalidArgument, "--parameter needs NAME=VALUE, not '" + parameter + "'"};
    }
    const auto set =
        set_option(settings.options, parameter.substr(0, equals), {parameter.substr(equals + 1)});
    if (!set) return set.error();
  }
  return settings;
}

// What was piped in comes first, then the words of the command line, as with Ollama.
std::string gather_prompt(const RunArguments& arguments, bool stdin_is_terminal) {
  std::string prompt;
  if (!stdin_is_terminal) prompt.assign(std::istreambuf_iterator<char>(std::cin), {});
  for (const std::string& word : arguments.prompt) prompt += (prompt.empty() ? "" : " ") + word;
  return prompt;
}

Result<void> load_with_notice(Conversation& conversation) {
  const bool on_terminal = isatty(STDERR_FILENO) == 1;
  if (on_terminal) std::fprintf(stderr, "loading %s ...", conversation.settings().model.c_str());
  const Result<void> loaded = conversation.load();
  if (on_terminal) std::fputs("\r\033[K", stderr);
  return loaded;
}

// As Ollama does it: a model that is not there is fetched first.
Result<void> fetch_if_missing(backend::Backend& backend, const std::string& model, bool insecure) {
  const auto card = wait_for<backend::ModelDescription>(
      [&](auto callback) { backend.describe(model, false, std::move(callback)); });
  if (card || card.error().code != Code::kNotFound) return {};
  const auto library = library_of(backend);
  if (!library) return library.error();
  const Result<void> fetched = watch_operation([&](std::shared_ptr<backend::ProgressListener> listener) {
    return (*library)->pull({.model = model, .insecure = insecure}, std::move(listener));
  });
  if (fetched) return {};
  return Error{fetched.error().code,
               card.error().message + ", and it cannot be fetched: " + fetched.error().message};
}

int chat(Conversation& conversation, Repl& repl) {
  LineEditor editor(history_path());
  std::cout << "Send a message (/? for help)\n" << std::flush;
  auto next = Repl::Next::kPrompt;
  while (next != Repl::Next::kQuit) {
    std::string line;
    switch (editor.read(next == Repl::Next::kMoreLines ? "... " : ">>> ", line)) {
      case LineEditor::Outcome::kEnd:
        std::cout << "\n";
        return 0;
      case LineEditor::Outcome::kInterrupted:
        std::cout << "\nUse Ctrl + d or /bye to exit.\n";
        break;
      case LineEditor::Outcome::kLine:
        catch_interrupt(conversation);
        next = repl.handle(line);
        break;
    }
  }
  return 0;
}

int run_model(const RunArguments& arguments) {
  const auto backend = choose_backend(Preference::kRunningServer, arguments.threads);
  if (!backend) return report(backend.error());
  std::string model = arguments.model;
  if (model.empty()) {
    const Result<std::string> chosen = choose_model(**backend);
    if (!chosen) return report(chosen.error());
    model = *chosen;
  }
  Result<ConversationSettings> settings = make_settings(arguments, model);
  if (!settings) return report(settings.error());
  const Result<void> there = fetch_if_missing(**backend, model, arguments.insecure);
  if (!there) return report(there.error());
  Conversation conversation(**backend, std::move(*settings));
  Repl repl(conversation, std::cout, std::cerr);
  repl.set_verbose(arguments.verbose);
  repl.hide_thinking(arguments.hide_thinking);
  catch_interrupt(conversation);

  const bool interactive = isatty(STDIN_FILENO) == 1 && arguments.prompt.empty();
  const std::string prompt = interactive ? "" : gather_prompt(arguments, isatty(STDIN_FILENO) == 1);
  const Result<void> loaded = load_with_notice(conversation);
  if (!loaded) return report(loaded.error());
  if (interactive) return chat(conversation, repl);
  if (prompt.find_first_not_of(" \t\r\n") == std::string::npos) return 0;
  const Result<void> answered = repl.say(prompt);
  return answered ? 0 : report(answered.error());
}

}  // namespace

void add_run_command(CLI::App& program, int& exit_code) {
  CLI::App* command =
      program.add_subcommand("run", "Chat with a model in the terminal, or answer one prompt");
  command->footer(
      "\nWithout PROMPT, and with a terminal, a conversation begins: /? lists its commands. What is piped in "
      "is\n"
      "put before PROMPT. A server answers where OLLAMA_HOST names one or one runs on port 11434; else the\n"
      "engine in this very process.\n");
  const auto arguments = std::make_shared<RunArguments>();
  command->add_option("MODEL", arguments->model,
                      "its name; default: smollm2:135m, or the newest of the store");
  command->add_option("PROMPT", arguments->prompt, "what to answer");
  command->add_option("--system", arguments->system, "system message");
  command->add_option("--format", arguments->format, "\"json\" or a JSON schema");
  command
      ->add_option("-p,--parameter", arguments->parameters,
                   "NAME=VALUE, as /set parameter; may be given often")
      ->allow_extra_args(false);
  command->add_option("--keepalive", arguments->keep_alive,
                      "how long the model stays in memory afterwards, such as 5m; negative: for ever");
  command->add_flag("--think", arguments->think,
                    "think first: --think, --think=false, --think=low|medium|high|max");
  command->add_flag("--hidethinking", arguments->hide_thinking, "show only the answer, not the thoughts");
  command->add_flag("--nowordwrap", arguments->no_word_wrap, "for Ollama's scripts: lines are never wrapped");
  command->add_flag("--insecure", arguments->insecure,
                    "fetch over plain HTTP too, where the model is not there");
  command->add_flag("--verbose", arguments->verbose, "show timings behind each answer");
  command->add_option("--threads", arguments->threads,
                      "computing threads of the engine; default: one per core");
  command->callback([arguments, &exit_code] { exit_code = run_model(*arguments); });
}

}  // namespace samovar::app
