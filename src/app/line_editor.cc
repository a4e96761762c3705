#include "app/line_editor.h"

#include <histedit.h>
#include <langinfo.h>

#include <cerrno>
#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <system_error>

#include "app/environment.h"

namespace samovar::app {
namespace {

constexpr int kHistoryLines = 1000;

// libedit reads characters in the locale's encoding; a machine without one still speaks UTF-8.
void use_utf8() {
  std::setlocale(LC_CTYPE, "");
  if (std::string_view(nl_langinfo(CODESET)) != "UTF-8") std::setlocale(LC_CTYPE, "C.UTF-8");
}

}  // namespace

struct LineEditor::State {
  EditLine* editor = nullptr;  // owned
  History* history = nullptr;  // owned
  std::filesystem::path history_file;
  std::string prompt;
};

LineEditor::LineEditor(std::filesystem::path history_file) : state_(std::make_unique<State>()) {
  use_utf8();
  state_->history_file = std::move(history_file);
  state_->editor = el_init("samovar", stdin, stdout, stderr);
  state_->history = history_init();
  HistEvent event;
  ::history(state_->history, &event, H_SETSIZE, kHistoryLines);
  ::history(state_->history, &event, H_SETUNIQUE, 1);
  if (!state_->history_file.empty()) ::history(state_->history, &event, H_LOAD, state_->history_file.c_str());
  el_set(state_->editor, EL_CLIENTDATA, state_.get());
  el_set(state_->editor, EL_EDITOR, "emacs");
  el_set(state_->editor, EL_HIST, &::history, state_->history);
  el_set(state_->editor, EL_BIND, "^R", "em-inc-search-prev", nullptr);
  el_set(state_->editor, EL_BIND, "\\e[1~", "ed-move-to-beg", nullptr);
  el_set(state_->editor, EL_BIND, "\\e[4~", "ed-move-to-end", nullptr);
  el_set(state_->editor, EL_BIND, "\\e[3~", "ed-delete-next-char", nullptr);
  el_set(
      state_->editor, EL_PROMPT, +[](EditLine* editor) {
        void* state = nullptr;
        el_get(editor, EL_CLIENTDATA, &state);
        return static_cast<State*>(state)->prompt.data();
      });
}

LineEditor::~LineEditor() {
  HistEvent event;
  if (!state_->history_file.empty()) {
    std::error_code ignored;
    std::filesystem::create_directories(state_->history_file.parent_path(), ignored);
    ::history(state_->history, &event, H_SAVE, state_->history_file.c_str());
  }
  history_end(state_->history);
  el_end(state_->editor);
}

LineEditor::Outcome LineEditor::read(const std::string& prompt, std::string& line) {
  state_->prompt = prompt;
  int length = 0;
  errno = 0;
  const char* text = el_gets(state_->editor, &length);
  if (text == nullptr || length <= 0) {
    if (errno != EINTR) return Outcome::kEnd;
    el_reset(state_->editor);
    return Outcome::kInterrupted;
  }
  line.assign(text, static_cast<size_t>(length));
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.pop_back();
  HistEvent event;
  if (line.find_first_not_of(" \t") != std::string::npos) ::history(state_->history, &event, H_ENTER, text);
  return Outcome::kLine;
}

std::filesystem::path history_path() {
  if (!environment("OLLAMA_NOHISTORY").empty()) return {};
  if (const std::string state = environment("XDG_STATE_HOME"); !state.empty()) {
    return std::filesystem::path(state) / "samovar" / "history";
  }
  const std::string home = environment("HOME");
  if (home.empty()) return {};
  return std::filesystem::path(home) / ".local" / "state" / "samovar" / "history";
}

}  // namespace samovar::app
