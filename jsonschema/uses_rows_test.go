package jsonschema_test

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spectap/spectap/internal/test/must"
)

// formatUses has for each format values that are valid and values that are not.
var formatUses = func() []use {
	var out []use
	for _, x := range []struct {
		format         string
		valid, invalid []string
	}{
		{"date-time",
			[]string{"2026-01-31T12:00:00Z", "2026-01-31T12:00:00.5+01:00", "2026-01-31T12:00:00"},
			[]string{"2026-01-31", "2026-02-30T12:00:00Z", "noon", "2026-01-31T12:00:00-24:00", "2026-01-31T12:00:60Z"}},
		{"date", []string{"2026-01-31"}, []string{"2026-02-30", "31.1.2026"}},
		{"time", []string{"12:00:00Z", "12:00", "12:00:00.5+0100", "23:59:60z"}, []string{"noon", "1:00", "99:99:99Z", "12:00:60Z", "12:00+24:00"}},
		{"duration", []string{"P1DT2H", "P4W"}, []string{"P", "1 day"}},
		{"uuid", []string{"123e4567-e89b-12d3-a456-426614174000"}, []string{"123e4567e89b12d3a456426614174000", ""}},
		{"email", []string{"a@b", "a..b@example.com", `"a @ b"@example.com`}, []string{"a", "a b@c", "a@b@c", "@c"}},
		{"hostname",
			[]string{"example.com", "_dmarc.example.com", "a.", "xn--mnchen-3ya.de", "a--b.com"},
			[]string{"", "-a.com", "a b", "xn--X", strings.Repeat("a", 64), strings.Repeat("a.", 127) + "a"}},
		{"ipv4", []string{"127.0.0.1"}, []string{"127.0.0.01", "127.0.0", "+1.2.3.4", "::1"}},
		// RFC 4291 has no zones; RFC 4007 adds them for use inside one node.
		{"ipv6", []string{"::1", "fe80::1", "::ffff:1.2.3.4"}, []string{"::1%lo", "fe80::1%eth0", "127.0.0.1", "1::2::3"}},
		{"uri",
			[]string{"https://example.com/a?b#c", "urn:isbn:1", "https://example.com/{id}?a=b|c d"},
			[]string{"/a", "example.com", "http://[::1", "http://a/<b>", `http://a/b\c`, "http://a/`"}},
		// RFC 3986, sections 3.2.2 and 4.1.
		{"uri-reference",
			[]string{"/a/b?c#d", "a", "", "//h/a", "https://[::1]/a"},
			[]string{`\x`, `a\b`, "%zz", "https://[::1%25lo]/", "https://[::1"}},
		// RFC 6570, section 2: expressions are in pairs of braces and do not nest.
		{"uri-template",
			[]string{"/a/{b}", "/a{?x,y*}", "{+base}/b", "{a}:b", "https://{host}/", "/a%20b", "/{user-id}", "{a.b:3}", ""},
			[]string{"/a/{b", "/a/b}", "/{a{b}}", "/a?x={b", "/%zz/{a}", "/\x01", "{}", "{a,}", "{a:0}", "a b"}},
		{"json-pointer", []string{"", "/a~1b"}, []string{"a", "/~2"}},
		{"relative-json-pointer", []string{"1/a", "0#"}, []string{"/a", "01"}},
		{"regex", []string{"^a+$", "(?<n>a)"}, []string{"(", "[z-a]"}},
		// RFC 4648, sections 4 and 5: one alphabet or the other.
		{"byte", []string{"YQ==", "YQ", "-_-_", "+/+/", "YW\nE=\n", ""}, []string{"a!", "+/-_", "YQ=Q"}},
		// Annotations: no value is refused.
		{"iri", []string{"ü"}, nil},
		{"iri-reference", []string{`\x`}, nil},
		{"idn-email", []string{"x"}, nil},
		{"idn-hostname", []string{"ü ü"}, nil},
		{"period", []string{"x"}, nil},
		{"semver", []string{"x"}, nil},
		{"password", []string{"x"}, nil},
	} {
		schema := fmt.Sprintf(`{"type":"string","format":%q}`, x.format)
		for i, values := range [][]string{x.invalid, x.valid} {
			for _, v := range values {
				out = append(out, use{
					name: fmt.Sprintf("%s %q", x.format, v), schema: schema, value: quote(v), valid: i == 1,
				})
			}
		}
		out = append(out, use{
			name: x.format + " of another type", schema: fmt.Sprintf(`{"format":%q}`, x.format), value: `true`, valid: true,
		})
	}
	return out
}()

