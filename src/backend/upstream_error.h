// What another server says of a failure -> an Error, the same for Ollama and OpenAI servers.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace samovar::backend {

// The error of an answer whose status is not 200: the server's own words where the body has them, with
// 404 kNotFound, 400 and 422 kInvalidArgument or kTooLong, 413 kTooLarge, 429 and 503 kBusy, 408 and 504
// kTimeout, else kUnavailable. `place`: the server's address, for bodies without words.
[[nodiscard]] Error decode_error(int status, std::string_view body, const std::string& place);

// The same of an answer to this server itself: a key that is not accepted is kUnavailable, because who asks
// here has shown what is needed here.
[[nodiscard]] Error decode_refusal(int status, std::string_view body, const std::string& place);

// An error in the server's words -> a code, as far as the words tell (memory, context); kUnavailable
// otherwise.
[[nodiscard]] Error explain_failure(std::string message);

}  // namespace samovar::backend
