package spectools

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/mcptools/spectools/serialize"
)

func TestNameFormats(t *testing.T) {
	for _, tt := range []struct{ in, lower, upper, snake, camel string }{
		{"getUserByID", "getuserbyid", "GETUSERBYID", "get_user_by_id", "getUserById"},
		{"get_user-list", "get_user-list", "GET_USER-LIST", "get_user_list", "getUserList"},
		{"HTTPServer", "httpserver", "HTTPSERVER", "http_server", "httpServer"},
		{"__a", "__a", "__A", "a", "a"},
		{"v2Users", "v2users", "V2USERS", "v2_users", "v2Users"},
		{"AZaz", "azaz", "AZAZ", "a_zaz", "aZaz"},
		{"", "", "", "", ""},
	} {
		t.Run(tt.in, func(t *testing.T) {
			got := [...]string{NameAsIs.apply(tt.in), NameLower.apply(tt.in), NameUpper.apply(tt.in), NameSnake.apply(tt.in), NameCamel.apply(tt.in)}
			if want := [...]string{tt.in, tt.lower, tt.upper, tt.snake, tt.camel}; got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

// named returns the tools of operations, written as "operationId METHOD /path".
func named(prefix string, format NameFormat, operations ...string) []string {
	var ops []*operation
	for _, o := range operations {
		f := strings.Split(o, " ")
		op := &operation{id: f[0]}
		op.Method, op.Path = f[1], f[2]
		ops = append(ops, op)
	}
	setToolNames(ops, prefix, format)
	out := make([]string, len(ops))
	for i, op := range ops {
		out[i] = op.toolName
	}
	return out
}

func TestToolNames(t *testing.T) {
	long := strings.Repeat("a", 63)
	const hash = `_[0-9a-f]{8}`
	for _, tt := range []struct {
		name       string
		prefix     string
		format     NameFormat
		operations []string
		want       []string // regular expressions
	}{
		{"operationId", "", "", []string{"getUser GET /users/{id}"}, []string{"getUser"}},
		{"prefix", "shop_", "", []string{"getUser GET /users/{id}"}, []string{"shop_getUser"}},
		{"format", "Shop_", NameSnake, []string{"getUser GET /u"}, []string{"Shop_get_user"}},
		{"method and path", "", "", []string{" GET /users/{userId}/pets", " POST /"}, []string{"get_users_by_userId_pets", "post_root"}},
		{"operationId of punctuation", "", "", []string{"_- GET /a//b"}, []string{"get_a_b"}},
		{"64 characters", "x", "", []string{long + " GET /"}, []string{"x" + long}},
		{"65 characters", "xy", "", []string{long + " GET /"}, []string{"xy" + long[:53] + hash}},
		{"two long names", "xy", "", []string{long + "b GET /", long + "c GET /"}, []string{"xy" + long[:53] + hash, "xy" + long[:53] + hash}},
		{"cut at a separator", "", "", []string{strings.Repeat("a", 54) + "_" + long + " GET /"}, []string{strings.Repeat("a", 54) + hash}},
		{"same name", "", "", []string{"a.b GET /1", "a_b GET /2", "a-b GET /3"}, []string{"a_b" + hash, "a_b", "a-b"}},
		{"same name without an operationId of that name", "", "", []string{"a.b GET /1", "a:b GET /2"}, []string{"a_b" + hash, "a_b" + hash}},
		{"same operationId", "", "", []string{"a GET /1", "a GET /2"}, []string{"a", "a" + hash}},
		{"same operationId and path", "", "", []string{"a GET /", "a GET /", "a GET /"}, []string{"a", "a" + hash, "a" + hash}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := named(tt.prefix, tt.format, tt.operations...)
			for i, want := range tt.want {
				if !regexp.MustCompile("^"+want+"$").MatchString(got[i]) || len(got[i]) > 64 {
					t.Errorf("got %s, want %s", got[i], want)
				}
			}
			if unique := slices.Compact(slices.Sorted(slices.Values(got))); len(unique) != len(got) {
				t.Errorf("names occur twice: %v", got)
			}
			if again := named(tt.prefix, tt.format, tt.operations...); !slices.Equal(got, again) {
				t.Errorf("then %v", again)
			}
		})
	}
}

func TestArgumentNames(t *testing.T) {
	long := strings.Repeat("p", 64)
	for _, tt := range []struct {
		name       string
		parameters string // location and name of each
		want       string // regular expression of the arguments
	}{
		{"own names", "path id, query X-b.c", "id X-b.c"},
		{"other characters", "query a b, query ü", "a_b _"},
		{"bounds of ASCII", "query @AZ[`az{/09:", "_AZ__az__09_"},
		{"empty", "query ", "_"},
		{"same name", "path id, query id, query other", "id__path id__query other"},
		{"reserved", "query requestBody, query __confirmed", "requestBody__query __confirmed__query"},
		{"same name as an appended one", "path id, query id, query id__path", "id__path_[0-9a-f]{8} id__query id__path"},
		{"64 characters", "query " + long, long},
		{"65 characters", "query " + long + "q", long[:55] + "_[0-9a-f]{8}"},
		{"64 characters twice", "path " + long + ", query " + long, long[:58] + "__path " + long[:57] + "__query"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var all []*serialize.Parameter
			for p := range strings.SplitSeq(tt.parameters, ", ") {
				in, name, _ := strings.Cut(p, " ")
				all = append(all, &serialize.Parameter{In: in, Name: name})
			}
			nameArguments(all)
			var got []string
			for _, p := range all {
				got = append(got, p.Argument)
				if len(p.Argument) > maxName {
					t.Errorf("%s has %d characters", p.Argument, len(p.Argument))
				}
			}
			if s := strings.Join(got, " "); !regexp.MustCompile("^" + tt.want + "$").MatchString(s) {
				t.Errorf("got %s, want %s", s, tt.want)
			}
		})
	}
}

// TestParameters checks the order of parameters, which are left out, and what the notes say.
func TestParameters(t *testing.T) {
	const document = `
openapi: 3.0.3
info: {title: A, version: "1"}
servers: [{url: "https://a.example"}]
components:
  securitySchemes:
    key: {type: apiKey, in: query, name: api_key}
    head: {type: apiKey, in: header, name: X-Key}
security: [{key: []}, {head: []}]
paths:
  /a/{second}/{first}/{missing}:
    parameters:
      - {name: first, in: path, required: true, schema: {type: integer}}
      - {name: z, in: query, schema: {type: integer}}
    get:
      operationId: a
      parameters:
        - {name: C, in: cookie, schema: {type: string}}
        - {name: H, in: header, schema: {type: string}}
        - {name: z, in: query, schema: {type: string}}
        - {name: b, in: query, schema: {type: string}}
        - {name: second, in: path, required: true, schema: {type: string}}
        - {name: gone, in: path, required: true, schema: {type: string}}
        - {name: api_key, in: query, schema: {type: string}}
        - {name: api_key, in: header, schema: {type: string}}
        - {name: x-key, in: header, schema: {type: string}}
        - {name: X-KEY, in: query, schema: {type: string}}
        - {name: Accept, in: header, schema: {type: string}}
        - {name: Authorization, in: header, schema: {type: string}}
        - {name: Cookie, in: header, schema: {type: string}}
        - {name: Host, in: header, schema: {type: string}}
        - {name: Forwarded, in: header, schema: {type: string}}
        - {name: X-Original-URL, in: header, schema: {type: string}}
        - {name: X-HTTP-Method-Override, in: header, schema: {type: string}}
      responses: {"200": {description: ok}}
    post:
      operationId: b
      parameters:
        - {name: second, in: path, required: true, schema: {type: string}}
        - {name: missing, in: path, required: true, schema: {type: string}}
        - {name: X-HTTP-Method-Override, in: header, schema: {type: string}}
      responses: {"200": {description: ok}}
`
	s := newSet(t, document, Options{})
	for tool, want := range map[string]string{
		"a": "path second, path first, path missing, query X-KEY, query b, query z, header H, header api_key, cookie C",
		"b": "path second, path first, path missing, query z, header X-HTTP-Method-Override",
	} {
		op := s.byTool[tool]
		var got []string
		for _, p := range op.Parameters {
			got = append(got, p.In+" "+p.Name)
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("%s:\ngot  %s\nwant %s", tool, strings.Join(got, ", "), want)
		}
		if fmt.Sprint(op.CredentialQueries) != "[api_key]" {
			t.Errorf("%s: credentials in query parameters %v", tool, op.CredentialQueries)
		}
		for _, p := range op.Parameters {
			if p.Name == "z" && p.Schema.Value.Type.Is("string") != (tool == "a") {
				t.Errorf("%s: parameter z is that of another level: %v", tool, p.Schema.Value.Type)
			}
			if p.Required != (p.In == openapi3.ParameterInPath) {
				t.Errorf("%s: %s is required: %v", tool, p.Name, p.Required)
			}
		}
	}
	var notes []string
	for _, n := range s.Notes() {
		notes = append(notes, n.Method+" "+n.Text)
	}
	for _, want := range []string{
		"GET path parameter gone is left out: the path has no such parameter",
		"GET path parameter missing is not described: a string is accepted",
		"GET query parameter api_key is left out: it could replace a credential",
		"GET header parameter x-key is left out: it could replace a credential",
		"GET header parameter Authorization is left out: it could replace a credential",
		"GET header parameter Cookie is left out: it could replace a credential",
		"GET header parameter Accept is left out: it follows from the media types (OpenAPI 3, Parameter Object)",
		"GET header parameter Host is left out: it is set by the transport or is not a valid header name",
		"GET header parameter Forwarded is left out: it could change the path or host of the request",
		"GET header parameter X-Original-URL is left out: it could change the path or host of the request",
		"GET header parameter X-HTTP-Method-Override is left out: it could change the method of a request that is not held",
	} {
		if !slices.Contains(notes, want) {
			t.Errorf("no note: %s", want)
		}
	}
	if len(notes) != 11 {
		t.Errorf("notes:\n%s", strings.Join(notes, "\n"))
	}
}
