#include "app/pdf_child.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <cstdio>

#include "chat/office_text.h"
#include "platform/child.h"

namespace samovar::app {
namespace {

constexpr size_t kMaxText = size_t{64} << 20U;
constexpr rlim_t kMaxMemory = rlim_t{1} << 30U;
constexpr rlim_t kMaxProcessorSeconds = 20;
constexpr int64_t kTimeoutMs = 60'000;  // the machine may be busy
// Exit codes.
constexpr int kRefused = 3;
constexpr int kTooLarge = 4;

void limit(__rlimit_resource what, rlim_t most) {
  const rlimit both = {most, most};
  ::setrlimit(what, &both);
}

void lock_up() {
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  limit(RLIMIT_AS, kMaxMemory);
  limit(RLIMIT_CPU, kMaxProcessorSeconds);
  limit(RLIMIT_FSIZE, 0);
  limit(RLIMIT_CORE, 0);
  static_cast<void>(::nice(10));  // answers go first
}

std::string read_input() {
  std::string bytes;
  std::array<char, 65536> buffer;
  for (size_t n = 0; (n = std::fread(buffer.data(), 1, buffer.size(), stdin)) > 0;)
    bytes.append(buffer.data(), n);
  return bytes;
}

Error explain(const std::string& name, const platform::ChildEnd& end) {
  if (end.fate == platform::ChildFate::kExited && end.status == kRefused)
    return {Code::kUnsupported, end.output};
  if (end.fate == platform::ChildFate::kExited && end.status == kTooLarge)
    return {Code::kTooLarge, end.output};
  if (end.fate == platform::ChildFate::kTooTalkative)
    return {Code::kTooLarge, "'" + name + "' holds too much text"};
  const bool too_slow = end.fate == platform::ChildFate::kTooSlow ||
                        (end.fate == platform::ChildFate::kDied && end.status == SIGXCPU);
  return {Code::kUnsupported,
          "'" + name +
              (too_slow ? "' takes too long to read" : "' is a damaged PDF file, or needs too much memory")};
}

}  // namespace

Result<std::string> read_pdf_apart(const std::string& name, std::string_view bytes) {
  Result<platform::ChildEnd> end =
      platform::run_child({.arguments = {platform::own_program(), "read-pdf", name},
                           .input = bytes,
                           .max_output_bytes = kMaxText,
                           .timeout_ms = kTimeoutMs});
  if (!end) return end.error();
  if (end->fate == platform::ChildFate::kExited && end->status == 0) return std::move(end->output);
  return explain(name, *end);
}

int read_pdf_here(const std::string& name) {
  lock_up();
  const Result<std::string> text = chat::read_pdf_text(name, read_input());
  const std::string& said = text ? *text : text.error().message;
  std::fwrite(said.data(), 1, said.size(), stdout);
  if (std::fflush(stdout) != 0) return 1;
  if (text) return 0;
  return text.error().code == Code::kTooLarge ? kTooLarge : kRefused;
}

}  // namespace samovar::app
