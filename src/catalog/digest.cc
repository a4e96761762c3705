#include "catalog/digest.h"

#include <openssl/evp.h>

#include <array>
#include <fstream>
#include <vector>

#include "base/ascii.h"
#include "base/check.h"

namespace samovar::catalog {
namespace {

constexpr size_t kHexDigits = 64;
constexpr size_t kReadBytes = size_t{1} << 20U;

}  // namespace

struct Sha256::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  ~State() { EVP_MD_CTX_free(context); }
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  CHECK(state_->context != nullptr);
  CHECK(EVP_DigestInit_ex(state_->context, EVP_sha256(), nullptr) == 1);
}

Sha256::~Sha256() = default;

void Sha256::add(std::string_view bytes) {
  CHECK(EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) == 1);
}

std::string Sha256::finish() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> raw;
  unsigned int size = 0;
  CHECK(EVP_DigestFinal_ex(state_->context, raw.data(), &size) == 1);
  return to_hex({reinterpret_cast<const char*>(raw.data()), size});
}

std::string hash_text(std::string_view bytes) {
  Sha256 sha;
  sha.add(bytes);
  return sha.finish();
}

Result<std::string> hash_file(const std::filesystem::path& path,
                              const std::function<void(int64_t done_bytes)>& progress) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return Error{Code::kIo, "cannot read " + path.string()};
  Sha256 sha;
  std::vector<char> buffer(kReadBytes);
  int64_t done = 0;
  while (in) {
    in.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
    const std::streamsize got = in.gcount();
    sha.add({buffer.data(), static_cast<size_t>(got)});
    done += got;
    if (progress && got > 0) progress(done);
  }
  if (in.bad())
    return Error{Code::kIo, "cannot read " + path.string() + " behind byte " + std::to_string(done)};
  return sha.finish();
}

std::string parse_digest(std::string_view text) {
  constexpr std::string_view kScheme = "sha256";
  if (text.size() != kScheme.size() + 1 + kHexDigits || !text.starts_with(kScheme)) return {};
  if (text[kScheme.size()] != ':' && text[kScheme.size()] != '-') return {};
  const std::string_view hex = text.substr(kScheme.size() + 1);
  for (const char c : hex) {
    if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return {};
  }
  return std::string(hex);
}

std::filesystem::path blob_path(const std::filesystem::path& root, std::string_view hex) {
  return root / "blobs" / ("sha256-" + std::string(hex));
}

}  // namespace samovar::catalog
