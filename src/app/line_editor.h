// Line editing and history in a terminal, on libedit.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

namespace samovar::app {

class LineEditor {
 public:
  // Lines of earlier sessions are read from `history_file` and kept there; an empty path keeps none.
  explicit LineEditor(std::filesystem::path history_file);
  ~LineEditor();
  LineEditor(const LineEditor&) = delete;
  LineEditor& operator=(const LineEditor&) = delete;

  enum class Outcome { kLine, kInterrupted, kEnd };

  // Reads one line, without its end, into `line`. Ctrl-C gives kInterrupted, Ctrl-D on an empty line kEnd.
  [[nodiscard]] Outcome read(const std::string& prompt, std::string& line);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// ${XDG_STATE_HOME:-~/.local/state}/samovar/history; empty when OLLAMA_NOHISTORY is set or there is no home.
[[nodiscard]] std::filesystem::path history_path();

}  // namespace samovar::app
