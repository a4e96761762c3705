#include "app/history_choice.h"

#include <spdlog/spdlog.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "app/environment.h"
#include "history/postgres_database.h"

namespace samovar::app {
namespace {

constexpr std::chrono::seconds kStartPatience(10);

}  // namespace

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

namespace {

// A line break at the end comes with most files.
Result<std::string> read_secret_file(const std::string& path) {
  std::ifstream file(path);
  std::string text;
  if (!std::getline(file, text) || text.empty())
    return Error{Code::kIo, "SAMOVAR_DATABASE_FILE: " + path + " cannot be read, or its first line is empty"};
  return text;
}

Result<std::string> database_url() {
  const std::string url = environment("SAMOVAR_DATABASE");
  const std::string file = environment("SAMOVAR_DATABASE_FILE");
  if (!url.empty() && !file.empty())
    return Error{Code::kInvalidArgument,
                 "SAMOVAR_DATABASE and SAMOVAR_DATABASE_FILE: only one of them may be set"};
  return file.empty() ? Result<std::string>(url) : read_secret_file(file);
}

Result<bool> wants_stateless(const history::Place& place) {
  const std::string stateless = environment("SAMOVAR_STATELESS");
  if (!stateless.empty() && stateless != "0" && stateless != "1") {
    return Error{Code::kInvalidArgument, "SAMOVAR_STATELESS: expected 0 or 1, got '" + stateless + "'"};
  }
  if (stateless == "1" && !place.url.empty()) {
    return Error{
        Code::kInvalidArgument,
        "SAMOVAR_STATELESS=1 and SAMOVAR_DATABASE exclude each other: the one keeps nothing, the other all"};
  }
  return stateless == "1";
}

// A database that is started together with this program may need a moment.
Result<history::Opened> open_patiently(const history::Place& place) {
  const auto until = std::chrono::steady_clock::now() + kStartPatience;
  for (bool is_told = false;; is_told = true) {
    auto opened = history::open_archive(place);
    const bool may_come = !opened && opened.error().code == Code::kIo && !place.url.empty();
    if (!may_come || std::chrono::steady_clock::now() >= until) return opened;
    if (!is_told) spdlog::warn("{}; trying again for {} s", opened.error().message, kStartPatience.count());
    std::this_thread::sleep_for(std::chrono::seconds(1));
  }
}

}  // namespace

Result<history::Place> store_place() {
  Result<std::string> url = database_url();
  if (!url) return url.error();
  history::Place place;
  place.url = *std::move(url);
  if (!place.url.empty()) {
    if (const auto described = history::describe_postgres(place.url); !described) return described.error();
  }
  const auto folder = data_folder();
  // With a database there is only need of a folder for copies.
  if (!folder && place.url.empty()) return folder.error();
  if (folder) place.folder = *folder;
  return place;
}

Result<std::string> describe_place(const history::Place& place) {
  return place.url.empty() ? Result<std::string>(place.folder.string())
                           : history::describe_postgres(place.url);
}

Result<ChosenHistory> open_history() {
  Result<history::Place> place = store_place();
  const bool is_off = environment("SAMOVAR_STATELESS") == "1";
  if (!place && !is_off) return place.error();
  const Result<bool> stateless = wants_stateless(place ? *place : history::Place());
  if (!stateless) return stateless.error();
  ChosenHistory chosen;
  Result<history::Opened> temporary = history::open_archive_in_memory();
  if (!temporary) return temporary.error();
  chosen.temporary = std::move(temporary->archive);
  chosen.is_stored = !*stateless;
  chosen.place = "in memory only (SAMOVAR_STATELESS)";
  if (chosen.is_stored) {
    Result<std::string> shown = describe_place(*place);
    if (!shown) return shown.error();
    chosen.place = *std::move(shown);
  }
  Result<history::Opened> opened =
      chosen.is_stored ? open_patiently(*place) : history::open_archive_in_memory();
  if (!opened) return opened.error();
  chosen.archive = std::move(opened->archive);
  chosen.notice = opened->notice;
  if (!chosen.notice.empty()) spdlog::warn("{}", chosen.notice);
  if (opened->n_cut > 0)
    spdlog::warn("{} answer(s) were cut off when the server ended; their beginnings are kept", opened->n_cut);
  return chosen;
}

}  // namespace samovar::app
