#include "eigenhead/plot/png.hpp"

#include <gtest/gtest.h>

#include <string>

namespace eigenhead::detail {
namespace {

TEST(Crc32, EqualsThePublishedCheckValue) { EXPECT_EQ(crc32("123456789"), 0xcbf43926u); }

// RFC 4648, section 10.
TEST(Base64, EqualsThePublishedVectors) {
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foo"), "Zm9v");
  EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(base64("\xff\xfe\xfd"), "//79");
}

// Written by Python's zlib at level 0, the palette red, green, blue.
TEST(PalettePng, EqualsTheFileOfAnotherWriter) {
  const std::string file =
      palette_png({0, 1, 1, 2, 0, 1}, 3, {{255, 0, 0}, {0, 255, 0}, {0, 0, 255}});
  EXPECT_EQ(
      base64(file),
      "iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAMAAACqqpYoAAAACVBMVEX/AAAA/wAAAP8tSs2KAAAAE0lEQVR4AQEI"
      "APf/AAABAQACAAEAGgAGe4TqrAAAAABJRU5ErkJggg==");
}

TEST(ZlibStored, LongContentIsSplitIntoBlocksWithOneChecksum) {
  std::string content;
  for (int i = 0; i < 70000; ++i) content += static_cast<char>(i * 7 % 251);
  const std::string stream = zlib_stored(content);
  ASSERT_EQ(stream.size(), 2u + 5 + 65535 + 5 + 4465 + 4);
  EXPECT_EQ(stream.substr(0, 7), std::string("\x78\x01\x00\xff\xff\x00\x00", 7));
  EXPECT_EQ(stream.substr(7, 65535), content.substr(0, 65535));
  EXPECT_EQ(stream.substr(65542, 5), std::string("\x01\x71\x11\x8e\xee", 5));
  EXPECT_EQ(stream.substr(65547, 4465), content.substr(65535));
  EXPECT_EQ(stream.substr(70012), "\x5a\xd4\x89\x1b");  // Adler-32 of Python's zlib
}

}  // namespace
}  // namespace eigenhead::detail
