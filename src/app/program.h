// The program's command line.
#pragma once

namespace samovar::app {

// What main() does. Returns the exit code: 0, 1 (failed), 2 (wrong command line), 70 (a bug).
[[nodiscard]] int run_program(int argc, char** argv);

}  // namespace samovar::app
