// Where conversations are kept: SAMOVAR_DATA, SAMOVAR_STATELESS.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "history/archive.h"

namespace samovar::app {

// SAMOVAR_DATA, else $XDG_DATA_HOME/samovar, else ~/.local/share/samovar. kInvalidArgument where there is no
// home folder.
[[nodiscard]] Result<std::filesystem::path> data_folder();

struct ChosenHistory {
  std::unique_ptr<history::Archive> archive;
  std::unique_ptr<history::Archive> temporary;  // in memory
  std::string place;                            // for people
  std::string notice;                           // what a user should know; ""
  bool is_stored = false;
};

// SAMOVAR_STATELESS=1 keeps everything in memory. Fails as history::open_archive does.
[[nodiscard]] Result<ChosenHistory> open_history();

}  // namespace samovar::app
