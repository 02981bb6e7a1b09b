package lint

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/spectap/spectap/openapi/internal/openapitest"
)

const head = "openapi: 3.0.3\ninfo: {title: t, version: '1', description: d}\nservers: [{url: https://h/v1}]\n"

const clean = head + `tags: [{name: a}]
paths:
  /a/{id}:
    get:
      operationId: getA
      summary: Get an A
      tags: [a]
      parameters:
        - {name: id, in: path, required: true, description: The id, schema: {type: string}}
      responses:
        "200": {description: OK, content: {application/json: {schema: {$ref: '#/components/schemas/A'}}}}
        default: {description: no}
components:
  schemas:
    A: {type: object, required: [id], properties: {id: {type: string, pattern: '^(?!0)\d+$'}}}
`

func TestCheck(t *testing.T) {
	for _, tt := range []struct {
		name, from, to string
		want           []string // rule@line
	}{
		{"clean", "", "", nil},
		{"no description", ", description: d}", "}", []string{"description-missing@2"}},
		{"no server", "servers: [{url: https://h/v1}]\n", "", []string{"server-missing@1"}},
		{"plain HTTP", "https://h/v1", "http://h/v1", []string{"server-insecure@3"}},
		{"sign-in", "tags: [{name: a}]\n", "tags: [{name: a}]\nx-spectap-access: {signIn: [{operation: 'POST /a/{id}', gives: {}}], antiForgery: [{header: X-CSRF, from: [{operation: 'GET /a/{id}', cookie: c}]}]}\n",
			[]string{"reference-unresolved@5"}},
		{"loopback", "https://h/v1", "http://localhost:80/v1", nil},
		{"slash", "https://h/v1", "https://h/v1/", []string{"server-slash@3"}},
		{"no id", "      operationId: getA\n", "", []string{"operation-id-missing@7"}},
		{"undescribed", "      summary: Get an A\n", "", []string{"operation-undescribed@7"}},
		{"no tag", "      tags: [a]\n", "", []string{"tag-missing@7"}},
		{"other tag", "      tags: [a]", "      tags: [b]", []string{"tag-undeclared@10"}},
		{"parameter", "description: The id, ", "", []string{"parameter-undescribed@12"}},
		{"untyped", "schema: {type: string}}\n      r", "schema: {maxLength: 5}}\n      r", []string{"parameter-untyped@12"}},
		{"parameter gone", "{id}", "{it}", []string{"path-parameters-mismatch@7"}},
		{"not required", "in: path, required: true", "in: path", []string{"path-parameter-required@7"}},
		{"no success", `"200": {description: OK, content`, `"404": {description: OK, content`, []string{}},
		{"no failure", "        default: {description: no}\n", "", []string{"failure-missing@7"}},
		{"no schema", "{schema: {$ref: '#/components/schemas/A'}}", "{}", []string{"response-schema-missing@14", "component-unused@18"}},
		{"required", "required: [id]", "required: [id, name]", []string{"required-undeclared@18"}},
		{"pattern", `'^(?!0)\d+$'`, `'['`, []string{"pattern-unreadable@18"}},
		{"bounds", "{type: string, pattern", "{type: string, minLength: 5, maxLength: 4, pattern", []string{"bounds-crossed@18"}},
		{"enum", "{type: string, pattern", "{type: string, enum: [a, a], nullable: true, pattern", []string{"enum-null@18", "enum-repeated@18"}},
		{"type", "{type: string, pattern", "{type: text, pattern", []string{"*@18"}},
		{"security", "      tags: [a]", "      security: [{x: []}]\n      tags: [a]", []string{"security-requirement-scheme-undefined@7"}},
		{"markup", "Get an A", `"Get an A <script>alert(1)</script>"`, []string{"markup@9"}},
		{"hidden", "Get an A", `"Get an A \u202e\u200b"`, []string{"markup@9"}},
		{"no responses", "      responses:\n", "      x-responses:\n", []string{"*"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			data := []byte(strings.Replace(clean, tt.from, tt.to, 1))
			r := openapitest.Must(Check(t.Context(), data, Config{}))
			var got []string
			for _, f := range r.Findings {
				got = append(got, fmt.Sprintf("%s@%d", f.Rule, f.Line))
				if f.Message == "" || f.Advice == "" || f.Line < 1 || f.Column < 1 || strings.Contains(f.Message, "\n") {
					t.Errorf("%+v", f)
				}
				if rule, ok := ruleOf(f.Rule); !ok || rule.Severity != f.Severity {
					t.Errorf("%+v has no rule", f)
				}
			}
			if len(tt.want) > 0 && strings.HasPrefix(tt.want[0], "*") {
				if len(got) == 0 {
					t.Errorf("found nothing")
				}
				return
			}
			if !slices.Equal(got, tt.want) && len(got)+len(tt.want) > 0 {
				t.Errorf("got %v, want %v: %+v", got, tt.want, r.Findings)
			}
		})
	}
}

