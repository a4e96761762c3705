#include <zlib.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "base/utf8.h"
#include "chat/office_text.h"
#include "wire/json.h"

namespace samovar::chat {
namespace {

constexpr size_t kMaxUnpacked = size_t{64} << 20U;
constexpr std::string_view kDocument = "word/document.xml";

// Little endian, as ZIP has it. The caller has checked the bounds.
uint32_t read_u16(std::string_view bytes, size_t at) {
  return static_cast<unsigned char>(bytes[at]) |
         static_cast<uint32_t>(static_cast<unsigned char>(bytes[at + 1])) << 8U;
}
uint32_t read_u32(std::string_view bytes, size_t at) {
  return read_u16(bytes, at) | read_u16(bytes, at + 2) << 16U;
}

struct ZipEntry {
  uint32_t method = 0;
  std::string_view packed;
};

// Walks the central directory at the end of the archive.
bool find_entry(std::string_view zip, std::string_view wanted, ZipEntry& entry) {
  constexpr size_t kEndBytes = 22;
  constexpr size_t kHeadBytes = 46;
  constexpr size_t kLocalBytes = 30;
  const size_t end = zip.rfind("PK\x05\x06");
  if (end == std::string_view::npos || end + kEndBytes > zip.size()) return false;
  size_t at = read_u32(zip, end + 16);
  for (uint32_t left = read_u16(zip, end + 10); left > 0; --left) {
    if (at + kHeadBytes > zip.size() || zip.substr(at, 4) != "PK\x01\x02") return false;
    const size_t name_bytes = read_u16(zip, at + 28);
    if (at + kHeadBytes + name_bytes > zip.size()) return false;
    if (zip.substr(at + kHeadBytes, name_bytes) == wanted) {
      const size_t local = read_u32(zip, at + 42);
      const size_t n_packed = read_u32(zip, at + 20);
      if (local + kLocalBytes > zip.size()) return false;
      const size_t data = local + kLocalBytes + read_u16(zip, local + 26) + read_u16(zip, local + 28);
      if (data > zip.size() || n_packed > zip.size() - data) return false;
      entry = {read_u16(zip, at + 10), zip.substr(data, n_packed)};
      return true;
    }
    at += kHeadBytes + name_bytes + read_u16(zip, at + 30) + read_u16(zip, at + 32);
  }
  return false;
}

Result<std::string> inflate_entry(const std::string& name, const ZipEntry& entry) {
  if (entry.method == 0) return std::string(entry.packed);
  z_stream stream;
  std::memset(&stream, 0, sizeof stream);
  if (entry.method != 8 || ::inflateInit2(&stream, -MAX_WBITS) != Z_OK) {
    return Error{Code::kUnsupported, "'" + name + "' is packed in an unknown way"};
  }
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(entry.packed.data()));
  stream.avail_in = static_cast<uInt>(entry.packed.size());
  std::string out;
  char buffer[65536];
  int code = Z_OK;
  while (code == Z_OK && out.size() <= kMaxUnpacked) {
    stream.next_out = reinterpret_cast<Bytef*>(buffer);
    stream.avail_out = sizeof buffer;
    code = ::inflate(&stream, Z_NO_FLUSH);
    out.append(buffer, sizeof buffer - stream.avail_out);
  }
  ::inflateEnd(&stream);
  if (out.size() > kMaxUnpacked) return Error{Code::kTooLarge, "'" + name + "' unpacks to more than 64 MB"};
  if (code != Z_STREAM_END) return Error{Code::kUnsupported, "'" + name + "' is damaged"};
  return out;
}

void append_entity(std::string& out, std::string_view name) {
  if (name == "amp") {
    out += '&';
  } else if (name == "lt") {
    out += '<';
  } else if (name == "gt") {
    out += '>';
  } else if (name == "quot") {
    out += '"';
  } else if (name == "apos") {
    out += '\'';
  } else if (name.starts_with('#') && name.size() > 1) {
    const bool hex = name[1] == 'x';
    const std::string digits(name.substr(hex ? 2 : 1));
    append_utf8(static_cast<char32_t>(std::strtoul(digits.c_str(), nullptr, hex ? 16 : 10)), out);
  }
}

bool is_tag(std::string_view tag, std::string_view name) {
  return tag.starts_with(name) &&
         (tag.size() == name.size() || tag[name.size()] == ' ' || tag[name.size()] == '/');
}

// Text stands in <w:t>; paragraphs, breaks and tabs are elements of their own.
std::string xml_to_text(std::string_view xml) {
  std::string out;
  bool in_text = false;
  for (size_t i = 0; i < xml.size();) {
    if (xml[i] == '<') {
      const size_t end = std::min(xml.find('>', i), xml.size());
      const std::string_view tag = xml.substr(i + 1, end - i - 1);
      if (is_tag(tag, "w:t")) in_text = !tag.ends_with('/');
      if (tag == "/w:t") in_text = false;
      if (tag == "/w:p" || is_tag(tag, "w:br") || is_tag(tag, "w:cr")) out += '\n';
      if (is_tag(tag, "w:tab") || tag == "/w:tc") out += '\t';
      i = end + 1;
    } else if (in_text && xml[i] == '&') {
      const size_t end = std::min(xml.find(';', i), xml.size());
      append_entity(out, xml.substr(i + 1, end - i - 1));
      i = end + 1;
    } else {
      if (in_text) out += xml[i];
      ++i;
    }
  }
  return out;
}

}  // namespace

Result<std::string> read_docx_text(const std::string& name, std::string_view bytes) {
  ZipEntry entry;
  if (!find_entry(bytes, kDocument, entry))
    return Error{Code::kUnsupported, "'" + name + "' is no Word document, or damaged"};
  const Result<std::string> xml = inflate_entry(name, entry);
  if (!xml) return xml.error();
  if (!is_valid_utf8(*xml))
    return Error{Code::kUnsupported, "'" + name + "' is damaged: its text is not UTF-8"};
  return xml_to_text(*xml);
}

}  // namespace samovar::chat
