package spectools

import (
	"fmt"
	"strings"
	"testing"

	"github.com/spectap/spectap/guard"
)

// TestExactBounds passes a valid value and its invalid neighbour to keywords with numbers beyond
// 2^53.
func TestExactBounds(t *testing.T) {
	a := newAPI(t)
	for _, x := range []struct{ schema, takes, refuses string }{
		{`{"type":"integer","maximum":9007199254740993}`, "9007199254740993", "9007199254740994"},
		{`{"type":"integer","minimum":9007199254740993}`, "9007199254740993", "9007199254740992"},
		{`{"type":"integer","maximum":9223372036854775807}`, "9223372036854775807", "9223372036854775808"},
		{`{"type":"integer","exclusiveMaximum":18446744073709551616}`, "18446744073709551615", "18446744073709551616"},
		{`{"type":"integer","exclusiveMinimum":-9007199254740993}`, "-9007199254740992", "-9007199254740993"},
		{`{"type":"integer","multipleOf":9007199254740993}`, "18014398509481986", "18014398509481984"},
		{`{"enum":[9007199254740993]}`, "9007199254740993", "9007199254740992"},
		{`{"const":12345678901234567890123}`, "12345678901234567890123", "12345678901234567890124"},
		{`{"type":"number","maximum":0.1234567890123456789}`, "0.1234567890123456789", "0.12345678901234568"},
	} {
		t.Run(x.schema, func(t *testing.T) {
			document := fmt.Sprintf(`{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{"/n":{"get":{"operationId":"n",
			 "parameters":[{"name":"v","in":"query","schema":%s}],"responses":{"200":{"description":"ok"}}}}}}`, x.schema)
			c := connect(t, newSet(t, document, Options{BaseURL: a.URL}), true)
			if r := call(t, c, "n", `{"v":`+x.takes+`}`); r.Type != "api_response" || a.last(t).URI != "/n?v="+x.takes {
				t.Errorf("%s: %v, sent %s", x.takes, r.Raw, a.last(t).URI)
			}
			if r := call(t, c, "n", `{"v":`+x.refuses+`}`); r.code() != codeValidation {
				t.Errorf("accepted %s", x.refuses)
			}
		})
	}
}

// TestAlwaysSentIsOptional leaves out members and parameters that all recorded requests had. Their
// descriptions say so, and no call is refused for lack of them.
func TestAlwaysSentIsOptional(t *testing.T) {
	a := newAPI(t)
	s := newSet(t, `{"openapi":"3.0.3","info":{"title":"t","version":"1"},"paths":{"/n":{"post":{"operationId":"n",
	 "parameters":[{"name":"v","in":"query","schema":{"type":"string"},"x-spectap-always-sent":9}],
	 "requestBody":{"required":true,"content":{"application/json":{"schema":{"type":"object","properties":{
	  "kind":{"type":"string","x-spectap-always-sent":12},"odd":{"type":"string","x-spectap-always-sent":"x"},
	  "of":{"allOf":[{"$ref":"#/components/schemas/Of"}],"x-spectap-always-sent":12}}}}}},"responses":{"200":{"description":"ok"}}}}},
	 "components":{"schemas":{"Of":{"type":"object","required":["id"],"properties":{"id":{"type":"integer"}}}}}}`,
		Options{BaseURL: a.URL, Policy: guard.Policy{NoConfirmDangerous: true}})
	c := connect(t, s, true)
	if r := call(t, c, "n", `{"requestBody":{"odd":"x"}}`); r.Type != "api_response" || a.last(t).URI != "/n" {
		t.Errorf("%v, sent %s", r.Raw, a.last(t).URI)
	}
	if r := call(t, c, "n", `{"requestBody":{"of":{}}}`); r.code() != codeValidation {
		t.Error("a required member of an optional one may be left out")
	}
	schema := string(s.Tools()[0].Tool.RawInputSchema)
	for text, want := range map[string]int{"all of 12 recorded requests had it": 2, "all of 9 recorded requests had it": 1} {
		if n := strings.Count(schema, text); n != want {
			t.Errorf("%q occurs %d times, want %d: %s", text, n, want, schema)
		}
	}
}
