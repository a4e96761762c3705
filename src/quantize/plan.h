// Which type each tensor of a model gets: the mixtures of llama.cpp's quantiser (its function
// llama_tensor_get_type), written anew, for models without experts.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "gguf/directory.h"
#include "tensor/type.h"

namespace samovar::quantize {

struct FileType {  // what a whole file is called
  std::string_view name;
  uint32_t number = 0;                     // general.file_type
  tensor::Type type = tensor::Type::kF32;  // of most of its matrices
};

// Upper and lower case are the same. F32, F16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q4_K_S, Q4_K_M, Q5_K_S, Q5_K_M,
// Q6_K.
[[nodiscard]] std::optional<FileType> find_file_type(std::string_view name);
// "F32, F16, Q4_0, ..."
[[nodiscard]] std::string list_file_types();

enum class Requantize { kRefuse, kAllow };

// One type per tensor, in the file's order. Fails with kUnsupported for a model in several files, for tensors
// of a type that this program does not read, and, unless allowed, when a tensor that would change is
// quantised already
// ("blk.0.attn_q.weight is Q4_0 already").
[[nodiscard]] Result<std::vector<tensor::Type>> plan_types(const gguf::Directory& model,
                                                           const FileType& wanted, Requantize requantize);

}  // namespace samovar::quantize
