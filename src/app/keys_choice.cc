#include "app/keys_choice.h"

#include <spdlog/spdlog.h>

#include "accounts/stored_keys.h"
#include "app/environment.h"
#include "app/history_choice.h"
#include "app/key_store.h"
#include "keys/key_file.h"

namespace samovar::app {

Result<std::filesystem::path> key_file() {
  if (std::string named = environment("SAMOVAR_KEYS"); !named.empty()) return std::filesystem::path(named);
  const Result<std::filesystem::path> folder = data_folder();
  if (!folder) return folder.error();
  return *folder / "keys.json";
}

Result<std::shared_ptr<keys::KeyRing>> open_key_ring(KeyRingParts parts) {
  const Result<std::string> settled = settle_keys(*parts.archive);
  if (!settled) return settled.error();
  if (!settled->empty()) spdlog::warn("{}", *settled);
  keys::KeyRingOptions options;
  options.always_required = is_switched_on("SAMOVAR_REQUIRE_KEY");
  options.take_turn = std::move(parts.take_turn);
  if (keeps_keys(*parts.archive)) {
    options.source = accounts::make_stored_keys(*parts.archive, std::move(parts.post_later));
  } else {
    // Without a folder for data there is no place for keys either.
    const auto file = key_file();
    options.source = std::make_shared<keys::KeyFile>(file ? *file : std::filesystem::path());
  }
  if (const keys::Keys known = options.source->peek(); known && !known->keys) return known->keys.error();
  return std::make_shared<keys::KeyRing>(std::move(options));
}

}  // namespace samovar::app
