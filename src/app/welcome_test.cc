#include "app/welcome.h"

#include <gtest/gtest.h>

#include <fstream>

#include "app/page_data.h"

namespace samovar::app {
namespace {

TEST(Welcome, FilesOfTheFolderWinOverTheBuiltInTexts) {
  const std::filesystem::path folder = std::filesystem::path(testing::TempDir()) / "samovar_welcome_test";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "chainlit.md") << "# Our own";
  const auto welcome = load_welcome(folder);
  ASSERT_EQ(welcome.size(), 2U);
  EXPECT_EQ(welcome[0].first, "en");
  EXPECT_EQ(welcome[0].second, "# Our own");
  EXPECT_EQ(welcome[1].first, "ru");
  EXPECT_EQ(welcome[1].second, embedded_welcome_ru());
  std::filesystem::remove_all(folder);
}

TEST(Welcome, BuiltInTextsAreThere) {
  const auto welcome = load_welcome("/nonexistent");
  EXPECT_NE(welcome[0].second.find("# Welcome"), std::string::npos);
  EXPECT_NE(welcome[1].second.find("Добро пожаловать"), std::string::npos);
}

}  // namespace
}  // namespace samovar::app
