#include "http/trace.h"

#include <gtest/gtest.h>

namespace samovar::http {
namespace {

TEST(Trace, GoesOnWithTheCallers) {
  const Trace trace = continue_trace("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00");
  EXPECT_EQ(trace.trace_id, "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(trace.parent_id, "00f067aa0ba902b7");
  EXPECT_EQ(trace.span_id.size(), 16U);
  EXPECT_NE(trace.span_id, trace.parent_id);
  EXPECT_EQ(trace.header(), "00-4bf92f3577b34da6a3ce929d0e0e4736-" + trace.span_id + "-00");
  EXPECT_FALSE(
      continue_trace("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more").parent_id.empty());
}

TEST(Trace, BeginsAnewWhereThereIsNone) {
  for (const char* bad : {"", "x", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0",
                          "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                          "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
                          "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
                          "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                          "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more"}) {
    const Trace trace = continue_trace(bad);
    EXPECT_EQ(trace.parent_id, "") << bad;
    EXPECT_EQ(trace.trace_id.size(), 32U);
    EXPECT_NE(trace.trace_id, continue_trace(bad).trace_id);
  }
}

}  // namespace
}  // namespace samovar::http
