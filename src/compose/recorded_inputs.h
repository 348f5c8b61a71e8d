// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/secret.h"
#include "compose/load.h"

namespace landfast {

/// What a load found at one path.
struct RecordedFile {
  bool exists = false;
  bool directory = false;
  std::optional<Secret> bytes;  ///< nullopt: never read, or not there
  std::string link;             ///< where its symbolic link leads, "" where that was not asked
};

/// Every input of one load, so that it can be done again without the folder. Holds values: it may
/// leave the process sealed only.
struct RecordedInputs {
  LoadRequest request;  ///< `environment` has only what the files could have asked for
  std::map<std::string, std::string> images;  ///< --image SERVICE=REFERENCE
  std::map<std::string, RecordedFile> files;  ///< by absolute path
};

/// Files that remember what was asked of them.
class RecordingFiles final : public Files {
 public:
  explicit RecordingFiles(const Files& under) : under_(under) {}
  [[nodiscard]] Result<std::string> read(const std::string& absolute_path) const override;
  [[nodiscard]] bool exists(const std::string& absolute_path) const override;
  [[nodiscard]] bool is_directory(const std::string& absolute_path) const override;
  [[nodiscard]] std::string resolve_link(const std::string& absolute_path) const override;
  [[nodiscard]] const std::map<std::string, RecordedFile>& seen() const { return seen_; }

 private:
  RecordedFile& look(const std::string& path) const;
  const Files& under_;
  mutable std::map<std::string, RecordedFile> seen_;
};

/// Files as they were; nothing else is there.
class RecordedFiles final : public Files {
 public:
  explicit RecordedFiles(const std::map<std::string, RecordedFile>& files) : files_(files) {}
  [[nodiscard]] Result<std::string> read(const std::string& absolute_path) const override;
  [[nodiscard]] bool exists(const std::string& absolute_path) const override;
  [[nodiscard]] bool is_directory(const std::string& absolute_path) const override;
  [[nodiscard]] std::string resolve_link(const std::string& absolute_path) const override;

 private:
  [[nodiscard]] const RecordedFile* find(const std::string& path) const;
  const std::map<std::string, RecordedFile>& files_;
};

/// The record of a load that read `seen` and of the configs and secrets that `project` holds. Of
/// the environment it keeps COMPOSE_* and the variables whose name stands in what was read: no
/// other can have been asked for.
[[nodiscard]] RecordedInputs recorded_inputs(LoadRequest request,
                                             const std::map<std::string, RecordedFile>& seen,
                                             const Project& project,
                                             const std::map<std::string, std::string>& images);

/// The record as bytes, to be sealed; and back. `corrupt` where they are no record.
[[nodiscard]] Secret record_bytes(const RecordedInputs& record);
[[nodiscard]] Result<RecordedInputs> record_from(const Secret& bytes);

/// Loads the project again: files, configs and secrets as they were. Bind-mounted files are the
/// user's and are looked at in `today`.
[[nodiscard]] Result<Project> load_recorded(const RecordedInputs& record, const Files& today);

/// Sets the image of services (`--image`); `invalid` where there is no such service.
[[nodiscard]] Status override_images(Project& project,
                                     const std::map<std::string, std::string>& images);

/// A variable of interpolation whose value is not the same in two records.
struct VariableChange {
  std::string name;
  bool shown = false;       ///< it stands in the reference of an image, so its values may be shown
  std::string before, now;  ///< only where `shown`; "" where it is not set
};
/// By name. Variables are those that the files of either record name.
[[nodiscard]] std::vector<VariableChange> changed_variables(const RecordedInputs& before,
                                                            const RecordedInputs& now);

}  // namespace landfast
