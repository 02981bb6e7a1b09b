package spectools

import (
	"fmt"
	"testing"
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
