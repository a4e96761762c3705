#include "app/key_store.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "accounts/stored_keys.h"
#include "app/environment.h"
#include "app/history_choice.h"
#include "app/keys_choice.h"
#include "app/wait.h"
#include "keys/key_file.h"

namespace samovar::app {
namespace {

using keys::Key;

Result<std::string> move_into_database(history::Archive& archive, const std::filesystem::path& file) {
  const auto all = keys::load_keys(file);
  if (!all && all.error().code == Code::kNotFound) return std::string();
  if (!all) return all.error();
  const auto moved = wait_for<void>([&](auto callback) {
    archive.write<void>(
        [&all](history::Store& store) -> Result<void> {
          return accounts::add_stored_keys(store.accounts(), *all);
        },
        std::move(callback));
  });
  if (!moved) return moved.error();
  const std::filesystem::path aside = file.string() + ".moved";
  std::error_code failed;
  std::filesystem::rename(file, aside, failed);
  if (failed) return Error{Code::kIo, file.string() + " cannot be renamed: " + failed.message()};
  return std::to_string(all->size()) + " API key(s) were moved from " + file.string() +
         " into the database; the file is " + aside.filename().string() + " now";
}

Result<std::string> move_into_file(history::Archive& archive, const std::filesystem::path& file) {
  const auto known = wait_for<keys::KeySet>([&](auto callback) {
    archive.read<keys::KeySet>(
        [](history::Store& store) { return accounts::read_stored_keys(store.accounts()); },
        std::move(callback));
  });
  if (!known) return known.error();
  if (!known->is_kept) return std::string();
  const auto written = keys::update_keys(file, [&](std::vector<Key>& all) -> Result<void> {
    for (const Key& key : *known->keys) {
      const auto is_same = [&](const Key& other) { return other.id == key.id; };
      if (std::none_of(all.begin(), all.end(), is_same)) all.push_back(key);
    }
    return {};
  });
  if (!written) return written.error();
  const auto erased = wait_for<void>([&](auto callback) {
    archive.write<void>([](history::Store& store) { return store.accounts().erase_api_keys(); },
                        std::move(callback));
  });
  if (!erased) return erased.error();
  return std::to_string(known->keys->size()) + " API key(s) were moved from the database into " +
         file.string();
}

// One in a database that is closed with it.
class OwnDatabase : public keys::KeyStore {
 public:
  explicit OwnDatabase(std::unique_ptr<history::Archive> archive)
      : archive_(std::move(archive)), inner_(accounts::make_database_store(*archive_)) {}
  Result<keys::KeySet> load() override { return inner_->load(); }
  Result<void> update(const std::function<Result<void>(std::vector<Key>&)>& change) override {
    return inner_->update(change);
  }
  Result<void> clear() override { return inner_->clear(); }

 private:
  const std::unique_ptr<history::Archive> archive_;
  const std::shared_ptr<keys::KeyStore> inner_;
};

}  // namespace

bool keeps_keys(const history::Archive& archive) {
  return archive.is_shared() && environment("SAMOVAR_KEYS").empty();
}

std::shared_ptr<keys::KeyStore> key_store_of(history::Archive& archive) {
  if (keeps_keys(archive)) return accounts::make_database_store(archive);
  auto file = key_file();
  return file ? keys::make_file_store(*std::move(file)) : nullptr;
}

Result<std::shared_ptr<keys::KeyStore>> open_key_store() {
  const auto file = key_file();
  const Result<history::Place> place = store_place();
  const bool is_shared = place && !place->url.empty() && environment("SAMOVAR_KEYS").empty();
  if (!is_shared) {
    if (!file) return file.error();
    return keys::make_file_store(*file);
  }
  Result<ChosenHistory> chosen = open_history();
  if (!chosen) return chosen.error();
  if (const auto settled = settle_keys(*chosen->archive); !settled) return settled.error();
  return std::shared_ptr<keys::KeyStore>(std::make_shared<OwnDatabase>(std::move(chosen->archive)));
}

Result<std::string> settle_keys(history::Archive& archive) {
  const auto file = key_file();
  // Without a folder for data there is no place for a file of keys either.
  if (!file) return std::string();
  if (keeps_keys(archive)) return move_into_database(archive, *file);
  return archive.is_shared() ? Result<std::string>("") : move_into_file(archive, *file);
}

}  // namespace samovar::app
