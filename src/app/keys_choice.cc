#include "app/keys_choice.h"

#include "app/environment.h"
#include "app/history_choice.h"

namespace samovar::app {

Result<std::filesystem::path> key_file() {
  if (std::string named = environment("SAMOVAR_KEYS"); !named.empty()) return std::filesystem::path(named);
  const Result<std::filesystem::path> folder = data_folder();
  if (!folder) return folder.error();
  return *folder / "keys.json";
}

Result<std::shared_ptr<keys::KeyRing>> open_key_ring() {
  keys::KeyRingOptions options;
  options.always_required = is_switched_on("SAMOVAR_REQUIRE_KEY");
  // Without a folder for data there is no place for keys either.
  if (const auto file = key_file()) options.file = *file;
  auto ring = std::make_shared<keys::KeyRing>(std::move(options));
  if (const auto state = ring->state(); !state) return state.error();
  return ring;
}

}  // namespace samovar::app
