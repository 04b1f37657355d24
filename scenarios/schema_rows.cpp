#include "scenarios/schema_rows.h"

namespace gpufleet::scenarios::rows {

KeySpec text(std::string path, std::string doc) {
  return {.path = std::move(path), .type = KeyType::text, .doc = std::move(doc)};
}
KeySpec whole(std::string path, double least, double most, std::string doc) {
  return {.path = std::move(path), .type = KeyType::integer, .minimum = least, .maximum = most, .doc = std::move(doc)};
}
KeySpec real(std::string path, double least, double most, std::string doc) {
  return {.path = std::move(path), .type = KeyType::number, .minimum = least, .maximum = most, .doc = std::move(doc)};
}
KeySpec quantity(std::string path, Dimension dimension, double most, std::string doc) {
  return {.path = std::move(path),
          .type = KeyType::quantity,
          .dimension = dimension,
          .minimum = 0,
          .maximum = most,
          .doc = std::move(doc)};
}

KeySpec needed(KeySpec key) {
  key.presence = Presence::required;
  return key;
}
KeySpec from(KeySpec key, std::string fallback_source) {
  key.fallback_source = std::move(fallback_source);
  return key;
}
KeySpec usually(KeySpec key, std::string fallback) {
  key.fallback = std::move(fallback);
  return key;
}

}  // namespace gpufleet::scenarios::rows
