#include "app/history_choice.h"

#include <spdlog/spdlog.h>

#include "app/environment.h"

namespace samovar::app {

Result<std::filesystem::path> data_folder() {
  if (const std::string folder = environment("SAMOVAR_DATA"); !folder.empty())
    return std::filesystem::path(folder);
  if (const std::string folder = environment("XDG_DATA_HOME"); !folder.empty())
    return std::filesystem::path(folder) / "samovar";
  const std::string home = environment("HOME");
  if (home.empty()) {
    return Error{Code::kInvalidArgument,
                 "HOME is not set: SAMOVAR_DATA must name the folder for conversations, or "
                 "SAMOVAR_STATELESS=1 keeps them in memory"};
  }
  return std::filesystem::path(home) / ".local" / "share" / "samovar";
}

Result<ChosenHistory> open_history() {
  const std::string stateless = environment("SAMOVAR_STATELESS");
  if (!stateless.empty() && stateless != "0" && stateless != "1") {
    return Error{Code::kInvalidArgument, "SAMOVAR_STATELESS: expected 0 or 1, got '" + stateless + "'"};
  }
  ChosenHistory chosen;
  Result<history::Opened> temporary = history::open_archive_in_memory();
  if (!temporary) return temporary.error();
  chosen.temporary = std::move(temporary->archive);
  chosen.is_stored = stateless != "1";
  chosen.place = "in memory only (SAMOVAR_STATELESS)";
  Result<std::filesystem::path> folder = std::filesystem::path();
  if (chosen.is_stored) {
    folder = data_folder();
    if (!folder) return folder.error();
    chosen.place = folder->string();
  }
  Result<history::Opened> opened =
      chosen.is_stored ? history::open_archive(*folder) : history::open_archive_in_memory();
  if (!opened) return opened.error();
  chosen.archive = std::move(opened->archive);
  chosen.notice = opened->notice;
  if (!chosen.notice.empty()) spdlog::warn("{}", chosen.notice);
  if (opened->n_cut > 0)
    spdlog::warn("{} answer(s) were cut off when the server ended; their beginnings are kept", opened->n_cut);
  return chosen;
}

}  // namespace samovar::app
