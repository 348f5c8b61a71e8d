// SPDX-License-Identifier: Apache-2.0
#include "base/redact.h"

#include <doctest/doctest.h>

namespace landfast {
namespace {

TEST_CASE("names of secrets are known") {
  for (const auto* name : {"POSTGRES_PASSWORD", "api_key", "GITHUB_TOKEN", "DB_PASS", "AUTH"})
    CHECK(is_secret_name(name));
  for (const auto* name : {"LEVEL", "PATH", "POSTGRES_PASSWORD_FILE", "PORT"})
    CHECK_FALSE(is_secret_name(name));
}

TEST_CASE("secrets are replaced wherever they stand, the longest first") {
  Redactor redactor;
  redactor.add(Secret("korrekt"));
  redactor.add(Secret("korrektes pferd\n"));
  CHECK(redactor.apply("a korrektes pferd, korrektkorrekt!") == "a ***, ******!");
  CHECK(redactor.apply("nothing of it") == "nothing of it");
  CHECK(redactor.apply("").empty());
}

TEST_CASE("each line of a key counts, short values do not") {
  Redactor redactor;
  redactor.add(Secret("-----BEGIN-----\nMIIEvQ\nab\n"));
  CHECK(redactor.apply("read MIIEvQ ab") == "read *** ab");
}

TEST_CASE("variables count by their name, addresses by their password") {
  Redactor redactor;
  redactor.add_variable("TOKEN", "t0k3n");
  redactor.add_variable("LEVEL", "debug");
  redactor.add_variable("DATABASE_URL", "postgres://app:pferd@db:5432/app?x=a@b");
  redactor.add_variable("HOME_PAGE", "https://example.org/a:b@c");
  CHECK(redactor.apply("debug t0k3n postgres://app:pferd@db:5432 a:b@c") ==
        "debug *** postgres://app:***@db:5432 a:b@c");
}

TEST_CASE("the lines that an error cites are redacted") {
  Redactor redactor;
  redactor.add(Secret("pferd"));
  Error error;
  error.trace = {"last log lines:", "  login with pferd"};
  redactor.apply(error);
  CHECK(error.trace[1] == "  login with ***");
}

}  // namespace
}  // namespace landfast
