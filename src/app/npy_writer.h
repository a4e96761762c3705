// Writes a float32 matrix as a NumPy .npy file (format 1.0), rows as they come.
#pragma once

#include <cstddef>
#include <fstream>
#include <span>
#include <string>

#include "base/result.h"

namespace samovar::app {

class NpyWriter {
 public:
  // Creates the file and writes its header for a [rows, cols] matrix.
  [[nodiscard]] static Result<NpyWriter> create(const std::string& path, size_t rows, size_t cols);

  // Whole rows, in order.
  void write(std::span<const float> values);

  // kIo unless everything reached the file.
  [[nodiscard]] Result<void> close();

 private:
  std::ofstream stream_;
  std::string path_;
};

}  // namespace samovar::app
