#include "platform/buffer.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>

namespace samovar::platform {
namespace {

// Whatever the size of a page is: 64-bit ARM has kernels with pages of 16 and 64 KB.
TEST(BufferRelease, TakesWholePagesAndNothingBeside) {
  const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  const size_t size = 8 * page;
  auto made = Buffer::make(size);
  ASSERT_TRUE(made.ok());
  Buffer buffer = *std::move(made);
  std::memset(buffer.data(), 7, size);
  buffer.release(page - 4096 + 100, 3 * page);
  size_t n_kept = 0;
  for (size_t i = 0; i < size; ++i) {
    if (buffer.data()[i] == std::byte{7}) ++n_kept;
  }
  EXPECT_LT(n_kept, size) << "nothing was given back";
  EXPECT_GE(n_kept, size - 3 * page);
  for (size_t i = 0; i < page - 4096 + 100; ++i) ASSERT_EQ(buffer.data()[i], std::byte{7}) << "byte " << i;
  for (size_t i = 4 * page - 4096 + 100; i < size; ++i)
    ASSERT_EQ(buffer.data()[i], std::byte{7}) << "byte " << i;
}

}  // namespace
}  // namespace samovar::platform
