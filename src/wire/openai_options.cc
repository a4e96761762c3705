#include "wire/openai_options.h"

#include <charconv>
#include <string>

#include "wire/json_writer.h"

namespace samovar::wire {

void read_logit_bias(Decoder& decoder, const Json& member, std::vector<std::pair<int32_t, float>>& out) {
  out.clear();
  decoder.read_object(member, "logit_bias", "map[string]float64", [&](const Json& entry) {
    int32_t token = -1;
    const char* const end = entry.key.data() + entry.key.size();
    const bool is_id = std::from_chars(entry.key.data(), end, token).ptr == end && token >= 0;
    double bias = 0;
    decoder.read(entry, "logit_bias", bias);
    if (!is_id) return decoder.fail("logit_bias: " + quote_go(entry.key) + " is not a token id");
    if (!(bias >= -100 && bias <= 100)) {
      return decoder.fail("logit_bias: the bias of token " + entry.key + " must be between -100 and 100");
    }
    out.emplace_back(token, static_cast<float>(bias));
  });
}

void read_token_limit(Decoder& decoder, const Json& member, std::optional<int64_t>& out) {
  decoder.read(member, member.key, out);
  if (out && *out < -1)
    decoder.fail(member.key + ": " + std::to_string(*out) + " tokens were asked for; -1 means no limit");
}

void read_choice_count(Decoder& decoder, const Json& member, int64_t& out) {
  std::optional<int64_t> count;
  decoder.read(member, "n", count);
  out = count.value_or(1);
  if (out < 1 || out > kMaxChoices) {
    decoder.fail("n: " + std::to_string(out) + " answers were asked for, 1 to " +
                 std::to_string(kMaxChoices) + " are possible");
  }
}

}  // namespace samovar::wire
