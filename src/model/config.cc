#include "model/config.h"

#include <array>

#include "model/arch/families.h"

namespace samovar::model {
namespace {

struct Family {
  std::string_view arch;
  Result<Config> (*read)(const gguf::File& file, size_t n_ctx);
};

constexpr std::array<Family, 6> kFamilies = {{
    {"llama", read_llama_config},
    {"gemma2", read_gemma2_config},
    {"gemma3", read_gemma3_config},
    {"qwen2", read_qwen2_config},
    {"qwen3", read_qwen3_config},
    {"phi3", read_phi3_config},
}};

}  // namespace

Result<Config> read_config(const gguf::File& file, size_t n_ctx) {
  const auto arch = file.get_string("general.architecture");
  if (!arch) return arch.error();
  std::string known;
  for (const Family& family : kFamilies) {
    if (family.arch == *arch) return family.read(file, n_ctx);
    known += (known.empty() ? "" : ", ") + std::string(family.arch);
  }
  return Error{Code::kUnsupported, "unknown model architecture '" + *arch + "' (known: " + known + ")"};
}

}  // namespace samovar::model
