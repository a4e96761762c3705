// The interactive chat's commands: what a typed line means. Reading lines is line_editor.h's affair.
#pragma once

#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "app/conversation.h"

namespace samovar::app {

class Repl {
 public:
  // Answers go to `out`, failures and timings to `err`. All must outlive the object.
  Repl(Conversation& conversation, std::ostream& out, std::ostream& err);

  enum class Next { kPrompt, kMoreLines, kQuit };

  // One typed line, without its line end: a command, a message, or a part of a """message""".
  [[nodiscard]] Next handle(const std::string& line);

  // Sends a message and prints its answer as it comes.
  [[nodiscard]] Result<void> say(std::string message);

  void set_verbose(bool verbose) { verbose_ = verbose; }
  void hide_thinking(bool hide) { hides_thinking_ = hide; }

 private:
  [[nodiscard]] Next handle_command(const std::string& line);
  void handle_set(const std::vector<std::string>& words, const std::string& line);
  void handle_show(const std::vector<std::string>& words);
  void handle_load(const std::vector<std::string>& words);
  void set_parameter(const std::vector<std::string>& words);
  void set_system(const std::string& line);
  void set_format(const std::vector<std::string>& words);
  [[nodiscard]] Next collect(const std::string& line);

  Conversation& conversation_;
  std::ostream& out_;
  std::ostream& err_;
  bool verbose_ = false;
  bool hides_thinking_ = false;
  bool collecting_ = false;  // inside """
  bool collecting_system_ = false;
  std::string collected_;
};

// The block that --verbose and "/set verbose" print behind an answer.
[[nodiscard]] std::string format_timings(const backend::Summary& summary);

}  // namespace samovar::app