var patternUses = []use{
	{name: "pattern", schema: `{"pattern":"^a+$"}`, value: `"aa"`, valid: true},
	{name: "line end", schema: `{"pattern":"^a+$"}`, value: `"a\n"`},
	{name: "anywhere", schema: `{"pattern":"a"}`, value: `"bab"`, valid: true},
	{name: "look-ahead", schema: `{"pattern":"^(?!x)[a-z]+$"}`, value: `"xa"`},
	{name: "beyond 16 bits", schema: `{"pattern":"^.$"}`, value: `"😀"`, valid: true},
	{name: "digits are ASCII", schema: `{"pattern":"^\\d$"}`, value: `"٣"`},
	{name: "needless escape", schema: `{"pattern":"^\\_\\@$"}`, value: `"_@"`, valid: true},
	{name: "stray brace", schema: `{"pattern":"^{a}$"}`, value: `"{a}"`, valid: true},
	{name: "stray brace, other text", schema: `{"pattern":"^{a}$"}`, value: `"a"`},
	{name: "hyphen in a class", schema: `{"pattern":"^[a-\\d]$"}`, value: `"-"`, valid: true},
	{name: "hyphen in a class, other text", schema: `{"pattern":"^[a-\\d]$"}`, value: `"b"`},
	{name: "Python group", schema: `{"pattern":"^(?P<n>a)$"}`, value: `"a"`, valid: true},
	{name: "Python group, other text", schema: `{"pattern":"^(?P<n>a)$"}`, value: `"b"`},
	{name: "Perl anchors", schema: `{"pattern":"\\Aab\\z"}`, value: `"ab"`, valid: true},
	{name: "Perl anchors, other text", schema: `{"pattern":"\\Aab\\z"}`, value: `"xab"`},
	{name: "pattern of names", version: "3.1.0",
		schema: `{"patternProperties":{"^\\_":{"type":"integer"}},"additionalProperties":false}`, value: `{"_a":1}`, valid: true},
	{name: "pattern of names, other type", version: "3.1.0",
		schema: `{"patternProperties":{"^\\_":{"type":"integer"}},"additionalProperties":false}`, value: `{"_a":"x"}`},
	{name: "exponential pattern", schema: `{"pattern":"^(a+)+$"}`, value: quote(strings.Repeat("a", 50) + "b")},
}

// nullableUses has nullable where OpenAPI 3.0 knows it and where OpenAPI 3.1 does not.
var nullableUses = func() []use {
	var out []use
	for _, x := range []struct {
		name, schema string
		value        string // another value that is valid
		null31       bool   // null is valid without nullable
	}{
		{"type", `{"type":"string","nullable":true}`, `"a"`, false},
		{"no type", `{"nullable":true}`, `1`, true},
		{"minLength without type", `{"minLength":1,"nullable":true}`, `"a"`, true},
		{"enum", `{"type":"string","enum":["a"],"nullable":true}`, `"a"`, false},
		{"enum with null", `{"type":"string","enum":["a",null],"nullable":true}`, `"a"`, false},
		{"enum without type", `{"enum":["a"],"nullable":true}`, `"a"`, false},
		{"allOf", `{"allOf":[{"type":"string"}],"nullable":true}`, `"a"`, false},
		{"anyOf", `{"anyOf":[{"type":"string"},{"type":"integer"}],"nullable":true}`, `1`, false},
		{"oneOf", `{"oneOf":[{"type":"string"},{"type":"integer"}],"nullable":true}`, `1`, false},
		{"type and allOf", `{"type":"object","allOf":[{"required":["b"]}],"nullable":true}`, `{"b":1}`, false},
		{"not", `{"not":{"type":"null"},"nullable":true}`, `1`, false},
		{"items", `{"type":"array","items":{"type":"integer"},"nullable":true}`, `[1]`, false},
	} {
		for _, version := range []string{"3.0.3", "3.1.0"} {
			out = append(out,
				use{name: "nullable " + x.name, version: version, schema: x.schema, value: x.value, valid: true},
				use{name: "nullable null " + x.name, version: version, schema: x.schema, value: `null`, valid: version == "3.0.3" || x.null31},
			)
		}
	}
	return append(out,
		use{name: "nullable false", schema: `{"type":"string","nullable":false}`, value: `null`},
		use{name: "type null", version: "3.1.0", schema: `{"type":["string","null"]}`, value: `null`, valid: true},
		use{name: "nullable const", version: "3.1.0", schema: `{"const":"a","nullable":true}`, value: `null`},
	)
}()

