#include "model/config.h"

#include <array>

#include "model/arch/families.h"

namespace samovar::model {
namespace {

struct Family {
  std::string_view arch;
  Result<Config> (*read)(const gguf::File& file, size_t n_ctx);
};

constexpr std::array kFamilies = {
    Family{"llama", read_llama_config},
    Family{"gemma", read_gemma_config},
    Family{"gemma2", read_gemma2_config},
    Family{"gemma3", read_gemma3_config},
    Family{"qwen2", read_qwen2_config},
    Family{"qwen3", read_qwen3_config},
    Family{"phi3", read_phi3_config},
    Family{"phi2", read_phi2_config},
    Family{"granite", read_granite_config},
    Family{"minicpm", read_minicpm_config},
    Family{"mistral3", read_mistral3_config},
    Family{"smollm3", read_smollm3_config},
    Family{"olmo2", read_olmo2_config},
    Family{"olmo3", read_olmo2_config},
    Family{"exaone", read_exaone_config},
    Family{"exaone4", read_exaone4_config},
    Family{"hunyuan-dense", read_hunyuan_config},
    Family{"ernie4_5", read_llama_config},
    Family{"internlm2", read_llama_config},
    Family{"arcee", read_arcee_config},
    Family{"stablelm", read_stablelm_config},
    Family{"starcoder2", read_starcoder2_config},
    Family{"nemotron", read_nemotron_config},
    Family{"cohere2", read_cohere2_config},
};

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
