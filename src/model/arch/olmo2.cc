// OLMo 2 (arXiv:2501.00656): no norms in front of the blocks but behind them, and norms over all of q and of
// k at once. OLMo 3 adds local layers, three of four, whose rope is never scaled.
#include "model/arch/families.h"

namespace samovar::model {

Result<Config> read_olmo2_config(const gguf::File& file, size_t /*n_ctx*/) {
  auto config = read_shared_config(file);
  if (!config) return config;
  config->has_pre_norms = false;
  config->has_post_norms = true;
  config->head_norms = HeadNorms::kWholeRow;
  if (const auto done = read_window(file, *config, {0, 4}); !done) return done.error();
  config->local_rope.frequency_scale = 1.0;
  config->local_rope.yarn_extrapolation = 0.0;
  config->local_rope.magnitude = 1.0;
  return config;
}

}  // namespace samovar::model
