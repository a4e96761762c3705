// Tells a thinking model's thoughts from its answer in a stream of text: what stands between <think> and
// </think> at the beginning. Tags may be cut across pieces.
#pragma once

#include <string>
#include <string_view>

namespace samovar::backend {

struct SplitText {
  std::string thinking;
  std::string content;
};

class ThinkingSplitter {
 public:
  // `inside`: the template has opened the thoughts already (its prompt ends with the opening tag).
  explicit ThinkingSplitter(bool inside) : state_(inside ? State::kThinking : State::kStart) {}

  [[nodiscard]] SplitText push(std::string_view piece);
  // What was held back as the possible beginning of a tag.
  [[nodiscard]] SplitText finish();

 private:
  enum class State {
    kStart,
    kThinking,
    kAfter,
    kContent
  };  // kAfter: white space between thoughts and answer

  // One step on the held text; false when more text is needed.
  bool advance(SplitText& out);

  State state_;
  std::string held_;
  bool first_ = true;  // no thought has come yet: leading white space is dropped
};

}  // namespace samovar::backend
