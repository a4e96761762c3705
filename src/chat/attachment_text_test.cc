#include "chat/attachment_text.h"

#include <gtest/gtest.h>

#include "chat/office_text.h"

namespace samovar::chat {
namespace {

void append_number(std::string& out, size_t value, int bytes) {
  for (int i = 0; i < bytes; ++i, value >>= 8U) out += static_cast<char>(value & 0xFFU);
}

// A ZIP archive with one entry that is not packed.
std::string make_docx(const std::string& xml) {
  const std::string name = "word/document.xml";
  std::string zip = "PK\x03\x04";
  append_number(zip, 0, 14);
  append_number(zip, xml.size(), 4);
  append_number(zip, xml.size(), 4);
  append_number(zip, name.size(), 2);
  append_number(zip, 0, 2);
  zip += name + xml;
  const size_t directory = zip.size();
  zip += "PK\x01\x02";
  append_number(zip, 0, 16);
  append_number(zip, xml.size(), 4);
  append_number(zip, xml.size(), 4);
  append_number(zip, name.size(), 2);
  append_number(zip, 0, 12);
  append_number(zip, 0, 4);
  zip += name;
  const size_t directory_bytes = zip.size() - directory;
  zip += "PK\x05\x06";
  append_number(zip, 0, 4);
  append_number(zip, 1, 2);
  append_number(zip, 1, 2);
  append_number(zip, directory_bytes, 4);
  append_number(zip, directory, 4);
  append_number(zip, 0, 2);
  return zip;
}

constexpr const char* kXml =
    "<w:document><w:p><w:r><w:t>Чай &amp; &#x441;ахар</w:t></w:r></w:p>"
    "<w:p><w:t xml:space=\"preserve\">two </w:t><w:tab/><w:t>cells</w:t></w:p></w:document>";

TEST(AttachmentText, AWordDocumentGivesItsParagraphs) {
  const auto file = read_attachment("Отчёт.docx", make_docx(kXml));
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->kind, "docx");
  EXPECT_EQ(file->text, "Чай & сахар\ntwo \tcells\n");
}

TEST(AttachmentText, DamagedDocumentsAreRefusedAtEveryCut) {
  const std::string whole = make_docx(kXml);
  for (size_t n = 4; n < whole.size(); ++n) EXPECT_FALSE(read_attachment("x.docx", whole.substr(0, n))) << n;
  for (size_t i = 4; i < whole.size(); ++i) {
    std::string changed = whole;
    changed[i] = static_cast<char>(changed[i] ^ 0xFF);
    static_cast<void>(read_attachment("x.docx", changed));
  }
}

TEST(AttachmentText, APdfGivesItsText) {
  if (!reads_pdf()) GTEST_SKIP() << "built without poppler";
  const std::string stream = "BT /F1 24 Tf 50 700 Td (Hello tea) Tj ET";
  const std::string pdf =
      "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count "
      "1>>endobj\n"
      "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<</F1 5 0 "
      "R>>>>>>endobj\n"
      "4 0 obj<</Length " +
      std::to_string(stream.size()) + ">>stream\n" + stream +
      "\nendstream endobj\n5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\ntrailer<</Root 1 0 "
      "R>>\n%%EOF\n";
  const auto file = read_attachment("x.pdf", pdf);
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_NE(file->text.find("Hello tea"), std::string::npos) << file->text;
  EXPECT_FALSE(read_attachment("x.pdf", pdf.substr(0, 40)));
}

TEST(AttachmentText, NamesLoseFoldersAndControlCharacters) {
  EXPECT_EQ(clean_file_name("../../etc/passwd"), "passwd");
  EXPECT_EQ(clean_file_name("C:\\x\\a\n.txt"), "a.txt");
  EXPECT_EQ(clean_file_name("/"), "file");
  const std::string cut = clean_file_name(std::string(199, 'a') + "ёё");
  EXPECT_EQ(cut, std::string(199, 'a'));
}

}  // namespace
}  // namespace samovar::chat
