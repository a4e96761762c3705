#include "app/repl.h"

#include <array>
#include <cstdio>
#include <ostream>
#include <sstream>
#include <utility>

#include "app/human.h"
#include "app/model_card.h"
#include "app/options_from_text.h"
#include "app/wait.h"

namespace samovar::app {
namespace {

constexpr std::string_view kFence = "\"\"\"";

constexpr std::string_view kHelp = R"(Available Commands:
  /set            Set session variables
  /show           Show model information
  /load <model>   Go on with another model
  /clear          Clear session context
  /bye            Exit
  /?, /help       Help for a command
  /? shortcuts    Help for keyboard shortcuts

Use """ to begin a multi-line message.

)";

constexpr std::string_view kShortcuts = R"(Available keyboard shortcuts:
  Ctrl + a            Move to the beginning of the line (Home)
  Ctrl + e            Move to the end of the line (End)
  Ctrl + w            Delete the word before the cursor
  Ctrl + u            Delete the line
  Ctrl + k            Delete the line after the cursor
  Ctrl + r            Search in the lines typed before
  Up, Down            The lines typed before

  Ctrl + l            Clear the screen
  Ctrl + c            Stop the model from responding
  Ctrl + d            Exit (/bye)

)";

constexpr std::string_view kSetHelp = R"(Available Commands:
  /set parameter ...     Set a parameter
  /set system <string>   Set system message
  /set history           Enable history
  /set nohistory         Disable history
  /set format json       Enable JSON mode
  /set noformat          Disable formatting
  /set verbose           Show LLM stats
  /set quiet             Disable LLM stats
  /set think             Enable thinking
  /set nothink           Disable thinking

)";

constexpr std::string_view kShowHelp = R"(Available Commands:
  /show info         Show details for this model
  /show license      Show model license
  /show modelfile    Show Modelfile for this model
  /show parameters   Show parameters for this model
  /show system       Show system message
  /show template     Show prompt template

)";

std::vector<std::string> split_words(const std::string& line) {
  std::istringstream stream(line);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

std::string stripped(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return "";
  return std::string(text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1));
}

// Takes one pair of quotes off: "a b" -> a b.
std::string unquote(std::string text) {
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') return text.substr(1, text.size() - 2);
  return text;
}

std::string rate(int64_t tokens, int64_t duration_ns) {
  std::array<char, 32> text{};
  const double seconds = static_cast<double>(duration_ns) / 1e9;
  std::snprintf(text.data(), text.size(), "%.2f tokens/s",
                seconds > 0 ? static_cast<double>(tokens) / seconds : 0.0);
  return text.data();
}

std::string_view or_none(const std::string& text, std::string_view none) {
  return text.empty() ? none : std::string_view(text);
}

}  // namespace

std::string format_timings(const backend::Summary& summary) {
  std::ostringstream text;
  text << "total duration:       " << go_duration(summary.total_ns) << "\n"
       << "load duration:        " << go_duration(summary.load_ns) << "\n"
       << "prompt eval count:    " << summary.prompt_tokens << " token(s)\n"
       << "prompt eval duration: " << go_duration(summary.prompt_ns) << "\n"
       << "prompt eval rate:     " << rate(summary.prompt_tokens - summary.cached_tokens, summary.prompt_ns)
       << "\n"
       << "eval count:           " << summary.answer_tokens << " token(s)\n"
       << "eval duration:        " << go_duration(summary.answer_ns) << "\n"
       << "eval rate:            " << rate(summary.answer_tokens, summary.answer_ns) << "\n";
  return text.str();
}

Repl::Repl(Conversation& conversation, std::ostream& out, std::ostream& err)
    : conversation_(conversation), out_(out), err_(err) {}

Result<void> Repl::say(std::string message) {
  bool thinking = false;
  const auto sink = [&](std::string_view text, bool is_thinking) {
    if (is_thinking && hides_thinking_) return;
    if (is_thinking && !thinking) out_ << "Thinking...\n";
    if (!is_thinking && thinking) out_ << "\n...done thinking.\n\n";
    thinking = is_thinking;
    out_ << text << std::flush;
  };
  const Result<backend::Summary> result = conversation_.ask(std::move(message), sink);
  out_ << "\n\n" << std::flush;
  if (!result) {
    if (result.error().code == Code::kCancelled) return {};
    return result.error();
  }
  if (verbose_) err_ << format_timings(*result);
  return {};
}

Repl::Next Repl::handle(const std::string& line) {
  if (collecting_) return collect(line);
  const std::string trimmed = stripped(line);
  if (trimmed.empty()) return Next::kPrompt;
  if (trimmed.starts_with(kFence)) {
    collecting_ = true;
    collected_.clear();
    return collect(trimmed.substr(kFence.size()));
  }
  // "/home/me/notes.txt ..." is a message: a command's first word holds no second slash.
  const std::string first = trimmed.substr(0, trimmed.find_first_of(" \t"));
  if (first.starts_with('/') && first.find('/', 1) == std::string::npos) return handle_command(trimmed);
  const Result<void> answered = say(trimmed);
  if (!answered) err_ << "Error: " << answered.error().message << "\n";
  return Next::kPrompt;
}

Repl::Next Repl::collect(const std::string& line) {
  const std::string_view end = line;
  if (!stripped(end).ends_with(kFence)) {
    collected_ += line + "\n";
    return Next::kMoreLines;
  }
  collected_ += line.substr(0, line.rfind(kFence));
  collecting_ = false;
  if (std::exchange(collecting_system_, false)) {
    conversation_.settings().system = collected_;
    out_ << "Set system message.\n";
    return Next::kPrompt;
  }
  if (stripped(collected_).empty()) return Next::kPrompt;
  const Result<void> answered = say(collected_);
  if (!answered) err_ << "Error: " << answered.error().message << "\n";
  return Next::kPrompt;
}

Repl::Next Repl::handle_command(const std::string& line) {
  const std::vector<std::string> words = split_words(line);
  const std::string& command = words.front();
  if (command == "/bye" || command == "/exit") return Next::kQuit;
  if (command == "/set") {
    handle_set(words, line);
    return collecting_ ? Next::kMoreLines : Next::kPrompt;
  }
  if (command == "/show") {
    handle_show(words);
  } else if (command == "/load") {
    handle_load(words);
  } else if (command == "/clear") {
    conversation_.clear();
    out_ << "Cleared session context\n";
  } else if (command == "/?" || command == "/help") {
    const std::string topic = words.size() > 1 ? words[1] : "";
    out_ << (topic == "set" || topic == "/set"     ? kSetHelp
             : topic == "show" || topic == "/show" ? kShowHelp
             : topic == "shortcuts"                ? kShortcuts
                                                   : kHelp);
  } else {
    out_ << "Unknown command '" << command << "'. Type /? for help\n";
  }
  return Next::kPrompt;
}

void Repl::handle_set(const std::vector<std::string>& words, const std::string& line) {
  const std::string what = words.size() > 1 ? words[1] : "";
  ConversationSettings& settings = conversation_.settings();
  if (what == "parameter") {
    set_parameter(words);
  } else if (what == "system") {
    set_system(line);
  } else if (what == "format") {
    set_format(words);
  } else if (what == "noformat") {
    settings.format_json.clear();
    out_ << "Disabled format.\n";
  } else if (what == "history" || what == "nohistory") {
    settings.keep_history = what == "history";
  } else if (what == "verbose" || what == "quiet") {
    verbose_ = what == "verbose";
    out_ << (verbose_ ? "Set 'verbose' mode.\n" : "Set 'quiet' mode.\n");
  } else if (what == "think" || what == "nothink") {
    settings.think = what == "think";
    out_ << (*settings.think ? "Set 'think' mode.\n" : "Set 'nothink' mode.\n");
  } else {
    if (!what.empty()) out_ << "Unknown command '/set " << what << "'. Type /? for help\n";
    if (what.empty()) out_ << kSetHelp;
  }
}

void Repl::set_parameter(const std::vector<std::string>& words) {
  if (words.size() < 4) {
    out_ << "Available Parameters:\n" << options_help() << "\n";
    return;
  }
  std::vector<std::string> values(words.begin() + 3, words.end());
  const Result<void> done = set_option(conversation_.settings().options, words[2], values);
  if (!done) {
    out_ << "Couldn't set parameter: " << done.error().message << "\n";
    return;
  }
  std::string shown;
  for (const std::string& value : values) shown += (shown.empty() ? "" : ", ") + value;
  out_ << "Set parameter '" << words[2] << "' to '" << shown << "'\n";
}

void Repl::set_system(const std::string& line) {
  const size_t at = line.find("system") + std::string_view("system").size();
  const std::string text = stripped(std::string_view(line).substr(at));
  if (text.starts_with(kFence)) {
    collecting_ = true;
    collecting_system_ = true;
    collected_.clear();
    static_cast<void>(collect(text.substr(kFence.size())));
    return;
  }
  if (text.empty()) {
    conversation_.settings().system.reset();
    out_ << "Cleared system message.\n";
    return;
  }
  conversation_.settings().system = unquote(text);
  out_ << "Set system message.\n";
}

void Repl::set_format(const std::vector<std::string>& words) {
  if (words.size() != 3 || words[2] != "json") {
    out_ << "Invalid or missing format. For 'json' mode use '/set format json'\n";
    return;
  }
  conversation_.settings().format_json = "json";
  out_ << "Set format to 'json' mode.\n";
}

void Repl::handle_show(const std::vector<std::string>& words) {
  const std::string what = words.size() > 1 ? words[1] : "";
  if (what.empty()) {
    out_ << kShowHelp;
    return;
  }
  const ConversationSettings& settings = conversation_.settings();
  const Result<backend::ModelDescription> card = wait_for<backend::ModelDescription>(
      [&](auto callback) { conversation_.backend().describe(settings.model, false, std::move(callback)); });
  if (!card) {
    err_ << "Error: " << card.error().message << "\n";
    return;
  }
  if (what == "info") {
    out_ << format_model_card(*card);
  } else if (what == "license") {
    out_ << or_none(card->license, "No license was specified for this model.") << "\n\n";
  } else if (what == "modelfile") {
    out_ << card->modelfile << "\n\n";
  } else if (what == "parameters") {
    out_ << "Model defined parameters:\n"
         << or_none(card->parameters, "  No additional parameters were specified.") << "\n";
    const auto rows = option_rows(settings.options);
    if (!rows.empty()) out_ << "\nUser defined parameters:\n";
    for (const auto& row : rows) out_ << "  " << row[0] << " " << row[1] << "\n";
    out_ << "\n";
  } else if (what == "system") {
    out_ << (settings.system ? *settings.system
                             : or_none(card->system, "No system message was specified for this model."))
         << "\n\n";
  } else if (what == "template") {
    out_ << or_none(card->chat_template, "No prompt template was specified for this model.") << "\n\n";
  } else {
    out_ << "Unknown command '/show " << what << "'. Type /? for help\n";
  }
}

void Repl::handle_load(const std::vector<std::string>& words) {
  if (words.size() != 2) {
    out_ << "Usage:\n  /load <model>\n";
    return;
  }
  const std::string previous = std::exchange(conversation_.settings().model, words[1]);
  out_ << "Loading model '" << words[1] << "'\n" << std::flush;
  const Result<void> loaded = conversation_.load();
  if (loaded) {
    conversation_.clear();
    return;
  }
  err_ << "Error: " << loaded.error().message << "\n";
  conversation_.settings().model = previous;
}

}  // namespace samovar::app
