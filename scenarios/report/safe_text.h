// What users wrote (titles, names, files) inside a document of ours: it can neither become markup nor, by the characters that
// steer the direction of writing (Unicode TR 9, "trojan source"), reorder the figures beside it.
#pragma once

#include <string>

namespace gpufleet::scenarios {

/// Control characters and those that change the direction of writing become visible: "[U+202E]". Line breaks and tabs stay.
std::string without_controls(const std::string& text);

/// & < > " ' for text and attributes of HTML and SVG, without controls.
std::string escape_html(const std::string& text);
/// What a user wrote, as HTML whose direction of writing ends where it ends.
std::string isolated_html(const std::string& text);
/// The same where there are no elements: text that is written from right to left is enclosed in isolates.
std::string isolated_plain(const std::string& text);
/// The same for attributes and tooltips of HTML.
std::string isolated_attribute(const std::string& text);
/// A name ("memory_parameters_optimizer") that may break at its underscores.
std::string breakable_name(const std::string& name);

/// One line of Markdown: what would end a cell, start a tag or begin a link is taken as a letter.
std::string escape_markdown(const std::string& text);
/// Lines as they are, between fences that the text cannot end.
std::string fenced_markdown(const std::string& text, const std::string& language);

}  // namespace gpufleet::scenarios
