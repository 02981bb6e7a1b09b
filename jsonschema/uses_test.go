package jsonschema_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/mcptools/spectools"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/check"
)

// use is a value that both users of the engine validate: inside a recorded body, and inside an
// argument of a tool call.
type use struct {
	name    string
	version string // of OpenAPI; "" for both
	schema  string
	value   string
	valid   bool
	// violation is the checker's message about an invalid value, and problem the message to the
	// caller of a tool. Empty messages are not compared.
	violation, problem string
	// isLenient is set if an argument is valid though the flow is not.
	isLenient bool
}

// TestUses checks that the same rules apply when flows are checked against a document and when
// arguments are checked against a tool.
func TestUses(t *testing.T) {
	for _, x := range slices.Concat(formatUses, patternUses, nullableUses, numberUses, valueUses, messageUses) {
		versions := []string{"3.0.3", "3.1.0"}
		if x.version != "" {
			versions = []string{x.version}
		}
		for _, version := range versions {
			t.Run(x.name+" "+version, func(t *testing.T) {
				violations := checkFlow(t, version, x.schema, x.value)
				if valid := len(violations) == 0; valid != x.valid {
					t.Errorf("as a flow: valid is %v, want %v: %q", valid, x.valid, violations)
				}
				if x.violation != "" && !slices.Equal(violations, []string{x.violation}) {
					t.Errorf("as a flow: %q, want %q", violations, x.violation)
				}
				problem := call(t, version, x.schema, x.value)
				if valid := problem == ""; valid != (x.valid || x.isLenient) {
					t.Errorf("as an argument: valid is %v: %q", valid, problem)
				}
				if x.problem != "" && problem != x.problem {
					t.Errorf("as an argument: %q, want %q", problem, x.problem)
				}
			})
		}
	}
}

// document describes one operation, whose body holds a value of the schema under "v". It is a PATCH:
// in other bodies, null for an argument means that it is absent.
func document(version, schema string) []byte {
	return fmt.Appendf(nil, `{"openapi":%q,"info":{"title":"t","version":"1"},
		"servers":[{"url":"https://api.example.com"}],
		"paths":{"/a":{"patch":{"operationId":"a","requestBody":{"required":true,"content":{"application/json":{
			"schema":{"type":"object","properties":{"v":%s}}}}},"responses":{"204":{"description":"done"}}}}}}`, version, schema)
}

// checkFlow returns the checker's messages about a flow with the value.
func checkFlow(t *testing.T, version, schema, value string) []string {
	t.Helper()
	doc := must.Get(openapi.Load(document(version, schema)))
	c := must.Get(check.New(doc, check.Config{}))
	body := []byte(`{"v":` + value + `}`)
	header := flow.Header{{Name: "Content-Type", Value: "application/json"}}
	got := c.Check(context.Background(), &flow.Flow{
		Request: flow.Request{
			Method: "PATCH", Scheme: "https", Authority: "api.example.com", Path: "/a", Header: header,
			Body: flow.Body{Data: body, Size: int64(len(body))},
		},
		Response: &flow.Response{Status: 204},
		Done:     true,
	})
	if got.Operation == nil || len(got.Skipped) > 0 {
		t.Fatalf("not checked: %+v", got)
	}
	var out []string
	for _, m := range got.Mismatches {
		out = append(out, strings.TrimPrefix(m.Where, "request ")+": "+m.Message)
	}
	return out
}

// call previews a call of a tool with the value and returns the message to the caller, or "" if the value is
// valid.
func call(t *testing.T, version, schema, value string) string {
	t.Helper()
	doc := must.Get(openapi.Load(document(version, schema)))
	set := must.Get(spectools.FromDocument(doc, spectools.Options{}))
	defer set.Close()
	tools := set.Tools()
	if len(tools) != 1 {
		t.Fatalf("%d tools: %v", len(tools), set.Skipped())
	}
	served := spectools.NewServer(set, spectools.ServerOptions{Mode: spectools.ModeStatic})
	p, refusal := served.Preview(t.Context(), tools[0].Tool.Name, json.RawMessage(`{"requestBody":{"v":`+value+`}}`), false)
	if p != nil { // the arguments are valid
		return ""
	}
	var answer struct {
		StructuredContent struct {
			Error struct {
				Details struct{ Field, Path, Reason string }
			}
		}
	}
	text, err := json.Marshal(refusal)
	if err == nil {
		err = json.Unmarshal(text, &answer)
	}
	if err != nil {
		t.Fatal(err)
	}
	d := answer.StructuredContent.Error.Details
	return cmp.Or(d.Path, d.Field) + " " + d.Reason
}