var numberUses = []use{
	{name: "beyond 2^53", schema: `{"type":"integer","maximum":9007199254740993}`, value: `9007199254740993`, valid: true},
	{name: "one more", schema: `{"type":"integer","maximum":9007199254740993}`, value: `9007199254740994`,
		violation: "/v: out of range", problem: "requestBody.v must be at most 9007199254740993"},
	{name: "enum of big numbers", schema: `{"enum":[9007199254740993]}`, value: `9007199254740992`},
	{name: "decimal multiple", schema: `{"multipleOf":0.01}`, value: `0.29`, valid: true},
	{name: "not a multiple", schema: `{"multipleOf":0.01}`, value: `0.295`},
	{name: "whole number with a point", schema: `{"type":"integer"}`, value: `1.0`, valid: true},
	{name: "whole number with an exponent", schema: `{"type":"integer"}`, value: `1e3`, valid: true},
	{name: "fraction", schema: `{"type":"integer"}`, value: `1.5`},
	{name: "int32 least", schema: `{"format":"int32"}`, value: `-2147483648`, valid: true},
	{name: "int32 too small", schema: `{"format":"int32"}`, value: `-2147483649`},
	{name: "int32 greatest", schema: `{"format":"int32"}`, value: `2147483647`, valid: true},
	{name: "int32 too large", schema: `{"format":"int32"}`, value: `2147483648`},
	// OpenAPI's format registry: int32 and int64 are integers, for any type.
	{name: "int32 fraction", schema: `{"type":"number","format":"int32"}`, value: `1.5`},
	{name: "int64 greatest", schema: `{"format":"int64"}`, value: `9223372036854775807`, valid: true},
	{name: "int64 greatest with a point", schema: `{"format":"int64"}`, value: `9223372036854775807.0`, valid: true},
	{name: "int64 too large", schema: `{"format":"int64"}`, value: `9223372036854775808`},
	{name: "int64 very small fraction", schema: `{"format":"int64"}`, value: `1e-400`},
	{name: "int64 of a string", schema: `{"format":"int64"}`, value: `"x"`, valid: true},
	{name: "exclusive", version: "3.0.3", schema: `{"minimum":1,"exclusiveMinimum":true}`, value: `1`,
		violation: "/v: out of range", problem: "requestBody.v must be greater than 1"},
	{name: "below exclusive", version: "3.0.3", schema: `{"minimum":1,"exclusiveMinimum":true}`, value: `0`},
	{name: "above exclusive", version: "3.0.3", schema: `{"minimum":1,"exclusiveMinimum":true}`, value: `1.1`, valid: true},
	{name: "not exclusive", version: "3.0.3", schema: `{"maximum":1,"exclusiveMaximum":false}`, value: `1`, valid: true},
	{name: "exclusive number", version: "3.1.0", schema: `{"exclusiveMaximum":9007199254740993}`, value: `9007199254740993`},
	{name: "below exclusive number", version: "3.1.0", schema: `{"exclusiveMaximum":9007199254740993}`, value: `9007199254740992`, valid: true},
}

// valueUses has values that are not equal to what they look like, and schemas with definitions.
var valueUses = []use{
	{name: "const null", schema: `{"const":null}`, value: `null`, valid: true},
	{name: "const null, other value", schema: `{"const":null}`, value: `0`},
	{name: "enum without values", version: "3.1.0", schema: `{"enum":[]}`, value: `0`,
		violation: "/v: not one of the 0 values of the enum", problem: "requestBody.v is not allowed: its enum has no values"},
	{name: "enum without values, which is not valid", version: "3.0.3", schema: `{"enum":[]}`, value: `0`, valid: true},
	{name: "control character", schema: `{"enum":["a\rb","a\nb"]}`, value: `"a\rb"`, valid: true},
	{name: "control character as shown", schema: `{"enum":["a\rb","a\nb"]}`, value: `"a\\rb"`},
	{name: "without the control character", schema: `{"enum":["a\u0000b"]}`, value: `"ab"`},
	{name: "control character in a name", schema: `{"required":["a\rb"]}`, value: `{"ab":1}`},
	{name: "definitions beside a reference", version: "3.1.0",
		schema: `{"$id":"https://a.test/a","$ref":"#/$defs/B","$defs":{"A":{"type":"integer"},"B":{"items":{"$ref":"#/$defs/A"}}}}`, value: `["a"]`},
	{name: "a schema beside a reference", version: "3.1.0",
		schema: `{"$ref":"#/paths/~1a/patch/requestBody/content/application~1json/schema/properties/v/if","if":{"type":"integer"}}`, value: `"a"`},
}

