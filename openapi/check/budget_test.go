package check_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/jsonschema"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/check"
	"github.com/spectap/spectap/openapi/internal/openapitest"
)

// TestCheckBudget holds that one captured body can exhaust neither time nor memory, that a flow's
// values share one budget, a hundredth of the usual one, and that a check ends with its context.
func TestCheckBudget(t *testing.T) {
	slow := `{"items":{"not":{"pattern":"^(?=a)(a+)+$"}}}`
	var long strings.Builder
	for i := range 300 {
		fmt.Fprintf(&long, `,"%s!%d"`, strings.Repeat("a", 45), i)
	}
	var fields, elements strings.Builder
	for i := range 9_900 {
		fmt.Fprintf(&fields, "%s%05d=1&", strings.Repeat("a", 30), i)
	}
	for i := range 19_000 {
		fmt.Fprintf(&elements, "<a%d/>", i)
	}
	for _, x := range []struct {
		name, schema, kind, body string
		deadline                 time.Duration
		message, skipped         string
	}{
		{"kinds 12 deep", `{"$ref":"#/components/schemas/N"}`, "application/json",
			strings.Repeat(`{"c":`, 12) + "17" + strings.Repeat("}", 12), time.Minute, "matches none of the alternatives, or more than one", ""},
		{"one slow body", slow, "application/json", "[" + long.String()[1:] + "]", time.Minute, "", check.SkipTooMuch},
		{"many slow lines", slow, "application/jsonl", strings.ReplaceAll("["+long.String()[1:]+"]", ",", "]\n["), time.Minute, "", check.SkipTooMuch},
		{"many fields", `{"type":"object"}`, "application/x-www-form-urlencoded", strings.Repeat("a=1&", 100_000), time.Minute, "", check.SkipTooMuch},
		{"many names of fields", `{"type":"object"}`, "application/x-www-form-urlencoded", fields.String(), time.Minute, "", ""},
		{"many names of elements", `{"type":"object"}`, "application/xml", "<r>" + elements.String() + "</r>", time.Minute, "", ""},
		{"alternatives in a circle", `{"$ref":"#/components/schemas/R"}`, "application/x-www-form-urlencoded", "a=1", time.Minute, "", ""},
		{"canceled", slow, "application/json", "[" + long.String()[1:] + "]", 20 * time.Millisecond, "", check.SkipCanceled},
	} {
		t.Run(x.name, func(t *testing.T) {
			doc, err := openapi.Load(fmt.Appendf(nil, `{"openapi":"3.1.0","info":{"title":"t","version":"1"},"servers":[{"url":"https://a.example.com"}],
				"paths":{"/a":{"post":{"requestBody":{"content":{%q:{"schema":%s}}},"responses":{"204":{"description":"done"}}}}},
				"components":{"schemas":{"R":{"anyOf":[{"$ref":"#/components/schemas/R"},{"$ref":"#/components/schemas/R"},
					{"$ref":"#/components/schemas/R"},{"$ref":"#/components/schemas/R"},{"$ref":"#/components/schemas/R"},{"type":"object"}]},
					"N":{"anyOf":[
					{"type":"object","properties":{"c":{"$ref":"#/components/schemas/N"},"a":{"type":"string"}}},
					{"type":"object","properties":{"c":{"$ref":"#/components/schemas/N"},"b":{"type":"string"}}},
					{"type":"object","properties":{"c":{"$ref":"#/components/schemas/N"},"d":{"type":"string"}}}]}}}}`, x.kind, x.schema))
			if err != nil {
				t.Fatal(err)
			}
			steps := jsonschema.DefaultSteps / 100
			if x.skipped == check.SkipCanceled {
				steps = 0 // the usual ones take two seconds
			}
			c := openapitest.Must(check.New(doc, check.Config{Steps: steps}))
			ctx, cancel := context.WithTimeout(t.Context(), x.deadline)
			defer cancel()
			start := time.Now()
			got := c.Check(ctx, &flow.Flow{Done: true, Response: &flow.Response{Status: 204}, Request: flow.Request{
				Method: "POST", Scheme: "https", Authority: "a.example.com", Path: "/a",
				Header: flow.Header{{Name: "Content-Type", Value: x.kind}}, Body: flow.Body{Data: []byte(x.body), Size: int64(len(x.body))},
			}})
			if took := time.Since(start); took > time.Minute {
				t.Errorf("took %v", took)
			}
			var messages, skipped []string
			for _, m := range got.Mismatches {
				messages = append(messages, m.Message)
			}
			if x.skipped != "" {
				skipped = []string{"request body: " + x.skipped}
			}
			if !slices.Equal(got.Skipped, skipped) || strings.Join(messages, ";") != x.message {
				t.Errorf("got %q, skipped %q", messages, got.Skipped)
			}
		})
	}
}
