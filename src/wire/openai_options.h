// Request members that OpenAI's two ways of completing share.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "wire/decoder.h"
#include "wire/json.h"

namespace samovar::wire {

constexpr int64_t kMaxChoices = 16;

// {"token id": bias from -100 to 100}
void read_logit_bias(Decoder& decoder, const Json& member, std::vector<std::pair<int32_t, float>>& out);

// "max_tokens" and its like: -1 and missing mean no limit, less than -1 is an error.
void read_token_limit(Decoder& decoder, const Json& member, std::optional<int64_t>& out);

// "n": how many answers, 1 to kMaxChoices.
void read_choice_count(Decoder& decoder, const Json& member, int64_t& out);

}  // namespace samovar::wire