var messageUses = []use{
	{name: "type", schema: `{"type":"integer"}`, value: `"s3cret"`,
		violation: "/v: want integer, got string", problem: "requestBody.v must be an integer, not a string"},
	{name: "nullable type", version: "3.0.3", schema: `{"type":"integer","nullable":true}`, value: `"s3cret"`,
		violation: "/v: want integer or null, got string", problem: "requestBody.v must be an integer or null, not a string"},
	{name: "enum", schema: `{"enum":["a","b"]}`, value: `"s3cret"`,
		violation: "/v: not one of the 2 values of the enum", problem: `requestBody.v must be one of "a", "b"`},
	{name: "const", version: "3.1.0", schema: `{"const":"a"}`, value: `"s3cret"`,
		violation: "/v: not the constant", problem: `requestBody.v must be "a"`},
	{name: "format", schema: `{"format":"date"}`, value: `"s3cret"`,
		violation: "/v: not of format date", problem: "requestBody.v must be a date such as 2026-01-31"},
	{name: "other format", schema: `{"format":"ipv6"}`, value: `"::1%lo"`,
		violation: "/v: not of format ipv6", problem: "requestBody.v must be of the format ipv6"},
	{name: "pattern", schema: `{"pattern":"^a$"}`, value: `"s3cret"`,
		violation: "/v: does not match the pattern", problem: "requestBody.v does not match the pattern ^a$"},
	{name: "length", schema: `{"minLength":9}`, value: `"s3cret"`,
		violation: "/v: has a wrong length", problem: "requestBody.v has 6 characters, at least 9 are needed"},
	{name: "items", schema: `{"type":"array","items":{},"maxItems":1}`, value: `[1,2]`,
		violation: "/v: has a wrong number of items", problem: "requestBody.v has 2 items, at most 1 are allowed"},
	{name: "properties", schema: `{"maxProperties":1}`, value: `{"a":1,"b":2}`,
		violation: "/v: violates maxProperties", problem: "requestBody.v has 2 properties, at most 1 are allowed"},
	{name: "required", schema: `{"required":["a"]}`, value: `{}`,
		violation: "/v/a: the required property is missing", problem: "requestBody.v.a is required"},
	{name: "additional", schema: `{"additionalProperties":false}`, value: `{"s3cret":1}`,
		violation: "/v: has a property that is not declared", problem: "requestBody.v.s3cret is not an argument here"},
	{name: "not", schema: `{"not":{"type":"string"}}`, value: `"s3cret"`,
		violation: "/v: matches a schema that it must not match", problem: "requestBody.v matches a schema that it must not match"},
	{name: "one alternative fits the type", schema: `{"anyOf":[{"type":"integer"},{"type":"string","maxLength":1}]}`, value: `"s3cret"`,
		violation: "/v: has a wrong length", problem: "requestBody.v has 6 characters, at most 1 are allowed"},
	{name: "no alternative fits the type", schema: `{"anyOf":[{"type":"integer"},{"type":"boolean"}]}`, value: `"s3cret"`,
		violation: "/v: want boolean or integer, got string", problem: "requestBody.v must be an integer, not a string"},
	{name: "two alternatives match", schema: `{"oneOf":[{"type":"integer"},{"type":"number"}]}`, value: `1`,
		violation: "/v: matches none of the alternatives, or more than one",
		isLenient: true},
	{name: "item", schema: `{"type":"array","items":{"type":"integer"}}`, value: `[1,"s3cret"]`,
		violation: "/v/0: want integer, got string", problem: "requestBody.v[1] must be an integer, not a string"},
	{name: "unknown name", schema: `{"additionalProperties":{"type":"integer"}}`, value: `{"k":"s3cret"}`,
		violation: "/v/*: want integer, got string", problem: "requestBody.v.k must be an integer, not a string"},
}

// quote writes a JSON string.
func quote(s string) string {
	b := must.Get(json.Marshal(s))
	return string(b)
}
