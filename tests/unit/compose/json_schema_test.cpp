// SPDX-License-Identifier: Apache-2.0
#include "compose/json_schema.h"

#include <doctest/doctest.h>

#include <boost/json/parse.hpp>
#include <fstream>
#include <sstream>
#include <valijson/adapters/boost_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

#include "compose/findings.h"
#include "compose/landfast_rules.h"
#include "compose/yaml_tree.h"

namespace landfast {
namespace {

namespace json = boost::json;

/// The schema as another program reads it.
class Schema {
 public:
  Schema() {
    valijson::SchemaParser parser;
    document_ = compose::landfast_schema();
    parser.populateSchema(valijson::adapters::BoostJsonAdapter(document_), schema_);
  }
  bool accepts(const json::value& value) {
    valijson::Validator validator;
    return validator.validate(schema_, valijson::adapters::BoostJsonAdapter(value), nullptr);
  }

 private:
  json::value document_;
  valijson::Schema schema_;
};

/// Whether the loader's rules take it as a landfast.yaml; JSON is YAML.
bool rules_accept(const std::string& text) {
  compose::Arena arena;
  compose::Findings findings;
  const auto source = findings.add_source({"landfast.yaml", text, {}});
  const auto yaml = compose::read_yaml(arena, findings, source);
  REQUIRE(yaml.documents.size() == 1);
  compose::validate(findings, *yaml.documents[0].root, compose::landfast_file_rule());
  return !findings.failed();
}

/// Values that stand, one after the other, for every key.
constexpr const char* values[] = {
    "null",
    "true",
    "false",
    "-1",
    "0",
    "1",
    "7",
    "200",
    "404",
    "70000",
    "2.5",
    "3.0",
    "\"\"",
    "\"basic\"",
    "\"hardened\"",
    "\"own\"",
    "\"nginx\"",
    "\"none\"",
    "\"acme\"",
    "\"off\"",
    "\"self-signed\"",
    "\"postgres\"",
    "\"files\"",
    "\"30s\"",
    "\"1h30m\"",
    "\"-5s\"",
    "\"5\"",
    "\"5GB\"",
    "\"5 gb\"",
    "\"5 parsecs\"",
    "\"1.5g\"",
    "\":3000\"",
    "\":0\"",
    "\"app\"",
    "\"app.example.com\"",
    "\"*.example.com/api\"",
    "\"http://app:3000/x\"",
    "\"https://a b\"",
    "\"db:5432\"",
    "\"10.0.0.0/8\"",
    "\"::1\"",
    "\"0 3 * * *\"",
    "\"0 3 * *\"",
    "\"VAR\"",
    "\"1VAR\"",
    "[]",
    "[\"a\"]",
    "[1]",
    "[\"a\", \"b\"]",
    "[\"vol\"]",
    "[\"10.0.0.1\"]",
    "[\"app.example.com\", \":80\"]",
    "[[]]",
    "{}",
    "{\"a\": \"b\"}",
    "{\"x-a\": 1}",
    "{\"sql\": \"d\"}",
    "{\"sql\": 1}",
    "{\"cert\": \"c\", \"key\": \"k\"}",
    "{\"cert\": \"c\"}",
    "{\"host\": \"a\"}",
    "{\"host\": \"a\", \"port\": 80}",
    "{\"port\": 80}",
    "{\"host\": \"a\", \"strip\": true}",
    "{\"host\": \"a\", \"path\": \"/x\", \"strip\": true}",
    "{\"host\": \"a\", \"static\": \"/s\", \"spa\": true, \"body\": \"1g\"}",
    "{\"host\": \"a\", \"headers\": {\"A\": \"b\", \"C\": null}}",
    "{\"host\": \"a\", \"auth\": {\"e\": \"pw\"}}",
    "{\"host\": \"a\", \"allow\": [\"10.0.0.1\"]}",
    "{\"host\": \"a\", \"timeout\": \"5s\", \"compress\": false}",
    "{\"host\": \"a\", \"b\": 1}",
    "{\"to\": \"/b\"}",
    "{\"every\": \"0 3 * * *\"}",
    "{\"to\": \"/b\", \"keep\": {\"daily\": 7}}",
    "{\"to\": \"/b\", \"keep\": {\"dayly\": 7}}",
    "{\"to\": \"/b\", \"ping\": \"no url\"}",
    "{\"max_age\": \"24h\", \"files\": \"5GB\", \"keep\": 1}",
    "{\"files\": 5000}",
    "{\"email\": \"a@b.c\", \"staging\": true}",
    "{\"staging\": \"yes\"}",
    "{\"kind\": \"tailscale\", \"service\": \"app\"}",
    "{\"kind\": \"vpn\"}",
    "[{\"http\": \"http://app/\"}]",
    "[{\"http\": \"http://app/\", \"tcp\": \"a:1\"}]",
    "[{\"tcp\": \"a:1\", \"status\": 200}]",
    "[{\"tcp\": \"a:1\", \"in\": \"app\"}]",
    "[{\"http\": \"http://app/\", \"status\": 99}]",
    "[{\"run\": [\"x\"]}, {\"run\": \"x\"}]",
    "[{\"http\": \"http://app/\", \"json\": {\"a\": [1]}, \"header\": {\"A\": \"b\"}}]",
    "[{\"run\": 1}]",
    "[{\"in\": \"app\"}]"};

std::string with(const std::string& scope, std::string_view key, const std::string& value) {
  const auto pair = "{\"" + std::string(key) + "\": " + value + "}";
  if (scope == "stack") return "{\"x-landfast\": " + pair + "}";
  return "{\"services\": {\"app\": {\"x-landfast\": " + pair + "}}}";
}

}  // namespace

TEST_CASE("the published schema and the rules agree on every key and value") {
  Schema schema;
  std::size_t cases = 0, accepted = 0;
  const auto compare = [&](const std::string& text) {
    CAPTURE(text);
    const bool ours = rules_accept(text);
    CHECK(schema.accepts(json::parse(text)) == ours);
    ++cases;
    accepted += ours ? 1 : 0;
  };
  for (const auto* value : values) {
    for (const auto& a : compose::landfast_stack_rule().attributes)
      compare(with("stack", a.name, value));
    for (const auto& a : compose::landfast_service_rule().attributes)
      compare(with("service", a.name, value));
    compare(with("stack", "x-own", value));
    compare(with("service", "no_such_key", value));
  }
  MESSAGE(cases << " cases, " << accepted << " accepted by both");
  CHECK(accepted > 100);
}

TEST_CASE("every key of x-landfast is described") {
  const auto described = [](const compose::Rule& rule, const auto& self) -> void {
    for (const auto& a : rule.attributes) {
      CAPTURE(a.name);
      CHECK_FALSE(a.about.empty());
      self(*a.rule, self);
    }
    if (rule.items != nullptr) self(*rule.items, self);
    if (rule.values != nullptr) self(*rule.values, self);
  };
  described(compose::landfast_file_rule(), described);
}

TEST_CASE("the schema in docs is the one that the program prints") {
  std::ifstream file(LANDFAST_SOURCE_DIR "/docs/landfast.schema.json");
  std::ostringstream text;
  text << file.rdbuf();
  CHECK_MESSAGE(text.str() == compose::landfast_schema_text(),
                "landfast schema > docs/landfast.schema.json");
}

}  // namespace landfast
