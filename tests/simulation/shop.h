// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "simulation/stage.h"

namespace landfast {

/// Versions of the images that one release of the simulated shop uses; 9 is broken: such an image
/// fails its gate, such a level passes it and fails the verify check. The migration of app 8 fails
/// half-way.
struct Versions {
  int db = 15, cache = 7, app = 1, web = 1, level = 0;
  bool routed = false;   ///< an edge carries the traffic of web
  bool reaches = false;  ///< web uses the database too, and is fenced with it
  bool admin = false;    ///< where it is routed: by another path too, with limits of its own

  [[nodiscard]] std::string yaml() const;
  /// What stands on the engine where this release serves, as Stage::containers says it.
  [[nodiscard]] std::string wanted() const;
  /// Routes of web in the table of its edge.
  [[nodiscard]] std::size_t routes() const { return routed ? (admin ? 2 : 1) : 0; }
  [[nodiscard]] bool broken() const { return app == 8 || app == 9 || web == 9 || level == 9; }
};

/// The images of all versions: a database with a temporary server, a cache with an anonymous
/// volume, an app that flaps in version 2, its migration, its side container and a web server.
/// `slowness` multiplies their times.
void load_shop_images(Stage& stage, int slowness);

}  // namespace landfast
