// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sql/migration_state.h"

namespace landfast {

/// The last part of a path, and the path above it without the final slash.
[[nodiscard]] std::string_view file_name(std::string_view path);
[[nodiscard]] std::string_view file_folder(std::string_view path);

/// An Alembic script: `revision` and `down_revision` (with `depends_on`) as it states them.
struct AlembicScript {
  std::string revision;
  std::vector<std::string> after;
};
[[nodiscard]] std::optional<AlembicScript> alembic_script(std::string_view content);

/// A Django migration: `app` is the folder above `migrations`; `replaces` of a squashed one, as
/// "app.name".
struct DjangoMigration {
  std::string app, name;
  std::vector<std::string> replaces;
  bool installed = false;  ///< among the installed packages, not the app's own
};
[[nodiscard]] std::optional<DjangoMigration> django_migration(const ImageFile& file);

/// An entry of Drizzle's meta/_journal.json.
struct DrizzleEntry {
  std::string tag;
  std::int64_t when = 0;
};
[[nodiscard]] std::optional<std::vector<DrizzleEntry>> drizzle_journal(std::string_view content);

/// The number before `_` of "20240102_name.rb"; "" where there is none.
[[nodiscard]] std::string leading_digits(std::string_view name);

/// Flyway's checksum of a script: CRC-32 of its lines without their ends and without a BOM, as the
/// signed number that its table holds.
[[nodiscard]] std::int32_t flyway_checksum(std::string_view content);

}  // namespace landfast
