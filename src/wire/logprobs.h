// Log-probabilities, in the one shape that Ollama's and OpenAI's answers share.
#pragma once

#include <string>
#include <vector>

#include "wire/chat_message.h"

namespace samovar::wire {

// [{"token":"Hi","logprob":-0.25,"bytes":[72,105],"top_logprobs":[...]}]
void append_logprobs(std::string& out, const std::vector<Logprob>& logprobs);

}  // namespace samovar::wire
