#include "wire/logprobs.h"

#include "wire/json_writer.h"

namespace samovar::wire {
namespace {

void append_logprob(std::string& out, const Logprob& logprob) {
  ObjectWriter object(out);
  object.add("token", logprob.token).add("logprob", logprob.logprob).key("bytes");
  char separator = '[';
  for (const char c : logprob.token) {
    out += separator;
    out += std::to_string(static_cast<unsigned char>(c));
    separator = ',';
  }
  out += logprob.token.empty() ? "[]" : "]";
  if (!logprob.top.empty()) {
    object.key("top_logprobs");
    append_logprobs(out, logprob.top);
  }
  object.close();
}

}  // namespace

void append_logprobs(std::string& out, const std::vector<Logprob>& logprobs) {
  out += '[';
  for (size_t i = 0; i < logprobs.size(); ++i) {
    if (i > 0) out += ',';
    append_logprob(out, logprobs[i]);
  }
  out += ']';
}

}  // namespace samovar::wire
