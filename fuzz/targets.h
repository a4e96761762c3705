// What is fed with bytes from outside. A target may refuse its input; it must not crash, hang, read what is
// not its own, or break the promise named at it. Built for libFuzzer with -DSAMOVAR_FUZZ=ON (docs/testing in
// README: "Fuzzing"); replay_test.cc runs the seeds and some changes to them in every test.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace samovar::fuzz {

struct Target {
  const char* name;  // also its folder of seeds in tests/data/fuzz
  void (*run)(std::string_view input);
};

[[nodiscard]] const std::vector<Target>& targets();

void read_gguf(std::string_view input);
void render_jinja(std::string_view input);
void render_go(std::string_view input);
void match_schema(std::string_view input);
void match_gbnf(std::string_view input);
void match_regex(std::string_view input);
void read_requests(std::string_view input);
void read_store_files(std::string_view input);
void read_answers(std::string_view input);
void read_setup(std::string_view input);
void read_import(std::string_view input);
void read_docx(std::string_view input);
void read_heads(std::string_view input);

// Ends the process: the promise that `what` names was broken.
void demand(bool kept, const char* what);

// The part before the first line "----" of `input`, which is left with what follows.
[[nodiscard]] std::string_view take_part(std::string_view& input);

}  // namespace samovar::fuzz
