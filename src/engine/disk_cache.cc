#include "engine/disk_cache.h"

#include <algorithm>
#include <cstring>
#include <fstream>

namespace samovar::engine {
namespace {

namespace fs = std::filesystem;

constexpr char kMagic[8] = {'S', 'M', 'V', 'R', '-', 'K', 'V', '\n'};
// Raise it whenever the same tokens may give other keys and values, or the layout changes.
constexpr uint32_t kFormatVersion = 1;
constexpr const char* kSuffix = ".kv";

struct Header {
  char magic[8];
  uint32_t version;
  uint32_t n_fingerprint;  // bytes
  uint64_t n_tokens;
  uint64_t n_strips;
  uint64_t strip_bytes;  // of n_tokens
  uint64_t checksum;     // of fingerprint and tokens
};

// FNV-1a.
uint64_t hash_bytes(const void* data, size_t n, uint64_t hash = 0xcbf29ce484222325U) {
  const auto* bytes = static_cast<const unsigned char*>(data);
  for (size_t i = 0; i < n; ++i) hash = (hash ^ bytes[i]) * 0x100000001b3U;
  return hash;
}

uint64_t checksum_of(const std::string& fingerprint, std::span<const text::TokenId> tokens) {
  return hash_bytes(tokens.data(), tokens.size_bytes(), hash_bytes(fingerprint.data(), fingerprint.size()));
}

std::string make_fingerprint(const std::string& digest, const model::Config& config, std::string_view isa) {
  std::string out = digest + " " + config.arch + " " + std::string(isa);
  for (const size_t number : {config.n_layers, config.n_heads, config.n_kv_heads, config.head_dim,
                              static_cast<size_t>(config.kv_type), config.n_ctx_limit}) {
    out += " " + std::to_string(number);
  }
  return out;
}

size_t shared_beginning(std::span<const text::TokenId> a, std::span<const text::TokenId> b) {
  const size_t n = std::min(a.size(), b.size());
  size_t shared = 0;
  while (shared < n && a[shared] == b[shared]) ++shared;
  return shared;
}

std::string hexadecimal(uint64_t number) {
  std::string out;
  for (int shift = 60; shift >= 0; shift -= 4) out += "0123456789abcdef"[(number >> shift) & 15U];
  return out;
}

// The cache's files; none where the folder is not there or cannot be read.
std::vector<fs::path> list_files(const fs::path& folder) {
  std::vector<fs::path> out;
  std::error_code failed;
  for (fs::directory_iterator at(folder, failed); !failed && at != fs::directory_iterator();
       at.increment(failed)) {
    if (at->path().extension() == kSuffix) out.push_back(at->path());
  }
  return out;
}

void read_bytes(std::ifstream& file, void* to, size_t n) {
  file.read(static_cast<char*>(to), static_cast<std::streamsize>(n));
}

void write_bytes(std::ofstream& file, const void* from, size_t n) {
  file.write(static_cast<const char*>(from), static_cast<std::streamsize>(n));
}

}  // namespace

DiskCache::DiskCache(const DiskCacheOptions& options, const model::Config& config, std::string_view isa)
    : folder_(options.folder),
      max_bytes_(options.folder.empty() ? 0 : options.max_bytes),
      fingerprint_(make_fingerprint(options.model_digest, config, isa)) {
  if (max_bytes_ > 0) index();
}

void DiskCache::index() {
  for (const fs::path& path : list_files(folder_)) {
    if (auto entry = read_entry(path)) entries_.push_back(std::move(*entry));
  }
}

// nullopt for another model's file as for a damaged one.
std::optional<DiskCache::Entry> DiskCache::read_entry(const fs::path& path) const {
  std::error_code failed;
  const uint64_t file_bytes = fs::file_size(path, failed);
  std::ifstream file(path, std::ios::binary);
  Header header{};
  read_bytes(file, &header, sizeof header);
  if (failed || !file || std::memcmp(header.magic, kMagic, sizeof kMagic) != 0) return std::nullopt;
  if (header.version != kFormatVersion || header.n_fingerprint != fingerprint_.size()) return std::nullopt;
  if (header.n_tokens > file_bytes / sizeof(text::TokenId)) return std::nullopt;
  std::string fingerprint(header.n_fingerprint, '\0');
  read_bytes(file, fingerprint.data(), fingerprint.size());
  Entry entry{path, std::vector<text::TokenId>(header.n_tokens), 0};
  read_bytes(file, entry.tokens.data(), entry.tokens.size() * sizeof(text::TokenId));
  if (!file || fingerprint != fingerprint_) return std::nullopt;
  if (header.checksum != checksum_of(fingerprint, entry.tokens)) return std::nullopt;
  entry.strips_at = sizeof header + fingerprint.size() + entry.tokens.size() * sizeof(text::TokenId);
  const uint64_t left = file_bytes - entry.strips_at;
  if (header.strip_bytes == 0 || left / header.strip_bytes != header.n_strips ||
      left % header.strip_bytes != 0) {
    return std::nullopt;
  }
  return entry;
}

std::optional<DiskCache::Found> DiskCache::find(std::span<const text::TokenId> tokens) const {
  std::optional<Found> best;
  for (size_t i = 0; i < entries_.size(); ++i) {
    const size_t shared = shared_beginning(entries_[i].tokens, tokens);
    if (shared > 0 && (!best || shared > best->n_shared)) best = Found{i, shared};
  }
  return best;
}

bool DiskCache::read(const Found& found, const model::KvCache& cache, size_t sequence) {
  const Entry& entry = entries_[found.entry];
  std::ifstream file(entry.path, std::ios::binary);
  uint64_t at = entry.strips_at;
  for (size_t i = 0; file && i < cache.n_strips(); ++i) {
    const std::span<std::byte> strip = cache.strip(sequence, i, found.n_shared);
    file.seekg(static_cast<std::streamoff>(at));
    read_bytes(file, strip.data(), strip.size());
    at += cache.strip(sequence, i, entry.tokens.size()).size();
  }
  if (!file) {
    forget(found.entry);
    return false;
  }
  std::error_code ignored;
  fs::last_write_time(entry.path, fs::file_time_type::clock::now(), ignored);
  return true;
}

void DiskCache::write(std::span<const text::TokenId> tokens, const model::KvCache& cache, size_t sequence) {
  const uint64_t n_bytes = tokens.size() * cache.bytes_per_token();
  if (n_bytes > max_bytes_ || tokens.size() < kLeastTokens) return;
  for (size_t i = entries_.size(); i-- > 0;) {
    const size_t shared = shared_beginning(entries_[i].tokens, tokens);
    if (shared == tokens.size()) return;
    // The beginning of this conversation, from before it went on.
    if (shared == entries_[i].tokens.size()) forget(i);
  }
  std::error_code failed;
  fs::create_directories(folder_, failed);
  if (failed) return;
  fs::permissions(folder_, fs::perms::owner_all, failed);  // conversations are nobody else's business
  make_room(n_bytes);
  const fs::path path = folder_ / (hexadecimal(checksum_of(fingerprint_, tokens)) + kSuffix);
  const fs::path part = path.string() + ".part";
  if (write_file(part, tokens, cache, sequence)) {
    fs::rename(part, path, failed);
    if (auto entry = read_entry(path)) entries_.push_back(std::move(*entry));
  }
  fs::remove(part, failed);
}

bool DiskCache::write_file(const fs::path& path, std::span<const text::TokenId> tokens,
                           const model::KvCache& cache, size_t sequence) const {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  Header header{};
  std::memcpy(header.magic, kMagic, sizeof kMagic);
  header.version = kFormatVersion;
  header.n_fingerprint = static_cast<uint32_t>(fingerprint_.size());
  header.n_tokens = tokens.size();
  header.n_strips = cache.n_strips();
  header.strip_bytes = cache.strip(sequence, 0, tokens.size()).size();
  header.checksum = checksum_of(fingerprint_, tokens);
  write_bytes(file, &header, sizeof header);
  write_bytes(file, fingerprint_.data(), fingerprint_.size());
  write_bytes(file, tokens.data(), tokens.size_bytes());
  for (size_t i = 0; file && i < cache.n_strips(); ++i) {
    const std::span<std::byte> strip = cache.strip(sequence, i, tokens.size());
    write_bytes(file, strip.data(), strip.size());
  }
  file.close();
  return static_cast<bool>(file);
}

void DiskCache::forget(size_t entry) {
  std::error_code ignored;
  fs::remove(entries_[entry].path, ignored);
  entries_.erase(entries_.begin() + static_cast<std::ptrdiff_t>(entry));
}

// Removes the files unused for longest, of whichever model, until `n_bytes` more fit.
void DiskCache::make_room(uint64_t n_bytes) {
  struct File {
    fs::path path;
    uint64_t bytes;
    fs::file_time_type used;
  };
  std::vector<File> files;
  uint64_t total = n_bytes;
  std::error_code failed;
  for (const fs::path& path : list_files(folder_)) {
    const uint64_t bytes = fs::file_size(path, failed);
    if (failed) continue;
    files.push_back({path, bytes, fs::last_write_time(path, failed)});
    total += bytes;
  }
  std::sort(files.begin(), files.end(), [](const File& a, const File& b) { return a.used < b.used; });
  for (const File& file : files) {
    if (total <= max_bytes_) return;
    total -= file.bytes;
    std::erase_if(entries_, [&](const Entry& entry) { return entry.path == file.path; });
    fs::remove(file.path, failed);
  }
}

}  // namespace samovar::engine
