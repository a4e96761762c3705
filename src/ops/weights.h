// Weight matrices in the form the kernels read, packed from file rows at load.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/result.h"
#include "kernels/table.h"
#include "ops/head.h"
#include "platform/buffer.h"
#include "platform/mapped_file.h"
#include "platform/thread_pool.h"
#include "tensor/type.h"

namespace samovar::ops {

// A matrix as it stands in the file: `rows` rows of `cols` elements.
struct FileMatrix {
  tensor::Type type = tensor::Type::kF32;
  size_t rows = 0;
  size_t cols = 0;
  std::span<const std::byte> bytes;  // borrowed from the mapped file
};

// Packs matrices one after another into one buffer. Owns the packed bytes: PackedMatrix values it gave out
// live as long as it does. Types that the kernels read as they are stay in the file's mapping.
class WeightArena {
 public:
  // Bytes the matrix takes beside its file: 0 for types that are not packed.
  [[nodiscard]] static size_t packed_bytes(const kernels::Table& table, const FileMatrix& matrix);

  // Room for `total_bytes`, the sum of packed_bytes of all matrices that will be packed.
  [[nodiscard]] static Result<WeightArena> make(const kernels::Table& table, size_t total_bytes);

  // Packs on the pool, then gives the matrix's file pages back to the system.
  // Precondition: the arena has room for it.
  [[nodiscard]] kernels::PackedMatrix pack(platform::ThreadPool& pool, const platform::MappedFile& file,
                                           const FileMatrix& matrix);

  // The same for the output head: split where its type and size allow.
  [[nodiscard]] static size_t head_bytes(const kernels::Table& table, const FileMatrix& matrix);
  [[nodiscard]] HeadWeights pack_head(platform::ThreadPool& pool, const platform::MappedFile& file,
                                      const FileMatrix& matrix);

  [[nodiscard]] size_t used_bytes() const { return used_; }

 private:
  std::byte* take(size_t n_bytes);

  const kernels::Table* table_ = nullptr;
  platform::Buffer buffer_;
  size_t used_ = 0;
};

}  // namespace samovar::ops
