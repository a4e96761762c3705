// Where conversations are kept: SAMOVAR_DATA, SAMOVAR_DATABASE, SAMOVAR_STATELESS.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "history/archive.h"

namespace samovar::app {

// SAMOVAR_DATA, else $XDG_DATA_HOME/samovar, else ~/.local/share/samovar. kInvalidArgument where there is no
// home folder.
[[nodiscard]] Result<std::filesystem::path> data_folder();

// Where conversations are kept: the database in SAMOVAR_DATABASE (or the file that SAMOVAR_DATABASE_FILE
// names), else the data folder. kInvalidArgument; no message repeats a password.
[[nodiscard]] Result<history::Place> store_place();
[[nodiscard]] Result<std::string> describe_place(const history::Place& place);  // for people

struct ChosenHistory {
  std::unique_ptr<history::Archive> archive;
  std::unique_ptr<history::Archive> temporary;  // in memory
  std::string place;                            // for people
  std::string notice;                           // what a user should know; ""
  bool is_stored = false;
};

// SAMOVAR_STATELESS=1 keeps everything in memory. A database that does not answer is tried for ten seconds.
// Fails as history::open_archive does.
[[nodiscard]] Result<ChosenHistory> open_history();

}  // namespace samovar::app
