// How long passes take on this machine, learnt from those that were measured, and what follows from it: how
// many guessed tokens are worth computing, and how much of a prompt fits between two tokens of other people's
// answers. Knows no clock; engine thread only.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace samovar::engine {

struct PassShape {
  size_t answer_rows = 0;  // rows that want logits
  size_t prompt_rows = 0;
};

// A pass over answers that is being put together.
struct AnswerPlan {
  size_t rows = 0;
  double tokens = 0.0;  // of answers that it is expected to give
};

class Pace {
 public:
  // While a prompt is computed between them, tokens of other answers may be this much further apart.
  static constexpr double kWidestGap = 2.0;
  // A prompt nobody waits behind is computed in passes of about this long: so soon is a newcomer served, or
  // a cancelled one dropped.
  static constexpr double kAlonePassNs = 1.5e9;
  static constexpr size_t kLeastRows = 4;  // of a prompt, in any pass
  static constexpr size_t kLeastRowsAlone = 128;

  void note(PassShape pass, int64_t elapsed_ns);

  // What a pass over answers alone takes, measured or estimated. 0 before anything was measured.
  [[nodiscard]] double answer_pass_ns(size_t rows) const;

  // Rows of prompts, at most `most`, to compute in a pass with `answer_rows` rows of answers.
  [[nodiscard]] size_t choose_prompt_rows(size_t answer_rows, size_t most) const;

  // How many of `n` tokens guessed for one answer to compute in a pass that is to become `plan` without them.
  // `chance(i)`: that guess i is right if those before it are. Adds them to the plan.
  [[nodiscard]] size_t choose_guess_rows(size_t n, const std::function<double(size_t)>& chance,
                                         AnswerPlan& plan) const;

 private:
  static constexpr size_t kMaxRows = 64;  // longer passes are not told apart

  struct Cost {
    double ns = 0.0;
    uint64_t noted_at = 0;  // 0: never
    size_t n = 0;           // times it was measured
  };
  [[nodiscard]] bool known(size_t rows) const;

  std::array<Cost, kMaxRows + 1> costs_;  // [rows] of answers alone
  uint64_t n_notes_ = 0;
  double shared_row_ns_ = 0.0;  // a prompt's row in a pass with answers, beyond what the answers take
  double alone_row_ns_ = 0.0;   // in a pass without
};

}  // namespace samovar::engine
