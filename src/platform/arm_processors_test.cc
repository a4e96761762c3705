#include "platform/arm_processors.h"

#include <gtest/gtest.h>

namespace samovar::platform {
namespace {

TEST(ArmProcessorName, IsTheNameWhateverVariantAndRevision) {
  EXPECT_EQ(arm_processor_name(0x413FD0C1), "Neoverse N1");
  EXPECT_EQ(arm_processor_name(0x410FD0C0), "Neoverse N1");
  EXPECT_EQ(arm_processor_name(0xC00FAC30), "AmpereOne");
}

TEST(ArmProcessorName, SaysTheNumbersOfOthers) {
  EXPECT_EQ(arm_processor_name(0x510F8041), "ARM processor, implementer 0x51, part 0x804");
}

}  // namespace
}  // namespace samovar::platform
