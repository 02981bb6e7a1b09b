package openapi_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/spectap/spectap/openapi"
)

// References that take too much work to resolve, and too long names, are an error. Others are not.
func TestLoadTooMuch(t *testing.T) {
	each := func(n int, item string) string { // item with N for the number, and M for the next one
		var b strings.Builder
		for i := range n {
			b.WriteString(strings.NewReplacer("N", fmt.Sprint(i), "M", fmt.Sprint(i+1)).Replace(item))
		}
		return b.String()
	}
	schemas := func(s string) string { return "components:\n  schemas:\n" + s }
	object := func(n int) string { return "{properties: {" + each(n, "pN: {type: string}, ") + "}}\n" }
	for _, tt := range []struct {
		name, data string
		tooMany    bool
	}{
		{"chain", schemas("    A2000: {type: string}\n" + each(2_000, "    AN: {$ref: '#/components/schemas/AM'}\n")), true},
		{"chain in capitals", schemas("    A2000: {type: string}\n" + each(2_000, "    AN: {$Ref: '#/components/schemas/AM'}\n")), true},
		{"chain of parameters", "components:\n  parameters:\n    A2000: {name: a, in: query}\n" + each(2_000, "    AN: {$ref: '#/components/parameters/AM'}\n"), true},
		{"many to a large object", schemas("    A: " + object(3_000) + each(1_000, "    BN: {items: {$ref: '#/components/schemas/A'}}\n")), true},
		{"many to an extension", "x-a: " + object(1_000) + schemas(each(100, "    BN: {items: {$ref: '#/x-a'}}\n")), true},
		{"many to a long text in an extension", "x-a: {description: " + strings.Repeat("a", 60_000) + "}\n" + schemas(each(5_000, "    BN: {items: {$ref: '#/x-a'}}\n")), true},
		{"many to a long text in a path item", "components:\n  pathItems:\n    P: {get: {description: " + strings.Repeat("a", 60_000) + ", responses: {}}}\nwebhooks:\n" +
			each(5_000, "  wN: {$ref: '#/components/pathItems/P'}\n"), true},
		{"doubled in an extension", schemas("    A: {$ref: '#/x-a/b0'}\n") + "x-a:\n  b17: {type: string}\n" +
			each(17, "  bN: {allOf: [{$ref: '#/x-a/bM'}, {$ref: '#/x-a/bM'}]}\n"), true},
		{"doubled in an extension of a schema", schemas("    A:\n      items: {$ref: '#/components/schemas/A/x-%61/b0'}\n      x-a:\n        b17: {type: string}\n" +
			each(17, "        bN: {allOf: [{$ref: '#/components/schemas/A/x-a/bM'}, {$ref: '#/components/schemas/A/x-a/bM'}]}\n")), true},
		{"doubled with escapes", schemas("    A: {$ref: '#/x-%61/b0'}\n") + "x-a:\n  b17: {type: string}\n" +
			each(17, "  bN: {allOf: [{$ref: '#/x-%61/bM'}, {$ref: '#/x-%61/bM'}]}\n"), true},
		{"long name of a large object", schemas("    ? " + strings.Repeat("A", 30_000) + "\n    : " + object(3_000)), true},
		{"long name", schemas("    ? " + strings.Repeat("A", 30_000) + "\n    : " + object(100)), false},
		{"short chain", schemas("    A200: {type: string}\n" + each(200, "    AN: {$ref: '#/components/schemas/AM'}\n")), false},
		{"doubled in components", schemas("    A40: {type: string}\n" + each(40, "    AN: {allOf: [{$ref: '#/components/schemas/AM'}, {$ref: '#/components/schemas/AM'}]}\n")), false},
		{"many to a small object", schemas("    A: " + object(20) + each(5_000, "    BN: {items: {$ref: '#/components/schemas/A'}}\n")), false},
		{"some to an extension", "x-a/b: " + object(20) + schemas(each(100, "    BN: {items: {$ref: '#/x-a~1b'}}\n")), false},
		{"cycles", schemas("    A: {$ref: '#/components/schemas/A'}\n    B: {items: {$ref: '#/components/schemas/B'}}\n    C: {$ref: '#/x-c'}\n") +
			"x-c: {items: {$ref: '#/x-c'}, not: {$ref: '#/components/schemas/C'}}\n", false},
		{"nowhere", "x-a: [{$ref: '#/x-b/c'}, {$ref: '#/%zz'}, {$ref: ''}, {$ref: 1}]\n", false},
		{"an element", "x-a: [{}, {items: {$ref: '#/x-a/1'}}]\n" + schemas("    A: {items: {$ref: '#/paths/~1a/parameters/0/schema'}}\n"), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, version := range []string{"3.0.3", "3.1.0"} {
				doc := "openapi: " + version + "\ninfo: {title: t, version: '1'}\npaths: {/a: {parameters: [{name: a, in: query, schema: {type: string}}]}}\n" + tt.data
				_, err := openapi.Load([]byte(doc))
				if got := err != nil && strings.Contains(err.Error(), "too much work"); got != tt.tooMany {
					t.Errorf("%s: %v, want too much work: %t", version, err, tt.tooMany)
				} else if !got && err != nil {
					t.Errorf("%s: %v", version, err)
				}
			}
			old := "swagger: '2.0'\ninfo: {title: t, version: '1'}\npaths: {}\n" +
				strings.NewReplacer("components:\n  schemas:", "definitions:", "components:\n  parameters:", "parameters:", "components/schemas", "definitions", "components/", "").Replace(tt.data)
			if _, err := openapi.Load([]byte(old)); tt.tooMany && !strings.Contains(tt.data, "pathItems") && (err == nil || !strings.Contains(err.Error(), "too much work")) {
				t.Errorf("2.0: %v", err)
			}
		})
	}
}
