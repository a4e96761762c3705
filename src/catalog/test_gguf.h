// Writes small GGUF v3 files for the tests of this folder.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

namespace samovar::catalog {

class TestGguf {
 public:
  TestGguf& text(const std::string& key, const std::string& value) {
    return member(key, 8, string_bytes(value));
  }
  TestGguf& natural(const std::string& key, uint32_t value) { return member(key, 4, bytes_of(value)); }
  TestGguf& real(const std::string& key, float value) { return member(key, 6, bytes_of(value)); }
  TestGguf& boolean(const std::string& key, bool value) {
    return member(key, 7, std::string(1, value ? 1 : 0));
  }
  TestGguf& texts(const std::string& key, const std::vector<std::string>& values) {
    std::string bytes = bytes_of(uint32_t{8}) + bytes_of(uint64_t{values.size()});
    for (const std::string& value : values) bytes += string_bytes(value);
    return member(key, 9, bytes);
  }
  // An F32 tensor of zeros.
  TestGguf& tensor(const std::string& name, uint64_t columns, uint64_t rows) {
    tensors_ += string_bytes(name) + bytes_of(uint32_t{2}) + bytes_of(columns) + bytes_of(rows) +
                bytes_of(uint32_t{0}) + bytes_of(data_bytes_);
    data_bytes_ += (columns * rows * 4 + 31) / 32 * 32;
    ++n_tensors_;
    return *this;
  }

  [[nodiscard]] std::string bytes() const {
    std::string file =
        "GGUF" + bytes_of(uint32_t{3}) + bytes_of(n_tensors_) + bytes_of(n_members_) + members_ + tensors_;
    file.resize((file.size() + 31) / 32 * 32, '\0');
    return file + std::string(data_bytes_, '\0');
  }
  void write(const std::filesystem::path& path) const { std::ofstream(path, std::ios::binary) << bytes(); }

 private:
  template <typename T>
  static std::string bytes_of(T value) {
    std::string bytes(sizeof(T), '\0');
    std::memcpy(bytes.data(), &value, sizeof(T));
    return bytes;
  }
  static std::string string_bytes(const std::string& text) { return bytes_of(uint64_t{text.size()}) + text; }
  TestGguf& member(const std::string& key, uint32_t type, const std::string& value) {
    members_ += string_bytes(key) + bytes_of(type) + value;
    ++n_members_;
    return *this;
  }

  std::string members_;
  std::string tensors_;
  uint64_t n_members_ = 0;
  uint64_t n_tensors_ = 0;
  uint64_t data_bytes_ = 0;
};

// A small whole model file.
inline TestGguf small_model() {
  TestGguf gguf;
  gguf.text("general.architecture", "llama")
      .text("general.name", "Tiny <one>")
      .natural("general.file_type", 3)
      .natural("llama.context_length", 2048)
      .natural("llama.embedding_length", 64)
      .real("llama.attention.layer_norm_rms_epsilon", 1e-5F)
      .boolean("tokenizer.ggml.add_bos_token", false)
      .texts("tokenizer.ggml.tokens", {"<s>", "a\"b"})
      .text("tokenizer.chat_template", "{% for m in messages %}{{ m.content }}{% endfor %}")
      .tensor("token_embd.weight", 64, 2)
      .tensor("output_norm.weight", 64, 1);
  return gguf;
}

// A directory that is removed at the end of a test.
class TestDirectory {
 public:
  TestDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "samovar-catalog-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~TestDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TestDirectory(const TestDirectory&) = delete;
  TestDirectory& operator=(const TestDirectory&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace samovar::catalog
