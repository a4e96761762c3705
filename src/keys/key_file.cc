#include "keys/key_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <system_error>

#include "wire/decoder.h"
#include "wire/json.h"
#include "wire/json_writer.h"

namespace samovar::keys {
namespace {

constexpr size_t kHashDigits = 64;

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return number_; }

 private:
  int number_;
};

Error file_error(const std::filesystem::path& file, const char* what) {
  return {Code::kIo, file.string() + " cannot be " + what + ": " + std::strerror(errno)};
}

Result<Key> parse_one_key(const wire::Json& json, size_t index) {
  wire::Decoder decoder("Key", "keys");
  Key key;
  std::vector<std::string> scopes;
  const std::string place = "keys[" + std::to_string(index) + "]";
  decoder.read_object(json, place, "Key", [&](const wire::Json& member) {
    if (member.key == "id") decoder.read(member, "id", key.id);
    if (member.key == "name") decoder.read(member, "name", key.name);
    if (member.key == "sha256") decoder.read(member, "sha256", key.hash);
    if (member.key == "created") decoder.read(member, "created", key.created_s);
    if (member.key == "expires") decoder.read(member, "expires", key.expires_s);
    if (member.key == "per_minute") decoder.read(member, "per_minute", key.per_minute);
    if (member.key == "user") decoder.read(member, "user", key.user);
    if (member.key == "scopes") {
      decoder.read_array(member, "scopes", "[]string", [&](const wire::Json& item) {
        decoder.read(item, "scopes", scopes.emplace_back());
      });
    }
  });
  if (!decoder.ok()) return Error{Code::kCorrupt, place + ": " + decoder.error().message};
  for (const std::string& word : scopes) {
    const auto scope = parse_scopes(word);
    if (!scope) return Error{Code::kCorrupt, place + ": " + scope.error().message};
    key.scopes.insert(key.scopes.end(), scope->begin(), scope->end());
  }
  if (key.id.empty() || key.hash.size() != kHashDigits)
    return Error{Code::kCorrupt, place + " has no id or no sha256"};
  return key;
}

std::string encode_keys(const std::vector<Key>& keys) {
  std::string out = "{\"keys\":[";
  for (const Key& key : keys) {
    out += &key == keys.data() ? "\n" : ",\n";
    std::vector<std::string> scopes;
    for (const Scope scope : key.scopes) scopes.emplace_back(to_string(scope));
    wire::ObjectWriter(out)
        .add("id", std::string_view(key.id))
        .add("name", std::string_view(key.name))
        .add("sha256", std::string_view(key.hash))
        .add("scopes", scopes)
        .add("created", key.created_s)
        .add("expires", key.expires_s)
        .add("per_minute", key.per_minute)
        .add_unless_empty("user", key.user)
        .close();
  }
  return out + "\n]}\n";
}

// Beside the file first, then in its place: whoever reads sees one or the other.
Result<void> write_keys(const std::filesystem::path& file, const std::string& text) {
  const std::filesystem::path unfinished = file.string() + ".new";
  {
    const Descriptor out(::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (out.get() < 0 || ::fchmod(out.get(), 0600) != 0) return file_error(unfinished, "written");
    size_t done = 0;
    while (done < text.size()) {
      const ssize_t n = ::write(out.get(), text.data() + done, text.size() - done);
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) return file_error(unfinished, "written");
      done += static_cast<size_t>(n);
    }
    if (::fsync(out.get()) != 0) return file_error(unfinished, "written");
  }
  if (::rename(unfinished.c_str(), file.c_str()) != 0) return file_error(file, "replaced");
  return {};
}

class FileStore : public KeyStore {
 public:
  explicit FileStore(std::filesystem::path file) : file_(std::move(file)) {}
  Result<KeySet> load() override {
    auto all = load_keys(file_);
    if (!all && all.error().code == Code::kNotFound) return KeySet{};
    if (!all) return all.error();
    return KeySet{.is_kept = true, .keys = *std::move(all)};
  }
  Result<void> update(const std::function<Result<void>(std::vector<Key>&)>& change) override {
    return update_keys(file_, change);
  }
  Result<void> clear() override {
    std::error_code failed;
    std::filesystem::remove(file_, failed);
    if (failed) return Error{Code::kIo, file_.string() + " cannot be removed: " + failed.message()};
    return {};
  }

 private:
  const std::filesystem::path file_;
};

}  // namespace

std::shared_ptr<KeyStore> make_file_store(std::filesystem::path file) {
  return std::make_shared<FileStore>(std::move(file));
}

Result<std::vector<Key>> parse_keys(std::string_view text) {
  const auto json = wire::parse_json(text);
  if (!json) return Error{Code::kCorrupt, "is no JSON: " + json.error().message};
  const wire::Json* list = json->kind == wire::Json::Kind::kObject ? json->member("keys") : nullptr;
  if (list == nullptr || list->kind != wire::Json::Kind::kArray)
    return Error{Code::kCorrupt, "has no list of keys"};
  std::vector<Key> out;
  for (const wire::Json& item : list->items) {
    auto key = parse_one_key(item, out.size());
    if (!key) return key.error();
    out.push_back(std::move(*key));
  }
  return out;
}

Result<std::vector<Key>> load_keys(const std::filesystem::path& file) {
  std::error_code failed;
  if (!std::filesystem::exists(file, failed) && !failed)
    return Error{Code::kNotFound, file.string() + " does not exist"};
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return file_error(file, "read");
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  auto keys = parse_keys(text);
  if (!keys) return Error{keys.error().code, file.string() + ": " + keys.error().message};
  return keys;
}

Result<void> update_keys(const std::filesystem::path& file,
                         const std::function<Result<void>(std::vector<Key>&)>& change) {
  std::error_code failed;
  if (file.has_parent_path()) std::filesystem::create_directories(file.parent_path(), failed);
  if (failed) return Error{Code::kIo, file.parent_path().string() + ": " + failed.message()};
  const std::filesystem::path lock_file = file.string() + ".lock";
  const Descriptor lock(::open(lock_file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (lock.get() < 0 || ::flock(lock.get(), LOCK_EX) != 0) return file_error(lock_file, "locked");
  auto keys = load_keys(file);
  if (!keys && keys.error().code != Code::kNotFound) return keys.error();
  std::vector<Key> changed = keys ? *std::move(keys) : std::vector<Key>();
  if (const auto done = change(changed); !done) return done.error();
  return write_keys(file, encode_keys(changed));
}

Keys KeyFile::peek() {
  const std::lock_guard lock(mutex_);
  if (file_.empty()) return known_;
  std::error_code failed;
  const auto time = std::filesystem::last_write_time(file_, failed);
  std::optional<Stamp> stamp;
  if (failed != std::errc::no_such_file_or_directory)
    stamp = Stamp{time, failed ? 0 : std::filesystem::file_size(file_, failed)};
  if (stamp == stamp_) return known_;
  stamp_ = stamp;
  known_ =
      std::make_shared<const KeySet>(stamp ? KeySet{.is_kept = true, .keys = load_keys(file_)} : KeySet{});
  return known_;
}

}  // namespace samovar::keys
