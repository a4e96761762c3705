#include "app/npy_writer.h"

#include <cerrno>
#include <cstring>

namespace samovar::app {

Result<NpyWriter> NpyWriter::create(const std::string& path, size_t rows, size_t cols) {
  NpyWriter writer;
  writer.path_ = path;
  writer.stream_.open(path, std::ios::binary | std::ios::trunc);
  if (!writer.stream_) return Error{Code::kIo, "cannot write '" + path + "': " + std::strerror(errno)};
  std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + std::to_string(rows) + ", " +
                       std::to_string(cols) + "), }";
  // Magic, version and length take 10 bytes; the data begins at a multiple of 64, behind a line end.
  header.resize((header.size() + 1 + 10 + 63) / 64 * 64 - 10, ' ');
  header.back() = '\n';
  const char prefix[10] = {'\x93',
                           'N',
                           'U',
                           'M',
                           'P',
                           'Y',
                           1,
                           0,
                           static_cast<char>(header.size() & 0xFFU),
                           static_cast<char>(header.size() >> 8U)};
  writer.stream_.write(prefix, sizeof prefix);
  writer.stream_.write(header.data(), static_cast<std::streamsize>(header.size()));
  return writer;
}

void NpyWriter::write(std::span<const float> values) {
  stream_.write(reinterpret_cast<const char*>(values.data()),
                static_cast<std::streamsize>(values.size_bytes()));
}

Result<void> NpyWriter::close() {
  stream_.close();
  if (!stream_) return Error{Code::kIo, "cannot write '" + path_ + "': is the disk full?"};
  return {};
}

}  // namespace samovar::app
