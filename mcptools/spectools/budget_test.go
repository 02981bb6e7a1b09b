package spectools

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestArgumentBudget calls tools with arguments that took the library's validator minutes or
// gigabytes. The calls are denied at once, and nothing is sent.
func TestArgumentBudget(t *testing.T) {
	doc := `{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{
		"/n":{"put":{"operationId":"putNode","requestBody":{"required":true,"content":{"application/json":{"schema":{"$ref":"#/components/schemas/N"}}}},
			"responses":{"204":{"description":"done"}}}},
		"/s":{"put":{"operationId":"putSlow","requestBody":{"required":true,"content":{"application/json":{"schema":
			{"type":"array","items":{"not":{"pattern":"^(?=a)(a+)+$"}}}}}},"responses":{"204":{"description":"done"}}}}},
		"components":{"schemas":{"N":{"anyOf":[
			{"type":"object","properties":{"c":{"$ref":"#/components/schemas/N"},"a":{"type":"string"}}},
			{"type":"object","properties":{"c":{"$ref":"#/components/schemas/N"},"b":{"type":"string"}}},
			{"type":"object","properties":{"c":{"$ref":"#/components/schemas/N"},"d":{"type":"string"}}}]}}}}`
	var long strings.Builder
	for i := range 300 {
		fmt.Fprintf(&long, `,"%s!%d"`, strings.Repeat("a", 45), i)
	}
	a := newAPI(t)
	c := connectTo(t, NewServer(newSet(t, doc, Options{BaseURL: a.URL}), ServerOptions{}), false)
	for _, x := range []struct{ name, tool, body, want string }{
		{"kinds 14 deep", "putNode", strings.Repeat(`{"c":`, 14) + "17" + strings.Repeat("}", 14), "matches none of the alternatives"},
		{"slow pattern", "putSlow", "[" + long.String()[1:] + "]", "too much to check: the value and its schema take more than"},
	} {
		t.Run(x.name, func(t *testing.T) {
			start := time.Now()
			r := call(t, c, x.tool, `{"requestBody":`+x.body+`}`)
			if took := time.Since(start); took > time.Minute {
				t.Errorf("took %v", took)
			}
			if r.Type != "error" || !strings.Contains(fmt.Sprint(r.Raw), x.want) {
				t.Errorf("got %v", r.Raw)
			}
		})
	}
	if n := len(a.requests()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}
