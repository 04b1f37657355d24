// Whose an SQLite file is, and the steps from each version of the results store to the next. A store carries our application id
// (sqlite.org/pragma.html#pragma_application_id); those of before version 4 have none and are known by their exact tables.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace gpufleet::scenarios {

class Database;

inline constexpr int kStoreVersion = 4;

struct StoreIdentity {
  enum class Kind : std::uint8_t {
    ours,    ///< of this version or an older one; version 0 is a file without any content
    newer,   ///< ours, of a program that is newer than this one
    foreign  ///< another program's
  };
  Kind kind = Kind::foreign;
  int version = 0;
};

/// Writes nothing. Nothing where SQLite cannot read the file; its own error says why.
std::optional<StoreIdentity> identity_of(Database& database);

/// Takes a store from version `step` to `step` + 1. For a transaction of its own, with foreign_keys off.
/// Precondition: 0 <= step < kStoreVersion.
std::string migration_sql(int step);

}  // namespace gpufleet::scenarios
