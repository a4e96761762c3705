#include "platform/child.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include "base/clock.h"

namespace samovar::platform {
namespace {

ChildWish shell(const std::string& script) {
  return {.arguments = {"/bin/sh", "-c", script},
          .input = {},
          .max_output_bytes = 2'000'000,
          .timeout_ms = 20'000};
}

TEST(Child, GetsItsInputAndGivesItsOutput) {
  ChildWish wish = shell("cat; exit 3");
  const std::string input(1'500'000, 'x');
  wish.input = input;
  const auto end = run_child(wish);
  ASSERT_TRUE(end) << end.error().message;
  EXPECT_EQ(end->fate, ChildFate::kExited);
  EXPECT_EQ(end->status, 3);
  EXPECT_EQ(end->output, input);
}

TEST(Child, DiesAlone) {
  const auto end = run_child(shell("echo first; kill -SEGV $$"));
  ASSERT_TRUE(end);
  EXPECT_EQ(end->fate, ChildFate::kDied);
  EXPECT_EQ(end->status, SIGSEGV);
  EXPECT_EQ(end->output, "first\n");
}

TEST(Child, IsKilledWhenItTakesTooLongOrSaysTooMuch) {
  ChildWish slow = shell("exec sleep 30");
  slow.timeout_ms = 100;
  const int64_t begun = steady_ms();
  const auto late = run_child(slow);
  ASSERT_TRUE(late);
  EXPECT_EQ(late->fate, ChildFate::kTooSlow);
  EXPECT_LT(steady_ms() - begun, 15'000);
  const auto talkative =
      run_child(shell("while :; do echo yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy; done"));
  ASSERT_TRUE(talkative);
  EXPECT_EQ(talkative->fate, ChildFate::kTooTalkative);
}

TEST(Child, HasNoneOfOurFilesAndSecrets) {
  ::setenv("SAMOVAR_TEST_SECRET", "s3cret", 1);
  const int file = ::open("/etc/passwd", O_RDONLY);  // inherited by a plain fork
  const auto end = run_child(shell("echo /proc/self/fd/*; env"));
  ::close(file);
  ::unsetenv("SAMOVAR_TEST_SECRET");
  ASSERT_TRUE(end);
  EXPECT_EQ(end->output.find("s3cret"), std::string::npos) << end->output;
  EXPECT_EQ(end->output.find("fd/" + std::to_string(file) + " "), std::string::npos) << end->output;
}

TEST(Child, AProgramThatIsNotThereIsAnError) {
  ChildWish wish = shell("");
  wish.arguments = {"/nowhere/program"};
  const auto end = run_child(wish);
  if (!end) {
    EXPECT_EQ(end.error().code, Code::kIo);
  } else {  // POSIX allows this, too: emulators find out too late
    EXPECT_EQ(end->fate, ChildFate::kExited);
    EXPECT_EQ(end->status, 127);
  }
}

}  // namespace
}  // namespace samovar::platform