func TestConfig(t *testing.T) {
	data := []byte(strings.Replace(clean, "      operationId: getA\n", "", 1))
	if r, err := Check(t.Context(), data, Config{ErrorsOnly: true}); err != nil || len(r.Findings) > 0 {
		t.Error(r, err)
	}
	if r, err := Check(t.Context(), data, Config{Ignore: []string{"operation-id-missing"}}); err != nil || len(r.Findings) > 0 {
		t.Error(r, err)
	}
	broken := "\nx-spectap-access: {signIn: [" + strings.Repeat("{operation: POST /none},", maxAccess+1) + "]}\n"
	if r, err := Check(t.Context(), []byte(clean+broken), Config{}); err != nil || len(r.Findings) > maxAccess {
		t.Error("findings without a bound:", len(r.Findings), err)
	}
	if _, err := Check(t.Context(), data, Config{Ignore: []string{"nothing"}}); err == nil {
		t.Error("an unknown rule is accepted")
	}
	if _, err := Check(t.Context(), []byte("{"), Config{}); err == nil {
		t.Error("no error")
	}
}

func TestHandler(t *testing.T) {
	s := httptest.NewServer(Handler(Config{}))
	defer s.Close()
	quoted := func(doc string) string {
		b := openapitest.Must(json.Marshal(map[string]string{"openapi_spec": doc}))
		return string(b)
	}
	noID := strings.Replace(clean, "      operationId: getA\n", "", 1)
	broken := strings.Replace(clean, "{id}", "{it}", 1)
	for _, tt := range []struct {
		name, method, path, body string
		status                   int
		want                     string
	}{
		{"fine", "POST", "/lint", quoted(clean), 200, `"issues": []`},
		{"warning", "POST", "/lint", quoted(noID), 200, `"warning_count": 1`},
		{"no warning", "POST", "/validate", quoted(noID), 200, `"warning_count": 0`},
		{"error", "POST", "/validate", quoted(broken), 422, `"success": false`},
		{"unreadable", "POST", "/lint", quoted("openapi: [\n"), 400, `"error_count": 1`},
		{"the document itself", "POST", "/validate", broken, 422, `"success": false`},
		{"the document in JSON", "POST", "/validate", `{"info": {}, "openapi": "3.1.0"}`, 422, `"success": false`},
		{"no field", "POST", "/lint", `{}`, 400, "openapi_spec"},
		{"no JSON", "POST", "/lint", `x`, 400, "openapi_spec"},
		{"too large", "POST", "/lint", `{"openapi_spec": "` + strings.Repeat("x", maxRequest) + `"}`, 413, "larger"},
		{"method", "GET", "/lint", "", 405, "POST"},
		{"health", "GET", "/health", "", 200, `"status": "healthy"`},
		{"list", "GET", "/", "", 200, "POST /lint"},
		{"nothing", "GET", "/x", "", 404, "no such"},
		{"preflight", "OPTIONS", "/lint", "", 204, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			req := openapitest.Must(http.NewRequest(tt.method, s.URL+tt.path, strings.NewReader(tt.body)))
			res := openapitest.Must(http.DefaultClient.Do(req))
			defer res.Body.Close()
			body := openapitest.Must(io.ReadAll(res.Body))
			if res.StatusCode != tt.status || !strings.Contains(string(body), tt.want) {
				t.Errorf("%d %s", res.StatusCode, body)
			}
			h := res.Header
			if (tt.status == 404) != (h.Get("Access-Control-Allow-Origin") == "") {
				t.Errorf("no page may call it: %v", h)
			}
			if tt.status == 204 {
				if h.Get("Access-Control-Allow-Methods") != "POST, OPTIONS" || h.Get("Access-Control-Allow-Headers") != "Content-Type" {
					t.Errorf("no page may send JSON: %v", h)
				}
				return
			}
			if h.Get("Content-Type") != "application/json" || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Cache-Control") != "no-store" {
				t.Errorf("a page may show the response: %v", h)
			}
			if (tt.status == 405) != (h.Get("Allow") == "POST, OPTIONS") {
				t.Errorf("Allow %q", h.Get("Allow"))
			}
		})
	}
}

func FuzzCheck(f *testing.F) {
	f.Add([]byte(clean))
	f.Add([]byte(`{"swagger":"2.0","info":{"title":"t","version":"1"},"paths":{"/a":{"get":{"responses":{"200":{"description":"x"}}}}}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := Check(t.Context(), data, Config{})
		if err != nil {
			return
		}
		for _, f := range r.Findings {
			if f.Message == "" {
				t.Fatalf("%+v", f)
			}
		}
	})
}
