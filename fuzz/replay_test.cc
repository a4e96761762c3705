// Every target with its seeds (make_seeds.py), what fuzzers found (tests/data/fuzz/TARGET/*), and changed
// ones: the same at every run.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include "targets.h"

namespace samovar::fuzz {
namespace {

// Changed seeds of a target; SAMOVAR_FUZZ_CHANGES sets another number.
int n_changes() {
  const char* wanted = std::getenv("SAMOVAR_FUZZ_CHANGES");
  return wanted == nullptr ? 1500 : std::atoi(wanted);
}

std::vector<std::string> read_seeds(const std::string& target) {
  std::vector<std::filesystem::path> paths;
  for (const std::string folder : {SAMOVAR_FUZZ_SEEDS "/", SAMOVAR_TEST_DATA "/fuzz/"}) {
    std::error_code none;
    for (const auto& entry : std::filesystem::directory_iterator(folder + target, none))
      paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<std::string> seeds;
  for (const auto& path : paths) {
    std::ifstream file(path, std::ios::binary);
    seeds.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return seeds;
}

class Changer {
 public:
  // A few cuts, repeats, splices and changed bytes.
  std::string change(std::string text, const std::vector<std::string>& others) {
    for (size_t n = 1 + below(4); n > 0 && !text.empty(); --n) {
      const size_t at = below(text.size());
      const size_t length = std::min(text.size() - at, 1 + below(16));
      const std::string& other = others[below(others.size())];
      switch (below(6)) {
        case 0:
          text[at] = static_cast<char>(below(256));
          break;
        case 1:
          text.erase(at, length);
          break;
        case 2:
          text.insert(at, text.substr(at, length));
          break;
        case 3:
          text.resize(at);
          break;
        case 4:
          text[at] = kSharp[below(kSharp.size())];
          break;
        default:
          text = text.substr(0, at) + other.substr(below(other.size() + 1));
          break;
      }
    }
    return text;
  }

 private:
  static constexpr std::string_view kSharp = "{}[]()\"'\\<>%|-+*.,:;0 9\n\x00\xff\x7f";

  size_t below(size_t n) { return n == 0 ? 0 : random_() % n; }

  std::mt19937_64 random_{7};
};

// What is being read, for the file that a crash leaves behind.
std::string current;

void keep_input(int signal) {
  const int file = ::open("crash-input", O_WRONLY | O_CREAT | O_TRUNC, 0644);
  const ssize_t n = ::write(file, current.data(), current.size());
  ::close(file);
  std::signal(signal, SIG_DFL);
  if (n >= 0) std::raise(signal);
}

void run(const Target& target, std::string input) {
  current = std::move(input);
  target.run(current);
}

class Replay : public testing::TestWithParam<Target> {};

TEST_P(Replay, SeedsAndChangedSeeds) {
  const std::vector<std::string> seeds = read_seeds(GetParam().name);
  ASSERT_FALSE(seeds.empty());
  for (const int signal : {SIGABRT, SIGSEGV, SIGFPE, SIGILL, SIGBUS}) std::signal(signal, keep_input);
  for (const std::string& seed : seeds) run(GetParam(), seed);
  Changer changer;
  const int n = n_changes();
  for (int i = 0; i < n; ++i)
    run(GetParam(), changer.change(seeds[static_cast<size_t>(i) % seeds.size()], seeds));
}

INSTANTIATE_TEST_SUITE_P(Targets, Replay, testing::ValuesIn(targets()),
                         [](const auto& made) { return std::string(made.param.name); });

}  // namespace
}  // namespace samovar::fuzz
