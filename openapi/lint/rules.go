package lint

import (
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
)

// ruleInvalid is the rule for errors of kin-openapi that have no ID of their own.
const ruleInvalid = "invalid"

// ruleExample is the rule for examples. A broken one does not keep a program from using the
// document, so it is an error only with Config.Strict.
const ruleExample = "example-violates-schema"

// ruleUnquoted is the rule for values such as [1.10, true] of a string. They are read as strings,
// so that no error follows.
const ruleUnquoted = "value-unquoted"

// rules are the rules of this package. Kin-openapi has others, which check what the specification
// requires.
var rules = []Rule{
	{ruleInvalid, Error, "The document breaks a rule of OpenAPI", "See the section of the specification that the message names."},
	{"member-unknown", Error, "An object has no such member", "Remove it, correct its name, or begin it with x-."},
	{"member-missing", Error, "A member is missing", "Add it."},
	{"value-type", Error, "A value has the wrong type", "Write a value of the type that the message names."},
	{"value-unknown", Error, "A value is none of those defined", "Use one of the values that the message names."},
	{"members-exclusive", Error, "Two members exclude each other", "Remove one of them."},
	{"key-invalid", Error, "A key has the wrong form", "Correct the key."},
	{"reference-unresolved", Error, "A reference leads nowhere", "Correct the reference, or add what it names."},
	{"server-variable-undeclared", Error, "A variable of a server's URL is not declared", "Declare it under variables, with a default."},
	{"paths-missing", Error, "The document has no paths", "Add paths: {} or, in 3.1, webhooks or components."},
	{"pattern-unreadable", Error, "A pattern is not a regular expression of ECMA-262", "Correct the pattern; values cannot be checked by it."},
	{"schema-unreadable", Error, "A schema cannot be compiled", "Correct the schema; values cannot be checked by it."},
	{"path-unroutable", Error, "A path template cannot be read", "Write parameters as {name}, with both braces in one segment."},
	{"path-has-query", Error, "A path has a query or a fragment", "Declare query parameters with in: query."},

	{ruleExample, Warning, "An example does not fit its schema", "Correct the example, or the schema."},
	{"operation-id-missing", Warning, "An operation has no operationId", "Add a short unique operationId; tools and generated clients are named by it."},
	{"operation-id-clash", Warning, "Two operationIds differ in case or punctuation only", "Rename one: names derived from them would be equal."},
	{"operation-undescribed", Warning, "An operation has neither summary nor description", "Describe in one line what it does."},
	{"success-missing", Warning, "An operation declares no success response", "Declare a 2xx or 3xx status, or default."},
	{"response-schema-missing", Warning, "A JSON body has no schema", "Add a schema, so that bodies can be read and checked."},
	{"parameter-untyped", Warning, "A parameter's schema has no type", "Add type, enum or $ref."},
	{"body-on-read", Warning, "A request body on GET or HEAD, which has no defined meaning", "Use query parameters, or POST (RFC 9110, section 9.3.1)."},
	{"write-unsecured", Warning, "An operation that writes has no security requirement, though others have one",
		"Add security, or security: [] if anyone may call it."},
	{"key-in-query", Warning, "An API key in the query ends up in logs and histories", "Use a header."},
	{"server-default-unlisted", Warning, "The default of a server's variable is none of its enum", "Correct it, or add it to the enum."},
	{"server-missing", Warning, "The document names no server", "Add servers with the address of the API."},
	{"server-insecure", Warning, "A server is reached without TLS", "Use https."},
	{"server-slash", Warning, "A server's URL ends in a slash, and paths begin with one", "Remove the slash."},
	{"path-slash", Warning, "A path is declared with and without a slash at its end", "Declare one of them."},
	{"required-undeclared", Warning, "A required property is not among the properties", "Declare it, or correct the name."},
	{"enum-repeated", Warning, "An enum lists a value twice", "Remove one of them."},
	{"enum-null", Warning, "A nullable enum does not list null, so that null is refused (OpenAPI 3.0.3)", "Add null to the enum."},
	{ruleUnquoted, Warning, "A schema for strings has a value that is no string", "Write it in quotes: some programs refuse it, spectap reads it as a string."},
	{"bounds-crossed", Warning, "A minimum is above its maximum, so that no value is valid", "Correct the bounds."},
	{"component-unused", Warning, "Nothing refers to a component", "Remove it, or refer to it."},
	{"markup", Warning, "A text has markup or invisible characters, which a model could take for instructions", "Write plain text or Markdown."},

	{"tag-missing", Note, "An operation has no tag", "Group operations by tags."},
	{"tag-undeclared", Note, "A tag is not declared at the top", "Add it under tags, with a description."},
	{"parameter-undescribed", Note, "A parameter has no description", "Describe what it means."},
	{"failure-missing", Note, "An operation declares no failure response", "Declare the 4xx statuses that it can return, or default."},
	{"description-missing", Note, "The API has no description", "Describe in info.description what it is for."},
}

// Rules returns all rules: those of this package, then those of kin-openapi.
func Rules() []Rule {
	out := slices.Clone(rules)
	codes := openapi3.ValidationErrorCodes()
	slices.Sort(codes)
	for _, code := range slices.Compact(codes) {
		if code == ruleExample {
			continue
		}
		r, _ := ruleOf(code)
		out = append(out, r)
	}
	return out
}

func ruleOf(id string) (Rule, bool) {
	for _, r := range rules {
		if r.ID == id {
			return r, true
		}
	}
	if isCode(id) {
		return Rule{id, Error, "The document breaks OpenAPI's rule " + id, rules[0].Advice}, true
	}
	return Rule{}, false
}

// isCode reports whether a rule is one of kin-openapi's.
func isCode(id string) bool { return slices.Contains(openapi3.ValidationErrorCodes(), id) }
