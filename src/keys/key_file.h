// API keys in a JSON file that only its owner may read.
#pragma once

#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "keys/key.h"
#include "keys/key_source.h"
#include "keys/key_store.h"

namespace samovar::keys {

// Fails with kCorrupt, naming the place, or kIo. A file that is not there is kNotFound.
[[nodiscard]] Result<std::vector<Key>> load_keys(const std::filesystem::path& file);
[[nodiscard]] Result<std::vector<Key>> parse_keys(std::string_view json);

// Loads, lets `change` work on the keys and writes them, whole or not at all, mode 0600; two programs at once
// take turns. The folder is made. Fails as load_keys() does, as `change` does, or with kIo.
[[nodiscard]] Result<void> update_keys(const std::filesystem::path& file,
                                       const std::function<Result<void>(std::vector<Key>&)>& change);

// Looks after the keys in that file.
[[nodiscard]] std::shared_ptr<KeyStore> make_file_store(std::filesystem::path file);

// Follows changes of the file, which need not exist. Never null.
class KeyFile : public KeySource {
 public:
  explicit KeyFile(std::filesystem::path file) : file_(std::move(file)) {}
  [[nodiscard]] Keys peek() override;
  void ask(std::function<void(Keys)> done) override { done(peek()); }

 private:
  struct Stamp {
    std::filesystem::file_time_type time;
    uintmax_t size = 0;
    bool operator==(const Stamp&) const = default;
  };
  const std::filesystem::path file_;  // "": there is no place for keys
  std::mutex mutex_;                  // of all that follows
  std::optional<Stamp> stamp_;
  Keys known_ = std::make_shared<const KeySet>();
};

}  // namespace samovar::keys
