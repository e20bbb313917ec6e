#pragma once

#include "eigenhead/core/file.hpp"

#include <filesystem>
#include <ostream>
#include <string>
#include <utility>

namespace eigenhead {

/// A finished page: one HTML document that needs no other file and no network.
class HtmlPage {
 public:
  explicit HtmlPage(std::string html) : html_(std::move(html)) {}

  /// The document, UTF-8. The same input gives the same bytes.
  const std::string& to_string() const { return html_; }

  /// Writes the document to `path`. Throws FileError when that fails, leaving no half file.
  void save(const std::filesystem::path& path) const { write_file(path, html_, "HtmlPage::save"); }

  friend std::ostream& operator<<(std::ostream& out, const HtmlPage& page) {
    return out << page.html_;
  }

 private:
  std::string html_;
};

}  // namespace eigenhead
