// The accounts of the store that the server uses, which may run meanwhile: for commands.
#pragma once

#include <functional>
#include <vector>

#include "app/environment.h"
#include "app/history_choice.h"
#include "app/wait.h"

namespace samovar::app {

// Runs `work` in one transaction. kUnsupported where nothing is kept; else fails as open_history() and `work`
// do.
template <typename T>
[[nodiscard]] Result<T> in_store(const std::function<Result<T>(history::Store&)>& work) {
  if (is_switched_on("SAMOVAR_STATELESS"))
    return Error{Code::kUnsupported, "SAMOVAR_STATELESS=1 keeps no accounts"};
  Result<ChosenHistory> chosen = open_history();
  if (!chosen) return chosen.error();
  return wait_for<T>([&](auto callback) {
    chosen->archive->template write<T>([&work](history::Store& store) { return work(store); },
                                       std::move(callback));
  });
}

[[nodiscard]] inline Result<std::vector<history::User>> list_accounts() {
  return in_store<std::vector<history::User>>(
      [](history::Store& store) { return store.accounts().list_users(); });
}

}  // namespace samovar::app
